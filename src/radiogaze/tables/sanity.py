"""Whether the attention maps depend on the trained weights; no paper has it."""

from collections.abc import Iterator

from radiogaze.evaluation.gaze import compare_scores, depends, stability_of
from radiogaze.tables.cells import Cell, Content
from radiogaze.tables.inputs import TableInputs
from radiogaze.tables.layout import CLAIM
from radiogaze.tables.scored import Scored, cell, change, read_grid
from radiogaze.terms import BESIDE, BESIDE_OTHER_SOURCE, CASCADING, INDEPENDENT, RANDOMISED

_KEYS = ("order", "part")
_READ = {"correlation": "all pixels", "source_correlation": "pixels of the source"}
_NOTES = (
    "Spearman's correlation of the attention map with that of the network whose weights are"
    " re-initialised up to this part (cascading), or in this part alone (independent); a mean over"
    " three draws. Brackets: 95 % interval of a bootstrap over the sources. A network passes if,"
    " with all parts re-initialised, the interval of all pixels is within ± 0.3 (docs/gaze.md).",
)
_OF_BESIDE = (
    "Other trainings: those given with radiogaze gaze --beside, a mean over them. Maps are stable"
    " if the interval of all pixels is above 0.7, unlike if it is within ± 0.3. Other source: with"
    " the other training's map of another source. Difference, and p of Wilcoxon's signed-rank test"
    " (one test, no correction): from the first row of the same network."
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
    beside = [c for network in networks for c in _beside(network)]
    return Content((*cells, *beside), (*_NOTES, *([_OF_BESIDE] if beside else [])))


def _answer(network: Scored) -> Iterator[Cell]:
    """Yield the row of a network: whether it passes, and with which correlation."""
    name, heading, block = network.name, network.heading, "All weights re-initialised"
    last = (CASCADING, list(RANDOMISED)[-1])
    found = network.mean(last, "correlation")
    yield cell(name, CLAIM, heading, "Check", block, depends(found))
    yield cell(name, "correlation", heading, "Correlation", block, found)


def _row(network: Scored, order: str, score: str) -> Iterator[Cell]:
    """Yield the row of a network in the block of an order and of some pixels."""
    block = f"{order.capitalize()}, {_READ[score]}"
    for part, column in RANDOMISED.items():
        found = network.mean((order, part), score)
        metric = f"{order}_{part}_{score}"
        yield cell(network.name, metric, network.heading, column, block, found)


def _beside(network: Scored) -> Iterator[Cell]:
    """Yield the rows of a network, one a name of other trainings, where some were compared."""
    orders, parts = (network.frame.index.get_level_values(key) for key in _KEYS)
    names = list(dict.fromkeys(parts[orders == BESIDE]))
    first = network.of((BESIDE, names[0]), "correlation") if names else None
    for part in names:
        name, row, block = f"{network.name}~{part}", f"{network.heading}: {part}", "Other trainings"
        found = {score: network.mean((BESIDE, part), score) for score in _READ}
        yield cell(name, CLAIM, row, "Maps", block, stability_of(found["correlation"]))
        for score, value in found.items():
            yield cell(name, f"{BESIDE}_{score}", row, _READ[score], block, value)
        other = network.mean((BESIDE_OTHER_SOURCE, part), "correlation")
        yield cell(name, "other_source", row, "all pixels, other source", block, other)
        if first is not None and part != names[0]:
            values = network.of((BESIDE, part), "correlation")
            compared = compare_scores(values, first, network.labels)
            yield from change(name, BESIDE, row, "difference", block, compared, "p")
