"""Scores of attention maps against null models, paired over the sources (docs/gaze.md)."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from radiogaze.errors import RadiogazeError
from radiogaze.evaluation.comparison import MARGIN
from radiogaze.evaluation.resampling import Floats, Integers, Interval, bootstrap
from radiogaze.files.reading import reading
from radiogaze.terms import CLASSES

# Scores whose difference decides, and whether more is better.
DECISIVE = {"deletion": -1, "insertion": 1}
TO_BEAT = ("brightness", "blurred-brightness")  # the null models that decide
STANDS, FALLS, OPEN = "stands", "falls", "cannot be told"
_LEVEL = 0.05
_KEYS = ["position", "map"]


class PairedScore(NamedTuple):
    """The score of one map minus that of another one, over the same sources.

    Attributes
    ----------
    difference
        Of the means, with its 95 % percentile interval of a bootstrap over the sources.
    p
        Wilcoxon's signed-rank test, two-sided; 1 where all differences are 0.
    """

    difference: Interval
    p: float


def read_gaze(path: Path, scores: tuple[str, ...]) -> pd.DataFrame:
    """Return the scores of a network by source and map.

    Parameters
    ----------
    path
        CSV of ``radiogaze gaze``.
    scores
        The columns to read.

    Returns
    -------
    DataFrame
        By ``position`` and ``map``: ``label`` (0: FRI, 1: FRII) and the scores.

    Raises
    ------
    RadiogazeError
        If the file is missing, broken or lacks a column.
    """
    with reading(path, f"the columns {', '.join((*_KEYS, 'class', *scores))}", "gaze"):
        table = pd.read_csv(path).set_index(_KEYS)
        if table.index.has_duplicates:
            raise ValueError("a source and map twice")
        labels = table["class"].map({name: number for number, name in enumerate(CLASSES)})
        return table[list(scores)].astype(float).assign(label=labels.astype(np.int64))


def mean_score(values: Floats, labels: Integers) -> Interval:
    """Return the mean of a score over the sources, with its interval.

    Parameters
    ----------
    values
        [N]; a source whose score is NaN (not defined) does not count.
    labels
        0 (FRI) or 1 (FRII), [N]: the bootstrap draws within each class.

    Raises
    ------
    RadiogazeError
        If a class has fewer than two sources with a score.
    """
    of_class = tuple(values[(labels == c) & np.isfinite(values)] for c in (0, 1))
    fewest = min(map(len, of_class))
    if fewest < 2:  # noqa: PLR2004 - one has no spread
        raise RadiogazeError(
            f"scores of attention maps: found {fewest} sources of a class, expected two or more;"
            " score more sources (radiogaze gaze --sources)"
        )

    def statistic(fri: Floats, frii: Floats, axis: int) -> Floats:
        return (fri.sum(axis) + frii.sum(axis)) / (fri.shape[axis] + frii.shape[axis])

    ends = bootstrap(of_class, statistic)
    return Interval(float(np.concatenate(of_class).mean()), float(ends.low), float(ends.high))


def compare_scores(a: Floats, b: Floats, labels: Integers) -> PairedScore:
    """Compare a score of two maps over the same sources; see :func:`mean_score`."""
    change = a - b
    defined = change[np.isfinite(change)]
    p = float(stats.wilcoxon(defined).pvalue) if defined.any() else 1.0
    return PairedScore(mean_score(change, labels), p)


def answer(compared: Mapping[tuple[str, str], PairedScore]) -> str:
    """Decide by docs/gaze.md whether attention shows more than brightness does.

    Parameters
    ----------
    compared
        The attention map minus each of ``TO_BEAT`` in each score of ``DECISIVE``: (score, null
        model) to the comparison, whose p is after Holm's correction.

    Returns
    -------
    str
        ``STANDS``, ``FALLS`` or ``OPEN``.
    """
    gains = []
    for score, sign in DECISIVE.items():
        for null in TO_BEAT:
            (value, low, high), p = compared[score, null]
            sure = p <= _LEVEL and abs(value) >= MARGIN and not low <= 0 <= high
            gains.append((sign * np.sign(value) * sure, max(-low, high) <= MARGIN))
    if all(gain > 0 for gain, _ in gains):
        return STANDS
    if any(gain < 0 for gain, _ in gains) or all(alike for _, alike in gains):
        return FALLS
    return OPEN
