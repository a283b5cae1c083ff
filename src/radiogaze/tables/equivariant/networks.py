"""Table 1 of the equivariant paper: every model's metrics, ours beside the paper's."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from statistics import fmean

from radiogaze.campaigns.variants import Variant
from radiogaze.tables import seeds
from radiogaze.tables.cells import Cell, Content
from radiogaze.tables.columns import Column, columns_of, single
from radiogaze.tables.inputs import TableInputs
from radiogaze.tables.metrics import BOTH, PER_CLASS
from radiogaze.tables.performance import METRICS, measured
from radiogaze.tables.reference import Reference
from radiogaze.terms import CLASSES

ANCHOR = "equivariant-table-1"
NETWORKS: dict[tuple[str, str | None], str] = {
    ("lenet", None): "LeNet",
    ("ag-cnn", None): "Attention",
    **{
        ("e2-attention", group): f"{group.upper()}-Attention"
        for group in ("c4", "c8", "c16", "d4", "d8", "d16")
    },
}
# In the paper's order. Its AUC ranks one softmax of the logits, which orders sources as the
# logits do: that is our AUC on logits, not the gating paper's (docs/differences.md#auc-ties).
ROWS = [
    ("accuracy", BOTH),
    ("auc", BOTH),
    *((metric, name) for metric in PER_CLASS for name in CLASSES),
]
OURS = {"auc": "auc_logits"}
# The test sources of the MiraBest archive (gating paper, Table 5), for the paper's own sums.
_SOURCES = {"FRI": 74, "FRII": 79}
_HALF_A_DIGIT = 0.0005
_OTHERS = ("LeNet", "Attention")
# What the paper trained (Section 2; specification of the code): column of the sheet -> cell.
PUBLISHED = {
    "width_divisor": "1",
    "kernel": 5,
    "size": 150,
    "pooling": "sum",
    "learning_rate": 1e-5,
    "batch": 16,
    "passes": 16,
    "patience": 500,
}
# Columns in which a LeNet does not depart, because it has no such part.
_GATED_ONLY = ("width_divisor", "pooling")

_INTERVALS = (
    "The interval of the accuracy is Wilson's at 95 % for the number of test sources; the others"
    " are 95 % bootstrap intervals over the test sources. With 153 of them one standard deviation"
    " of an accuracy is about 3 points: the paper's whole column spans that."
)
_AUC = "The AUC ranks sources by their logits, which is the order of the softmax that was used."


def build(number: str, inputs: TableInputs) -> Content:
    """Build Table 1: test batches in file order, as published; a sheet may leave networks out.

    Raises
    ------
    RadiogazeError
        If a variant is no network of the paper, or two are the same one.
    """
    table = str(int(number))
    there = {key_of(v) for v in inputs.sheet.values() if table in v.tables}
    known = {key: name for key, name in NETWORKS.items() if key in there}
    columns = columns_of(table, inputs, single(known, key_of))
    cells = [_cell(table, column, row, inputs) for column in columns for row in ROWS]
    variants = [variant for column in columns for variant in column.variants]
    notes = (
        _INTERVALS,
        _AUC,
        *departures(variants),
        *_left_out(set(known.values())),
        *consistency(inputs.reference),
        *group_means(cells),
    )
    return seeds.describe(Content(tuple(cells), notes), columns, inputs)


def key_of(variant: Variant) -> tuple[str, str | None]:
    """Return which network of the paper a row of the sheet is."""
    return variant.architecture, variant.group


def _cell(table: str, column: Column, row: tuple[str, str], inputs: TableInputs) -> Cell:
    metric, group = row
    paper = inputs.reference.get(table, metric, column.heading, group)
    ours = (OURS.get(metric, metric), group)
    name = METRICS[metric]
    return replace(
        measured(column, ours, "file", inputs, paper, ANCHOR),
        metric=metric,
        row=column.heading,
        column=name if group == BOTH else f"{name}, {group}",
    )


def _left_out(shown: set[str]) -> tuple[str, ...]:
    """Name the networks of the paper that the sheet has not."""
    absent = [name for name in NETWORKS.values() if name not in shown]
    return (f"The sheet leaves out: {', '.join(absent)}.",) if absent else ()


def departures(variants: Sequence[Variant]) -> tuple[str, ...]:
    """Say in which columns of the sheet some networks are not the paper's, if any."""
    found: dict[str, dict[str, None]] = {}
    for variant in variants:
        for column, published in PUBLISHED.items():
            ours = getattr(variant, column)
            plain = variant.architecture not in ("ag-cnn", "e2-attention")
            if ours != published and not (plain and column in _GATED_ONLY):
                cell = "none" if ours is None else str(ours)
                found.setdefault(f"{column} (published: {published})", {})[cell] = None
    if not found:
        return ()
    listed = "; ".join(f"{name}: {', '.join(ours)}" for name, ours in found.items())
    return (
        f"These are not the paper's networks or its budget, so that a verdict compares two"
        f" different experiments: {listed}.",
    )


