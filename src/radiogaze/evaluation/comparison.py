"""Two models on the same sources: paired intervals, McNemar's test, Holm's correction, equivalence.

The sources that one model finds hard, another one does too. A difference between models that were
tested on the same sources is therefore known better than the intervals of the two suggest: here
both models are always resampled together.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from radiogaze.errors import RadiogazeError
from radiogaze.evaluation.resampling import (
    CONFIDENCE,
    Floats,
    Integers,
    Interval,
    bootstrap,
    multiplicities,
    pairwise_wins,
)
from radiogaze.terms import FOLDS

# A smaller difference than this does not matter: 0.03 is 5 of the 153 test sources of MiraBest, and
# one standard deviation of an accuracy of 0.85 on them (0.029), so that another choice of as many
# sources moves an accuracy by as much.
MARGIN = 0.03


class Summary(NamedTuple):
    """The passes of one model, summarised for each source.

    Attributes
    ----------
    wrong
        Fraction of the passes that misclassify the source, [N].
    margin
        Mean over the passes of the logit FRII - FRI, [N].
    """

    wrong: Floats
    margin: Floats


class McNemar(NamedTuple):
    """McNemar's exact test: whether each model errs as often where the other one does not.

    Attributes
    ----------
    only_first, only_second
        How many sources the first model alone, and the second alone, gets right.
    p
        Two-sided, exact (binomial); 1 where the models are right on the same sources.
    """

    only_first: int
    only_second: int
    p: float


@dataclass(frozen=True)
class PairedComparison:
    """The first model minus the second one.

    Attributes
    ----------
    accuracy
        Difference of the accuracies, a mean over passes.
    auc
        Difference of the areas under the ROC curves, sources ranked by the logits.
    mcnemar
        On the class that the majority of the passes gives each source.
    """

    accuracy: Interval
    auc: Interval
    mcnemar: McNemar


def compare_pair(a: Summary, b: Summary, labels: Integers, folds: Integers) -> PairedComparison:
    """Compare two models on the same sources and the same augmentation.

    Parameters
    ----------
    a, b
        Of ``predictions.csv``: ``misclassification_rate`` and ``logit_mean``.
    labels
        0 (FRI) or 1 (FRII), [N].
    folds
        Which fold of a cross-validation tested each source, [N]; all the same on one test set.

    Returns
    -------
    PairedComparison
        Its intervals are 95 % percentile intervals of a bootstrap over the sources, drawn within
        each class and for both models at once: they show the choice of test sources, not the
        randomness of a training. Where exactly half of a source's passes say FRII, its majority
        class is that of the mean logit. The AUC ranks sources by their mean logit, and counts
        pairs of sources of one fold only: the logits of two networks have no common scale.

    Raises
    ------
    RadiogazeError
        If a class has fewer than two sources, the models have not the same sources, or no fold
        has sources of both classes.
    """
    _check(labels, len(a.wrong), len(b.wrong))
    same = np.equal.outer(folds[labels == 0], folds[labels == 1]).astype(np.float64)
    if not same.any():
        raise RadiogazeError("cross-validation: no fold has test sources of both classes")
    gain = np.subtract(*(pairwise_wins(x.margin[None], labels) for x in (a, b)))
    better = [(b.wrong - a.wrong)[labels == c] for c in (0, 1)]

    def statistic(i: Integers, j: Integers) -> Floats:
        accuracy = (better[0][i].sum(-1) + better[1][j].sum(-1)) / len(labels)
        rows, columns = multiplicities(i, len(gain)), multiplicities(j, gain.shape[1])
        won, pairs = (((rows @ of) * columns).sum(-1) for of in (gain * same, same))
        # few sources in many folds: a resample without a pair in one fold shows no difference
        auc = np.divide(won, pairs, out=np.zeros_like(won), where=pairs > 0)
        return np.stack([accuracy, auc])

    each = (np.arange(len(gain)), np.arange(gain.shape[1]))
    values, ends = statistic(*each), bootstrap(each, statistic)
    accuracy, auc = (Interval(*map(float, found)) for found in zip(values, *ends, strict=True))
    mcnemar = _mcnemar(*(_majority_right(model, labels) for model in (a, b)))
    return PairedComparison(accuracy, auc, mcnemar)


def compare_seeds(a: Floats, b: Floats, labels: Integers) -> tuple[Interval, float]:
    """Compare two kinds of network by a mean over training seeds, on the same sources.

    The mean is that of the accuracy, or of another score of every source.

    Welch's *t* test (Welch 1947, with Satterthwaite's degrees of freedom) with three variances:
    of the accuracy over the seeds of each network, and over the sources, within each class, of the
    difference of the means over seeds. A bootstrap over two or three seeds is too sure of their
    spread. Where a seed's errors on single sources vary, both kinds of variance contain them, so
    that an interval is a little too wide. Where one network of two seeds has nearly all the spread,
    it is too narrow: standard deviations of 0.04 and 0.002 give a coverage of 0.90.

    Parameters
    ----------
    a, b
        Fraction of the passes that are right, or another score, [seeds, N]; numbers of seeds may
        differ.
    labels
        0 (FRI) or 1 (FRII), [N].

    Returns
    -------
    tuple
        The mean of a minus that of b with its 95 % interval, and the two-sided p.

    Raises
    ------
    RadiogazeError
        As for :func:`compare_pair`, or if a network has fewer than two seeds.
    """
    _check(labels, a.shape[1], b.shape[1])
    if min(len(a), len(b)) < 2:  # noqa: PLR2004 - fewer have no spread
        raise RadiogazeError(
            f"training seeds: found {len(a)} and {len(b)}, expected two or more of each network"
        )
    gains = a.mean(0) - b.mean(0)
    classes = [gains[labels == c] for c in (0, 1)]
    of_sources = sum(len(c) * c.var(ddof=1) for c in classes) / len(gains) ** 2
    of_seeds = [seeds.mean(1).var(ddof=1) / len(seeds) for seeds in (a, b)]
    variances = np.array([of_sources, *of_seeds])
    freedom = np.array([len(gains) - len(classes), len(a) - 1, len(b) - 1])
    return _t_test(float(gains.mean()), variances, freedom)


def compare_folds(gains: Floats) -> tuple[Interval, float]:
    """Compare two networks by the difference of their accuracies in each fold.

    The corrected resampled t test (Nadeau & Bengio 2003, Section 3). The spread over folds is that
    of training and test sources, and of initial weights only where the folds were trained with
    seeds of their own; because the training sets overlap, the variance of the mean is larger than
    that of independent folds: by the number of test sources for each training source. Those are the
    sources of the other folds, also where a training keeps some of them for validation.

    Parameters
    ----------
    gains
        Of every fold of one or more tenfold cross-validations, [F]; two or more.

    Returns
    -------
    tuple
        Their mean with its 95 % interval, and the two-sided p.
    """
    variance = gains.var(ddof=1) * (1 / len(gains) + 1 / (FOLDS - 1))
    return _t_test(float(gains.mean()), np.array([variance]), np.array([len(gains) - 1]))


def _t_test(mean: float, variances: Floats, freedom: Integers) -> tuple[Interval, float]:
    """Return a mean with its interval, and p, from the independent parts of its variance.

    ``freedom`` is the degrees of freedom of each part; Satterthwaite's are those of the sum.
    """
    total = variances.sum()
    if total == 0:
        return Interval(mean, mean, mean), float(mean == 0)
    error, of_sum = np.sqrt(total), total**2 / (variances**2 / freedom).sum()
    ends = stats.t(of_sum, mean, error).interval(CONFIDENCE)
    return Interval(mean, *map(float, ends)), float(2 * stats.t.sf(abs(mean) / error, of_sum))


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjust the p values of a family of tests by Holm's step-down method (Holm 1979).

    Returns
    -------
    list
        In the order given. Rejecting where one is at most 0.05 keeps the chance of any false
        rejection in the family at 5 %, whatever the dependence between the tests.
    """
    p = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(p, kind="stable")
    stepped = np.maximum.accumulate(np.arange(len(p), 0, -1) * p[order])
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(stepped, 1)
    return adjusted.tolist()


def _check(labels: Integers, first: int, second: int) -> None:
    fewest = int(np.bincount(labels, minlength=2).min())
    if not first == second == len(labels) or fewest < 2:  # noqa: PLR2004 - one has no spread
        raise RadiogazeError(
            f"comparison: found {first} and {second} sources and {len(labels)} labels, at least"
            f" {fewest} of each class; expected the same sources, two or more of each class"
        )


def _majority_right(model: Summary, labels: Integers) -> NDArray[np.bool_]:
    """Tell which sources the majority of the passes gets right; the mean logit breaks a tie."""
    tied = (model.margin > 0) == (labels == 1)
    return np.where(model.wrong == 0.5, tied, model.wrong < 0.5)  # noqa: PLR2004 - half the passes


def _mcnemar(first: NDArray[np.bool_], second: NDArray[np.bool_]) -> McNemar:
    only_first, only_second = int((first & ~second).sum()), int((second & ~first).sum())
    discordant = only_first + only_second
    p = stats.binomtest(only_first, discordant).pvalue if discordant else 1.0
    return McNemar(only_first, only_second, float(p))
