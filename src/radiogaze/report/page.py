"""Put the report together: one HTML page that holds everything it shows."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from radiogaze import __version__
from radiogaze.files.atomic import atomic_path
from radiogaze.provenance.record import commit, hardware
from radiogaze.report.cells import read_cells
from radiogaze.report.claims import FAILS, HOLDS, OPEN, STATES, Judged, judge, load_claims
from radiogaze.report.cost import Cost, find_benchmarks, sum_up
from radiogaze.report.curves import HEIGHT, WIDTH, draw_panels
from radiogaze.report.files import read_text
from radiogaze.report.gather import (
    Inputs,
    Section,
    count_verdicts,
    gather,
    paper_of,
    read_metrics,
    run_of,
)
from radiogaze.report.markup import cited_html, document_html, inline_html
from radiogaze.report.origin import merge, read_members, read_sidecars
from radiogaze.report.papers import paper

_STATE_CLASSES = {HOLDS: "holds", FAILS: "fails", OPEN: "open"}


@dataclass(frozen=True)
class Background:
    """What a report needs besides the campaign's own results.

    Attributes
    ----------
    claims
        ``workflow/reference/claims.csv``.
    differences
        ``docs/differences.md``.
    datasets
        ``workflow/reference/datasets.csv``, the pins of the published archives.
    logs
        The folder with the benchmark files, or None.
    explorer
        Where the attention explorer is, as the page links to it; empty for none.
    """

    claims: Path
    differences: Path
    datasets: Path
    logs: Path | None = None
    explorer: str = ""


@dataclass
class Summary:
    """What was written, for the command line."""

    megabytes: float
    states: dict[str, int] = field(default_factory=dict)


def write_report(inputs: Inputs, background: Background, out: Path) -> Summary:
    """Write the report of a campaign.

    Parameters
    ----------
    inputs
        The campaign's results.
    background
        What it is held against.
    out
        The page to write; whole or not at all.

    Raises
    ------
    RadiogazeError
        If an input is missing or broken, or the page cannot be written.
    """
    sections = gather(inputs)
    metrics = [read_metrics(path) for path in inputs.metrics]
    claims, tally = _judge_all(inputs, background.claims, sections)
    firsts = _first_outputs(inputs)
    sidecars = read_sidecars(firsts)
    page = (
        template_environment()
        .get_template("report.html")
        .render(
            campaign=inputs.campaign,
            synthetic=inputs.synthetic,
            version=__version__,
            commit=commit(),
            hardware=hardware(),
            lead=_lead(inputs.settings, metrics),
            facts=_facts(sections, metrics, synthetic=inputs.synthetic),
            sections=sections,
            claims=claims,
            tally=tally,
            state_class=_STATE_CLASSES,
            paper=paper,
            inline=inline_html,
            cited=cited_html,
            anchors={anchor for section in sections for anchor in section.anchors},
            panels=draw_panels([(*run_of(path)[1:], path) for path in inputs.histories]),
            width=WIDTH,
            height=HEIGHT,
            costs=_costs(inputs, background.logs),
            origin=merge([*(result["provenance"] for result in metrics), *sidecars]),
            sidecars=(len(sidecars), len(firsts)),
            members=read_members(background.datasets),
            differences=document_html(read_text(background.differences, "the known differences")),
            explorer=quote(background.explorer),
            css=packaged("common.css", "report.css"),
            js=packaged("theme.js", "report.js"),
        )
    )
    with atomic_path(out) as path:
        path.write_text(page, encoding="utf-8", newline="\n")
    return Summary(out.stat().st_size / 1e6, dict(tally))


def _judge_all(
    inputs: Inputs, claims: Path, sections: Sequence[Section]
) -> tuple[list[Judged], list[tuple[str, int]]]:
    """Return the shown papers' claims, judged, and how many there are of each state.

    A synthetic sky can judge nothing: its claims all stay open, and nothing is counted.
    """
    shown = {section.name for section in sections}
    tables = [] if inputs.synthetic else [(paper_of(path), path) for path in inputs.tables]
    cells = read_cells(tables)
    judged = [judge(claim, cells) for claim in load_claims(claims) if claim.paper in shown]
    return judged, [] if inputs.synthetic else _tally([one.state for one in judged])


def _first_outputs(inputs: Inputs) -> list[Path]:
    """Return the first output of each step whose results are shown: a figure's is its PDF."""
    pdfs = [path.with_suffix(".pdf") for path in inputs.figures]
    return [*inputs.tables, *pdfs, *inputs.metrics]


def _costs(inputs: Inputs, logs: Path | None) -> list[Cost]:
    if logs is None:
        return []
    campaigns = inputs.config["campaigns"]
    # a drawn sky shares nothing with the others
    shared = not inputs.synthetic
    return sum_up(logs, find_benchmarks(logs, inputs.campaign, campaigns, shared=shared))


def template_environment() -> Environment:
    """Return the environment of the page's templates: everything is escaped, nothing undefined."""
    return Environment(
        loader=PackageLoader("radiogaze.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def packaged(*names: str) -> Markup:
    """Return style sheets or scripts of the package, to stand in the page as they are."""
    folder = resources.files("radiogaze.report").joinpath("templates")
    text = "\n".join(folder.joinpath(name).read_text("utf-8") for name in names)
    return Markup(text)  # noqa: S704 - ours


def _tally(states: Sequence[str]) -> list[tuple[str, int]]:
    plural = {HOLDS: "hold", FAILS: "do not hold"}
    counts = [(state, states.count(state)) for state in STATES]
    return [(state if n == 1 else plural.get(state, state), n) for state, n in counts]


def _lead(settings: dict[str, Any], metrics: Sequence[dict[str, Any]]) -> str:
    """Say in a sentence what the campaign is."""
    sky = {"published": "the published cutouts", "synthetic": "a drawn sky"}[settings["sky"]]
    seeds = settings.get("seeds")
    if settings["weights"] == "released":
        networks = "The authors' released networks"
    else:
        networks = f"Networks trained here, {seeds} {'seed' if seeds == 1 else 'seeds'} each"
    passes = sorted({result["passes"] for result in metrics})
    over = f", over {' or '.join(map(str, passes))} augmented passes of each source" * bool(passes)
    compared = "" if settings["sky"] == "synthetic" else "; every number beside the papers' own"
    return f"{networks}, evaluated on {sky}{over}{compared}."


def _facts(
    sections: Sequence[Section], metrics: Sequence[dict[str, Any]], *, synthetic: bool
) -> list[tuple[str, str]]:
    """Return the page's key numbers: label, value."""
    rows = [row for section in sections for table in section.tables for row in table.rows]
    facts = [
        ("trained networks evaluated", str(len(metrics))),
        ("tables", str(sum(len(section.tables) for section in sections))),
        ("figures", str(sum(len(section.figures) for section in sections))),
    ]
    if synthetic:
        return facts
    counted: dict[str, int] = {}
    for group, _, number in count_verdicts(rows):
        counted[group] = counted.get(group, 0) + number
    compared = sum(counted.get(group, 0) for group in ("same", "near", "apart"))
    return [
        *facts,
        ("cells beside a printed one", f"{compared:,}"),
        ("of them equal within rounding", f"{counted.get('same', 0):,}"),
        ("within our 95 % interval", f"{counted.get('near', 0):,}"),
        ("that differ", f"{counted.get('apart', 0):,}"),
    ]
