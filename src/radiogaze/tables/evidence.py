"""Scores of the attention maps on synthetic sources whose evidence is known; no paper has them."""

from collections.abc import Iterator, Mapping

import numpy as np

from radiogaze.errors import RadiogazeError
from radiogaze.evaluation.comparison import compare_seeds
from radiogaze.evaluation.gaze import (
    EVIDENCE,
    TO_BEAT,
    PairedScore,
    best_of,
    compare_scores,
)
from radiogaze.tables.cells import Cell, Content
from radiogaze.tables.gaze import compare_with_nulls, summarise
from radiogaze.tables.inputs import TableInputs
from radiogaze.tables.layout import CLAIM, SCORES
from radiogaze.tables.scored import Scored, cell, change, read_grid, with_holm
from radiogaze.terms import ATTENTION, NULL_MODELS

BEST = "best"  # the row that compares the primary network with the others
_SHOWN = ("rank", "pointing", "mass", "distractor_mass")
_MAPS = {ATTENTION: "attention map", **NULL_MODELS}
_NOTES = (
    "Synthetic sources beside a distractor: the evidence is the core and the inner jets of an FRI,"
    " the hot spots of an FRII. A perfect map has rank, pointing and mass of 1. Brackets: 95 %"
    " interval of a bootstrap over the sources.",
    "Claim: is attention on the evidence more than brightness is, by the rule of docs/gaze.md? It"
    " compares rank and pointing with brightness and blurred brightness; Holm's correction of p is"
    " over all networks and all six null models.",
)
_TRAININGS = (
    "The primary network against others: Welch's t test over trainings and sources, because the"
    " scores of a network depend on its training."
)


def build(_: str, inputs: TableInputs) -> Content:
    """Build the table of all networks that were scored.

    Raises
    ------
    RadiogazeError
        If the scores of a run are not given, or a file is missing, broken or has too few sources.
    """
    networks = read_grid(inputs, ("right", *_SHOWN))
    compared = {score: compare_with_nulls(networks, score) for score in EVIDENCE}
    shown = {"right": "Accuracy", **{score: SCORES[score] for score in _SHOWN}}
    cells = [c for network in networks for c in summarise(network, compared, EVIDENCE, shown)]
    for score in EVIDENCE:
        for network in networks:
            cells += _row(network, score, compared[score])
    several = all(len(network.trainings) > 1 for network in networks)
    notes = (*_NOTES, _TRAININGS) if several else _NOTES
    return Content((*cells, *_against_others(networks, inputs, several)), notes)


def _row(
    network: Scored, score: str, compared: Mapping[tuple[str, str], PairedScore]
) -> Iterator[Cell]:
    """Yield the row of a network in the block of a score: every map, and what decides."""
    name, heading, block = network.name, network.heading, SCORES[score]
    for map_, column in _MAPS.items():
        value = float(np.nanmean(network.of(map_, score)))
        yield cell(name, f"{score}_{map_}", heading, column, block, value)
    for null in TO_BEAT:
        found, column = compared[name, null], f"attention − {NULL_MODELS[null]}"
        p = f"p, {NULL_MODELS[null]}"
        yield from change(name, f"{score}_{null}", heading, column, block, found, p)


def _against_others(networks: list[Scored], inputs: TableInputs, several: bool) -> Iterator[Cell]:
    """Yield the rank of the primary network's map, if there is one, minus each other network's."""
    primary = [n for n in networks if inputs.sheet[n.name].is_primary]
    if not primary:
        return
    own, block = primary[0], "Rank of the primary network minus others"
    others = [network for network in networks if network is not own]
    for other in others:
        if not np.array_equal(own.labels, other.labels):
            raise RadiogazeError(
                f"{other.name}: scored on {len(other.labels)} synthetic sources, {own.name} on"
                f" {len(own.labels)}; score both with the same radiogaze gaze --sources"
            )
    compare = _by_trainings if several else _by_sources
    found = with_holm({other.name: compare(own, other) for other in others})
    yield cell(BEST, CLAIM, "above every other", "difference", block, best_of(found))
    for other in others:
        row, one = f"minus {other.heading}", found[other.name]
        yield from change(other.name, "rank_of_primary", row, "difference", block, one, "p")


def _by_sources(own: Scored, other: Scored) -> PairedScore:
    """Compare the ranks of two networks that were trained once."""
    return compare_scores(own.of(ATTENTION, "rank"), other.of(ATTENTION, "rank"), own.labels)


def _by_trainings(own: Scored, other: Scored) -> PairedScore:
    """Compare the ranks of two networks over their trainings."""
    first, second = (network.of_trainings(ATTENTION, "rank") for network in (own, other))
    return PairedScore(*compare_seeds(first, second, own.labels))
