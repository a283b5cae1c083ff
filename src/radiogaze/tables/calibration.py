"""How far the probabilities of every network can be trusted; no paper asks this of its networks."""

from dataclasses import replace
from statistics import fmean

from radiogaze.errors import RadiogazeError
from radiogaze.evaluation.calibration import Calibration, measure_calibration
from radiogaze.evaluation.readers import read_logits
from radiogaze.evaluation.resampling import Interval
from radiogaze.tables import seeds
from radiogaze.tables.cells import Cell, Content
from radiogaze.tables.columns import Column
from radiogaze.tables.inputs import TableInputs
from radiogaze.tables.layout import CALIBRATION
from radiogaze.tables.runs import Seed, name_run
from radiogaze.tables.scored import cell

ANCHOR = "calibration"
_NOTES = (
    "Probabilities are the softmax of the logits, averaged over the TTA passes. ECE: expected"
    " calibration error in 15 bins with equally many sources. ECE by chance: what a perfectly"
    " calibrated network with the same probabilities would have on as many sources, on average and"
    " in 95 % of test sets. Brier score and negative log likelihood (NLL) of a constant probability"
    " of one half are 0.25 and 0.693.",
    "UCE: uncertainty calibration error as published for Bayesian networks on MiraBest (there in"
    " per cent), with TTA passes as samples. Its code uses the central 64 % of the samples, and"
    " counts a source whose probability saturates at 0 or 1 in all of them as perfectly"
    " calibrated, right or wrong. The last three columns are without the first, the second and"
    " both of these choices.",
    "Intervals are 95 % bootstrap intervals over the test sources. Chance makes ECE and UCE larger;"
    " their intervals take this back, and may lie below the value.",
)


def build(_: str, inputs: TableInputs) -> Content:
    """Build the table of whatever was evaluated: test batches in file order, as published.

    Raises
    ------
    RadiogazeError
        If the logits of a run are not given, or a file is missing or broken.
    """
    columns = [
        Column(name, name, "", (variant,))
        for name, variant in inputs.sheet.items()
        if name in inputs.metrics
    ]
    cells: list[Cell] = []
    for column in columns:
        cells += _row(column, inputs)
    # the verdict that the notes on our own training explain is on a paper's value
    return seeds.describe(Content(tuple(cells), _NOTES), columns, replace(inputs, compared=False))


def _row(column: Column, inputs: TableInputs) -> list[Cell]:
    """Return the cells of a variant, each a mean over the trainings that converged, if any did."""
    name = column.name
    ours = {seed: _measure(name, seed, inputs) for seed in column.converged(inputs.metrics)}
    released = [_measure(name, None, inputs)] if name in inputs.released else []
    return [_cell(column, metric, ours, released, inputs) for metric in CALIBRATION if ours]


def _cell(
    column: Column,
    metric: str,
    ours: dict[Seed, Calibration],
    released: list[Calibration],
    inputs: TableInputs,
) -> Cell:
    found = {seed: getattr(one, metric) for seed, one in ours.items()}
    beside = [getattr(one, metric).value for one in released]
    mean = Interval(*map(fmean, zip(*found.values(), strict=True)))
    values = {seed: interval.value for seed, interval in found.items()}
    shown = cell(column.name, metric, column.name, CALIBRATION[metric], "", mean, ANCHOR)
    return replace(shown, retrained=seeds.spread(column, values, beside, inputs))


def _measure(variant: str, seed: Seed, inputs: TableInputs) -> Calibration:
    run = name_run(variant, seed)
    if run not in inputs.logits or run not in inputs.predictions:
        raise RadiogazeError(
            f"no logits of {run}; give --logits {run}=PATH, and --predictions alike"
        )
    return measure_calibration(*read_logits(inputs.logits[run], inputs.predictions[run], "file"))
