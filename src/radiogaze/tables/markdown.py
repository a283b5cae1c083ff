"""A table as Markdown, for a person."""

import re

from radiogaze.tables.assemble import Table
from radiogaze.tables.cells import Cell
from radiogaze.tables.layout import (
    blocks_of,
    by_section,
    cross_validated,
    interval,
    is_slip,
    is_unlike,
    legend,
    mark,
    printed,
    readable,
    released,
)
from radiogaze.tables.verdict import DIFFERENCES, NOT_COMPARED, NOT_IN_PAPER

# from paper_tables/<campaign>/<paper>/ to the root of the tree
_ROOT = "../../.."


def to_markdown(table: Table) -> str:
    """Write a table as Markdown.

    A warning, the caption, a grid for each block, the legend, the cells that differ with links
    to ``docs/differences.md``, the notes, what happened in training, and one line on what it was
    made from.
    """
    content = table.content
    parts = [f"> **⚠ {escape(table.banner)}**"] if table.banner else []
    parts.append(f"# {escape(table.caption)}")
    for block, grid in blocks_of(content.cells):
        if block:
            parts.append(f"## {escape(block)}")
        texts = grid.map(_cell).rename(escape, axis=0).rename(escape, axis=1)
        parts.append(texts.to_markdown(disable_numparse=True))
    parts += [_reading(content.cells), *_explained(content.cells)]
    parts += [escape(note) for note in content.notes]
    if content.events:
        listed = "\n".join(f"- {escape(event)}" for event in content.events)
        parts += [
            "What happened in training; a run is part of the mean unless it did not converge:",
            listed,
        ]
    parts.append(f"*Made from: {escape(table.origin)}.*")
    return "\n\n".join(parts) + "\n"


def escape(text: str) -> str:
    """Escape what Markdown would read as markup, and put a text on one line."""
    return re.sub(r"([\\`*_\[\]<>|#~])", r"\\\1", " ".join(text.split()))


def _cell(cell: Cell | None) -> str:
    """Write one cell; a name that agrees is not repeated."""
    if cell is None:
        return ""
    ours, paper = escape(readable(cell)), escape(printed(cell))
    beside = f"({paper})" if paper and not (isinstance(cell.ours, str) and ours == paper) else ""
    weights = escape(f"[released {released(cell)}]") if released(cell) else ""
    mean = cross_validated(cell)
    folds = escape(f"[{len(cell.retrained.folds)} folds {mean}]") if cell.retrained and mean else ""
    parts = (ours, beside, weights, folds, escape(interval(cell)), mark(cell))
    return " ".join(filter(None, parts))


def _reading(cells: tuple[Cell, ...]) -> str:
    """Describe what is in a cell."""
    trained = any(cell.retrained for cell in cells)
    ours = "retrained mean ± standard deviation over seeds" if trained else "ours"
    if any(cell.monte_carlo is not None and not cell.retrained for cell in cells):
        ours = "ours ± how far chance sets it and the paper's apart"
    sources = " \\[95 % interval over test sources\\]" if any(map(interval, cells)) else ""
    weights = " \\[released weights\\]" if any(map(released, cells)) else ""
    weights += (
        " \\[mean over ten folds of all sources\\]" if any(map(cross_validated, cells)) else ""
    )
    marks = f" and the verdict: {legend(cells)}" if legend(cells) else ""
    papers = " (paper's)" if any(cell.paper for cell in cells) else ""
    return f"Each cell: {ours}{papers}{weights}{sources}{marks}."


def _explained(cells: tuple[Cell, ...]) -> list[str]:
    """List the cells that differ, and link what the paper has not, by the section on each."""
    if any(cell.verdict == NOT_COMPARED for cell in cells):
        return [f"{NOT_COMPARED.capitalize()}."]
    parts = []
    if any(cell.paper for cell in cells):
        parts.append("No cell differs from the paper's by more than chance.")
    if any(map(is_unlike, cells)):
        parts = ["Cells that differ:", _listed(by_section(cells, is_unlike))]
    if any(map(is_slip, cells)):
        parts += [
            "Not told apart, yet known to disagree:",
            _listed(by_section(cells, is_slip)),
        ]
    if added := by_section(cells, lambda cell: cell.verdict.startswith(NOT_IN_PAPER)):
        plus = " (+)" if any(map(mark, cells)) else ""
        parts.append(f"Not in the paper{plus}: see {', '.join(map(_link, added))}.")
    return parts


def _listed(sections: dict[str, dict[tuple[str, str], list[str]]]) -> str:
    """List cells below a link to the section on them."""
    lines = []
    for section, found in sections.items():
        lines.append(f"- {_link(section)}")
        for (ours, paper), titles in found.items():
            cells = f"{'; '.join(titles)}: {ours} against {paper}"
            lines.append(f"  - {escape(cells)}")
    return "\n".join(lines)


def _link(section: str) -> str:
    return f"[{section}]({_ROOT}/{DIFFERENCES}#{section})"
