"""Companions of Tables 7 and 8: by how much the order of the test batches moves each result."""

from dataclasses import replace

from radiogaze.errors import RadiogazeError
from radiogaze.tables.cells import Cell, Content
from radiogaze.tables.layout import CHANGE
from radiogaze.tables.metrics import ORDERS
from radiogaze.tables.performance import (
    Column,
    columns_of,
    compare,
    rows,
    title_of,
)
from radiogaze.tables.sources import Sources

ANCHOR = "test-batch-order"

_NOTES = (
    "Range and standardisation normalise over a whole batch of attention maps, so the other images"
    " of a batch change a prediction. file: test batches in the order of the file, which is"
    " sorted by class, as published; shuffled: the same batches with the sources mixed; single:"
    " one image a batch, as each attention map is made.",
    "A change is the result under that order minus the result under file, on the same"
    " augmented images.",
)


def build(number: str, sources: Sources) -> Content:
    """Build ``"07_order"`` or ``"08_order"``.

    Each column of the paper's table becomes a block: the same cells under every order that was
    evaluated, then the changes against ``file``.

    Raises
    ------
    RadiogazeError
        As for Tables 7 and 8, or if no order but ``file`` was evaluated for all variants.
    """
    table = str(int(number.removesuffix("_order")))
    columns = columns_of(table, sources)
    orders = _orders(table, columns, sources)
    cells = [
        cell
        for column in columns
        for row in rows()
        for cell in _row(table, column, row, orders, sources)
    ]
    title = f"{title_of(table)}, under each order of the test batches"
    return Content(title, tuple(cells), _NOTES, "classes down")


def _orders(table: str, columns: list[Column], sources: Sources) -> list[str]:
    """Return the orders that every needed variant was evaluated under."""
    evaluated = [sources.metrics[v.variant] for c in columns for v in c.variants]
    orders = [order for order in ORDERS if all(order in m.orders for m in evaluated)]
    if orders == ["file"]:
        lacking = min(evaluated, key=lambda metrics: len(metrics.orders))
        raise RadiogazeError(
            f"{lacking.path}: orders: expected shuffled or single beside file in the metrics of"
            f" every variant of Table {table}; evaluate under these orders too"
        )
    return orders


def _row(
    table: str,
    column: Column,
    row: tuple[str, str],
    orders: list[str],
    sources: Sources,
) -> list[Cell]:
    """Return one metric of one column: under each order, then the changes against ``file``."""
    cells, changes = [], []
    published = column.estimate(sources.metrics, "file", row)
    for order in orders:
        found = column.estimate(sources.metrics, order, row)
        if not (found and published):
            continue
        named = replace(column, name=f"{column.name}@{order}", block=column.heading)
        cell = replace(compare(table, named, row, found, sources), column=order)
        if order == "file":
            cells.append(cell)
            continue
        cells.append(replace(cell, anchor=ANCHOR if cell.paper else cell.anchor))
        changes.append(
            replace(
                cell,
                metric=f"{row[0]}{CHANGE}",
                column=f"{order} − file",
                ours=found.value - published.value,
                paper=None,
                anchor=ANCHOR,
                low=None,
                high=None,
            )
        )
    return cells + changes
