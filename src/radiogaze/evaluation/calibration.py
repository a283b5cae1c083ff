"""How far probabilities and entropies can be trusted: reliability, ECE, Brier score, NLL, UCE.

The probabilities are the softmax of the logits, averaged over the passes. The released networks
were trained with a second softmax on top of this one, which keeps every score between 0.27 and
0.73: no loss ever punished the certainty that is judged here.
"""

from collections.abc import Callable
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import entr, log_softmax, logsumexp, softmax

from radiogaze.evaluation.curves import ReliabilityCurve
from radiogaze.evaluation.metrics import wilson
from radiogaze.evaluation.resampling import (
    CONFIDENCE,
    RESAMPLES,
    Floats,
    Integers,
    Interval,
    bootstrap_sources,
    multiplicities,
)

BINS = 15  # of a reliability diagram, with equally many sources
UCE_BINS = 8  # of equal width in the entropy
CENTRAL = 0.64  # of the passes, in the middle


class Calibration(NamedTuple):
    """How well a network is calibrated, each number with its 95 % interval over the sources.

    A calibration error is a mean of distances, which chance makes larger: resampled, it grows
    further. Its interval is the basic one of the bootstrap, which takes this back, so that it may
    lie below the value itself.

    Attributes
    ----------
    ece
        Expected calibration error: the mean over ``BINS`` bins with equally many sources of the
        distance between the mean probability of the predicted class and the accuracy.
    ece_if_calibrated
        The ECE that a perfectly calibrated network with these probabilities has on as many
        sources: its mean, and the range of 95 % of such networks.
    brier
        Brier score, the mean squared error of the probability of FRII; 0.25 for a constant 0.5.
    nll
        Negative log likelihood of the true class; ln 2 for a constant 0.5.
    uce
        Uncertainty calibration error as published for Bayesian networks on MiraBest
        (arXiv:2511.13224): see :func:`uncertainty_gaps`.
    uce_all_passes, uce_saturated, uce_plain
        The same over all passes, with saturated sources, and with both.
    """

    ece: Interval
    ece_if_calibrated: Interval
    brier: Interval
    nll: Interval
    uce: Interval
    uce_all_passes: Interval
    uce_saturated: Interval
    uce_plain: Interval


def measure_calibration(logits: NDArray[np.float32], labels: Integers) -> Calibration:
    """Measure how well a network is calibrated.

    Parameters
    ----------
    logits
        float32 [passes, N, 2].
    labels
        0 (FRI) or 1 (FRII), [N].

    Raises
    ------
    RadiogazeError
        If a class has fewer than two sources.
    """
    bins = _Bins(logits, labels)
    log_p = logsumexp(log_softmax(logits.astype(np.float64), axis=-1), axis=0) - np.log(len(logits))
    losses = [(np.exp(log_p[:, 1]) - labels) ** 2, -log_p[np.arange(len(labels)), labels]]
    gaps = [
        uncertainty_gaps(logits, labels, central=central, saturated=saturated)
        for saturated in (False, True)
        for central in (CENTRAL, 1.0)
    ]

    def errors(sources: Integers) -> Floats:
        weights = multiplicities(sources, len(labels))
        uces = [abs(weights @ gap).sum(-1) / len(labels) for gap in gaps]
        return np.stack([bins.ece(sources), *uces])

    def means(sources: Integers) -> Floats:
        return np.stack([loss[sources].mean(-1) for loss in losses])

    ece, uce, uce_all, uce_saturated, uce_plain = _over_sources(errors, labels, "basic")
    brier, nll = _over_sources(means, labels, "percentile")
    by_chance = bins.if_calibrated()
    return Calibration(ece, by_chance, brier, nll, uce, uce_all, uce_saturated, uce_plain)


def reliability_curve(logits: NDArray[np.float32], labels: Integers) -> ReliabilityCurve:
    """Return the reliability diagram of a network; parameters as :func:`measure_calibration`.

    The probability is the mean over the passes. Accuracies have Wilson's interval. With fewer
    sources than ``BINS`` each is a bin.
    """
    bins = _Bins(logits, labels)
    count, right = bins.sum(np.ones(len(labels))), bins.sum(bins.right)
    low, high = wilson(right / count, count)
    return ReliabilityCurve(
        confidence=bins.sum(bins.confidence) / count,
        accuracy=right / count,
        low=low,
        high=high,
        ece=float(bins.ece(np.arange(len(labels)))),
        ece_if_calibrated=bins.if_calibrated().value,
    )


