"""Scores of attention maps against null models, paired over the sources (docs/gaze.md)."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from radiogaze.evaluation.comparison import MARGIN
from radiogaze.evaluation.resampling import (
    Floats,
    Integers,
    Interval,
    bootstrap,
    mean_over_sources,
)
from radiogaze.files.reading import reading
from radiogaze.terms import CLASSES, CONFIDENCES

# Scores whose difference decides, and whether more is better.
DECISIVE = {"deletion": -1, "insertion": 1}
EVIDENCE = {"rank": 1, "pointing": 1}  # on synthetic sources, whose evidence is known
TO_BEAT = ("brightness", "blurred-brightness")  # the null models that decide
STANDS, FALLS, OPEN = "stands", "falls", "cannot be told"
USED, NOT_USED, HELPS = "used", "not used", "used, helps"
PASSES, FAILS = "passes", "fails"
STABLE, PARTLY_STABLE, DIFFERENT = "stable", "partly stable", "unlike"
BETTER, WORSE = "better", "worse"
ALIKE = 0.7  # a correlation above this is that of stable maps
UNLIKE = 0.3  # a correlation within +- this is none, for the sanity checks
_LEVEL = 0.05


class PairedScore(NamedTuple):
    """The score of one map minus that of another one, over the same sources.

    Attributes
    ----------
    difference
        Of the means, with its 95 % interval: of a bootstrap over the sources, or over several
        trainings of both networks that of :func:`radiogaze.evaluation.comparison.compare_seeds`.
    p
        Wilcoxon's signed-rank test, two-sided; 1 where all differences are 0. Over trainings that
        of Welch's *t* test.
    """

    difference: Interval
    p: float

    @property
    def sign(self) -> int:
        """1 or -1 where the first map is shown to have more or less by 0.03 or more, else 0."""
        value, low, high = self.difference
        sure = self.p <= _LEVEL and abs(value) >= MARGIN and not low <= 0 <= high
        return int(np.sign(value)) if sure else 0


def read_gaze(
    path: Path,
    scores: tuple[str, ...],
    keys: tuple[str, ...] = ("map",),
    optional: tuple[str, ...] = (),
) -> pd.DataFrame:
    """Return the scores of a network by source and map.

    Parameters
    ----------
    path
        A CSV of ``radiogaze gaze``.
    scores
        The columns to read.
    keys
        The columns that, with ``position``, tell its rows apart.
    optional
        Further scores, NaN where the file has no such column.

    Returns
    -------
    DataFrame
        By ``position`` and the keys: ``label`` (0: FRI, 1: FRII) and the scores.

    Raises
    ------
    RadiogazeError
        If the file is missing, broken or lacks a column.
    """
    index = ["position", *keys]
    with reading(path, f"the columns {', '.join((*index, 'class', *scores))}", "gaze"):
        table = pd.read_csv(path).set_index(index)
        if table.index.has_duplicates:
            raise ValueError(f"a source and {keys[-1]} twice")
        labels = table["class"].map({name: number for number, name in enumerate(CLASSES)})
        found = table[list(scores)].join(table.reindex(columns=list(optional)))
        return found.astype(float).assign(label=labels.astype(np.int64))


def read_groups(path: Path) -> pd.DataFrame:
    """Return to which groups of docs/gaze.md the sources of a network belong.

    Parameters
    ----------
    path
        A CSV of ``radiogaze gaze``.

    Returns
    -------
    DataFrame
        By ``position``: ``frii``, ``uncertain`` and ``wrong`` (the class that the network gives),
        each 0 or 1.

    Raises
    ------
    RadiogazeError
        If the file is missing, broken or lacks a column.
    """
    columns = ["position", "class", "confidence", "predicted"]
    with reading(path, f"the columns {', '.join(columns)}", "gaze"):
        table = pd.read_csv(path)[columns].groupby("position", sort=False).first()
        groups = {
            "frii": table["class"] == CLASSES[1],
            "uncertain": table["confidence"] == CONFIDENCES[1],
            "wrong": table["class"] != table["predicted"],
        }
        return pd.DataFrame(groups).astype(float)


def compare_scores(a: Floats, b: Floats, labels: Integers) -> PairedScore:
    """Compare a score of two maps over the same sources."""
    change = a - b
    defined = change[np.isfinite(change)]
    p = float(stats.wilcoxon(defined).pvalue) if defined.any() else 1.0
    return PairedScore(mean_over_sources(change, labels), p)


def compare_groups(a: Floats, b: Floats) -> PairedScore:
    """Compare a score, or a difference of two, of two groups of sources.

    Returns
    -------
    PairedScore
        Of the means, the first minus the second, each group resampled by itself; p of the
        Mann-Whitney test, two-sided.
    """
    ends = bootstrap((a, b), lambda first, second: first.mean(-1) - second.mean(-1))
    p = float(stats.mannwhitneyu(a, b).pvalue)
    return PairedScore(Interval(float(a.mean() - b.mean()), float(ends.low), float(ends.high)), p)


def answer(
    compared: Mapping[tuple[str, str], PairedScore], decisive: Mapping[str, int] = DECISIVE
) -> str:
    """Decide by docs/gaze.md whether attention shows more than brightness does.

    Parameters
    ----------
    compared
        The attention map minus each of ``TO_BEAT`` in each decisive score: (score, null model) to
        the comparison, whose p is after Holm's correction.
    decisive
        The scores that decide, and whether more is better: ``DECISIVE`` on real sources,
        ``EVIDENCE`` on synthetic ones.

    Returns
    -------
    str
        ``STANDS``, ``FALLS`` or ``OPEN``.
    """
    found = [(sign, compared[score, null]) for score, sign in decisive.items() for null in TO_BEAT]
    gains = [sign * one.sign for sign, one in found]
    if all(gain > 0 for gain in gains):
        return STANDS
    alike = all(max(-low, high) <= MARGIN for _, ((_, low, high), _) in found)
    return FALLS if alike or any(gain < 0 for gain in gains) else OPEN


def use_of(flips: Interval, accuracy: PairedScore) -> str:
    """Decide by docs/gaze.md whether a network uses what a replacement takes away.

    Parameters
    ----------
    flips
        Fraction of images whose predicted class changes.
    accuracy
        Its change; p after Holm's correction.

    Returns
    -------
    str
        ``USED``, ``HELPS`` (used, and accuracy falls without it), ``NOT_USED`` or ``OPEN``.
    """
    if flips.low > MARGIN:
        return HELPS if accuracy.sign < 0 else USED
    return NOT_USED if flips.high < MARGIN else OPEN


def depends(correlation: Interval) -> str:
    """Decide by docs/gaze.md whether a map depends on the weights: ``PASSES``, ``FAILS``, ``OPEN``.

    Parameters
    ----------
    correlation
        With the maps of networks whose weights are all re-initialised.
    """
    if max(-correlation.low, correlation.high) <= UNLIKE:
        return PASSES
    return FAILS if correlation.low > UNLIKE or correlation.high < -UNLIKE else OPEN


def stability_of(correlation: Interval) -> str:
    """Decide by docs/gaze.md whether maps are those of another training of the network.

    Parameters
    ----------
    correlation
        With the maps of other trainings.

    Returns
    -------
    str
        ``STABLE``, ``DIFFERENT`` or ``PARTLY_STABLE``.
    """
    if correlation.low > ALIKE:
        return STABLE
    return DIFFERENT if depends(correlation) == PASSES else PARTLY_STABLE


def against_attention(compared: Mapping[str, PairedScore], decisive: Mapping[str, int]) -> str:
    """Decide by docs/gaze.md whether another explanation is better than attention.

    Parameters
    ----------
    compared
        The other explanation minus attention in each decisive score; p after Holm's correction.
    decisive
        As for :func:`answer`.

    Returns
    -------
    str
        ``BETTER`` or ``WORSE`` in all of them, or ``OPEN``.
    """
    signs = {sign * compared[score].sign for score, sign in decisive.items()}
    return BETTER if signs == {1} else WORSE if signs == {-1} else OPEN


def best_of(compared: Mapping[str, PairedScore]) -> str:
    """Decide whether one network's score is above that of each other one.

    Parameters
    ----------
    compared
        The network minus each other one; p after Holm's correction.

    Returns
    -------
    str
        ``STANDS``, ``FALLS`` (another one is above it) or ``OPEN``.
    """
    signs = [one.sign for one in compared.values()]
    if signs and all(sign > 0 for sign in signs):
        return STANDS
    return FALLS if any(sign < 0 for sign in signs) else OPEN
