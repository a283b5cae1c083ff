"""Logits, confusion matrices and histories, read from the files of their steps."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from radiogaze.errors import RadiogazeError
from radiogaze.evaluation.curves import History, MapCurve
from radiogaze.files.reading import reading
from radiogaze.terms import CLASSES


def read_confusion(metrics: Path, order: str) -> NDArray[np.int64]:
    """Return the confusion matrix [2, 2] of a ``metrics.json``, rows true, columns predicted.

    Raises
    ------
    RadiogazeError
        If the file is missing or has no such order.
    """
    expected = f"a confusion matrix of the order {order}"
    with reading(metrics, expected, f"evaluate --order {order}"):
        found = json.loads(metrics.read_text("utf-8"))["orders"][order]["confusion"]
        return np.array(found, dtype=np.int64)


def read_history(path: Path) -> History:
    """Return a training run's history.

    Raises
    ------
    RadiogazeError
        If the file is missing, broken or lacks a column.
    """
    names = ("epoch", "train_loss", "validation_loss", "validation_accuracy", "improved")
    with reading(path, f"the columns {', '.join(names)}", "train"):
        table = pd.read_csv(path)
        numbers = {name: table[name].to_numpy(dtype=float) for name in names[:-1]}
        improved = table["improved"].astype(str).str.lower() == "true"
        return History(**numbers, improved=improved.to_numpy())


def read_map_curves(path: Path) -> dict[str, MapCurve]:
    """Return the mean curves of deletion and insertion, by map.

    Raises
    ------
    RadiogazeError
        If the file is missing, broken or lacks a column.
    """
    names = ("fraction", "deletion", "insertion")
    with reading(path, f"the columns map, {', '.join(names)}", "gaze"):
        maps = pd.read_csv(path).groupby("map", sort=False)
        return {str(map_): MapCurve(*(of[n].to_numpy(float) for n in names)) for map_, of in maps}


def read_frame(path: Path) -> pd.DataFrame:
    """Return the rows of a CSV of measurements.

    Raises
    ------
    RadiogazeError
        If the file is missing, broken or empty.
    """
    with reading(
        path, "rows of measurements", "cross-validate, label-efficiency, doubt or tabulate"
    ):
        return pd.read_csv(path)


def read_numbers(path: Path) -> dict[tuple[str, str], float]:
    """Return the numbers of a table, by variant and metric.

    Raises
    ------
    RadiogazeError
        If the file is missing, broken or lacks a column.
    """
    with reading(path, "the columns variant, metric, ours", "tabulate"):
        table = pd.read_csv(path, dtype=str).set_index(["variant", "metric"])
        numbers = pd.to_numeric(table["ours"], errors="coerce").dropna()
        return dict(zip(numbers.index, numbers, strict=True))


def read_predictions(path: Path, order: str) -> pd.DataFrame:
    """Return what an evaluation found of each source.

    Parameters
    ----------
    path
        ``predictions.csv`` of ``radiogaze evaluate``.
    order
        Of the test batches.

    Returns
    -------
    DataFrame
        By the source's row in the catalogue, in its order: ``label`` (0: FRI, 1: FRII), ``wrong``
        (fraction of the passes), ``margin`` (mean logit FRII - FRI) and ``p`` (mean probability of
        FRII).

    Raises
    ------
    RadiogazeError
        If the file is missing, broken or has no such order, or a source is listed twice, has
        another class or no numbers.
    """
    names = ("index", "order", "class", "misclassification_rate", "logit_mean", "p_frii_mean")
    with reading(path, f"the columns {', '.join(names)}", "evaluate"):
        table = pd.read_csv(path).set_index("index")
        rows = table[table["order"] == order].sort_index()
        if rows.empty:
            raise KeyError(order)
        found = pd.DataFrame(
            {
                "label": (rows["class"] == "FRII").astype(np.int64),
                "wrong": rows["misclassification_rate"].astype(float),
                "margin": rows["logit_mean"].astype(float),
                "p": rows["p_frii_mean"].astype(float),
            }
        )
    known = rows["class"].isin(CLASSES) & ~rows.index.duplicated() & np.isfinite(found["margin"])
    known &= found["wrong"].between(0, 1) & found["p"].between(0, 1)
    if not known.all():
        raise RadiogazeError(
            f"{path}: index {known.idxmin()}: expected each source once, FRI or FRII, with a"
            " misclassification rate and a probability from 0 to 1; make it again with radiogaze"
            " evaluate"
        )
    return found


def read_logits(
    logits: Path, predictions: Path, order: str
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Return the logits [passes, N, 2] and labels [N] of one evaluation; see `read_tested`."""
    values, sources = read_tested(logits, predictions, order)
    return values, sources["label"].to_numpy()


def read_tested(
    logits: Path, predictions: Path, order: str
) -> tuple[NDArray[np.float32], pd.DataFrame]:
    """Return the logits [passes, N, 2] of one evaluation and the rows of its N sources.

    Parameters
    ----------
    logits, predictions
        ``logits.npz`` and ``predictions.csv`` of ``radiogaze evaluate``.
    order
        Of the test batches.

    Returns
    -------
    ndarray
        float32.
    DataFrame
        Their predictions, by the source's row in the catalogue, with ``label`` (0: FRI, 1: FRII).

    Raises
    ------
    RadiogazeError
        If a file is missing, broken or of another evaluation, or a class has no source.
    """
    with (
        reading(logits, f"logits of the order {order}", f"evaluate --order {order}"),
        np.load(logits, allow_pickle=False) as archive,
    ):
        values, index = archive[f"logits_{order}"], archive["index"]
        if not np.isfinite(values).all():
            raise ValueError("one that is no finite number")
    with reading(predictions, "the predictions that belong to the logits", "evaluate"):
        table = pd.read_csv(predictions)
        rows = table[table["order"] == order].set_index("index").reindex(index)
        label = (rows["class"] == "FRII").astype(np.int64)
    if rows["class"].isna().any():
        raise RadiogazeError(f"{predictions}: lacks sources of the logits; evaluate again")
    if label.nunique() < len(CLASSES):
        raise RadiogazeError(f"{predictions}: only one class; expected FRI and FRII sources")
    return values, rows.assign(label=label)