def uncertainty_gaps(
    logits: NDArray[np.float32], labels: Integers, *, central: float, saturated: bool
) -> Floats:
    """Return entropy minus error of each source, in the column of its bin.

    As in the code behind the published values (Mohan and Scaife): a source's passes are its
    samples, ranked by the probability of FRI; those in the middle count. Its entropy is that of
    their mean, in units of ln 2; its error is the fraction of them that are wrong, times two, as
    an entropy of 1 goes with an error of one half. The bins (0, 1/8], ... (7/8, 1] are open at 0:
    a source whose entropy is exactly 0 is in none, which counts it as perfectly calibrated even
    where it is wrong. That happens where the float32 softmax is 0 or 1 in all of these passes, and
    to FRI first, because a float32 can be 1e-30 but not 1 - 1e-30.

    Parameters
    ----------
    logits, labels
        As for :func:`measure_calibration`.
    central
        Which fraction of the passes counts; published is ``CENTRAL``.
    saturated
        Whether a source with an entropy of 0 is in the first bin; published is False.

    Returns
    -------
    ndarray
        float64 [N, UCE_BINS]. The UCE is the sum over the bins of the absolute value of the mean
        over the sources.
    """
    ranked = np.sort(softmax(logits, axis=-1)[..., 0], axis=0)
    first, last = (round(len(ranked) * (1 + side * central) / 2) for side in (-1, 1))
    fri = ranked[first:last]
    mean = fri.mean(0, dtype=np.float64), (1 - fri).mean(0, dtype=np.float64)
    entropy = np.minimum(sum(map(entr, mean)) / np.log(2), 1)
    error = 2 * ((fri < 0.5) != (labels == 1)).mean(0)  # noqa: PLR2004 - where the classes part
    place = np.ceil(entropy * UCE_BINS) - 1
    place = np.maximum(place, 0) if saturated else place
    return (entropy - error)[:, None] * (place[:, None] == np.arange(UCE_BINS))


class _Bins:
    """Sources sorted by the probability of the class that is predicted for them, in bins."""

    def __init__(self, logits: NDArray[np.float32], labels: Integers) -> None:
        mean = softmax(logits.astype(np.float64), axis=-1).mean(0)
        # by the other class: 1 - 1e-20 is 1 and could not be ranked
        order = np.argsort(-mean.min(-1), kind="stable")
        self.confidence = mean.max(-1)[order]
        self.right = (mean.argmax(-1) == labels)[order].astype(np.float64)
        self.rank = np.empty_like(order)
        self.rank[order] = np.arange(len(order))
        bins = min(BINS, len(order))
        self.starts = np.arange(bins) * len(order) // bins

    def sum(self, values: Floats) -> Floats:
        """Sum over each bin, [..., N] -> [..., K]."""
        return np.add.reduceat(values, self.starts, axis=-1)

    def ece(self, sources: Integers) -> Floats:
        """Return the ECE of some sources, [..., N] -> [...]."""
        chosen = np.sort(self.rank[sources], axis=-1)
        gaps = self.sum((self.confidence - self.right)[chosen])
        return abs(gaps).sum(-1) / len(self.rank)

    def if_calibrated(self) -> Interval:
        """Return the ECE of networks that are right exactly as often as their probabilities."""
        uniform = np.random.default_rng(0).uniform(size=(RESAMPLES, len(self.rank)))
        gaps = self.sum(self.confidence - (uniform < self.confidence))
        found = abs(gaps).sum(-1) / len(self.rank)
        ends = np.quantile(found, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
        return Interval(float(found.mean()), *ends.tolist())


def _over_sources(
    statistic: Callable[[Integers], Floats],
    labels: Integers,
    method: Literal["basic", "percentile"],
) -> list[Interval]:
    """Return the values of a statistic of sources, [..., N] -> [k, ...], with intervals."""
    ends = bootstrap_sources(statistic, labels, method)
    found = statistic(np.arange(len(labels))), *np.maximum(ends, 0)
    return [Interval(*map(float, values)) for values in zip(*found, strict=True)]
