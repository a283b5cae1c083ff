"""The paper's tables, ours beside the paper's."""

from radiogaze.tables.assemble import TABLES, Table, tabulate
from radiogaze.tables.cells import Cell
from radiogaze.tables.render import write

__all__ = ["TABLES", "Cell", "Table", "tabulate", "write"]
