"""Other explanations of the same networks beside their attention maps; no paper has them."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from radiogaze.evaluation.gaze import (
    DECISIVE,
    EVIDENCE,
    TO_BEAT,
    PairedScore,
    against_attention,
    answer,
    compare_scores,
)
from radiogaze.tables.cells import Cell, Content
from radiogaze.tables.inputs import TableInputs
from radiogaze.tables.layout import CLAIM, SCORES
from radiogaze.tables.scored import Scored, cell, change, read_normalisations, with_holm
from radiogaze.terms import ATTENTION, GRAD_CAM, INTEGRATED_GRADIENTS, NULL_MODELS, OCCLUSION

# table -> the scores that decide, and what else is shown of every map
_DECIDE = {"explanations": DECISIVE, "explanations_evidence": EVIDENCE}
_BESIDE = {
    "explanations": ("mass", "rank", "pointing"),
    "explanations_evidence": ("mass", "distractor_mass"),
}
_MISSED = "incompleteness"
_NAMES = {
    ATTENTION: "attention map",
    GRAD_CAM: "Grad-CAM",
    INTEGRATED_GRADIENTS: "integrated gradients",
    OCCLUSION: "occlusion",
}
_NOTES = (
    "Claim: does the map show more than brightness, by the rule of docs/gaze.md for this table's"
    " scores. Brackets: 95 % interval of a bootstrap over the sources; p: Wilcoxon's signed-rank"
    " test after Holm's correction over all maps and networks, with the two null models together"
    " and with attention apart. Better (or worse) than attention: in both scores.",
    "Integrated gradients and occlusion are 0 off the source by construction, as brightness is.",
)
_INCOMPLETE = (
    "Missed: by which fraction the sum of integrated gradients misses the difference of the logits"
    " that it should equal; median over the sources."
)

Tests = Mapping[tuple[str, str, str], PairedScore]


def build(identity: str, inputs: TableInputs) -> Content:
    """Build the table of the networks of Table 7 that were scored.

    Raises
    ------
    RadiogazeError
        If the scores of a run are not given, or a file is missing, broken or has too few sources.
    """
    decisive, beside = _DECIDE[identity], _BESIDE[identity]
    networks = read_normalisations(inputs, (*decisive, *beside), (_MISSED,))
    nulls = {score: _compare(networks, score, TO_BEAT) for score in decisive}
    attention = {score: _compare(networks, score, (ATTENTION,)) for score in decisive}
    cells = [
        found
        for network in networks
        for found in _summary(network, decisive, beside, nulls, attention)
    ]
    for score in decisive:
        for network in networks:
            cells += _differences(network, score, {**nulls[score], **attention[score]})
    missed = any(network.frame[_MISSED].notna().any() for network in networks)
    return Content(tuple(cells), (*_NOTES, *([_INCOMPLETE] * missed)))


def _maps(network: Scored) -> list[str]:
    """Return the maps that explain a network."""
    found = network.frame.index.get_level_values("map").unique()
    return [name for name in found if name not in NULL_MODELS]


def _compare(networks: Sequence[Scored], score: str, others: Sequence[str]) -> Tests:
    """Compare every map with others: (network, map, other one) to the comparison."""
    return with_holm(
        {
            (network.name, map_, other): compare_scores(
                network.of(map_, score), network.of(other, score), network.labels
            )
            for network in networks
            for map_ in _maps(network)
            for other in others
            if map_ != other
        }
    )


def _row(network: Scored, map_: str) -> tuple[str, str]:
    """Return what the CSV and a reader call a network and a map."""
    shown = _NAMES.get(map_, map_.replace("gate", "gate "))
    return f"{network.name}~{map_}", f"{network.heading}, {shown}"


def _summary(
    network: Scored,
    decisive: Mapping[str, int],
    beside: Sequence[str],
    nulls: Mapping[str, Tests],
    attention: Mapping[str, Tests],
) -> Iterator[Cell]:
    """Yield the rows of a network: the answers of each map and its scores."""
    block = "Maps"
    for map_ in _maps(network):
        name, row = _row(network, map_)
        found = {
            (s, null): nulls[s][network.name, map_, null] for s in decisive for null in TO_BEAT
        }
        yield cell(name, CLAIM, row, "Claim", block, answer(found, decisive))
        if map_ != ATTENTION:
            beaten = {s: attention[s][network.name, map_, ATTENTION] for s in decisive}
            word = against_attention(beaten, decisive)
            yield cell(name, "than_attention", row, "than attention", block, word)
        for score in (*decisive, *beside):
            value = network.mean(map_, score)
            yield cell(name, score, row, SCORES[score], block, value)
        missed = network.of(map_, _MISSED)
        if np.isfinite(missed).any():  # not that of a blank image
            yield cell(name, _MISSED, row, "Missed", block, float(np.nanmedian(missed)))


def _differences(network: Scored, score: str, tests: Tests) -> Iterator[Cell]:
    """Yield the rows of a network in the block of a score: each map minus nulls and attention."""
    block = f"{SCORES[score]}: map minus another"
    for map_ in _maps(network):
        name, row = _row(network, map_)
        for other in (*TO_BEAT, ATTENTION):
            if (network.name, map_, other) in tests:
                found, column = tests[network.name, map_, other], {**NULL_MODELS, **_NAMES}[other]
                yield from change(name, f"{score}_{other}", row, column, block, found)
