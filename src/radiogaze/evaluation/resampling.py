"""Bootstrap over the test sources: the interval of a small test set.

The passes of one source are not independent of each other, the sources are: what is resampled is
always whole sources, and within each class, because the test files have fixed numbers of each.
"""

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from radiogaze.errors import RadiogazeError

RESAMPLES = 2000
CONFIDENCE = 0.95
DIGITS = 12  # to which means of the same numbers agree, whatever the order of their sum

Floats = NDArray[np.floating[Any]]
Integers = NDArray[np.int64]


class Interval(NamedTuple):
    """An estimate with its 95 % interval."""

    value: float
    low: float
    high: float

    def columns(self, name: str) -> dict[str, float]:
        """Return its three cells in a row of a table, by column."""
        return {name: self.value, f"{name}_low": self.low, f"{name}_high": self.high}


def bootstrap(
    samples: tuple[NDArray[Any], ...],
    statistic: Callable[..., Floats],
    method: Literal["percentile", "basic"] = "percentile",
) -> Any:
    """Return the ends of the interval of a statistic, each sample resampled by itself.

    Parameters
    ----------
    samples
        Arrays [n], of any lengths.
    statistic
        Resamples of each sample, [..., n], to one number for each, [...], or several, [k, ...].
    method
        ``basic`` for a statistic that resampling moves to one side: it moves the interval back.

    Returns
    -------
    ConfidenceInterval
        ``low`` and ``high``: numbers, or [k].

    Raises
    ------
    RadiogazeError
        If a sample has fewer than two members.
    """
    fewest = min(map(len, samples), default=0)
    if fewest < 2:  # noqa: PLR2004 - one has no spread
        raise RadiogazeError(
            f"95 % interval: found a group of {fewest}, expected two or more test sources of each"
            " class, and two or more seeds where it is over seeds"
        )

    def along(*drawn: NDArray[Any], axis: int) -> Floats:
        return statistic(*(np.moveaxis(one, axis, -1) for one in drawn))

    result = stats.bootstrap(
        samples,
        along,
        n_resamples=RESAMPLES,
        batch=100,
        vectorized=True,
        confidence_level=CONFIDENCE,
        method=method,
        rng=np.random.default_rng(0),  # the same resamples for every model: a paired comparison
    )
    return result.confidence_interval


def bootstrap_sources(
    statistic: Callable[[Integers], Floats],
    labels: Integers,
    method: Literal["percentile", "basic"] = "percentile",
) -> Any:
    """Return as `bootstrap` the interval of a statistic of sources, resampled within each class.

    Parameters
    ----------
    statistic
        Indices of sources, [..., N] -> [...].
    labels
        Class of each source, [N].
    """
    classes = tuple(np.flatnonzero(labels == c) for c in np.unique(labels))
    return bootstrap(classes, lambda *drawn: statistic(np.concatenate(drawn, axis=-1)), method)


def mean_over_sources(values: Floats, labels: Integers) -> Interval:
    """Return the mean of a quantity over the sources, with its interval.

    Parameters
    ----------
    values
        [N]; a source whose value is NaN (not defined) does not count.
    labels
        Class of each source, [N].

    Raises
    ------
    RadiogazeError
        If a class has fewer than two sources with a value.
    """
    of_class = tuple(values[(labels == c) & np.isfinite(values)] for c in np.unique(labels))

    def statistic(*drawn: Floats) -> Floats:
        total: Floats = np.sum([one.sum(-1) for one in drawn], axis=0)
        return total / sum(one.shape[-1] for one in drawn)

    ends = bootstrap(of_class, statistic)
    return Interval(float(np.concatenate(of_class).mean()), float(ends.low), float(ends.high))


def pairwise_wins(score: Floats, labels: Integers) -> NDArray[np.float64]:
    """Return for each FRI and FRII source how often the FRII one scores higher, over all passes.

    Ties count half. The mean of the matrix is the pooled AUC, which makes the bootstrap cheap.

    Parameters
    ----------
    score
        [passes, N].
    labels
        0 or 1, [N].

    Returns
    -------
    ndarray
        float64 [number of FRI, number of FRII], from 0 to 1.
    """
    return fraction_above(score[:, labels == 0].T, score[:, labels == 1].T)


def fraction_above(low: Floats, high: Floats) -> NDArray[np.float64]:
    """Return how often a score of a row of ``high`` is above one of a row of ``low``.

    Ties count half; [k, m] and [l, n] -> [k, l].
    """
    below = [
        np.searchsorted(row, high, "left") + np.searchsorted(row, high, "right")
        for row in np.sort(low, axis=1)
    ]
    return np.stack(below).mean(-1) / (2 * low.shape[1])


def multiplicities(drawn: Integers, count: int) -> Floats:
    """Return how often each of ``count`` items is in each resample.

    Parameters
    ----------
    drawn
        Indices from 0 to ``count - 1``, [..., n].

    Returns
    -------
    ndarray
        float64 [..., count].
    """
    rows = drawn.reshape(-1, drawn.shape[-1])
    cells = rows + count * np.arange(len(rows))[:, None]
    found = np.bincount(cells.ravel(), minlength=count * len(rows))
    return found.astype(np.float64).reshape(*drawn.shape[:-1], count)
