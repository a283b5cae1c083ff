"""How uncertain a network is of each source, and what that is worth: risk and ranking.

A network gives each source a probability in each pass, over augmentations and, where it is sampled,
over weights or dropout. Entropies are in nats.
"""

from typing import NamedTuple

import numpy as np
from scipy import stats
from scipy.special import entr

from radiogaze.data.subsets import FRII
from radiogaze.evaluation.resampling import (
    DIGITS,
    Floats,
    Integers,
    Interval,
    bootstrap,
    bootstrap_sources,
    mean_over_sources,
    multiplicities,
)

_FLIPS = 9999  # random sign flips of a permutation test
_EVEN = 0.5  # probability at which the classes part


class Uncertainty(NamedTuple):
    """Of each source, [N].

    Attributes
    ----------
    entropy
        Of the mean probability: all uncertainty.
    mutual_information
        The entropy minus the mean entropy of the passes: by how much they disagree.
    spread
        Standard deviation of the probability over the passes.
    """

    entropy: Floats
    mutual_information: Floats
    spread: Floats


def measure_uncertainty(p: Floats) -> Uncertainty:
    """Measure the uncertainty of probabilities of FRII, [passes, N]."""
    entropy = binary_entropy(p.mean(0))
    return Uncertainty(entropy, entropy - binary_entropy(p).mean(0), p.std(0))


def binary_entropy(p: Floats) -> Floats:
    """Return the entropy of probabilities of one of two classes, in nats."""
    return entr(p) + entr(1 - p)


def wrong(p: Floats, labels: Integers) -> Floats:
    """Return 1 where the more probable class is not the label, else 0; p is that of FRII, [N]."""
    return ((p > _EVEN) != (labels == FRII)).astype(np.float64)


def risk_curve(uncertainty: Floats, errors: Floats) -> Floats:
    """Return the mean error of the n least uncertain sources for n = 1 to N.

    Sources of one uncertainty count as their mean error, so that their order does not matter.

    Parameters
    ----------
    uncertainty, errors
        [N] of each source.
    """
    order = np.argsort(uncertainty, kind="stable")
    _, place, counts = np.unique(uncertainty[order], return_inverse=True, return_counts=True)
    of_group = np.bincount(place, errors[order]) / counts
    return np.cumsum(of_group[place]) / np.arange(1, len(errors) + 1)


def area_under_risk(uncertainty: Floats, errors: Floats) -> float:
    """Return the area under the risk-coverage curve (Geifman & El-Yaniv 2017), the mean of it."""
    return float(risk_curve(uncertainty, errors).mean())


def area_over_sources(uncertainty: Floats, errors: Floats, labels: Integers) -> Interval:
    """Return the area under the risk-coverage curve, a mean over seeds, with its interval.

    Parameters
    ----------
    uncertainty, errors
        [seeds, N].
    labels
        [N].
    """

    def area(drawn: Integers) -> Floats:
        rows = drawn.reshape(-1, drawn.shape[-1])
        found = [
            np.mean(
                [area_under_risk(u[row], e[row]) for u, e in zip(uncertainty, errors, strict=True)]
            )
            for row in rows
        ]
        return np.array(found).reshape(drawn.shape[:-1])

    ends = bootstrap_sources(area, labels)
    return Interval(float(area(np.arange(len(labels)))), float(ends.low), float(ends.high))


def compare_means(ours: Floats, theirs: Floats, labels: Integers) -> tuple[Interval, float]:
    """Compare two families on the same sources, [N] each.

    Returns
    -------
    Interval, float
        The mean of ours minus theirs with its interval, and the p value of the permutation test in
        which each source's two values are exchanged at random.
    """
    difference = mean_over_sources(ours - theirs, labels)
    test = stats.permutation_test(
        (ours, theirs),
        lambda a, b, axis: np.round((a - b).mean(axis), DIGITS),
        permutation_type="samples",
        vectorized=True,
        n_resamples=_FLIPS,
        rng=np.random.default_rng(0),
    )
    return difference, float(test.pvalue)


def rank_above(high: Floats, low: Floats) -> Interval:
    """Return the AUROC of a quantity for telling one group of sources from another.

    Parameters
    ----------
    high, low
        [seeds, n] and [seeds, m]: an AUROC of 1 if all of ``high`` are above all of ``low``.

    Returns
    -------
    Interval
        The mean over the seeds; the interval resamples the sources of each group.

    Raises
    ------
    RadiogazeError
        If a group has fewer than two sources.
    """
    wins = np.mean([_wins(a, b) for a, b in zip(high, low, strict=True)], axis=0)

    def mean(i: Integers, j: Integers) -> Floats:
        rows, columns = multiplicities(i, wins.shape[0]), multiplicities(j, wins.shape[1])
        return ((rows @ wins) * columns).sum(-1) / wins.size

    ends = bootstrap((np.arange(wins.shape[0]), np.arange(wins.shape[1])), mean)
    return Interval(float(wins.mean()), float(ends.low), float(ends.high))


def rank_each_above(high: Floats, low: Floats) -> Floats:
    """Return the AUROC of each seed, [seeds]; see `rank_above`, which has their mean."""
    return np.array([_wins(a, b).mean() for a, b in zip(high, low, strict=True)])


def _wins(a: Floats, b: Floats) -> Floats:
    """Return 1 where a value of ``a`` is above one of ``b``, 1/2 where they are equal, else 0."""
    return np.greater.outer(a, b) + np.equal.outer(a, b) / 2
