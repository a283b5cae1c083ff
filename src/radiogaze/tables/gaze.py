"""Scores of the attention maps by normalisation, against each null model; no paper has them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from radiogaze.errors import RadiogazeError
from radiogaze.evaluation.comparison import holm
from radiogaze.evaluation.gaze import (
    DECISIVE,
    TO_BEAT,
    PairedScore,
    answer,
    compare_scores,
    mean_score,
    read_gaze,
)
from radiogaze.evaluation.resampling import Interval
from radiogaze.tables.cells import Cell, Content
from radiogaze.tables.columns import Column, columns_of
from radiogaze.tables.inputs import TableInputs
from radiogaze.tables.layout import CHANGE, CLAIM, GAZE
from radiogaze.tables.runs import name_run
from radiogaze.terms import ATTENTION, BOTH, NULL_MODELS

ANCHOR = "scores-of-attention-maps"
_TABLE = "7"  # whose networks it shows
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


class _Scored(NamedTuple):
    """A network of the table: its scores by map and source, and the sources' labels."""

    column: Column
    frame: pd.DataFrame

    def of(self, map_: str, score: str) -> np.ndarray:
        """Return a score of one kind of map, by source [N]."""
        return self.frame.xs(map_, level="map")[score].to_numpy()

    @property
    def labels(self) -> np.ndarray:
        """Return 0 (FRI) or 1 (FRII) by source, [N]."""
        return self.frame.xs(ATTENTION, level="map")["label"].to_numpy()


def build(_: str, inputs: TableInputs) -> Content:
    """Build the table of the networks of Table 7 that were scored.

    Raises
    ------
    RadiogazeError
        If the scores of a run are not given, or a file is missing, broken or has too few sources.
    """
    networks = [
        _read(column, inputs)
        for column in columns_of(_TABLE, inputs)
        if column.converged(inputs.metrics)
    ]
    compared = {score: _compare(networks, score) for score in GAZE if score not in _OWN_ONLY}
    cells = [cell for network in networks for cell in _summary(network, compared)]
    for score, found in compared.items():
        for network in networks:
            for null in NULL_MODELS:
                cells += _row(network, score, null, found[network.column.name, null])
    return Content(tuple(cells), _NOTES)


def _read(column: Column, inputs: TableInputs) -> _Scored:
    """Return the scores of a network, of each source the mean over the converged trainings."""
    (variant,) = column.variants
    frames = []
    for seed in column.converged(inputs.metrics):
        run = name_run(variant.variant, seed)
        if run not in inputs.gaze:
            raise RadiogazeError(f"no scores of {run}; give --gaze {run}=PATH")
        frames.append(read_gaze(inputs.gaze[run], tuple(GAZE)))
        if not frames[-1].index.equals(frames[0].index):
            raise RadiogazeError(
                f"{inputs.gaze[run]}: other sources or maps than the trainings beside it; score all"
                " on the same test set"
            )
    means = pd.concat(frames).groupby(level=["position", "map"], sort=False).mean()
    return _Scored(column, means)


def _compare(networks: Sequence[_Scored], score: str) -> dict[tuple[str, str], PairedScore]:
    """Compare the attention map with each null model: (network, null model) to the comparison."""
    found = {
        (network.column.name, null): compare_scores(
            network.of(ATTENTION, score), network.of(null, score), network.labels
        )
        for network in networks
        for null in NULL_MODELS
    }
    adjusted = holm([one.p for one in found.values()])
    return {key: one._replace(p=p) for (key, one), p in zip(found.items(), adjusted, strict=True)}


def _summary(
    network: _Scored, compared: Mapping[str, Mapping[tuple[str, str], PairedScore]]
) -> Iterator[Cell]:
    """Yield the row of a network: its attention map's scores and the answer."""
    name, heading = network.column.name, network.column.heading
    decisive = {(s, null): compared[s][name, null] for s in DECISIVE for null in TO_BEAT}
    block = "Attention maps"
    yield _cell(name, CLAIM, heading, "Claim", block, answer(decisive))
    for score, column in GAZE.items():
        value = mean_score(network.of(ATTENTION, score), network.labels)
        yield _cell(name, score, heading, column, block, value)


def _row(network: _Scored, score: str, null: str, found: PairedScore) -> Iterator[Cell]:
    """Yield the row of a network and a null model in the block of a score."""
    name = f"{network.column.name}~{null}"
    row, block = f"{network.column.heading} − {NULL_MODELS[null]}", GAZE[score]
    own, other = (float(np.nanmean(network.of(map_, score))) for map_ in (ATTENTION, null))
    yield _cell(name, score, row, "attention map", block, own)
    yield _cell(name, f"{score}_null", row, "null model", block, other)
    yield _cell(name, f"{score}{CHANGE}", row, "difference", block, found.difference)
    yield _cell(name, f"{score}_p", row, "p", block, found.p)


def _cell(
    variant: str, metric: str, row: str, column: str, block: str, value: Interval | float | str
) -> Cell:
    ours, low, high = value if isinstance(value, Interval) else (value, None, None)
    return Cell(
        variant=variant,
        metric=metric,
        group=BOTH,
        row=row,
        column=column,
        ours=ours,
        paper=None,
        anchor=ANCHOR,
        low=low,
        high=high,
        block=block,
    )
