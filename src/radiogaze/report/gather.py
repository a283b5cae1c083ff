"""Everything that the report of a campaign shows, read from its files.

A table or figure stands in ``…/<campaign>/<paper>/``, a result in
``…/<campaign>/<paper>/<variant>/<run>/``: the folders say which paper it belongs to.
"""

import base64
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markupsafe import Markup

from radiogaze.errors import RadiogazeError
from radiogaze.figures.registry import FIGURES
from radiogaze.files.schema import validate
from radiogaze.report.captions import render_caption
from radiogaze.report.cells import read_table
from radiogaze.report.files import read_json, read_text
from radiogaze.report.markup import split_heading, table_html
from radiogaze.report.origin import RECORD
from radiogaze.report.papers import Paper, paper

_FOLDERS = 5  # the root, those of paper, variant and run, and the file
# what the page tells of an evaluation; radiogaze.tables.metrics reads the rest
_METRICS = {
    "type": "object",
    "required": ["passes", "provenance", "orders"],
    "properties": {
        "passes": {"type": "integer", "minimum": 1},
        "orders": {"type": "object"},
        "provenance": RECORD,
    },
}
# verdicts as the page counts them, by the beginning of a cell's verdict -> class, label
VERDICTS = {
    "within rounding": ("same", "within rounding"),
    "found": ("same", "found"),
    "within interval": ("near", "within interval"),
    "differs": ("apart", "differs"),
    "not found": ("apart", "not found"),
    "not in the paper": ("extra", "not in the paper"),
    "not run": ("none", "not run"),
    "not compared": ("none", "not compared"),
}


@dataclass(frozen=True)
class Inputs:
    """The files of a campaign's report.

    Attributes
    ----------
    campaign
        Its name, a key of ``config["campaigns"]``.
    config
        The settings of ``config.yaml``.
    captions
        The folder with ``figures.rst`` and ``tables.rst``.
    tables, figures, metrics, histories
        CSV files of tables (their Markdown beside them), PNG files of figures, ``metrics.json``
        and ``history.csv`` files.
    """

    campaign: str
    config: dict[str, Any]
    captions: Path
    tables: Sequence[Path]
    figures: Sequence[Path]
    metrics: Sequence[Path]
    histories: Sequence[Path]

    @property
    def settings(self) -> dict[str, Any]:
        """What ``config.yaml`` says of the campaign.

        Raises
        ------
        RadiogazeError
            If it does not know the campaign.
        """
        campaigns = self.config.get("campaigns", {})
        if self.campaign not in campaigns:
            raise RadiogazeError(
                f"campaign {self.campaign}: not in config.yaml; it has: {', '.join(campaigns)}"
            )
        return campaigns[self.campaign]

    @property
    def synthetic(self) -> bool:
        """Whether the campaign looks at a drawn sky."""
        return bool(self.settings["sky"] == "synthetic")


@dataclass(frozen=True)
class ShownTable:
    """A table as the page shows it; ``counts`` are cells by verdict: class, label, number."""

    anchor: str
    name: str
    title: str
    caption: Markup
    body: Markup
    rows: list[dict[str, str]]
    counts: list[tuple[str, str, int]]


@dataclass(frozen=True)
class ShownFigure:
    """A figure as the page shows it; ``image`` is a data URI of the PNG as it is on disk."""

    anchor: str
    title: str
    caption: Markup
    image: str
    width: int
    height: int


@dataclass(frozen=True)
class Section:
    """All of one paper: its tables and its figures."""

    name: str
    paper: Paper
    tables: list[ShownTable]
    figures: list[ShownFigure]

    @property
    def anchors(self) -> list[str]:
        """Where its tables and figures stand on the page."""
        return [one.anchor for one in self.tables] + [one.anchor for one in self.figures]


