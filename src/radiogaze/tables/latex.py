"""A table as LaTeX: booktabs rules and siunitx columns, ours and the paper's side by side."""

import pandas as pd

from radiogaze.tables.assemble import Table
from radiogaze.tables.cells import DIFFERENCES, NOT_COMPARED, Cell, Layout
from radiogaze.tables.layout import (
    UNLIKE,
    Grid,
    alike,
    blocks_of,
    columns_of,
    grid_of,
    has_released,
    having,
    interval,
    known,
    number,
    printed,
    readable,
    released,
    title,
)

_HEAD = "% Needs \\usepackage{booktabs} and \\usepackage{siunitx}.\n"
_EMPTY = "{--}"
_CENTERING = "\\centering\n"
_MANY = 10  # columns that fit a page in the usual size
_NARROW = "\\scriptsize\\setlength{\\tabcolsep}{1.5pt}\n"
_SPREAD = "\\sisetup{separate-uncertainty=true}\n"
_SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "#": r"\#",
    "$": r"\$",
    "%": r"\%",
    "&": r"\&",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "×": r"$\times$",
    "±": r"$\pm$",
    "−": "$-$",
    "√": r"$\surd$",
    "°": r"$^\circ$",
    "″": "$^{\\prime\\prime}$",
    "Σ": r"$\Sigma$",
    "μ": r"$\mu$",
    "σ": r"$\sigma$",
    "[": "{[}",  # after a row's end a bracket would be a length
}


def to_latex(table: Table) -> str:
    """Write a table as LaTeX, one float for each block, to be included in a document.

    A table without rows, e.g. because no source is misclassified, is its notes alone.
    """
    floats = [_float(table, block, cells) for block, cells in blocks_of(table.content.cells)]
    banner = f"% {' '.join(table.banner.split())}\n" if table.banner else ""
    return _HEAD + banner + "\n".join(floats or [_notes(table, ()) + "\n"])


def escape(text: object) -> str:
    """Escape what LaTeX would read as a command, and put a text on one line."""
    return "".join(_SPECIAL.get(sign, sign) for sign in " ".join(str(text).split()))


def _float(table: Table, block: str, cells: tuple[Cell, ...]) -> str:
    layout: Layout = "plain" if table.content.layout == "plain" else "classes down"
    grid = grid_of(cells, layout)
    columns = [(c, side) for c in columns_of(grid) for side in _sides(grid, c)]
    frame = pd.DataFrame(
        [[_entry(row.get(column), side) for column, side in columns] for row in grid.values()],
        index=list(grid),
        columns=pd.MultiIndex.from_tuples(columns),
    )
    caption = " ".join(part for part in (table.caption, f"{block}." if block else "") if part)
    warning = rf"\textbf{{{escape(table.banner.rstrip('.'))}.}} " if table.banner else ""
    label = "-".join(["tab:radiogaze", table.identity, *block.lower().replace(".", "").split()])
    text = (
        frame.style.format_index(escape, axis=0)
        .format_index(escape, axis=1)
        .to_latex(
            column_format="l" + "".join(_column_format(grid, column) for column, _ in columns),
            hrules=True,
            siunitx=True,
            multicol_align="c",
            position="htbp",
            position_float="centering",
            caption=warning + escape(caption),
            label=label.replace("_", "-"),
        )
    )
    if any(cell.retrained for cell in cells):
        text = text.replace(_CENTERING, _CENTERING + _SPREAD, 1)
    if len(columns) > _MANY:
        text = text.replace(_CENTERING, _CENTERING + _NARROW, 1)
    end = "\\end{table}"
    return text.replace(end, f"\\par\\footnotesize\n{_notes(table, cells)}\n{end}")


def _sides(grid: Grid, column: str) -> list[str]:
    """Return the sides of a column: ``ours``, and ``paper`` where the paper has any value of it.

    Of our own training: ``paper``, ``released`` where the table has any, ``retrained``.
    """
    cells = [row[column] for row in grid.values() if column in row]
    paper = ["paper"] if any(cell.paper for cell in cells) else []
    if not any(cell.retrained for cell in cells):
        return ["ours", *paper]
    weights = has_released(cell for row in grid.values() for cell in row.values())
    return [*paper, *(["released"] if weights else []), "retrained"]


def _column_format(grid: Grid, column: str) -> str:
    """Return ``l`` for a column with texts, ``S`` for numbers."""
    cells = [row[column] for row in grid.values() if column in row]
    return "l" if any(isinstance(cell.ours, str) for cell in cells) else "S"


def _entry(cell: Cell | None, side: str) -> str:
    """Write one side of a cell so that siunitx reads it."""
    if cell is None:
        return _EMPTY
    if isinstance(cell.ours, str):
        text = cell.ours if side == "ours" else printed(cell)
        return escape(text) or _EMPTY
    text = {
        "ours": number(cell.ours),
        "paper": printed(cell),
        "released": released(cell),
        "retrained": readable(cell),
    }[side]
    return text.replace("±", r"\pm") or _EMPTY


def _notes(table: Table, cells: tuple[Cell, ...]) -> str:
    """Return intervals, what differs, events of training, notes and origin, as one paragraph."""
    layout = table.content.layout
    parts = []
    intervals = [f"{title(c, layout)} {interval(c)}" for c in cells if interval(c)]
    if intervals:
        parts.append(f"Intervals at 95 %: {'; '.join(intervals)}.")
    if having(cells, NOT_COMPARED):
        parts.append(f"{NOT_COMPARED.capitalize()}.")
    for word, sections in (("Differs", having(cells, UNLIKE)), ("Disagrees", known(cells))):
        for section, found in sections.items():
            named = "; ".join(
                f"{'; '.join(names)}: {ours} against {paper}"
                for (ours, paper), names in alike(found, layout).items()
            )
            parts.append(f"{word} ({DIFFERENCES}, section {section}): {named}.")
    if events := table.content.events:
        parts.append(f"In training (part of the means): {'; '.join(events)}.")
    parts += [*table.content.notes, f"Made from: {table.origin}."]
    return " ".join(escape(part) for part in parts)
