"""Scores of the attention maps by normalisation, against each null model; no paper has them."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from radiogaze.evaluation.gaze import (
    DECISIVE,
    TO_BEAT,
    PairedScore,
    answer,
    compare_scores,
)
from radiogaze.tables.cells import Cell, Content
from radiogaze.tables.inputs import TableInputs
from radiogaze.tables.layout import CLAIM, GAZE
from radiogaze.tables.scored import Scored, cell, change, read_normalisations, with_holm
from radiogaze.terms import ATTENTION, NULL_MODELS

_OWN_ONLY = ("entropy", "stability")  # scores that are not compared with the null models
_NOTES = (
    "Deletion: low is good; insertion, mass, rank and pointing: high is good. Brackets: 95 %"
    " interval of a bootstrap over the sources. Each difference is the attention map minus the null"
    " model on the same sources, and p that of Wilcoxon's signed-rank test after Holm's correction"
    " over all rows of its block.",
    "Claim: does attention show more than brightness, by the rule of docs/gaze.md? It compares"
    " deletion and insertion with brightness and blurred brightness, whose mass, rank and pointing"
    " are 1, or nearly so, by construction.",
)


def build(_: str, inputs: TableInputs) -> Content:
    """Build the table of the networks of Table 7 that were scored.

    Raises
    ------
    RadiogazeError
        If the scores of a run are not given, or a file is missing, broken or has too few sources.
    """
    networks = read_normalisations(inputs, tuple(GAZE))
    compared = {
        score: compare_with_nulls(networks, score) for score in GAZE if score not in _OWN_ONLY
    }
    cells = [c for network in networks for c in summarise(network, compared, DECISIVE, GAZE)]
    for score, found in compared.items():
        for network in networks:
            for null in NULL_MODELS:
                cells += _row(network, score, null, found[network.name, null])
    return Content(tuple(cells), _NOTES)


def compare_with_nulls(
    networks: Sequence[Scored], score: str
) -> dict[tuple[str, str], PairedScore]:
    """Compare the attention map with each null model: (network, null model) to the comparison."""
    return with_holm(
        {
            (network.name, null): compare_scores(
                network.of(ATTENTION, score), network.of(null, score), network.labels
            )
            for network in networks
            for null in NULL_MODELS
        }
    )


def summarise(
    network: Scored,
    compared: Mapping[str, Mapping[tuple[str, str], PairedScore]],
    decisive: Mapping[str, int],
    scores: Mapping[str, str],
) -> Iterator[Cell]:
    """Yield the row of a network: the answer by its decisive scores, its attention map's scores."""
    name, heading, block = network.name, network.heading, "Attention maps"
    found = {(s, null): compared[s][name, null] for s in decisive for null in TO_BEAT}
    yield cell(name, CLAIM, heading, "Claim", block, answer(found, decisive))
    for score, column in scores.items():
        value = network.mean(ATTENTION, score)
        yield cell(name, score, heading, column, block, value)


def _row(network: Scored, score: str, null: str, found: PairedScore) -> Iterator[Cell]:
    """Yield the row of a network and a null model in the block of a score."""
    name = f"{network.name}~{null}"
    row, block = f"{network.heading} − {NULL_MODELS[null]}", GAZE[score]
    own, other = (float(np.nanmean(network.of(map_, score))) for map_ in (ATTENTION, null))
    yield cell(name, score, row, "attention map", block, own)
    yield cell(name, f"{score}_null", row, "null model", block, other)
    yield from change(name, score, row, "difference", block, found, "p")
