"""Evaluate one variant on its test set and write the results."""

import json
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import softmax
from torch import nn

from radiogaze.campaigns.variants import Variant
from radiogaze.data.store import Cutouts, ScoredTest
from radiogaze.errors import RadiogazeError
from radiogaze.evaluation.metrics import compute_metrics
from radiogaze.evaluation.predict import EvaluationSettings, predict, predict_unaugmented
from radiogaze.files.atomic import write_frame, write_text
from radiogaze.files.npz import save_arrays
from radiogaze.files.reading import reading
from radiogaze.provenance.record import to_json


@dataclass(frozen=True)
class Evaluation:
    """The results of one evaluation.

    Attributes
    ----------
    metrics
        What ``metrics.json`` holds, without its provenance.
    predictions
        One row a scored source and order of the test batches, summarised over the passes.
    logits
        ``logits_<order>`` float32 [passes, N, 2] of the N scored sources; ``index`` int64 [N],
        their rows in the catalogue.
    """

    metrics: dict[str, Any]
    predictions: pd.DataFrame
    logits: dict[str, NDArray[Any]]


def evaluate(
    variant: Variant,
    model: nn.Module,
    cutouts: Cutouts,
    settings: EvaluationSettings,
    passes: Collection[int],
) -> Evaluation:
    """Classify the test set of a variant over augmented passes.

    Parameters
    ----------
    variant
        A row of the sheet: its data set and its augmentation.
    model
        Its network with trained weights.
    cutouts
        The archive that the variant's data set is a choice of.
    settings, passes
        See :func:`radiogaze.evaluation.predict.predict`.

    Raises
    ------
    RadiogazeError
        If the test set lacks a class, or logits are not finite.
    """
    scored = cutouts.scored_test(variant.dataset)
    images = cutouts.images[cutouts.test.index.to_numpy()]
    settings = replace(settings, augmentation=variant.augmentation)
    augmented = predict(model, images, settings, passes)
    logits, plain = (
        {order: values[:, scored.positions] for order, values in found.items()}
        for found in (augmented, predict_unaugmented(model, images, settings))
    )

    def metrics(found: dict[str, NDArray[np.float32]]) -> dict[str, Any]:
        return {order: compute_metrics(values, scored.labels) for order, values in found.items()}

    return Evaluation(
        metrics={
            "variant": variant.variant,
            "dataset": variant.dataset,
            "passes": len(passes),
            "seed": settings.seed,
            "sources": scored.counts,
            "orders": metrics(logits),
            "unaugmented": metrics(plain),
        },
        predictions=pd.concat([_summarise(scored, order, logits[order]) for order in logits]),
        logits={
            "index": scored.rows["index"].to_numpy(),
            **{f"logits_{order}": values for order, values in logits.items()},
        },
    )


def _summarise(scored: ScoredTest, order: str, logits: NDArray[np.float32]) -> pd.DataFrame:
    """Return one row a source: its passes under one order, summarised."""
    margin = (logits[..., 1] - logits[..., 0]).astype(np.float64)
    return scored.rows[["index", "source_name", "label", "class", "confidence"]].assign(
        order=order,
        p_frii_mean=softmax(logits.astype(np.float64), axis=-1)[..., 1].mean(0),
        misclassification_rate=(logits.argmax(-1) != scored.labels).mean(0),
        logit_mean=margin.mean(0),
        logit_std=margin.std(0),
    )


def summarise_training(path: Path) -> dict[str, Any]:
    """Summarise the training behind some metrics.

    Parameters
    ----------
    path
        The ``result.json`` of a training.

    Returns
    -------
    dict
        ``seed``, ``epoch`` (the selected one; None if the training did not converge), ``redraws``
        of an initialisation with a vanishing gradient, and ``flags``: everything that went wrong,
        in words.

    Raises
    ------
    RadiogazeError
        If the file is missing or not such a result.
    """
    with reading(path, "the result of a training", "train"):
        result = json.loads(path.read_text("utf-8"))
        flags = [name for name in ("vanishing_gradient", "collapsed") if result[name]]
        selected, where = result["selected"], result["not_finite"]
        if where:
            flags.append(f"{where['loss']} loss not finite in epoch {where['epoch']}")
        return {
            "seed": result["seed"],
            "epoch": selected and selected["epoch"],
            "redraws": result["redraws"],
            "flags": [flag.replace("_", " ") for flag in flags],
        }


def check_unseen(training: Path, images: str, cutouts: Cutouts) -> None:
    """Refuse to test a network on sources that it was trained or validated on.

    Parameters
    ----------
    training
        The ``result.json`` of the training, with its ``split.csv`` beside it; without that nothing
        is checked.
    images
        Digest of the images; of other images nothing is checked.
    cutouts
        With the test set, that of a fold if it is one.

    Raises
    ------
    RadiogazeError
        If a test source is among those of the training, or a file is broken.
    """
    listed = training.with_name("split.csv")
    if not listed.is_file():
        return
    with reading(training, "the result of a training", "train"):
        made_from = json.loads(training.read_text("utf-8"))["provenance"]
        if made_from["inputs"]["images"] != images:
            return
    with reading(listed, "the split of a training", "train"):
        split = pd.read_csv(listed).set_index("index")["split"]
    seen = cutouts.test.index.intersection(split.index[split != "unlabelled"])
    if len(seen):
        fold = made_from["settings"].get("fold")
        raise RadiogazeError(
            f"{training}: {len(seen)} of {len(cutouts.test)} test sources were trained or"
            f" validated on; expected the --catalogue of the training, and"
            f" {'no --fold' if fold is None else f'--fold {fold}'}"
        )


def write_evaluation(
    evaluation: Evaluation,
    provenance: dict[str, Any],
    *,
    metrics: Path,
    predictions: Path,
    logits: Path,
) -> None:
    """Write ``metrics.json``, ``predictions.csv`` and ``logits.npz``, each whole or not at all.

    In ``predictions.csv`` the logit is the difference FRII - FRI; its mean and standard deviation
    are over the passes.

    Raises
    ------
    RadiogazeError
        If a file cannot be written.
    """
    save_arrays(logits, evaluation.logits)
    write_frame(evaluation.predictions, predictions)
    write_text(to_json({**evaluation.metrics, "provenance": provenance}), metrics)
