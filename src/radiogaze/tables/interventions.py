"""What replacing the maps of the gates does to the class; no paper has it."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from radiogaze.evaluation.gaze import PairedScore, compare_scores, use_of
from radiogaze.evaluation.resampling import Floats
from radiogaze.tables.cells import Cell, Content
from radiogaze.tables.inputs import TableInputs
from radiogaze.tables.scored import Scored, cell, change, read_grid, with_holm
from radiogaze.terms import ALL_GATES, REPLACEMENTS

_KEYS = ("gate", "replacement")
_READ = ("flips", "margin", "margin_after", "right", "right_after")
_NOTES = (
    "Flips: fraction of images whose predicted class changes. Margin: change of the logit of the"
    " class predicted before, minus that of the other one, as a fraction of its mean. Brackets:"
    " 95 % interval of a bootstrap over the sources; p: Wilcoxon's signed-rank test after Holm's"
    " correction over all rows of the table. docs/gaze.md has the rule of the answers.",
)

Tests = Mapping[tuple[str, str, str], PairedScore]


def build(_: str, inputs: TableInputs) -> Content:
    """Build the table of all networks whose gates were intervened on.

    Raises
    ------
    RadiogazeError
        If the results of a run are not given, or a file is missing, broken or has too few sources.
    """
    networks = read_grid(inputs, _READ, _KEYS)
    accuracy, margin = _compare(networks, "right"), _compare(networks, "margin")
    cells = [c for network in networks for c in _answers(network, accuracy)]
    for replacement in REPLACEMENTS:
        for network in networks:
            cells += _row(network, replacement, accuracy, margin)
    return Content(tuple(cells), _NOTES)


def _gates(network: Scored) -> list[str]:
    return list(dict.fromkeys(network.frame.index.get_level_values("gate")))


def _compare(networks: Sequence[Scored], score: str) -> dict[tuple[str, str, str], PairedScore]:
    """Compare a score after with that before: (network, gate, replacement) to the comparison."""
    found = {}
    for network in networks:
        for gate in _gates(network):
            for replacement in REPLACEMENTS:
                before, after = _both(network, score, gate, replacement)
                one = compare_scores(after, before, network.labels)
                found[network.name, gate, replacement] = one
    return with_holm(found)


def _both(network: Scored, score: str, gate: str, replacement: str) -> tuple[Floats, Floats]:
    """Return a score before and after, [N] each; a margin as a fraction of the mean before."""
    before, after = (network.of((gate, replacement), s) for s in (score, f"{score}_after"))
    scale = np.mean(before) if score == "margin" else 1.0
    return before / scale, after / scale


def _answers(network: Scored, accuracy: Tests) -> Iterator[Cell]:
    """Yield the row of a network: what it uses of the maps of all its gates."""
    name, heading, block = network.name, network.heading, "What the network uses of its maps"
    before = network.mean((ALL_GATES, "uniform"), "right")
    yield cell(name, "accuracy", heading, "Accuracy", block, before)
    for replacement, column in REPLACEMENTS.items():
        flips = network.mean((ALL_GATES, replacement), "flips")
        found = use_of(flips, accuracy[name, ALL_GATES, replacement])
        yield cell(name, f"{replacement}_use", heading, column, block, found)


def _row(network: Scored, replacement: str, accuracy: Tests, margin: Tests) -> Iterator[Cell]:
    """Yield the row of a network in the block of a replacement."""
    name, heading = network.name, network.heading
    block = f"Replaced: {REPLACEMENTS[replacement]}"
    for gate in _gates(network):
        column = "flips, all gates" if gate == ALL_GATES else f"flips, gate {gate[4:]}"
        flips = network.mean((gate, replacement), "flips")
        yield cell(name, f"{replacement}_{gate}_flips", heading, column, block, flips)
    for score, tests in (("margin", margin), ("accuracy", accuracy)):
        found = tests[name, ALL_GATES, replacement]
        yield from change(name, f"{replacement}_{score}", heading, score, block, found)
