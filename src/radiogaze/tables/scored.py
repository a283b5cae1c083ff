"""What the tables of the scores of attention maps share: networks with their scores, and cells."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from radiogaze.campaigns.variants import Variant
from radiogaze.errors import RadiogazeError
from radiogaze.evaluation.comparison import holm
from radiogaze.evaluation.gaze import PairedScore, read_gaze
from radiogaze.evaluation.resampling import Interval, mean_over_sources
from radiogaze.tables.cells import Cell
from radiogaze.tables.columns import AGGREGATIONS, NORMALISATIONS, columns_of
from radiogaze.tables.inputs import TableInputs
from radiogaze.tables.layout import CHANGE, SCORES_OF_MAPS
from radiogaze.tables.runs import name_run
from radiogaze.terms import BOTH

MAP = ("map",)
_GATES, _DATASET = 3, "mirabest"  # of the networks of Table 8


@dataclass(frozen=True)
class Scored:
    """A network of a table and its scores.

    Attributes
    ----------
    name, heading
        Of the variant, and how a row calls it.
    frame
        By ``position`` and the keys of the file: ``label`` and the scores, of each source the
        mean over the converged trainings.
    trainings
        The same of each converged training, by the name of its run.
    """

    name: str
    heading: str
    frame: pd.DataFrame
    trainings: Mapping[str, pd.DataFrame]

    def of(self, key: str | tuple[str, ...], score: str) -> NDArray[np.float64]:
        """Return a score of one map, or other key of the file, by source [N]."""
        return self.frame.loc[(slice(None), *np.atleast_1d(key)), score].to_numpy()

    def of_trainings(self, key: str, score: str) -> NDArray[np.float64]:
        """Return the same of each training [T, N]."""
        where = (slice(None), key)
        return np.stack([frame.loc[where, score].to_numpy() for frame in self.trainings.values()])

    def mean(self, key: str | tuple[str, ...], score: str) -> Interval:
        """Return the mean of such a score over the sources."""
        return mean_over_sources(self.of(key, score), self.labels)

    @property
    def labels(self) -> NDArray[np.int64]:
        """Return 0 (FRI) or 1 (FRII) by source, [N]."""
        return self.frame["label"].groupby(level="position", sort=False).first().to_numpy(np.int64)


def read_scores(
    variant: Variant,
    heading: str,
    inputs: TableInputs,
    scores: tuple[str, ...],
    keys: tuple[str, ...] = MAP,
    optional: tuple[str, ...] = (),
) -> Scored:
    """Return a network with the scores of its converged trainings.

    Raises
    ------
    RadiogazeError
        If the scores of a run are not given, a file is missing or broken, or two have not the
        same sources.
    """
    frames: dict[str, pd.DataFrame] = {}
    for seed, metrics in inputs.metrics[variant.variant].items():
        if not metrics.converged:
            continue
        run = name_run(variant.variant, seed)
        if run not in inputs.gaze:
            raise RadiogazeError(f"no scores of {run}; give --gaze {run}=PATH")
        frames[run] = read_gaze(inputs.gaze[run], scores, keys, optional)
        if not frames[run].index.equals(next(iter(frames.values())).index):
            raise RadiogazeError(
                f"{inputs.gaze[run]}: other sources or maps than the trainings beside it; score all"
                " on the same test set"
            )
    means = pd.concat(frames.values()).groupby(level=["position", *keys], sort=False).mean()
    return Scored(variant.variant, heading, means, frames)


def read_normalisations(
    inputs: TableInputs, scores: tuple[str, ...], optional: tuple[str, ...] = ()
) -> list[Scored]:
    """Return the networks of Table 7 of which a training converged, in the paper's order.

    Raises
    ------
    RadiogazeError
        As for :func:`read_scores`.
    """
    return [
        read_scores(column.variants[0], column.heading, inputs, scores, optional=optional)
        for column in columns_of("7", inputs)
        if column.converged(inputs.metrics)
    ]


def read_grid(
    inputs: TableInputs, scores: tuple[str, ...], keys: tuple[str, ...] = MAP
) -> list[Scored]:
    """Return the networks that were evaluated, by normalisation and then by aggregation.

    Raises
    ------
    RadiogazeError
        As for :func:`read_scores`.
    """
    rows = [
        inputs.sheet[name]
        for name, runs in inputs.metrics.items()
        if any(metrics.converged for metrics in runs.values())
    ]
    order = [f"{norm}, {how}" for norm in NORMALISATIONS.values() for how in AGGREGATIONS.values()]
    rows.sort(key=lambda row: order.index(heading_of(row)) if heading_of(row) in order else -1)
    headings = [heading_of(row) for row in rows]
    if len(set(headings)) < len(rows):  # networks that differ in something else
        headings = [row.variant for row in rows]
    return [read_scores(*row, inputs, scores, keys) for row in zip(rows, headings, strict=True)]


def heading_of(row: Variant) -> str:
    """Call a network by its normalisation and aggregation, and by what else Table 8 has not."""
    norm, how = str(row.normalisation), str(row.aggregation)
    parts = [NORMALISATIONS.get(norm, norm), AGGREGATIONS.get(how, how)]
    if row.gates != _GATES:
        parts.append("1 gate" if row.gates == 1 else f"{row.gates} gates")
    if row.dataset != _DATASET:
        parts.append(row.dataset)
    return ", ".join(parts)


def with_holm(found: Mapping[Any, PairedScore]) -> dict[Any, PairedScore]:
    """Return comparisons of one family with the p values after Holm's correction."""
    adjusted = holm([one.p for one in found.values()])
    return {key: one._replace(p=p) for (key, one), p in zip(found.items(), adjusted, strict=True)}


def cell(
    variant: str,
    metric: str,
    row: str,
    column: str,
    block: str,
    value: Interval | float | str,
    anchor: str = SCORES_OF_MAPS,
    group: str = BOTH,
) -> Cell:
    """Return a cell of what no paper has."""
    ours, low, high = value if isinstance(value, Interval) else (value, None, None)
    return Cell(
        variant=variant,
        metric=metric,
        group=group,
        row=row,
        column=column,
        ours=ours,
        paper=None,
        anchor=anchor,
        low=low,
        high=high,
        block=block,
    )


def change(
    variant: str,
    metric: str,
    row: str,
    column: str,
    block: str,
    found: PairedScore,
    column_of_p: str = "",
) -> Iterator[Cell]:
    """Yield the cells of a difference and its p, whose column is ``p, <column>`` if not given."""
    yield cell(variant, f"{metric}{CHANGE}", row, column, block, found.difference)
    yield cell(variant, f"{metric}_p", row, column_of_p or f"p, {column}", block, found.p)
