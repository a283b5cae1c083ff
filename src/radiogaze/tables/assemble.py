"""From files to a table that can be written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from radiogaze import provenance
from radiogaze.errors import RadiogazeError
from radiogaze.experiments import load_sheet
from radiogaze.tables.cells import Content
from radiogaze.tables.metrics import Metrics, gather
from radiogaze.tables.reference import load_reference
from radiogaze.tables.sources import Sources, read_catalogue

# The module that builds each table; only Tables 1 and 2 need the networks, hence torch.
TABLES = {
    "01": "architecture",
    "02": "architecture",
    "04": "counts",
    "05": "counts",
    "06": "performance",
    "07": "performance",
    "08": "performance",
    "09": "performance",
    "07_order": "orders",
    "08_order": "orders",
}
_PAPERS = {"gating": "Bowles et al. (2021)"}
_SHORT = 12  # hexadecimal digits that tell commits and digests apart for a reader
_MANY = 3  # digests of one kind that a reader still compares


@dataclass(frozen=True)
class Table:
    """A table that can be written.

    Parameters
    ----------
    identity
        Its key in ``TABLES``.
    content
        The comparisons.
    caption
        One sentence that says which table of which paper this is.
    campaign
        The campaign that its numbers come from.
    origin
        One line on what it was made from.
    banner
        A warning to print on its face, or an empty text.
    """

    identity: str
    content: Content
    caption: str
    campaign: str
    origin: str
    banner: str = ""


def tabulate(
    identity: str,
    *,
    sheet: Path,
    reference: Path,
    campaign: str,
    paper: str = "gating",
    metrics: Sequence[Path] = (),
    catalogues: Mapping[str, Path] | None = None,
    banner: str = "",
) -> Table:
    """Build one table of a paper, ours beside the paper's.

    Parameters
    ----------
    identity
        A key of ``TABLES``, e.g. ``"06"`` or ``"07_order"``.
    sheet
        The experiment sheet, whose column ``tables`` says which variants a table shows.
    reference
        The papers' printed values.
    campaign
        The campaign, printed on the table.
    paper
        The paper's short name.
    metrics
        The ``metrics.json`` of at least the variants shown (Tables 6 to 9).
    catalogues
        ``catalogue.csv`` by data set (Tables 4 and 5).
    banner
        A warning to print on the table, e.g. ``"Synthetic sky"``.

    Raises
    ------
    RadiogazeError
        If the table is unknown, or a file is missing or faulty: one line naming file and key.
    """
    if identity not in TABLES:
        raise RadiogazeError(f"no table {identity}; there are: {', '.join(TABLES)}")
    if paper not in _PAPERS:
        raise RadiogazeError(f"no tables of the paper {paper}; there are: {', '.join(_PAPERS)}")
    variants = load_sheet(sheet)
    paths = dict(catalogues or {})
    sources = Sources(
        sheet=variants,
        reference=load_reference(reference, paper),
        metrics=gather(metrics, variants),
        catalogues={name: read_catalogue(path) for name, path in paths.items()},
    )
    content = import_module(f"radiogaze.tables.{TABLES[identity]}").build(identity, sources)
    number, _, companion = identity.partition("_")
    caption = f"Table {int(number)} of {_PAPERS[paper]}, ours beside the paper's: {content.title}."
    if companion:
        caption = f"Companion of {caption}"
    shown = [m for name, m in sources.metrics.items() if str(int(number)) in variants[name].tables]
    counted = {cell.variant for cell in content.cells}
    used = {name: path for name, path in paths.items() if name in counted}
    origin = _origin(campaign, shown, used)
    return Table(identity, content, caption, campaign, origin, " ".join(banner.split()))


def _origin(campaign: str, metrics: Sequence[Metrics], catalogues: Mapping[str, Path]) -> str:
    """Say in one line what a table was made from."""
    parts = [f"campaign {campaign}"]
    commits = {m.commit for m in metrics} or {provenance.commit()}
    data: dict[str, set[str]] = {}
    for metric in metrics:
        for role, digest in metric.inputs.items():
            data.setdefault(role, set()).add(digest.removeprefix("sha256:"))
    if metrics:
        parts.append(f"passes {_listed({m.passes for m in metrics})}")
        parts.append(f"seed {_listed({m.seed for m in metrics})}")
    else:
        data = {f"catalogue of {n}": {provenance.sha256_of(p)} for n, p in catalogues.items()}
    parts.append(f"commit {_listed({commit[:_SHORT] for commit in commits})}")
    if data:
        named = (f"{role} {_digests(found)}" for role, found in sorted(data.items()))
        parts.append(f"data (sha256) {', '.join(named)}")
    return "; ".join(parts)


def _digests(found: set[str]) -> str:
    """Abbreviate some digests, or only count them where there are many."""
    if len(found) > _MANY:
        return f"of {len(found)} files"
    return _listed({digest[:_SHORT] for digest in found})


def _listed(values: set[int] | set[str]) -> str:
    """List distinct values in order."""
    return ", ".join(str(value) for value in sorted(values))
