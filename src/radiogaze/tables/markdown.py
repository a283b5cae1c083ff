"""A table as Markdown: laid out like the paper's, for a person."""

import re

import pandas as pd

from radiogaze.tables.assemble import Table
from radiogaze.tables.cells import DIFFERENCES, NOT_COMPARED, NOT_IN_PAPER, Cell
from radiogaze.tables.layout import (
    UNLIKE,
    alike,
    blocks_of,
    columns_of,
    grid_of,
    has_released,
    having,
    interval,
    known,
    legend,
    mark,
    printed,
    readable,
    released,
)

# from paper_tables/<campaign>/<paper>/ to the root of the tree
_ROOT = "../../.."
_CELL = "Each cell: ours (paper's)"
_CELL_OF_TRAINING = "Each cell: retrained mean ± standard deviation over seeds (paper's)"
_BRACKETS = (
    "Brackets: the 95 % interval of an accuracy; the other intervals are in the CSV of this table."
)


def to_markdown(table: Table) -> str:
    """Write a table as Markdown.

    A warning, the caption, a grid for each block, the legend, the cells that differ with links
    to ``docs/differences.md``, the notes, what happened in training, and one line on what it was
    made from.
    """
    content = table.content
    parts = [f"# {escape(table.caption)}"]
    if table.banner:
        parts.insert(0, f"> **⚠ {escape(table.banner)}**")
    for block, cells in blocks_of(content.cells):
        if block:
            parts.append(f"## {escape(block)}")
        parts.append(_grid(cells, table))
    parts.append(_reading(content.cells))
    if any(interval(cell) for cell in content.cells):
        parts.append(_BRACKETS)
    parts += [*_explained(table), *(escape(note) for note in content.notes)]
    if content.events:
        listed = "\n".join(f"- {escape(event)}" for event in content.events)
        parts += ["What happened in training; these runs are part of the means:", listed]
    parts.append(f"*Made from: {escape(table.origin)}.*")
    return "\n\n".join(parts) + "\n"


def escape(text: str) -> str:
    """Escape what Markdown would read as markup, and put a text on one line."""
    return re.sub(r"([\\`*_\[\]<>|#~])", r"\\\1", " ".join(text.split()))


def _grid(cells: tuple[Cell, ...], table: Table) -> str:
    grid = grid_of(cells, table.content.layout)
    columns = columns_of(grid)
    frame = pd.DataFrame(
        [[_cell(row[c]) if c in row else "" for c in columns] for row in grid.values()],
        index=[escape(name) for name in grid],
        columns=[escape(name) for name in columns],
    )
    return frame.to_markdown(disable_numparse=True)


def _reading(cells: tuple[Cell, ...]) -> str:
    """Describe what is in a cell."""
    trained = any(cell.retrained for cell in cells)
    sentence = _CELL_OF_TRAINING if trained else _CELL
    if has_released(cells):
        sentence += " \\[released weights\\]"
    signs = legend(cells)
    return f"{sentence} and the verdict: {signs}." if signs else f"{sentence}."


def _cell(cell: Cell) -> str:
    """Write one cell; a name that agrees is not repeated."""
    ours, paper = escape(readable(cell)), escape(printed(cell))
    beside = f"({paper})" if paper and not (isinstance(cell.ours, str) and ours == paper) else ""
    weights = escape(f"[released {released(cell)}]") if released(cell) else ""
    parts = (ours, beside, weights, mark(cell), escape(interval(cell)))
    return " ".join(part for part in parts if part)


def _explained(table: Table) -> list[str]:
    """List the cells that differ, and link what the paper has not, by the section on each."""
    cells = table.content.cells
    if having(cells, NOT_COMPARED):
        return [f"{NOT_COMPARED.capitalize()}."]
    parts = ["No cell differs from the paper's beyond rounding or our interval."]
    if differing := having(cells, UNLIKE):
        parts = ["Cells that differ:", _listed(differing, table)]
    if slips := known(cells):
        parts += ["Within our interval, yet known to disagree:", _listed(slips, table)]
    if added := having(cells, NOT_IN_PAPER):
        parts.append(f"Not in the paper (+): see {', '.join(_link(s) for s in added)}.")
    return parts


def _listed(sections: dict[str, list[Cell]], table: Table) -> str:
    """List cells below a link to the section on them."""
    lines = []
    for section, cells in sections.items():
        lines.append(f"- {_link(section)}")
        lines += [
            f"  - {escape('; '.join(names))}: {escape(ours)} against {escape(paper)}"
            for (ours, paper), names in alike(cells, table.content.layout).items()
        ]
    return "\n".join(lines)


def _link(section: str) -> str:
    return f"[{section}]({_ROOT}/{DIFFERENCES}#{section})"
