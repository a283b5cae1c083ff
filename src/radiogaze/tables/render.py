"""Write a table as CSV, Markdown and LaTeX: all three or none."""

from contextlib import ExitStack
from pathlib import Path
from statistics import fmean, stdev

import pandas as pd

from radiogaze.files.atomic import atomic_path
from radiogaze.files.spreadsheet import escape_formula
from radiogaze.tables.assemble import Table
from radiogaze.tables.cells import Cell
from radiogaze.tables.latex import to_latex
from radiogaze.tables.layout import number
from radiogaze.tables.markdown import to_markdown

COLUMNS = (
    *("table", "variant", "metric", "class", "paper"),
    *("ours", "difference", "margin", "low", "high", "verdict"),
)
_SMALL_P = 0.0001  # a smaller one has no four decimals
# after them, where the numbers are of our own training
COLUMNS_OF_TRAINING = ("std", "seeds", "released", "redraws", "folds", "folds_std", "runs")


def to_csv(table: Table) -> str:
    """Write a table as tidy CSV with the columns ``COLUMNS``, one comparison a row.

    A table of our own training has ``COLUMNS_OF_TRAINING`` after them: the spread over the seeds,
    how many they are, the result of the released weights, re-initialisations, mean and spread over
    the folds of a cross-validation, and the value of each seed. Counts are whole, fractions have
    four decimals, a p below 0.0001 two digits; ``paper`` is as printed, without its uncertainty. A
    text that a spreadsheet would run as a formula gets a leading apostrophe.
    """
    cells = table.content.cells
    trained = any(cell.retrained for cell in cells)
    columns = COLUMNS + COLUMNS_OF_TRAINING if trained else COLUMNS
    rows = [_row(table.identity, cell) for cell in cells]
    return pd.DataFrame(rows, columns=columns, dtype=str).to_csv(index=False, lineterminator="\n")


def _row(identity: str, cell: Cell) -> list[str]:
    """Write one comparison."""
    paper = cell.paper.value if cell.paper else ""
    ours = escape_formula(cell.ours) if isinstance(cell.ours, str) else number(cell.ours)
    if cell.metric == "p" and isinstance(cell.ours, float) and 0 < cell.ours < _SMALL_P:
        ours = f"{cell.ours:.1e}"  # Holm's correction multiplies it, and 0 would stay 0
    row = [
        *map(escape_formula, (identity, cell.variant, cell.metric, cell.group, paper)),
        ours,
        *map(number, (cell.difference, cell.margin, cell.low, cell.high)),
        cell.verdict,
    ]
    if training := cell.retrained:
        row += map(number, (training.std, training.seeds, training.released, training.redraws))
        folds = training.folds
        row += [number(fmean(folds)), number(stdev(folds))] if len(folds) > 1 else ["", ""]
        row.append(" ".join(map(number, training.values)))
    return row


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