def gather(inputs: Inputs) -> list[Section]:
    """Read the tables and figures of a campaign, paper by paper.

    Raises
    ------
    RadiogazeError
        If a file is missing or broken, or the campaign is unknown.
    """
    names = dict.fromkeys(paper_of(path) for path in (*inputs.tables, *inputs.figures))
    for name in names:
        if name not in inputs.settings:
            raise RadiogazeError(
                f"campaign {inputs.campaign}: no paper {name} in config.yaml; name tables and"
                " figures of this campaign, in folders called by their paper"
            )
    return [
        Section(
            name,
            paper(name),
            [_table(path, inputs) for path in sorted(inputs.tables) if paper_of(path) == name],
            [
                _figure(path, inputs)
                for path in sorted(inputs.figures, key=_order)
                if paper_of(path) == name
            ],
        )
        for name in names
    ]


def paper_of(path: Path) -> str:
    """Return the paper of a table or figure: its folder's name."""
    return path.parent.name


def run_of(path: Path) -> tuple[str, str, str]:
    """Return paper, variant and run of a result: the names of its folders.

    Raises
    ------
    RadiogazeError
        If it does not lie in three folders.
    """
    parts = path.absolute().parts
    if len(parts) < _FOLDERS:
        raise RadiogazeError(f"{path}: expected it in folders <paper>/<variant>/<run>/")
    return parts[-4], parts[-3], parts[-2]


def read_metrics(path: Path) -> dict[str, Any]:
    """Read a ``metrics.json``.

    Raises
    ------
    RadiogazeError
        If the file is missing or none of ``radiogaze evaluate``.
    """
    found: dict[str, Any] = read_json(path, "the metrics of radiogaze evaluate")
    validate(found, _METRICS, f"{path}: not the metrics of radiogaze evaluate")
    return found


def count_verdicts(rows: list[dict[str, str]]) -> list[tuple[str, str, int]]:
    """Count the cells of tables by verdict: class, label, number, in the order of ``VERDICTS``."""
    found = Counter(
        next((start for start in VERDICTS if row["verdict"].startswith(start)), "") for row in rows
    )
    return [(*VERDICTS[start], found[start]) for start in VERDICTS if found[start]]


def _table(path: Path, inputs: Inputs) -> ShownTable:
    rows = read_table(path)
    markdown = path.with_suffix(".md")
    heading, body = table_html(read_text(markdown, "the Markdown of radiogaze tabulate"))
    anchor = f"{paper_of(path)}-{path.stem}"
    caption = _caption("tables.rst", path, inputs, table=path.stem.removeprefix("table"))
    return ShownTable(anchor, *split_heading(heading), caption, body, rows, count_verdicts(rows))


def _figure(path: Path, inputs: Inputs) -> ShownFigure:
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise RadiogazeError(f"{path}: no such file; make it with radiogaze figure") from None
    except OSError as error:
        raise RadiogazeError(f"{path}: cannot be read: {error.strerror or error}") from None
    if data[:8] != b"\x89PNG\r\n\x1a\n":
        raise RadiogazeError(f"{path}: not a PNG image; draw it again with radiogaze figure")
    width, height = (int.from_bytes(data[at : at + 4]) for at in (16, 20))
    entry = FIGURES.get(paper_of(path), {}).get(path.stem)
    title = entry.title if entry else path.stem
    image = f"data:image/png;base64,{base64.b64encode(data).decode()}"
    caption = _caption("figures.rst", path, inputs, figure=path.stem)
    return ShownFigure(f"{paper_of(path)}-{path.stem}", title, caption, image, width, height)


def _caption(file: str, path: Path, inputs: Inputs, **wildcards: str) -> Markup:
    where = inputs.captions / file
    named = {"campaign": inputs.campaign, "paper": paper_of(path), **wildcards}
    return render_caption(where, inputs.config, **named)


def _order(path: Path) -> tuple[int, str]:
    """Sort the papers' figures by number, those of an appendix after them, then ours."""
    stem = path.stem.removeprefix("fig")
    if stem == path.stem:
        return 2, stem
    return (0 if stem[:1].isdigit() else 1), stem
