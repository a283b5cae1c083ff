"""Scores of the attention maps of every normalisation and aggregation; no paper has them."""

from collections.abc import Iterator, Mapping

from radiogaze.evaluation.gaze import DECISIVE, TO_BEAT, PairedScore
from radiogaze.tables.cells import Cell, Content
from radiogaze.tables.gaze import compare_with_nulls, summarise
from radiogaze.tables.inputs import TableInputs
from radiogaze.tables.layout import GAZE
from radiogaze.tables.scored import Scored, cell, change, read_grid
from radiogaze.terms import BOTH, NULL_MODELS

_NOTES = (
    "Claim: does attention show more than brightness, by the rule of docs/gaze.md? Brackets: 95 %"
    " interval of a bootstrap over the sources. Holm's correction of p is over all networks and all"
    " six null models.",
)


def build(_: str, inputs: TableInputs) -> Content:
    """Build the table of all networks that were scored.

    Raises
    ------
    RadiogazeError
        If the scores of a run are not given, or a file is missing, broken or has too few sources.
    """
    networks = read_grid(inputs, tuple(GAZE))
    compared = {score: compare_with_nulls(networks, score) for score in DECISIVE}
    cells = [c for network in networks for c in _summary(network, inputs, compared)]
    for score in DECISIVE:
        cells += [c for network in networks for c in _gains(network, score, compared[score])]
    return Content(tuple(cells), _NOTES)


def _summary(
    network: Scored,
    inputs: TableInputs,
    compared: Mapping[str, Mapping[tuple[str, str], PairedScore]],
) -> Iterator[Cell]:
    """Yield the row of a network: the answer, its accuracy, its attention map's scores."""
    answer, *scores = summarise(network, compared, DECISIVE, GAZE)
    runs = [run for run in inputs.metrics[network.name].values() if run.converged]
    accuracy = sum(run.orders["file"]["accuracy", BOTH].value for run in runs) / len(runs)
    yield answer
    yield cell(network.name, "accuracy", network.heading, "Accuracy", answer.block, accuracy)
    yield from scores


def _gains(
    network: Scored, score: str, compared: Mapping[tuple[str, str], PairedScore]
) -> Iterator[Cell]:
    """Yield the row of a network in the block of a score: minus each null model that decides."""
    name, block = network.name, f"{GAZE[score]}: attention map minus null model"
    for null in TO_BEAT:
        found, column = compared[name, null], NULL_MODELS[null]
        yield from change(name, f"{score}_{null}", network.heading, column, block, found)
