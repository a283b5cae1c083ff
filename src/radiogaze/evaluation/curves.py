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
class History:
    """One training run, an entry an epoch, [E]; ``improved`` is bool."""

    epoch: NDArray[np.int64]
    train_loss: NDArray[np.float64]
    validation_loss: NDArray[np.float64]
    validation_accuracy: NDArray[np.float64]
    improved: NDArray[np.bool_]
