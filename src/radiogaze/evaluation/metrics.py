"""Metrics over pooled passes, as published, with the uncertainty of a small test set.

The paper pools all passes of all sources and gives no error bars. The intervals here are those of
the *sources*: passes of one source are not independent. Accuracy has the Wilson interval for the
number of test sources; the others a percentile bootstrap over sources within each class. How far
other augmentations of the same sources would move a number is its Monte Carlo error.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from scipy.special import softmax
from sklearn.metrics import (
    confusion_matrix,
    precision_recall_fscore_support,
    roc_auc_score,
    roc_curve,
)

from radiogaze.errors import RadiogazeError
from radiogaze.evaluation.curves import RocCurve
from radiogaze.evaluation.resampling import (
    CONFIDENCE,
    RESAMPLES,
    Floats,
    bootstrap,
    fraction_above,
    pairwise_wins,
)
from radiogaze.terms import BOTH, CLASSES

# FRI called FRI, FRI called FRII, FRII called FRI, FRII called FRII
Sums = tuple[Floats, Floats, Floats, Floats]


def compute_metrics(logits: NDArray[np.float32], labels: NDArray[np.int64]) -> dict[str, Any]:
    """Return the metrics of one order of the test batches.

    Parameters
    ----------
    logits
        float32 [passes, N, 2] of the N scored sources.
    labels
        0 (FRI) or 1 (FRII), [N].

    Returns
    -------
    dict
        ``confusion`` (rows true, columns predicted; summed over passes), ``accuracy``, ``auc``
        (as published: on the softmax of the saturated float32 softmax output, FRII positive),
        ``auc_logits`` (on the difference of the logits), and ``f1``, ``precision``, ``recall``
        by class; each a dict of ``value``, ``low`` and ``high`` (95 % over the choice of test
        sources) and ``monte_carlo`` (standard error over the augmentation passes; None of a
        single pass).

    Raises
    ------
    RadiogazeError
        If logits are not finite.
    """
    if not np.isfinite(logits).all():
        bad = int((~np.isfinite(logits).all(-1)).sum())
        raise RadiogazeError(
            f"{bad} of {logits.shape[0] * logits.shape[1]} logits are not finite numbers; the"
            " model's normalisation is singular on these images"
        )
    passes = len(logits)
    truth = np.tile(labels, passes)
    predicted = logits.argmax(-1)
    confusion = confusion_matrix(truth, predicted.ravel(), labels=[0, 1])
    precision, recall, f1, _ = precision_recall_fscore_support(
        truth, predicted.ravel(), labels=[0, 1], zero_division=0.0
    )
    called = predicted.mean(0)  # the fraction of passes that call each source FRII
    votes = called[labels == 0], called[labels == 1]
    correct = float(np.trace(confusion) / confusion.sum())
    published, margin = published_score(logits), logits[..., 1] - logits[..., 0]
    per_class = {"f1": f1, "precision": precision, "recall": recall}
    found: dict[str, Any] = {
        "accuracy": _estimate(correct, *wilson(correct, len(labels))),
        "auc": _auc(published, labels),
        "auc_logits": _auc(margin, labels),
        **{
            name: {CLASSES[c]: _rate(float(values[c]), votes, name, c) for c in (0, 1)}
            for name, values in per_class.items()
        },
    }
    scores = {"auc": published, "auc_logits": margin}
    errors = _monte_carlo_errors(predicted, scores, labels)
    for name, estimate in found.items():
        for group, one in [(BOTH, estimate)] if "value" in estimate else estimate.items():
            one["monte_carlo"] = errors.get((name, group))
    return {"confusion": confusion.tolist(), **found}


def published_score(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the score of FRII that the published AUC ranks, float32 of the logits' shape [:-1].

    The released network ends in a softmax and the evaluation applies another. In float32 the
    first saturates to exactly 0 or 1, so that many scores tie.
    """
    return softmax(softmax(logits, axis=-1), axis=-1)[..., 1]


def roc_curves(values: NDArray[np.float32], labels: NDArray[np.int64]) -> dict[str, RocCurve]:
    """Return the curves of logits [passes, N, 2], by these and by the published score."""
    scores = {"logits": values[..., 1] - values[..., 0], "as published": published_score(values)}
    truth = np.tile(labels, len(values))
    rocs = {}
    for name, score in scores.items():
        false, true, _ = roc_curve(truth, score.ravel())
        rocs[name] = RocCurve(false, true, float(roc_auc_score(truth, score.ravel())))
    return rocs


