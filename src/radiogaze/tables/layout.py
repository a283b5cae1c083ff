"""Where a cell stands for a reader, and how a number is written."""

from collections.abc import Iterator

from radiogaze.tables.cells import (
    DIFFERS,
    INTERVAL,
    NOT_IN_PAPER,
    NOT_RUN,
    ROUNDING,
    Cell,
    Layout,
    Number,
    decimals_of,
)
from radiogaze.tables.metrics import BOTH, CLASSES

DECIMALS = 4  # of a fraction, where no printed number says how many

CHANGE = "_change"  # how the metric of a change between two results ends
# the sign of each verdict and what it says
MARKS = {
    ROUNDING: ("✓", "ours rounds to the paper's value (a count or name: equals it)"),
    INTERVAL: ("≈", "the paper's value lies in our 95 % interval"),
    DIFFERS: ("✗", "differs"),
    NOT_IN_PAPER: ("+", NOT_IN_PAPER),
    NOT_RUN: ("–", NOT_RUN),
}

Grid = dict[str, dict[str, Cell]]


def blocks_of(cells: tuple[Cell, ...]) -> Iterator[tuple[str, tuple[Cell, ...]]]:
    """Yield each block's heading and cells, in order of appearance."""
    for block in dict.fromkeys(cell.block for cell in cells):
        yield block, tuple(cell for cell in cells if cell.block == block)


def grid_of(cells: tuple[Cell, ...], layout: Layout) -> Grid:
    """Arrange cells by row, then column, in order of appearance."""
    grid: Grid = {}
    for cell in cells:
        row, column = _place(cell, layout)
        grid.setdefault(row, {})[column] = cell
    return grid


def columns_of(grid: Grid) -> list[str]:
    """Return the columns of all rows, in order of appearance."""
    return list(dict.fromkeys(column for row in grid.values() for column in row))


def number(value: Number | str | None, digits: int = DECIMALS) -> str:
    """Write a count in full, a fraction with fixed decimals (never ``-0.0``), a text as it is."""
    if value is None:
        return ""
    if isinstance(value, str | int):
        return str(value)
    return f"{value:z.{digits}f}"


def readable(cell: Cell) -> str:
    """Write ours with one digit more than the paper's; a change with its sign."""
    if cell.metric.endswith(CHANGE) and isinstance(cell.ours, float):
        return f"{cell.ours:+z.3f}"
    return number(cell.ours, decimals_of(cell.paper.value) + 1 if cell.paper else 3)


def printed(cell: Cell) -> str:
    """Write the paper's value with its uncertainty."""
    if cell.paper is None:
        return ""
    margin = cell.paper.uncertainty
    return f"{cell.paper.value} ± {margin}" if margin else cell.paper.value


def interval(cell: Cell) -> str:
    """Write the interval of an accuracy; other intervals stand in the CSV."""
    if cell.metric != "accuracy" or cell.low is None or cell.high is None:
        return ""
    return f"[{cell.low:.3f}, {cell.high:.3f}]"


def title(cell: Cell, layout: Layout) -> str:
    """Name a cell in a sentence."""
    row, column = _place(cell, "plain" if layout == "plain" else "classes down")
    if layout == "plain" and row.isdigit():
        row = f"row {row}"
    return ", ".join(part for part in (cell.block, column, row) if part)


def having(cells: tuple[Cell, ...], verdict: str) -> dict[str, list[Cell]]:
    """Return the cells with a verdict, by the section that explains them."""
    found: dict[str, list[Cell]] = {}
    for cell in cells:
        if cell.verdict.startswith(verdict):
            found.setdefault(cell.section, []).append(cell)
    return found


def known(cells: tuple[Cell, ...]) -> dict[str, list[Cell]]:
    """Return the cells within our interval that a known slip explains all the same."""
    explained = tuple(cell for cell in cells if cell.paper and cell.paper.see)
    return having(explained, INTERVAL)


def alike(cells: list[Cell], layout: Layout) -> dict[tuple[str, str], list[str]]:
    """Return the names of cells by what ours and the paper's say."""
    found: dict[tuple[str, str], list[str]] = {}
    for cell in cells:
        found.setdefault((readable(cell), printed(cell)), []).append(title(cell, layout))
    return found


def mark(cell: Cell) -> str:
    """Return the sign of a verdict; a change is no result that the paper could have."""
    if cell.metric.endswith(CHANGE):
        return ""
    return next(sign for verdict, (sign, _) in MARKS.items() if cell.verdict.startswith(verdict))


def legend(cells: tuple[Cell, ...]) -> str:
    """Explain the signs that some cells bear."""
    used = {mark(cell) for cell in cells}
    return "; ".join(f"{sign} {text}" for sign, text in MARKS.values() if sign in used)


def _place(cell: Cell, layout: Layout) -> tuple[str, str]:
    """Return the row and column of a cell; a number for both classes stands in the first's."""
    if layout == "plain":
        return cell.row, cell.column
    if layout == "classes down":
        return (cell.row if cell.group == BOTH else f"{cell.row}, {cell.group}"), cell.column
    if cell.group == BOTH:
        return f"{cell.row} (both classes)", f"{cell.column}, {CLASSES[0]}"
    return cell.row, f"{cell.column}, {cell.group}"
