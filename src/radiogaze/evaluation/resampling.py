"""Bootstrap over the test sources: the interval of a small test set.

The passes of one source are not independent of each other, the sources are: what is resampled is
always whole sources, and within each class, because the test files have fixed numbers of each.
"""

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

RESAMPLES = 2000
CONFIDENCE = 0.95

Floats = NDArray[np.floating[Any]]
Integers = NDArray[np.int64]


class Interval(NamedTuple):
    """An estimate with its 95 % interval."""

    value: float
    low: float
    high: float


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
        As ``scipy.stats.bootstrap`` calls it with ``vectorized=True``: arrays [..., n] and the
        ``axis`` of n to one number for each resample, [..., B].
    method
        ``basic`` for a statistic that resampling moves to one side: it moves the interval back.

    Returns
    -------
    ConfidenceInterval
        ``low`` and ``high``, of the statistic's shape without B.
    """
    result = stats.bootstrap(
        samples,
        statistic,
        n_resamples=RESAMPLES,
        batch=100,
        vectorized=True,
        confidence_level=CONFIDENCE,
        method=method,
        rng=np.random.default_rng(0),  # the same resamples for every model: a paired comparison
    )
    return result.confidence_interval


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
