"""From files to a table that can be written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path

from radiogaze.campaigns.variants import load_sheet
from radiogaze.provenance.record import commit, sha256_of
from radiogaze.tables.cells import Content
from radiogaze.tables.inputs import TableInputs, read_catalogue
from radiogaze.tables.metrics import Metrics
from radiogaze.tables.reference import load_reference
from radiogaze.tables.registry import find_table
from radiogaze.tables.runs import Runs, gather, gather_released

_PAPERS = {
    "gating": "Bowles et al. (2021)",
    "equivariant": "Bowles et al. (2021, NeurIPS workshop)",
}
_SHORT = 12  # hexadecimal digits that tell commits and digests apart for a reader
_MANY = 3  # digests of one kind that a reader still compares


@dataclass(frozen=True)
class Table:
    """A table that can be written.

    Parameters
    ----------
    identity
        Its key in ``TABLES[paper]``.
    content
        The comparisons.
    caption
        One sentence that says which table of which paper this is.
    origin
        One line on what it was made from.
    banner
        A warning to print on it, or an empty text.
    """

    identity: str
    content: Content
    caption: str
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
    released: Sequence[Path] = (),
    catalogues: Mapping[str, Path] | None = None,
    misclassified: Path | None = None,
    printed: Path | None = None,
    banner: str = "",
    verdicts: bool = True,
) -> Table:
    """Build one table of a paper, ours beside the paper's.

    Parameters
    ----------
    identity
        A key of ``TABLES[paper]``, e.g. ``"06"`` or ``"07_order"``.
    sheet
        The experiment sheet, whose column ``tables`` says which variants a table shows.
    reference
        The papers' printed values.
        The campaign, printed on the table.
    paper
        The paper's short name.
    metrics
        The ``metrics.json`` of at least the variants shown (Tables 6 to 9): of released weights,
        one a variant, or of our own training, one a variant and seed.
    released
        The ``metrics.json`` of released weights to show beside our own training.
    catalogues
        ``catalogue.csv`` by data set (Tables 4 and 5).
    misclassified
        The table of ``radiogaze misclassify`` of the primary network (Table 10).
    printed
        The paper's Table 10, ``workflow/reference/table10.csv`` (Table 10).
    banner
        A warning to print on the table, e.g. ``"Synthetic sky"``.
    verdicts
        Whether to compare with the paper; a synthetic sky cannot be.

    Raises
    ------
    RadiogazeError
        If the table is unknown, or a file is missing or faulty: one line naming file and key.
    """
    spec = find_table(identity, paper)
    variants = load_sheet(sheet)
    paths = dict(catalogues or {})
    runs = gather(metrics, variants)
    inputs = TableInputs(
        sheet=variants,
        reference=load_reference(reference, paper),
        metrics=runs,
        released=gather_released(released, variants, runs),
        catalogues={name: read_catalogue(path) for name, path in paths.items()},
        misclassified=misclassified,
        printed=printed,
        compared=verdicts,
    )
    content = import_module(f"radiogaze.tables.{spec.builder}").build(identity, inputs)
    if not verdicts:
        content = replace(content, cells=tuple(replace(c, compared=False) for c in content.cells))
    number, _, companion = identity.partition("_")
    caption = f"Table {int(number)} of {_PAPERS[paper]}, ours beside the paper's: {spec.title}."
    caption = f"Companion of {caption}" if companion else caption
    origin = f"campaign {campaign}; {_origin(identity, content, inputs, paths)}"
    return Table(identity, content, caption, origin, " ".join(banner.split()))


def _origin(
    identity: str, content: Content, inputs: TableInputs, catalogues: Mapping[str, Path]
) -> str:
    """Say in one line what a table was made from."""
    number = str(int(identity.partition("_")[0]))
    if shown := _shown(inputs.metrics, inputs, number):
        released = _shown(inputs.released, inputs, number)
        beside = f"; released weights: {_evaluated(released)}" if released else ""
        return f"{_evaluated(shown)}{beside}"
    counted = {cell.variant for cell in content.cells}
    data = {
        f"catalogue of {name}": {sha256_of(path)}
        for name, path in catalogues.items()
        if name in counted
    }
    data |= {role: {sha256_of(path)} for role, path in content.inputs.items()}
    return "; ".join([f"commit {commit()[:_SHORT]}", *_data(data)])


def _shown(runs: Runs, inputs: TableInputs, number: str) -> list[Metrics]:
    """Return the runs of the variants that a table shows."""
    names = [name for name in runs if number in inputs.sheet[name].tables]
    return [metrics for name in names for metrics in runs[name].values()]


def _evaluated(metrics: Sequence[Metrics]) -> str:
    """Say how some evaluations were made."""
    data: dict[str, set[str]] = {}
    for metric in metrics:
        for role, digest in metric.inputs.items():
            data.setdefault(role, set()).add(digest.removeprefix("sha256:"))
    parts = [
        f"passes {_listed({m.passes for m in metrics})}",
        f"seed {_listed({m.seed for m in metrics})}",
        f"commit {_listed({m.commit[:_SHORT] for m in metrics})}",
        *_data(data),
    ]
    if trained := {m.training.seed for m in metrics if m.training}:
        parts.insert(2, f"training seed {_listed(trained)}")
    return "; ".join(parts)


def _data(digests: Mapping[str, set[str]]) -> list[str]:
    """Name the data by their digests, or nothing where there are none."""
    named = [f"{role} {_digests(found)}" for role, found in sorted(digests.items())]
    return [f"data (sha256) {', '.join(named)}"] if named else []


def _digests(found: set[str]) -> str:
    """Abbreviate some digests, or only count them where there are many."""
    if len(found) > _MANY:
        return f"of {len(found)} files"
    return _listed({digest[:_SHORT] for digest in found})


def _listed(values: set[int] | set[str]) -> str:
    """List distinct values in order."""
    return ", ".join(str(value) for value in sorted(values))
