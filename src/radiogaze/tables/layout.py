"""Where a reader finds a cell, and how a number is written."""

from collections.abc import Iterable, Iterator

from radiogaze.tables.cells import (
    DIFFERS,
    FOUND,
    INTERVAL,
    NOT_FOUND,
    NOT_IN_PAPER,
    NOT_RUN,
    NOT_TRAINED,
    ROUNDING,
    Cell,
    Layout,
    Number,
    decimals_of,
)
from radiogaze.tables.metrics import BOTH
from radiogaze.terms import CLASSES

DECIMALS = 4  # of a fraction, where no printed number says how many

CHANGE = "_change"  # how the metric of a change between two results ends
# the mark of each verdict and what it means
MARKS = {
    ROUNDING: ("✓", "ours rounds to the paper's value (a count or name: equals it)"),
    INTERVAL: ("≈", "the paper's value lies in our 95 % interval"),
    DIFFERS: ("✗", "differs"),
    FOUND: ("●", "found, as in the paper"),
    NOT_FOUND: ("○", "listed by the paper, not found"),
    NOT_IN_PAPER: ("+", NOT_IN_PAPER),
    NOT_RUN: ("–", NOT_RUN),
    NOT_TRAINED: ("–", NOT_TRAINED),
}

# verdicts of a cell that is not the paper's
UNLIKE = (DIFFERS, NOT_FOUND)

Grid = dict[str, dict[str, Cell]]


def blocks_of(cells: tuple[Cell, ...]) -> Iterator[tuple[str, tuple[Cell, ...]]]:
    """Yield each block's heading and cells, in order of appearance."""
    for block in dict.fromkeys(cell.block for cell in cells):
        yield block, tuple(cell for cell in cells if cell.block == block)


def grid_of(cells: tuple[Cell, ...], layout: Layout) -> Grid:
    """Arrange cells by row, then column, in order of appearance."""
    grid: Grid = {}
    for cell in cells:
        row, column = _position(cell, layout)
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
    """Write ours with one digit more than the paper's, ± its spread; a change with its sign."""
    ours = _like(cell, cell.ours)
    spread = cell.retrained.std if cell.retrained else None
    return ours if spread is None else f"{ours} ± {number(spread, _digits(cell))}"


def released(cell: Cell) -> str:
    """Write the result of the released weights beside our own training, or nothing."""
    return _like(cell, cell.retrained.released if cell.retrained else None)


def has_released(cells: Iterable[Cell]) -> bool:
    """Tell whether released weights are beside any of some cells."""
    return any(released(cell) for cell in cells)


def _like(cell: Cell, value: Number | str | None) -> str:
    """Write a value as a person reads those of a cell."""
    if cell.metric.endswith(CHANGE) and isinstance(value, float):
        return f"{value:+z.{_digits(cell)}f}"
    return number(value, _digits(cell))


def _digits(cell: Cell) -> int:
    """Return the decimals that a person reads of a cell."""
    return decimals_of(cell.paper.value) + 1 if cell.paper else 3


def printed(cell: Cell) -> str:
    """Write the paper's value with its uncertainty."""
    if cell.paper is None:
        return ""
    margin = cell.paper.uncertainty
    return f"{cell.paper.value} ± {margin}" if margin else cell.paper.value


def interval(cell: Cell) -> str:
    """Write the interval of an accuracy; other intervals are in the CSV."""
    if cell.metric != "accuracy" or cell.low is None or cell.high is None:
        return ""
    return f"[{cell.low:.3f}, {cell.high:.3f}]"


def title(cell: Cell, layout: Layout) -> str:
    """Name a cell in a sentence."""
    row, column = _position(cell, "plain" if layout == "plain" else "classes down")
    if layout == "plain" and row.isdigit():
        row = f"row {row}"
    return ", ".join(part for part in (cell.block, column, row) if part)


def having(cells: tuple[Cell, ...], verdict: str | tuple[str, ...]) -> dict[str, list[Cell]]:
    """Return the cells with a verdict (or one of several), by the section that explains them."""
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
    """Return the names of cells by what ours and the paper's are."""
    found: dict[tuple[str, str], list[str]] = {}
    for cell in cells:
        found.setdefault((readable(cell), printed(cell)), []).append(title(cell, layout))
    return found


def mark(cell: Cell) -> str:
    """Return the mark of a verdict; a change is no result that the paper could have."""
    return MARKS.get(_word(cell), ("", ""))[0]


def legend(cells: tuple[Cell, ...]) -> str:
    """Explain the marks of some cells, or return nothing where they have none."""
    used = {_word(cell) for cell in cells}
    return "; ".join(f"{sign} {text}" for word, (sign, text) in MARKS.items() if word in used)


def _word(cell: Cell) -> str:
    """Return the key of a cell's verdict in ``MARKS``, or nothing where it has no mark."""
    if cell.metric.endswith(CHANGE):
        return ""
    return next((word for word in MARKS if cell.verdict.startswith(word)), "")


def _position(cell: Cell, layout: Layout) -> tuple[str, str]:
    """Return the row and column of a cell; a number for both classes is in the first's."""
    if layout == "plain":
        return cell.row, cell.column
    if layout == "classes down":
        return (cell.row if cell.group == BOTH else f"{cell.row}, {cell.group}"), cell.column
    if cell.group == BOTH:
        return f"{cell.row} (both classes)", f"{cell.column}, {CLASSES[0]}"
    return cell.row, f"{cell.column}, {cell.group}"
