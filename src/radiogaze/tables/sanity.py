"""Whether the attention maps depend on the trained weights; no paper has it."""

from collections.abc import Iterator

from radiogaze.evaluation.gaze import depends, mean_score
from radiogaze.tables.cells import Cell, Content
from radiogaze.tables.inputs import TableInputs
from radiogaze.tables.layout import CLAIM
from radiogaze.tables.scored import Scored, cell, read_grid
from radiogaze.terms import CASCADING, INDEPENDENT, RANDOMISED

_KEYS = ("order", "part")
_READ = {"correlation": "all pixels", "source_correlation": "pixels of the source"}
_NOTES = (
    "Spearman's correlation of the attention map with that of the network whose weights are"
    " re-initialised up to this part (cascading), or in this part alone (independent); a mean over"
    " three draws. Brackets: 95 % interval of a bootstrap over the sources. A network passes if,"
    " with all parts re-initialised, the interval of all pixels is within ± 0.3 (docs/gaze.md).",
)


def build(_: str, inputs: TableInputs) -> Content:
    """Build the table of all networks whose weights were re-initialised.

    Raises
    ------
    RadiogazeError
        If the results of a run are not given, or a file is missing, broken or has too few sources.
    """
    networks = read_grid(inputs, tuple(_READ), _KEYS)
    cells = [c for network in networks for c in _answer(network)]
    for order in (CASCADING, INDEPENDENT):
        for score in _READ:
            cells += [c for network in networks for c in _row(network, order, score)]
    return Content(tuple(cells), _NOTES)


def _answer(network: Scored) -> Iterator[Cell]:
    """Yield the row of a network: whether it passes, and with which correlation."""
    name, heading, block = network.name, network.heading, "All weights re-initialised"
    last = (CASCADING, list(RANDOMISED)[-1])
    found = mean_score(network.of(last, "correlation"), network.labels)
    yield cell(name, CLAIM, heading, "Check", block, depends(found))
    yield cell(name, "correlation", heading, "Correlation", block, found)


def _row(network: Scored, order: str, score: str) -> Iterator[Cell]:
    """Yield the row of a network in the block of an order and of some pixels."""
    block = f"{order.capitalize()}, {_READ[score]}"
    for part, column in RANDOMISED.items():
        found = mean_score(network.of((order, part), score), network.labels)
        metric = f"{order}_{part}_{score}"
        yield cell(network.name, metric, network.heading, column, block, found)
