"""The results of an evaluation, read strictly from its ``metrics.json``."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from radiogaze.errors import RadiogazeError
from radiogaze.files.reading import reading
from radiogaze.files.schema import validate
from radiogaze.terms import CLASSES, ORDERS

BOTH = "both"
PER_CLASS = ("f1", "precision", "recall")
POOLED = ("accuracy", "auc", "auc_logits")

_ESTIMATE = {
    "type": "object",
    "required": ["value", "low", "high"],
    "properties": {
        key: {"type": "number", "minimum": 0, "maximum": 1} for key in ("value", "low", "high")
    },
}
_BY_CLASS = {
    "type": "object",
    "required": list(CLASSES),
    "properties": dict.fromkeys(CLASSES, _ESTIMATE),
}
_ORDER = {
    "type": "object",
    "required": [*PER_CLASS, *POOLED],
    "properties": dict.fromkeys(PER_CLASS, _BY_CLASS) | dict.fromkeys(POOLED, _ESTIMATE),
}
_COUNT = {"type": "integer", "minimum": 1}
_FROM_ZERO = {"type": "integer", "minimum": 0}
_TRAINING = {
    "type": ["object", "null"],
    "required": ["seed", "epoch", "redraws", "flags"],
    "properties": {
        "seed": {"type": "integer"},
        "epoch": _FROM_ZERO,
        "redraws": _FROM_ZERO,
        "flags": {"type": "array", "items": {"type": "string", "minLength": 1}},
    },
}
# Further keys are welcome: an evaluation may have more than the tables need.
_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["variant", "passes", "seed", "sources", "orders", "provenance"],
    "properties": {
        "variant": {"type": "string"},
        "passes": _COUNT,
        "seed": {"type": "integer"},
        "training": _TRAINING,
        "sources": {
            "type": "object",
            "required": list(CLASSES),
            "properties": dict.fromkeys(CLASSES, _COUNT),
        },
        "orders": {
            "type": "object",
            "required": ["file"],
            "properties": dict.fromkeys(ORDERS, _ORDER),
            "additionalProperties": False,
        },
        "provenance": {
            "type": "object",
            "required": ["commit", "inputs"],
            "properties": {
                "commit": {"type": "string"},
                "inputs": {"type": "object", "additionalProperties": {"type": "string"}},
            },
        },
    },
}


class Estimate(NamedTuple):
    """A metric in [0, 1] with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Training:
    """How a model of our own was trained.

    Parameters
    ----------
    seed
        The seed of the training, not of the evaluation.
    epoch
        The epoch whose weights were kept.
    redraws
        How often a training was re-initialised after vanishing gradients.
    flags
        What went wrong, in words, e.g. ``collapsed``.
    """

    seed: int
    epoch: int
    redraws: int
    flags: tuple[str, ...]


@dataclass(frozen=True)
class Metrics:
    """The evaluation of one model.

    Parameters
    ----------
    training
        How the model was trained, or None for released weights.
    orders
        By order of the test batches (``file`` as published, ``shuffled``, ``single``), then by
        metric and class (``FRI``, ``FRII`` or ``both``).
    commit, inputs
        The commit it was made with, and the digests of what went in, by role.
    """

    path: Path
    variant: str
    passes: int
    seed: int
    sources: Mapping[str, int]
    orders: Mapping[str, Mapping[tuple[str, str], Estimate]]
    commit: str
    inputs: Mapping[str, str]
    training: Training | None = None


def read_metrics(path: Path) -> Metrics:
    """Read and check one ``metrics.json``.

    Raises
    ------
    RadiogazeError
        If the file is missing, is not JSON, or a key is missing or has a value that cannot be:
        one line naming the file and the key.
    """
    with reading(path, "metrics in JSON", "evaluate"):
        found = json.loads(path.read_text("utf-8"), parse_constant=_refuse_constant)
    validate(found, _SCHEMA, str(path))
    orders = {
        order: _estimates(f"{path}: orders.{order}", metrics)
        for order, metrics in found["orders"].items()
    }
    provenance, training = found["provenance"], found.get("training")
    return Metrics(
        path=path,
        orders=orders,
        commit=provenance["commit"],
        inputs=provenance["inputs"],
        training=_training(training) if training else None,
        **{key: found[key] for key in ("variant", "passes", "seed", "sources")},
    )


def _training(found: dict[str, Any]) -> Training:
    """Return how a model was trained; JSON has one kind of number, so 3.0 is the seed 3."""
    seed, epoch, redraws = (int(found[key]) for key in ("seed", "epoch", "redraws"))
    return Training(seed, epoch, redraws, tuple(found["flags"]))


def _estimates(where: str, metrics: dict[str, Any]) -> dict[tuple[str, str], Estimate]:
    """Return the estimates of one order by metric and class."""
    found = {(metric, BOTH): metrics[metric] for metric in POOLED}
    found |= {(metric, name): metrics[metric][name] for metric in PER_CLASS for name in CLASSES}
    estimates = {
        key: Estimate(float(e["value"]), float(e["low"]), float(e["high"]))
        for key, e in found.items()
    }
    for (metric, name), estimate in estimates.items():
        if estimate.low > estimate.high:
            key = metric if name == BOTH else f"{metric}.{name}"
            raise RadiogazeError(f"{where}.{key}: low {estimate.low} is above high {estimate.high}")
    return estimates


def _refuse_constant(name: str) -> None:
    """Refuse NaN and Infinity, which JSON does not know."""
    raise ValueError(f"{name} is no number")