def wilson(fraction: Any, sources: Any) -> tuple[Any, Any]:
    """Return the ends of Wilson's (1927) 95 % interval of a mean fraction of sources.

    Numbers or arrays. The fraction may be a mean over augmented passes, too: fractions of passes
    vary less than 0 and 1 do, so that the interval is, if anything, too wide.
    """
    z = float(stats.norm.ppf((1 + CONFIDENCE) / 2))
    centre = fraction + z**2 / (2 * sources)
    half = z * np.sqrt(fraction * (1 - fraction) / sources + z**2 / (4 * sources**2))
    whole = 1 + z**2 / sources
    # where all or none are right, rounding would put the fraction outside
    low, high = (centre - half) / whole, (centre + half) / whole
    return np.minimum(low, fraction), np.maximum(high, fraction)


def _rates(sums: Sums, c: int) -> dict[str, Floats]:
    """Return F1, precision and recall of a class; 0 where no source is called so."""
    own, other = ((0, 1), (3, 2))[c]
    right, called = sums[own], sums[own] + sums[3 - other]
    r = right / (right + sums[other])
    p = np.divide(right, called, out=np.zeros_like(right), where=called > 0)
    f1 = np.divide(2 * p * r, p + r, out=np.zeros_like(p), where=p + r > 0)
    return {"f1": f1, "precision": p, "recall": r}


def _rate(value: float, votes: tuple[Floats, Floats], name: str, c: int) -> dict[str, float]:
    """Return one of :func:`_rates` and its interval, sources resampled in each class."""

    def statistic(fri: Floats, frii: Floats) -> Floats:
        as_frii, also_frii = fri.sum(-1), frii.sum(-1)
        sums = fri.shape[-1] - as_frii, as_frii, frii.shape[-1] - also_frii, also_frii
        return _rates(sums, c)[name]

    return _estimate(value, *bootstrap(votes, statistic))


def _auc(score: Floats, labels: NDArray[np.int64]) -> dict[str, float]:
    """Area under the pooled ROC curve, and its interval."""
    value = float(roc_auc_score(np.tile(labels, len(score)), score.ravel()))
    wins = pairwise_wins(score, labels)

    def statistic(i: NDArray[np.int64], j: NDArray[np.int64]) -> Floats:
        return wins[i[..., :, None], j[..., None, :]].mean((-2, -1))

    sources = (np.arange(wins.shape[0]), np.arange(wins.shape[1]))
    return _estimate(value, *bootstrap(sources, statistic))


def _estimate(value: float, low: float, high: float) -> dict[str, float]:
    return {"value": value, "low": float(low), "high": float(high)}


def _monte_carlo_errors(
    predicted: NDArray[np.int64], scores: Mapping[str, Floats], labels: NDArray[np.int64]
) -> dict[tuple[str, str], float]:
    """Return the standard errors over the augmentation passes: a bootstrap of whole passes.

    A pass is a block, because the sources of a pass are augmented differently in the next, and the
    passes are independent of each other.

    Parameters
    ----------
    predicted
        Classes [passes, N].
    scores
        Name -> the score that an AUC ranks, [passes, N].
    labels
        0 or 1, [N].

    Returns
    -------
    dict
        By metric and class (``both`` of the accuracy and the AUCs); empty of a single pass.
    """
    passes = len(predicted)
    if passes == 1:
        return {}
    rng = np.random.default_rng(0)
    # how often each pass is in a resample, [resamples, passes]
    times = rng.multinomial(passes, np.full(passes, 1 / passes), RESAMPLES).astype(np.float64)
    frii = [(predicted[:, labels == c] == 1).sum(1) for c in (0, 1)]
    called = [frii[c] if k else (labels == c).sum() - frii[c] for c in (0, 1) for k in (0, 1)]
    sums = tuple(times @ one for one in called)
    replicates: dict[tuple[str, str], Floats] = {
        ("accuracy", BOTH): (sums[0] + sums[3]) / sum(sums)
    }
    for c, group in enumerate(CLASSES):
        replicates |= {(name, group): rate for name, rate in _rates(sums, c).items()}
    for name, score in scores.items():
        # of the FRI of one pass (row) and the FRII of another; its mean is the pooled AUC
        wins = fraction_above(score[:, labels == 0], score[:, labels == 1])
        replicates[name, BOTH] = np.einsum("rp,pq,rq->r", times, wins, times, optimize=True)
        replicates[name, BOTH] /= passes**2
    return {key: float(values.std(ddof=1)) for key, values in replicates.items()}
