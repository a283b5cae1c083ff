"""Curves of an evaluation or a training, as figures draw them; see `readers` for their files."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


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