def consistency(reference: Reference) -> tuple[str, ...]:
    """Say whether the paper's rows agree with themselves: its recalls decide all but the AUC."""
    off = [name for name in NETWORKS.values() if not _agrees(_paper(reference, name))]
    says = (
        "every row's accuracy, precisions and F1 scores follow, within rounding"
        if not off
        else f"they do not give the other numbers of {', '.join(off)}"
    )
    counts = " and ".join(f"{number} {name}" for name, number in _SOURCES.items())
    return (f"The paper against itself: from its recalls and the {counts} test sources, {says}.",)


def _paper(reference: Reference, heading: str) -> dict[tuple[str, str], float]:
    return {row: float(reference.get("1", row[0], heading, row[1]).value) for row in ROWS}


def _agrees(row: Mapping[tuple[str, str], float]) -> bool:
    """Tell whether recalls, each within rounding, can give a row's other numbers."""
    steps = [-_HALF_A_DIGIT, 0.0, _HALF_A_DIGIT]
    possible = [
        _from_recalls(row["recall", "FRI"] + a, row["recall", "FRII"] + b)
        for a in steps
        for b in steps
    ]
    return all(
        min(values) - _HALF_A_DIGIT <= row[key] <= max(values) + _HALF_A_DIGIT
        for key in possible[0]
        for values in [[found[key] for found in possible]]
    )


def _from_recalls(fri: float, frii: float) -> dict[tuple[str, str], float]:
    """Return what the recalls of the two classes imply."""
    right = {"FRI": fri * _SOURCES["FRI"], "FRII": frii * _SOURCES["FRII"]}
    wrong = {name: _SOURCES[name] - right[name] for name in right}
    found = {("accuracy", BOTH): sum(right.values()) / sum(_SOURCES.values())}
    for name, other in (("FRI", "FRII"), ("FRII", "FRI")):
        found["precision", name] = right[name] / (right[name] + wrong[other])
        found["f1", name] = 2 * right[name] / (2 * right[name] + wrong[name] + wrong[other])
    return found


def group_means(cells: Sequence[Cell]) -> tuple[str, ...]:
    """Compare the mean of the equivariant models with that of the other two, the paper's and ours.

    The paper concludes from this table that the equivariant models collectively do better.
    """
    parts = []
    for metric in ("accuracy", "auc"):
        here = [cell for cell in cells if cell.metric == metric]
        with_group = [c for c in here if c.row not in _OTHERS]
        without = [c for c in here if c.row in _OTHERS]
        if len(here) < len(NETWORKS):
            return ()
        printed = [fmean(float(c.paper.value) for c in g if c.paper) for g in (with_group, without)]
        text = f"{METRICS[metric]}: paper {printed[0]:.4f} against {printed[1]:.4f}"
        ours = [[c.ours for c in g if isinstance(c.ours, float)] for g in (with_group, without)]
        if all(ours) and len(ours[0]) + len(ours[1]) == len(here):
            text += f", ours {fmean(ours[0]):.4f} against {fmean(ours[1]):.4f}"
        parts.append(text)
    return (
        f"Mean of the six equivariant models against that of the two others. {'; '.join(parts)}.",
    )
