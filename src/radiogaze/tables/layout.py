"""Rows and columns of a table's cells, and what is written in a cell."""

from collections.abc import Callable, Iterable, Iterator
from statistics import fmean

import pandas as pd

from radiogaze.tables.cells import Cell
from radiogaze.tables.verdict import (
    DIFFERS,
    LOOKS,
    MONTE_CARLO,
    NOT_FOUND,
    SPREAD,
    Number,
    decimals_of,
    word_of,
)

DECIMALS = 4  # of a fraction, where no printed number says how many
CHANGE = "_change"  # how the metric of a change between two results ends
# What no paper prints of these networks, and how its column reads; see evaluation.calibration.
CALIBRATION = {
    "ece": "ECE",
    "ece_if_calibrated": "ECE by chance",
    "brier": "Brier score",
    "nll": "NLL",
    "uce": "UCE",
    "uce_all_passes": "UCE, all passes",
    "uce_saturated": "UCE, with saturated",
    "uce_plain": "UCE, both",
}
# Of two networks on the same sources; see tables.comparisons.
COMPARISON = {
    f"accuracy{CHANGE}": "Accuracy",
    f"auc{CHANGE}": "AUC",
    "only_first": "only the first right",
    "only_second": "only the second right",
    "p": "p",
}
# Of attention maps; see docs/gaze.md and tables.gaze.
GAZE = {
    "deletion": "Deletion",
    "insertion": "Insertion",
    "mass": "Mass",
    "island_mass": "Island mass",
    "rank": "Rank",
    "pointing": "Pointing",
    "entropy": "Entropy",
    "stability": "Stability",
}
# The same, and what only synthetic sources with known evidence have.
SCORES = {**GAZE, "distractor_mass": "Mass in the distractor"}
CLAIM = "claim"
SCORES_OF_MAPS = "scores-of-attention-maps"  # the section that explains all cells of such tables
_OWN = {*CALIBRATION, *COMPARISON}
UNLIKE = (DIFFERS, NOT_FOUND)  # words of a verdict on a cell that is not the paper's


def blocks_of(cells: tuple[Cell, ...]) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield each block's heading and its cells by row and column, in order of appearance.

    A place without a cell holds None.
    """
    for block in dict.fromkeys(cell.block for cell in cells):
        found = {(cell.row, cell.column): cell for cell in cells if cell.block == block}
        rows, columns = (list(dict.fromkeys(names)) for names in zip(*found, strict=True))
        grid = [[found.get((row, column)) for column in columns] for row in rows]
        yield block, pd.DataFrame(grid, rows, columns, dtype=object)


def number(value: Number | str | None, digits: int = DECIMALS) -> str:
    """Write a count in full, a fraction with fixed decimals (never ``-0.0``), a text as it is."""
    if value is None:
        return ""
    return f"{value:z.{digits}f}" if isinstance(value, float) else str(value)


def readable(cell: Cell) -> str:
    """Write ours with one digit more than the paper's, ± its spread over seeds or passes."""
    spread = cell.retrained.std if cell.retrained else cell.monte_carlo
    ours = _like(cell, cell.ours)
    return ours if spread is None else f"{ours} ± {number(spread, _digits(cell))}"


def released(cell: Cell) -> str:
    """Write the result of the released weights beside our own training, or nothing."""
    return _like(cell, cell.retrained.released if cell.retrained else None)


def cross_validated(cell: Cell) -> str:
    """Write the mean over the folds beside our own training, or nothing."""
    folds = cell.retrained.folds if cell.retrained else ()
    return _like(cell, fmean(folds)) if folds else ""


def _like(cell: Cell, value: Number | str | None) -> str:
    """Write a value as a person reads those of a cell."""
    text = number(value, _digits(cell))
    return f"+{text}" if cell.metric.endswith(CHANGE) and text[:1].isdigit() else text


def _digits(cell: Cell) -> int:
    return decimals_of(cell.paper.value) + 1 if cell.paper else 3


def printed(cell: Cell) -> str:
    """Write the paper's value with its uncertainty."""
    if cell.paper is None:
        return ""
    return " ± ".join(filter(None, (cell.paper.value, cell.paper.uncertainty)))


def interval(cell: Cell) -> str:
    """Write the interval over test sources."""
    if cell.low is None or cell.high is None:
        return ""
    return f"[{number(cell.low, _digits(cell))}, {number(cell.high, _digits(cell))}]"


def title(cell: Cell) -> str:
    """Name a cell in a sentence."""
    row = f"row {cell.row}" if cell.row.isdigit() else cell.row
    return ", ".join(filter(None, (cell.block, cell.column, row)))


def by_section(
    cells: Iterable[Cell], which: Callable[[Cell], bool]
) -> dict[str, dict[tuple[str, str], list[str]]]:
    """Return some cells by the section that explains them, then by ours and the paper's: titles."""
    found: dict[str, dict[tuple[str, str], list[str]]] = {}
    for cell in filter(which, cells):
        values = found.setdefault(cell.section, {})
        values.setdefault((readable(cell), printed(cell)), []).append(title(cell))
    return found


def is_unlike(cell: Cell) -> bool:
    """Tell whether a cell is not the paper's."""
    return word_of(cell.verdict) in UNLIKE


def is_slip(cell: Cell) -> bool:
    """Tell whether a known slip explains a cell that does not differ."""
    return cell.verdict in (MONTE_CARLO, SPREAD) and bool(cell.paper and cell.paper.see)


def mark(cell: Cell) -> str:
    """Return the mark of a verdict; what no paper could have has none."""
    own = cell.metric.endswith(CHANGE) or cell.metric in _OWN or cell.anchor == SCORES_OF_MAPS
    return "" if own else LOOKS[word_of(cell.verdict)].mark


def legend(cells: Iterable[Cell]) -> str:
    """Explain the marks of some cells, or return nothing where they have none."""
    used = {word_of(cell.verdict) for cell in cells if mark(cell)}
    return "; ".join(f"{look.mark} {look.meaning}" for word, look in LOOKS.items() if word in used)
