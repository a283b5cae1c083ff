"""A table as LaTeX: booktabs rules and siunitx columns, ours and the paper's side by side."""

from collections.abc import Iterable

import pandas as pd

from radiogaze.tables.assemble import Table
from radiogaze.tables.cells import Cell
from radiogaze.tables.layout import (
    blocks_of,
    by_section,
    interval,
    is_slip,
    is_unlike,
    number,
    printed,
    readable,
    released,
    title,
)
from radiogaze.tables.verdict import DIFFERENCES, NOT_COMPARED

_HEAD = "% Needs \\usepackage{booktabs} and \\usepackage{siunitx}.\n"
_EMPTY = "{--}"
_MANY = 10  # columns that fit a page in the usual size
_NARROW = "\\scriptsize\\setlength{\\tabcolsep}{1.5pt}\n"
_SPREAD = "\\sisetup{separate-uncertainty=true}\n"
_SPECIAL = str.maketrans(
    {
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
)


def to_latex(table: Table) -> str:
    """Write a table as LaTeX, one float for each block, to be included in a document.

    A table without rows, e.g. because no source is misclassified, is its notes alone.
    """
    floats = [_float(table, block, grid) for block, grid in blocks_of(table.content.cells)]
    banner = f"% {table.banner}\n" if table.banner else ""
    return _HEAD + banner + "\n".join(floats or [_notes(table, ()) + "\n"])


def escape(text: object) -> str:
    """Escape what LaTeX would read as a command, and put a text on one line."""
    return " ".join(str(text).split()).translate(_SPECIAL)


def _float(table: Table, block: str, grid: pd.DataFrame) -> str:
    cells = [cell for cell in grid.to_numpy().ravel() if cell]
    entries, formats = {}, "l"
    for name, column in grid.items():
        there = [cell for cell in column if cell]
        texts = any(isinstance(cell.ours, str) for cell in there)
        for side in _sides(there, weights=any(map(released, cells))):
            entries[name, side] = [_entry(cell, side) for cell in column]
            formats += "l" if texts else "S"
    warning = rf"\textbf{{{escape(table.banner.rstrip('.'))}.}} " if table.banner else ""
    label = "-".join(["tab:radiogaze", table.identity, *block.lower().replace(".", "").split()])
    text = (
        pd.DataFrame(entries, grid.index)
        .style.format_index(escape, axis=0)
        .format_index(escape, axis=1)
        .to_latex(
            column_format=formats,
            hrules=True,
            siunitx=True,
            multicol_align="c",
            position="htbp",
            position_float="centering",
            caption=warning + escape(f"{table.caption} {block}." if block else table.caption),
            label=label.replace("_", "-"),
        )
    )
    narrow = _NARROW if len(entries) > _MANY else ""
    spread = _SPREAD if any(cell.retrained for cell in cells) else ""
    text = text.replace("\\centering\n", f"\\centering\n{narrow}{spread}", 1)
    end = "\\end{table}"
    return text.replace(end, f"\\par\\footnotesize\n{_notes(table, cells)}\n{end}")


def _sides(cells: Iterable[Cell], *, weights: bool) -> list[str]:
    """Return the sides of a column: ``ours``, and ``paper`` where the paper has any value of it.

    Of our own training: ``paper``, ``released`` where the table has ``weights``, ``retrained``.
    """
    paper = ["paper"] if any(cell.paper for cell in cells) else []
    if not any(cell.retrained for cell in cells):
        return ["ours", *paper]
    return [*paper, *(["released"] if weights else []), "retrained"]


def _entry(cell: Cell | None, side: str) -> str:
    """Write one side of a cell so that siunitx reads it."""
    if cell is None:
        return _EMPTY
    writers = {"paper": printed, "released": released, "retrained": readable}
    text = number(cell.ours) if side == "ours" else writers[side](cell)
    text = escape(text) if isinstance(cell.ours, str) else text.replace("±", r"\pm")
    return text or _EMPTY


def _notes(table: Table, cells: Iterable[Cell]) -> str:
    """Return intervals, what differs, events of training, notes and origin, as one paragraph."""
    parts = []
    accuracies = [cell for cell in cells if cell.metric == "accuracy" and interval(cell)]
    if intervals := [f"{title(cell)} {interval(cell)}" for cell in accuracies]:
        parts.append(f"Intervals at 95 %: {'; '.join(intervals)}.")
    if any(cell.verdict == NOT_COMPARED for cell in cells):
        parts.append(f"{NOT_COMPARED.capitalize()}.")
    for word, which in (("Differs", is_unlike), ("Disagrees", is_slip)):
        for section, found in by_section(cells, which).items():
            listed = "; ".join(
                f"{'; '.join(titles)}: {ours} against {paper}"
                for (ours, paper), titles in found.items()
            )
            parts.append(f"{word} ({DIFFERENCES}, section {section}): {listed}.")
    if events := table.content.events:
        parts.append(f"In training (part of the mean unless not converged): {'; '.join(events)}.")
    parts += [*table.content.notes, f"Made from: {table.origin}."]
    return " ".join(map(escape, parts))
