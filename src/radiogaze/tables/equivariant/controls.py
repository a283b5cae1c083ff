"""Beside Table 1 of the equivariant paper: the controls that it lacks."""

from dataclasses import replace

from radiogaze.campaigns.variants import Variant
from radiogaze.tables import seeds
from radiogaze.tables.cells import Cell, Content
from radiogaze.tables.columns import Column
from radiogaze.tables.equivariant.networks import ANCHOR as TABLE_1
from radiogaze.tables.equivariant.networks import NETWORKS, OURS, departures, key_of
from radiogaze.tables.inputs import TableInputs
from radiogaze.tables.metrics import BOTH
from radiogaze.tables.performance import METRICS, measured

ANCHOR = "equivariant-controls"
_TABLE = "1"
# Columns of the sheet by which a control differs from its published variant, and how it reads.
_SAID = {
    "width_divisor": "width / {}",
    "kernel": "kernel {}",
    "size": "{} px",
    "scope": "extremes over each {}",
    "pooling": "{} pooling",
    "dataset": "{}",
    "architecture": "{}",
    "augmentation": "{}",
}
_NOTES = (
    "Each block is one network of Table 1, then its controls, named by what they change. An"
    " equivariant network as published has as many times the channels of the plain one as its"
    " group has elements: width / group divides them by that order, a number by about its square"
    " root, which keeps about the plain network's number of parameters.",
    "Where a control was not trained, its row is not there: nothing is filled in.",
)


def build(_: str, inputs: TableInputs) -> Content:
    """Build the table of controls from whatever was evaluated."""
    columns = [
        Column(name, _label(variant, inputs), _block(variant), (variant,))
        for name, variant in inputs.sheet.items()
        if name in inputs.metrics
    ]
    tabled = [variant for variant in inputs.sheet.values() if _TABLE in variant.tables]
    blocks = list(dict.fromkeys(column.block for column in columns))
    columns.sort(key=lambda column: blocks.index(column.block))
    cells = [_cell(column, metric, inputs) for column in columns for metric in ("accuracy", "auc")]
    content = Content(tuple(cells), (*_NOTES, *departures(tabled)))
    return seeds.describe(content, columns, inputs)


def _block(variant: Variant) -> str:
    """Return which network of the paper a variant is or controls."""
    return NETWORKS.get(key_of(variant), "LeNet")


def _label(variant: Variant, inputs: TableInputs) -> str:
    """Name a variant by what it changes."""
    if _TABLE in variant.tables:
        return "as in Table 1"
    block = _block(variant)
    published = next(
        (v for v in inputs.sheet.values() if _TABLE in v.tables and _block(v) == block), None
    )
    if published is None:
        return variant.variant
    said = [
        text.format(getattr(variant, column))
        for column, text in _SAID.items()
        if getattr(variant, column) != getattr(published, column)
    ]
    return ", ".join(said) or variant.variant


def _cell(column: Column, metric: str, inputs: TableInputs) -> Cell:
    paper, anchor = None, ANCHOR
    if _TABLE in column.variants[0].tables:
        paper, anchor = inputs.reference.get(_TABLE, metric, column.block, BOTH), TABLE_1
    found = measured(column, (OURS.get(metric, metric), BOTH), "file", inputs, paper, anchor)
    return replace(found, metric=metric, row=column.heading, column=METRICS[metric])
