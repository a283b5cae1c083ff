"""The tables and figures that the report of a campaign shows, paper by paper.

Both are in ``…/<campaign>/<paper>/``: the folder is their paper's.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markupsafe import Markup

from radiogaze.campaigns.captions import fill_caption
from radiogaze.campaigns.settings import Plan
from radiogaze.errors import RadiogazeError
from radiogaze.figures.registry import find_figure
from radiogaze.files.reading import reading
from radiogaze.report.cells import count_verdicts, read_table
from radiogaze.report.markup import caption_html, table_html
from radiogaze.report.papers import PAPERS, Paper
from radiogaze.tables.registry import find_table, name_table


@dataclass(frozen=True)
class ReportInputs:
    """What the report of a campaign is made of.

    Attributes
    ----------
    campaign
        Its name.
    settings
        What ``config.yaml`` has of it.
    tables, figures, metrics
        CSV files of tables (their Markdown beside them), PNG files of figures, and
        ``metrics.json`` files.
    claims
        ``workflow/reference/claims.csv``.
    differences
        ``docs/differences.md``.
    datasets
        ``workflow/reference/datasets.csv``, the manifest of the published archives.
    logs
        The folder with the benchmark files, or None.
    """

    campaign: str
    settings: dict[str, Any]
    tables: Sequence[Path]
    figures: Sequence[Path]
    metrics: Sequence[Path]
    claims: Path
    differences: Path
    datasets: Path
    logs: Path | None = None

    @property
    def synthetic(self) -> bool:
        """Whether the campaign has a synthetic sky."""
        return Plan(self.campaign, self.settings).synthetic


@dataclass(frozen=True)
class ShownTable:
    """A table on the page; ``counts`` are its cells by verdict: class, verdict, number."""

    anchor: str
    name: str
    title: str
    caption: Markup
    body: Markup
    rows: list[dict[str, str]]
    counts: list[tuple[str, str, int]]


@dataclass(frozen=True)
class ShownFigure:
    """A figure on the page; ``image`` is a data URI of the PNG as it is on disk."""

    anchor: str
    title: str
    caption: Markup
    image: str
    width: int
    height: int


@dataclass(frozen=True)
class Section:
    """All of one paper: its settings in the campaign, its tables and its figures."""

    name: str
    paper: Paper
    settings: dict[str, Any]
    tables: list[ShownTable]
    figures: list[ShownFigure]

    @property
    def anchors(self) -> list[str]:
        """Of its tables and figures."""
        return [one.anchor for one in self.tables] + [one.anchor for one in self.figures]


def read_sections(inputs: ReportInputs) -> list[Section]:
    """Read the tables and figures of a campaign, paper by paper.

    Raises
    ------
    RadiogazeError
        If a file is missing or broken, a table or figure is given twice, or the campaign does not
        reproduce its paper.
    """
    first: dict[tuple[str, str], Path] = {}
    for path in (*inputs.tables, *inputs.figures):
        if (other := first.setdefault((paper_of(path), path.stem), path)) != path:
            raise RadiogazeError(
                f"{path}: {path.stem} of the {paper_of(path)} paper was already given as {other};"
                f" give the tables and figures of campaign {inputs.campaign} alone"
            )
    names = dict.fromkeys(paper_of(path) for path in (*inputs.tables, *inputs.figures))
    for name in names:
        if not isinstance(inputs.settings.get(name), dict):
            raise RadiogazeError(
                f"campaign {inputs.campaign}: no paper {name} in its settings; name tables and"
                " figures of this campaign, in folders called by their paper"
            )
    return [
        Section(
            name,
            PAPERS[name],
            inputs.settings[name],
            [_table(p, inputs) for p in sorted(inputs.tables) if paper_of(p) == name],
            [_figure(p, inputs) for p in sorted(inputs.figures, key=_order) if paper_of(p) == name],
        )
        for name in names
    ]


def paper_of(path: Path) -> str:
    """Return the paper of a table or figure: its folder's name."""
    return path.parent.name


def _table(path: Path, inputs: ReportInputs) -> ShownTable:
    rows = read_table(path)
    markdown = path.with_suffix(".md")
    with reading(markdown, "a table in Markdown", "tabulate"):
        text = markdown.read_text("utf-8")
    paper, identity = paper_of(path), path.stem.removeprefix("table")
    spec = find_table(identity, paper)
    return ShownTable(
        anchor=f"{paper}-{path.stem}",
        name=name_table(identity),
        title=spec.title,
        caption=caption_html(fill_caption(spec.caption, inputs.settings, paper)),
        body=table_html(text),
        rows=rows,
        counts=count_verdicts(rows),
    )


def _figure(path: Path, inputs: ReportInputs) -> ShownFigure:
    with reading(path, "a PNG image", "figure"):
        data = path.read_bytes()
        if data[:8] != b"\x89PNG\r\n\x1a\n":
            raise ValueError(repr(data[:8]))
    paper = paper_of(path)
    spec = find_figure(path.stem, paper)
    return ShownFigure(
        anchor=f"{paper}-{path.stem}",
        title=spec.title,
        caption=caption_html(fill_caption(spec.caption, inputs.settings, paper)),
        image=f"data:image/png;base64,{base64.b64encode(data).decode()}",
        width=int.from_bytes(data[16:20]),
        height=int.from_bytes(data[20:24]),
    )


def _order(path: Path) -> tuple[int, str]:
    """Sort the papers' figures by number, those of an appendix after them, then ours."""
    stem = path.stem.removeprefix("fig")
    if stem == path.stem:
        return 2, stem
    return (0 if stem[:1].isdigit() else 1), stem
