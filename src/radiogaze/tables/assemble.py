"""From files to a table that can be written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path

from radiogaze.campaigns.variants import load_sheet
from radiogaze.provenance.record import commit
from radiogaze.tables.cells import Content
from radiogaze.tables.inputs import TableInputs
from radiogaze.tables.reference import load_reference
from radiogaze.tables.registry import find_table, name_table
from radiogaze.tables.runs import Runs, gather, gather_folds, gather_released

_PAPERS = {
    "gating": "Bowles et al. (2021)",
    "equivariant": "Bowles et al. (2021, NeurIPS workshop)",
}
_SHORT = 12  # hexadecimal digits that tell commits apart for a reader


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
        One sentence that names the table of the paper.
    origin
        One line on what it was made from.
    banner
        A warning to print on it, in one line, or an empty text.
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
    folds: Sequence[Path] = (),
    logits: Mapping[str, Path] | None = None,
    predictions: Mapping[str, Path] | None = None,
    gaze: Mapping[str, Path] | None = None,
    doubt: Mapping[str, Path] | None = None,
    catalogues: Mapping[str, Path] | None = None,
    misclassified: Path | None = None,
    printed: Path | None = None,
    recipe_file: Path | None = None,
    banner: str = "",
    verdicts: bool = True,
) -> Table:
    """Build one table of a paper, ours beside the paper's.

    Parameters
    ----------
    identity
        A key of ``TABLES[paper]``, e.g. ``"06"`` or ``"07_order"``.
    sheet
        The experiment sheet, whose column ``tables`` lists where each variant is shown.
    reference
        The papers' printed values.
    campaign
        The campaign, printed on the table.
    paper
        The paper's short name.
    metrics
        The ``metrics.json`` of at least the variants shown (Tables 6 to 9): of released weights,
        one a variant, or of our own training, one a variant and seed.
    released
        The ``metrics.json`` of released weights to show beside our own training.
    folds
        The ``metrics.json`` of our own training in each fold of a cross-validation.
    logits, predictions
        ``logits.npz`` and ``predictions.csv`` by ``<variant>/<run>`` (calibration, comparisons):
        the run is ``released``, ``seed-<n>`` or ``fold-<n>``.
    gaze
        The scores of ``radiogaze gaze``, named alike (gaze).
    doubt
        Tables of ``radiogaze doubt`` (doubt, doubt_groups).
    catalogues
        ``catalogue.csv`` by data set (Tables 4 and 5).
    misclassified
        The table of ``radiogaze misclassify`` of the primary network (Table 10).
    printed
        The paper's Table 10, ``workflow/reference/table10.csv`` (Table 10).
    recipe_file
        The recipes of the sheet's variants (Table 5); the package's if none are given.
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
    runs = gather(metrics, variants)
    inputs = TableInputs(
        sheet=variants,
        reference=load_reference(reference, paper),
        metrics=runs,
        released=gather_released(released, variants, runs),
        folds=gather_folds(folds, variants),
        logits=logits or {},
        predictions=predictions or {},
        gaze=gaze or {},
        doubt=doubt or {},
        catalogues=catalogues or {},
        misclassified=misclassified,
        printed=printed,
        recipes=recipe_file,
        compared=verdicts,
    )
    content = import_module(f"radiogaze.tables.{spec.builder}").build(identity, inputs)
    if not verdicts:
        content = replace(content, cells=tuple(replace(c, compared=False) for c in content.cells))
    of = f"of {_PAPERS[paper]}, ours beside the paper's"
    if not identity[:1].isdigit():
        of = f"of the networks of {_PAPERS[paper]}"
    caption = f"{name_table(identity)} {of}: {spec.title}."
    origin = f"campaign {campaign}; {_origin(spec.number, inputs)}"
    return Table(identity, content, caption, origin, " ".join(banner.split()))


def _origin(number: str | None, inputs: TableInputs) -> str:
    """Write in one line which evaluations a table shows; the digests are in its sidecar."""
    ours, beside = (_evaluated(number, runs, inputs) for runs in (inputs.metrics, inputs.released))
    if not ours:
        return f"commit {commit()[:_SHORT]}"
    return f"{ours}; released weights: {beside}" if beside else ours


def _evaluated(number: str | None, runs: Runs, inputs: TableInputs) -> str:
    tabled = number is None or number.isdigit()  # else it shows whatever was evaluated
    names = [name for name in runs if not tabled or number in inputs.sheet[name].tables]
    shown = [metrics for name in names for metrics in runs[name].values()]
    found: dict[str, set[int] | set[str]] = {
        "passes": {m.passes for m in shown},
        "seed": {m.seed for m in shown},
        "training seed": {m.training.seed for m in shown if m.training},
        "commit": {m.commit[:_SHORT] for m in shown},
    }
    parts = [f"{what} {', '.join(map(str, sorted(v)))}" for what, v in found.items() if v]
    return "; ".join(parts)
