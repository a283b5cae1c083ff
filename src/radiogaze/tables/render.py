"""Write a table as CSV, Markdown and LaTeX: all three or none."""

import csv
import io
from contextlib import ExitStack
from pathlib import Path

from radiogaze.atomic import atomic_path
from radiogaze.tables.assemble import Table
from radiogaze.tables.latex import to_latex
from radiogaze.tables.layout import number
from radiogaze.tables.markdown import to_markdown

COLUMNS = (
    "table",
    "variant",
    "metric",
    "class",
    "paper",
    "ours",
    "difference",
    "low",
    "high",
    "verdict",
)
# what a spreadsheet takes for the start of a formula
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def to_csv(table: Table) -> str:
    """Write a table as tidy CSV with the columns ``COLUMNS``, one comparison a row.

    Counts are whole, fractions have four decimals; ``paper`` is as printed, without its
    uncertainty. A text that a spreadsheet would run as a formula gets a leading apostrophe.
    """
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    for cell in table.content.cells:
        named = (table.identity, cell.variant, cell.metric, cell.group)
        paper = cell.paper.value if cell.paper else ""
        ours = number(cell.ours)
        numbers = (number(cell.difference), number(cell.low), number(cell.high))
        writer.writerow(
            [
                *(_harmless(text) for text in (*named, paper)),
                _harmless(ours) if isinstance(cell.ours, str) else ours,
                *numbers,
                cell.verdict,
            ]
        )
    return file.getvalue()


def write(table: Table, *, csv_path: Path, md_path: Path, tex_path: Path) -> None:
    """Write a table's three files; on a failure none of them is touched.

    Raises
    ------
    RadiogazeError
        If the disk is full or a file cannot be written.
    """
    texts = {csv_path: to_csv(table), md_path: to_markdown(table), tex_path: to_latex(table)}
    with ExitStack() as stack:
        for path, text in texts.items():
            stack.enter_context(atomic_path(path)).write_text(text, encoding="utf-8", newline="\n")


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text
