"""Beside Table 1 of the equivariant paper: the controls that it lacks."""

from radiogaze.campaigns.variants import Variant
from radiogaze.tables import seeds
from radiogaze.tables.cells import Content
from radiogaze.tables.columns import EQUIVARIANT, Column
from radiogaze.tables.controls import name_changes, sorted_by_block
from radiogaze.tables.equivariant import networks
from radiogaze.tables.equivariant.networks import departures
from radiogaze.tables.inputs import TableInputs
from radiogaze.terms import BOTH

ANCHOR = "equivariant-controls"
_TABLE = "1"
_NOTES = (
    "Each block is one network of Table 1, then its controls, named by what they change. An"
    " equivariant network as published has as many times the channels of the plain one as its"
    " group has elements: width / group divides them by that order, a number by about its square"
    " root, which keeps about the plain network's number of parameters.",
    "Where a control was not trained, its row is not there: nothing is filled in.",
)


def build(_: str, inputs: TableInputs) -> Content:
    """Build the table of controls from whatever was evaluated."""
    published = [v for v in inputs.sheet.values() if _TABLE in v.tables]
    columns = [
        Column(name, _label(variant, published), _block(variant), (variant,))
        for name, variant in inputs.sheet.items()
        if name in inputs.metrics
    ]
    cells = []
    for column in sorted_by_block(columns):
        tabled = column.variants[0] in published
        anchor = networks.ANCHOR if tabled else ANCHOR
        for metric in ("accuracy", "auc"):
            key = (_TABLE, metric, column.block, BOTH)
            paper = inputs.reference.get(*key) if tabled else None
            cells.append(networks.compare(column, metric, BOTH, inputs, paper, anchor))
    notes = (*_NOTES, *departures(published))
    return seeds.describe(Content(tuple(cells), notes), columns, inputs)


def _block(variant: Variant) -> str:
    """Return which network of the paper a variant is or controls."""
    return EQUIVARIANT.get((variant.architecture, variant.group), "LeNet")


def _label(variant: Variant, published: list[Variant]) -> str:
    """Name a variant by what it changes."""
    if variant in published:
        return "as in Table 1"
    originals = [v for v in published if _block(v) == _block(variant)]
    return name_changes(variant, originals[0]) if originals else variant.variant
