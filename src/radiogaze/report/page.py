"""Put the report together: one HTML page that holds everything it shows."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined

from radiogaze import __version__
from radiogaze.files.atomic import write_frame, write_text
from radiogaze.files.rows import read_rows
from radiogaze.files.schema import load_schema, validate_table
from radiogaze.provenance.record import commit, hardware
from radiogaze.report.cells import read_cells
from radiogaze.report.claims import Judged, judge, load_claims
from radiogaze.report.cost import read_costs
from radiogaze.report.markup import cited_html, document_html, inline_html
from radiogaze.report.origin import merge, read_sidecars
from radiogaze.report.papers import PAPERS
from radiogaze.report.rules import FAILS, HOLDS, OPEN, STATES
from radiogaze.report.sections import ReportInputs, Section, paper_of, read_sections
from radiogaze.tables.runs import load_metrics
from radiogaze.tables.verdict import LOOKS, word_of

_STATE_CLASSES = {HOLDS: "holds", FAILS: "fails", OPEN: "open"}
_PLURALS = {HOLDS: "hold", FAILS: "do not hold"}


def write_report(
    inputs: ReportInputs, out: Path, *, explorer: str = "", list_claims: Path | None = None
) -> list[tuple[str, int]]:
    """Write the report of a campaign.

    Parameters
    ----------
    inputs
        The campaign's results, and what they are compared with.
    out
        The page to write.
    explorer
        Where the attention explorer is, as the page links to it; empty for none.
    list_claims
        The CSV of all claims to write: paper, id, section, claim, state and reason.

    Returns
    -------
    list
        How many claims there are of each state; empty where the sky is synthetic.

    Raises
    ------
    RadiogazeError
        If an input is missing or broken, or the page cannot be written.
    """
    sections = read_sections(inputs)
    metrics = [load_metrics(path) for path in inputs.metrics]
    members = read_rows(inputs.datasets, ",")
    validate_table(members, load_schema("datasets"), inputs.datasets, "member")
    claims = _judge_all(inputs, sections)
    tally = [] if inputs.synthetic else _tally(claims)
    if list_claims is not None:
        write_frame(_listed(claims, synthetic=inputs.synthetic), list_claims)
    # the first output of each step whose results are shown: a figure's is its PDF
    firsts = [*inputs.tables, *(p.with_suffix(".pdf") for p in inputs.figures), *inputs.metrics]
    sidecars = read_sidecars(firsts)
    write_page(
        "report",
        out,
        campaign=inputs.campaign,
        synthetic=inputs.synthetic,
        commit=commit(),
        hardware=hardware(),
        lead=_lead(inputs.settings, metrics),
        facts=_facts(sections, metrics, synthetic=inputs.synthetic),
        sections=sections,
        claims=claims,
        tally=tally,
        state_class=_STATE_CLASSES,
        papers=PAPERS,
        inline=inline_html,
        cited=cited_html,
        anchors={anchor for section in sections for anchor in section.anchors},
        costs=read_costs(inputs.logs, inputs.campaign, shared=not inputs.synthetic),
        origin=merge([*(result["provenance"] for result in metrics), *sidecars]),
        sidecars=(len(sidecars), len(firsts)),
        members=members,
        differences=document_html(inputs.differences.read_text("utf-8")),
        explorer=quote(explorer),
    )
    return tally


def write_page(name: str, out: Path, **values: Any) -> None:
    """Fill in the template ``<name>.html``, with its style sheets and scripts inside.

    Parameters
    ----------
    name
        Of the template; everything that is not of the package is escaped.
    out
        The page to write.
    values
        What the template names.

    Raises
    ------
    RadiogazeError
        If the page cannot be written.
    """
    environment = Environment(
        loader=PackageLoader("radiogaze.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    page = environment.get_template(f"{name}.html").render(page=name, version=__version__, **values)
    write_text(page, out)


def _judge_all(inputs: ReportInputs, sections: Sequence[Section]) -> list[Judged]:
    """Judge the shown papers' claims; by a synthetic sky all of them stay open."""
    shown = {section.name for section in sections}
    tables = [] if inputs.synthetic else [(paper_of(path), path) for path in inputs.tables]
    cells = read_cells(tables)
    return judge([claim for claim in load_claims(inputs.claims) if claim.paper in shown], cells)


def _listed(claims: Sequence[Judged], *, synthetic: bool) -> pd.DataFrame:
    rows = [
        {
            **{name: getattr(judged.claim, name) for name in ("paper", "id", "section", "claim")},
            "state": "not judged" if synthetic else judged.state,
            "reason": "" if synthetic else judged.reason,
        }
        for judged in claims
    ]
    return pd.DataFrame(rows)


def _tally(claims: Sequence[Judged]) -> list[tuple[str, int]]:
    states = [judged.state for judged in claims]
    counts = [(state, states.count(state)) for state in STATES]
    return [(state if n == 1 else _PLURALS.get(state, state), n) for state, n in counts]


def _lead(settings: dict[str, Any], metrics: Sequence[dict[str, Any]]) -> str:
    """Describe the campaign in a sentence."""
    sky = {"published": "the published cutouts", "synthetic": "a synthetic sky"}[settings["sky"]]
    seeds = settings.get("seeds")
    each = "1 seed" if seeds == 1 else f"up to {seeds} seeds"  # the sheet may give fewer
    networks = f"Networks trained here, {each} each"
    if settings["weights"] == "released":
        networks = "The authors' released networks"
    passes = sorted({result["passes"] for result in metrics})
    over = (
        f", over {' or '.join(map(str, passes))} test-time augmentation (TTA) passes of each source"
        * bool(passes)
    )
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
    counts = Counter(LOOKS[word_of(row["verdict"])].style for row in rows)
    same, near, apart = (counts[style] for style in ("same", "near", "apart"))
    return [
        *facts,
        ("cells beside a printed one", f"{same + near + apart:,}"),
        ("of them equal within rounding", f"{same:,}"),
        ("within chance", f"{near:,}"),
        ("that differ", f"{apart:,}"),
    ]
