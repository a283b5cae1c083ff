"""Table 1 of the equivariant paper: every model's metrics, ours beside the paper's."""

from collections.abc import Sequence
from dataclasses import replace
from statistics import fmean

from radiogaze.campaigns.variants import Variant
from radiogaze.tables import seeds
from radiogaze.tables.cells import Cell, Content
from radiogaze.tables.columns import EQUIVARIANT, Column, columns_of
from radiogaze.tables.inputs import TableInputs
from radiogaze.tables.performance import METRICS, label, measured
from radiogaze.tables.reference import PaperValue
from radiogaze.tables.runs import PER_CLASS
from radiogaze.terms import BOTH, CLASSES

ANCHOR = "equivariant-table-1"
# metric and class of each column, in the paper's order
COLUMNS = [("accuracy", BOTH), ("auc", BOTH)]
COLUMNS += [(metric, name) for metric in PER_CLASS for name in CLASSES]
# The paper's AUC ranks one softmax of the logits, which orders sources as the logits do: that is
# our AUC on logits, not the gating paper's (docs/differences.md#auc-ties).
_OURS = {"auc": "auc_logits"}
_OTHERS = ("LeNet", "Attention")
# What the paper trained (Section 2; specification of the code): column of the sheet -> cell.
_PUBLISHED = {
    "width_divisor": "1",
    "kernel": 5,
    "size": 150,
    "pooling": "sum",
    "recipe": "published-equivariant",
}
# Columns in which a LeNet does not depart, because it has no such part.
_GATED_ONLY = ("width_divisor", "pooling")

_NOTES = (
    "The interval of the accuracy is Wilson's at 95 % for the number of test sources; the others"
    " are 95 % bootstrap intervals over the test sources. With 153 of them one standard deviation"
    " of an accuracy is about 3 points: the paper's whole column spans that.",
    "The AUC ranks sources by their logits, which is the order of the softmax that was used.",
)
_CONSISTENT = (
    "The paper against itself: from its recalls and the 74 FRI and 79 FRII test sources, every"
    " row's accuracy, precisions and F1 scores follow, within rounding."
)


def build(number: str, inputs: TableInputs) -> Content:
    """Build Table 1: test batches in file order, as published; a sheet may leave networks out.

    Raises
    ------
    RadiogazeError
        If a variant is no network of the paper, or two are the same one.
    """
    table = str(int(number))
    variants = [v for v in inputs.sheet.values() if table in v.tables]
    columns = columns_of(table, inputs)
    cells = []
    for column in columns:
        for metric, group in COLUMNS:
            paper = inputs.reference.get(table, metric, column.heading, group)
            cells.append(compare(column, metric, group, inputs, paper, ANCHOR))
    shown = [column.heading for column in columns]
    absent = [name for name in EQUIVARIANT.values() if name not in shown]
    notes = [*_NOTES, *departures(variants)]
    notes += [f"The sheet leaves out: {', '.join(absent)}."] if absent else []
    notes += [_CONSISTENT] + ([] if absent else [_group_means(cells)])
    return seeds.describe(Content(tuple(cells), tuple(notes)), columns, inputs)


def compare(
    column: Column,
    metric: str,
    group: str,
    inputs: TableInputs,
    paper: PaperValue | None,
    anchor: str,
) -> Cell:
    """Set a network's metric and class beside a printed value, or none: a row is a network."""
    ours = (_OURS.get(metric, metric), group)
    found = measured(column, ours, "file", inputs, paper, anchor)
    return replace(found, metric=metric, row=column.heading, column=label(metric, group))


def departures(variants: Sequence[Variant]) -> list[str]:
    """Describe in which columns of the sheet some networks are not the paper's, if any."""
    found: dict[str, dict[str, None]] = {}
    for variant in variants:
        gated = variant.architecture in ("ag-cnn", "e2-attention")
        for column, published in _PUBLISHED.items():
            ours = getattr(variant, column)
            if ours != published and (gated or column not in _GATED_ONLY):
                cell = "none" if ours is None else str(ours)
                found.setdefault(f"{column} (published: {published})", {})[cell] = None
    listed = "; ".join(f"{name}: {', '.join(ours)}" for name, ours in found.items())
    note = (
        "These are not the paper's networks or its budget, so that a verdict compares two"
        f" different experiments: {listed}."
    )
    return [note] if found else []


def _group_means(cells: Sequence[Cell]) -> str:
    """Compare the mean of the equivariant models with that of the other two, the paper's and ours.

    The paper concludes from this table that the equivariant models collectively do better.
    """
    parts = []
    for metric in ("accuracy", "auc"):
        here = [cell for cell in cells if cell.metric == metric]
        papers, ours = [], []
        for of_others in (False, True):
            kind = [cell for cell in here if (cell.row in _OTHERS) == of_others]
            papers.append(fmean(float(cell.paper.value) for cell in kind if cell.paper))
            ours.append([cell.ours for cell in kind if isinstance(cell.ours, float)])
        text = f"{METRICS[metric]}: paper {papers[0]:.4f} against {papers[1]:.4f}"
        if len(ours[0] + ours[1]) == len(here):
            text += f", ours {fmean(ours[0]):.4f} against {fmean(ours[1]):.4f}"
        parts.append(text)
    return f"Mean of the six equivariant models against that of the two others. {'; '.join(parts)}."
