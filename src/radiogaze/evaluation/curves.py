"""Curves of an evaluation or a training, as figures draw them; see `readers` for their files."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

AT = 100  # labels at which a power law's error is given


@dataclass(frozen=True)
class RocCurve:
    """One receiver operating characteristic; ``false`` and ``true`` positive rates, [K]."""

    false: NDArray[np.float64]
    true: NDArray[np.float64]
    auc: float


@dataclass(frozen=True)
class ReliabilityCurve:
    """A reliability diagram, an entry a bin of equally many sources, [K].

    Attributes
    ----------
    confidence
        Mean probability of the predicted class.
    accuracy, low, high
        Fraction of the sources whose class is predicted, with its 95 % interval.
    ece, ece_if_calibrated
        Expected calibration error, and what a perfectly calibrated network would have on average.
    """

    confidence: NDArray[np.float64]
    accuracy: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    ece: float
    ece_if_calibrated: float


@dataclass(frozen=True)
class History:
    """One training run, an entry an epoch, [E]; ``improved`` is bool."""

    epoch: NDArray[np.int64]
    train_loss: NDArray[np.float64]
    validation_loss: NDArray[np.float64]
    validation_accuracy: NDArray[np.float64]
    improved: NDArray[np.bool_]


@dataclass(frozen=True)
class Band:
    """A quantity by epoch over several training runs, an entry an epoch, [E].

    Attributes
    ----------
    epoch
        Every epoch that a run reached.
    mean
        Over the runs that reached it.
    deviation
        Their sample standard deviation (n - 1); NaN where a single run reached it.
    """

    epoch: NDArray[np.int64]
    mean: NDArray[np.float64]
    deviation: NDArray[np.float64]


def band_over_seeds(histories: Sequence[History], quantity: str) -> Band:
    """Return mean and standard deviation over runs of ``train_loss`` or another of a history.

    Runs may have different numbers of epochs, or none; what is not finite is left out.
    """
    values: dict[int, list[float]] = {}
    for history in histories:
        for epoch, value in zip(history.epoch, getattr(history, quantity), strict=True):
            if np.isfinite(value):
                values.setdefault(int(epoch), []).append(float(value))
    reached = [values[epoch] for epoch in sorted(values)]
    return Band(
        np.array(sorted(values), dtype=np.int64),
        np.array([np.mean(found) for found in reached]),
        np.array([np.std(found, ddof=1) if len(found) > 1 else np.nan for found in reached]),
    )


@dataclass(frozen=True)
class MapCurve:
    """Mean probability of the predicted class as pixels are removed, or put in: [K] each.

    Attributes
    ----------
    fraction
        Of the source's pixels, 0 to 1.
    deletion, insertion
        Without these pixels, and with them alone.
    """

    fraction: NDArray[np.float64]
    deletion: NDArray[np.float64]
    insertion: NDArray[np.float64]


def power_law(
    labels: NDArray[np.float64], error_at_100: float, exponent: float, floor: float
) -> NDArray[np.float64]:
    """Return ``error_at_100 (labels / 100) ** -exponent + floor`` for numbers of labels [K]."""
    return error_at_100 * (labels / AT) ** -exponent + floor
