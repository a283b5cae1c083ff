"""Beside Tables 6 to 9: what becomes of a network with another size or recipe, or no attention."""

from dataclasses import replace

from radiogaze.campaigns.controls import controls_of
from radiogaze.errors import RadiogazeError
from radiogaze.tables import seeds
from radiogaze.tables.cells import Cell, Content
from radiogaze.tables.columns import Column
from radiogaze.tables.controls import name_changes, sorted_by_block
from radiogaze.tables.inputs import TableInputs
from radiogaze.tables.performance import label, measured
from radiogaze.terms import BOTH

ANCHOR = "controls"
_NOTES = (
    "Each block is one network of Tables 6 to 9, then its controls, named by what they change. A"
    " control of another size or recipe has fewer training seeds and no folds. With uniform"
    " attention every position counts alike.",
)


def build(_: str, inputs: TableInputs) -> Content:
    """Build the table of controls from whatever was evaluated: test batches in file order.

    Raises
    ------
    RadiogazeError
        If no variant of the sheet was evaluated.
    """
    originals = controls_of(inputs.sheet)
    columns = sorted_by_block(
        Column(name, _heading(name, originals, inputs), originals.get(name, name), (variant,))
        for name, variant in inputs.sheet.items()
        if name in inputs.metrics
    )
    if not columns:
        raise RadiogazeError(
            "no metrics of a control, nor of what it is a control of; expected a row that is in no"
            " table and otherwise like one that is, as in experiments/retrained_gating.tsv"
        )
    cells = (
        _cell(column, metric, inputs)
        for column in columns
        for metric in ("accuracy", "auc", "auc_logits")
    )
    content = Content(tuple(cells), _NOTES)
    # the verdict that the notes on our own training explain is on a paper's value
    return seeds.describe(content, columns, replace(inputs, compared=False))


def _heading(name: str, originals: dict[str, str], inputs: TableInputs) -> str:
    """Name a variant by what it changes."""
    row = inputs.sheet[name]
    if name in originals:
        return name_changes(row, inputs.sheet[originals[name]])
    return f"as in Table {row.tables[0]}" if row.tables else name


def _cell(column: Column, metric: str, inputs: TableInputs) -> Cell:
    """Return one metric of a variant: a row is a network."""
    found = measured(column, (metric, BOTH), "file", inputs, None, ANCHOR)
    return replace(found, row=column.heading, column=label(metric, BOTH))
