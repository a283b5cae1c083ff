"""Scores of the attention maps of groups of sources, apart; no paper has them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from radiogaze.evaluation.gaze import (
    DECISIVE,
    TO_BEAT,
    PairedScore,
    answer,
    compare_groups,
    compare_scores,
    read_groups,
)
from radiogaze.evaluation.resampling import Floats, mean_over_sources
from radiogaze.tables.cells import Cell, Content
from radiogaze.tables.inputs import TableInputs
from radiogaze.tables.layout import CLAIM, GAZE
from radiogaze.tables.scored import Scored, cell, change, read_normalisations, with_holm
from radiogaze.terms import ATTENTION, NULL_MODELS

_FEWEST = 10  # sources of a group that gets an answer
_SHOWN = ("deletion", "insertion", "rank", "pointing")
# the group that has the property, and the one that has not
_SPLITS = {
    "frii": ("FRII", "FRI"),
    "uncertain": ("uncertain", "certain"),
    "wrong": ("wrong", "right"),
}
_NOTES = (
    "Wrong and right: whether the network gives the image as it is another class than the"
    f" catalogue's. A group of fewer than {_FEWEST} sources has no answer. Deletion: low is good;"
    " insertion, rank and pointing: high is good. Brackets: 95 % interval of a bootstrap over the"
    " sources of a group. Claim: does attention show more than brightness, by the rule of"
    " docs/gaze.md; differences are the attention map minus the null model on the same sources, p"
    " that of Wilcoxon's signed-rank test after Holm's correction over all groups, networks and the"
    " two null models.",
    "Differences between groups: of the attention map minus brightness. p: Mann-Whitney, after"
    " Holm's correction over the rows of the block.",
)


@dataclass(frozen=True)
class _Grouped:
    """A network's scores, and whether a source is in each group, by its name."""

    scored: Scored
    groups: Mapping[str, NDArray[np.bool_]]

    def gain(self, score: str, null: str, group: str) -> Floats | None:
        """Return the attention map's score minus a null model's in a group; None of too few."""
        inside = self.groups[group]
        change = self.scored.of(ATTENTION, score) - self.scored.of(null, score)
        return change[inside] if inside.sum() >= _FEWEST else None


Tests = Mapping[tuple[str, ...], PairedScore]


def build(_: str, inputs: TableInputs) -> Content:
    """Build the table of the networks of Table 7 that were scored.

    Raises
    ------
    RadiogazeError
        If the scores of a run are not given, or a file is missing or broken.
    """
    networks = [_group(scored, inputs) for scored in read_normalisations(inputs, _SHOWN)]
    tests = {score: _tests(networks, score) for score in DECISIVE}
    contrasts = {score: _contrasts(networks, score) for score in DECISIVE}
    cells = [c for network in networks for c in _summary(network, tests)]
    for score in DECISIVE:
        cells += [c for network in networks for c in _differences(network, score, tests[score])]
    cells += [c for network in networks for c in _apart(network, contrasts)]
    return Content(tuple(cells), _NOTES)


def _group(scored: Scored, inputs: TableInputs) -> _Grouped:
    read = [read_groups(inputs.gaze[run]) for run in scored.trainings]
    found = pd.concat(read).groupby(level=0).mean()  # of several trainings, wrong for most of them
    found = found.reindex(scored.frame.index.unique("position"))
    inside = {
        group: (found[split].to_numpy() > 0.5) == has  # noqa: PLR2004 - the larger part
        for split, both in _SPLITS.items()
        for group, has in zip(both, (True, False), strict=True)
    }
    return _Grouped(scored, inside)


def _tests(networks: Sequence[_Grouped], score: str) -> Tests:
    """Compare the attention map with both null models in every group: (network, group, null)."""
    changes = {
        (network.scored.name, group, null): network.gain(score, null, group)
        for network in networks
        for group in network.groups
        for null in TO_BEAT
    }
    return with_holm(
        {
            key: compare_scores(change, np.zeros_like(change), np.zeros(len(change), np.int64))
            for key, change in changes.items()
            if change is not None
        }
    )


def _contrasts(networks: Sequence[_Grouped], score: str) -> Tests:
    """Compare the groups of each split by attention minus brightness: (network, split)."""
    found = {}
    for network in networks:
        for split, both in _SPLITS.items():
            first, second = (network.gain(score, TO_BEAT[0], group) for group in both)
            if first is not None and second is not None:
                found[network.scored.name, split] = compare_groups(first, second)
    return with_holm(found)


def _summary(network: _Grouped, tests: Mapping[str, Tests]) -> Iterator[Cell]:
    """Yield the rows of a network: of each group how many sources, the answer, the scores."""
    scored, block = network.scored, "Attention maps"
    for group, inside in network.groups.items():
        name, row = f"{scored.name}~{group}", f"{scored.heading}, {group}"
        yield cell(name, "sources", row, "Sources", block, int(inside.sum()))
        if inside.sum() < _FEWEST:
            continue
        decisive = {
            (s, null): tests[s][scored.name, group, null] for s in tests for null in TO_BEAT
        }
        yield cell(name, CLAIM, row, "Claim", block, answer(decisive))
        for score in _SHOWN:
            values = scored.of(ATTENTION, score)[inside]
            value = mean_over_sources(values, np.zeros(len(values), np.int64))
            yield cell(name, score, row, GAZE[score], block, value)


def _differences(network: _Grouped, score: str, tests: Tests) -> Iterator[Cell]:
    """Yield the rows of a network in the block of a score: each group minus the null models."""
    scored, block = network.scored, f"{GAZE[score]}: attention map minus null model"
    for group in network.groups:
        row = f"{scored.heading}, {group}"
        for null in TO_BEAT:
            if (scored.name, group, null) in tests:
                found = tests[scored.name, group, null]
                name, column = f"{scored.name}~{group}", NULL_MODELS[null]
                yield from change(name, f"{score}_{null}", row, column, block, found)


def _apart(network: _Grouped, contrasts: Mapping[str, Tests]) -> Iterator[Cell]:
    """Yield the rows of a network in the block of the differences between groups."""
    scored, block = network.scored, "Differences between groups"
    for split, both in _SPLITS.items():
        row = f"{scored.heading}: {' − '.join(both)}"
        for score, tests in contrasts.items():
            if (scored.name, split) in tests:
                found, name = tests[scored.name, split], f"{scored.name}~{split}"
                yield from change(name, f"{score}_groups", row, GAZE[score], block, found)
