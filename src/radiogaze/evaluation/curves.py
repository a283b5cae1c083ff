"""Confusion matrices and histories, read from the files that figures are drawn from."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from radiogaze.errors import RadiogazeError
from radiogaze.figures.inputs import History


def read_confusion(metrics: Path, order: str) -> NDArray[np.int64]:
    """Return the confusion matrix [2, 2] of a ``metrics.json``, rows true, columns predicted.

    Raises
    ------
    RadiogazeError
        If the file is missing or has no such order.
    """
    try:
        found = json.loads(metrics.read_text("utf-8"))["orders"][order]["confusion"]
    except FileNotFoundError:
        raise RadiogazeError(f"{metrics}: no such file; make it with radiogaze evaluate") from None
    except (ValueError, LookupError, TypeError):
        raise RadiogazeError(
            f"{metrics}: no confusion matrix of the order {order}; make it with radiogaze evaluate"
            f" --order {order}"
        ) from None
    return np.array(found, dtype=np.int64)


def read_history(path: Path) -> History:
    """Return a training run's history.

    Raises
    ------
    RadiogazeError
        If the file is missing, broken or lacks a column.
    """
    names = ("epoch", "train_loss", "validation_loss", "validation_accuracy", "improved")
    try:
        table = pd.read_csv(path)
        numbers = {name: table[name].to_numpy(dtype=float) for name in names[:-1]}
        improved = table["improved"].astype(str).str.lower() == "true"
        return History(**numbers, improved=improved.to_numpy())
    except FileNotFoundError:
        raise RadiogazeError(f"{path}: no such file; make it with radiogaze train") from None
    except (ValueError, KeyError) as error:
        reason = str(error).split("\n")[0]
        raise RadiogazeError(
            f"{path}: expected the columns {', '.join(names)}, found: {reason}"
        ) from None
