"""The evaluations behind a table: the runs of each variant, by the seed of their training."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from radiogaze.campaigns.variants import Variant
from radiogaze.errors import RadiogazeError
from radiogaze.files.reading import reading
from radiogaze.files.schema import load_schema, validate
from radiogaze.terms import BOTH, CLASSES

PER_CLASS = ("f1", "precision", "recall")
POOLED = ("accuracy", "auc", "auc_logits")


class Estimate(NamedTuple):
    """A metric in [0, 1], its 95 % interval over test sources, its standard error over passes."""

    value: float
    low: float
    high: float
    monte_carlo: float | None


@dataclass(frozen=True)
class Training:
    """How a model of our own was trained.

    Parameters
    ----------
    seed
        The seed of the training, not of the evaluation.
    epoch
        The epoch whose weights were kept, or None if the training did not converge.
    redraws
        How often a training was re-initialised after vanishing gradients.
    flags
        What went wrong, in words, e.g. ``collapsed``.
    """

    seed: int
    epoch: int | None
    redraws: int
    flags: list[str]


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
    commit
        The commit it was made with.
    fold
        Of the cross-validation whose test set it is, or None.
    """

    path: Path
    variant: str
    passes: int
    seed: int
    sources: Mapping[str, int]
    orders: Mapping[str, Mapping[tuple[str, str], Estimate]]
    commit: str
    training: Training | None = None
    fold: int | None = None

    @property
    def converged(self) -> bool:
        """Whether it counts in a mean: it has released weights, or its training converged."""
        return self.training is None or self.training.epoch is not None


Seed = int | None  # of the training; None for released weights
Runs = Mapping[str, Mapping[Seed, Metrics]]  # by variant


def name_run(variant: str, seed: Seed) -> str:
    """Name a run as the options of ``radiogaze tabulate`` do: ``<variant>/released`` or seed."""
    return f"{variant}/{'released' if seed is None else f'seed-{seed}'}"


def load_metrics(path: Path) -> dict[str, Any]:
    """Return the content of one ``metrics.json``.

    Raises
    ------
    RadiogazeError
        If the file is missing, is not JSON, or a key is missing or has a value that cannot be:
        one line naming the file and the key.
    """
    with reading(path, "metrics in JSON", "evaluate"):
        found: dict[str, Any] = json.loads(path.read_text("utf-8"), parse_constant=_refuse)
    validate(found, load_schema("metrics"), str(path))
    return found


def _refuse(name: str) -> None:
    """Refuse NaN and Infinity, which are not JSON."""
    raise ValueError(f"{name} is no number")


def read_metrics(path: Path) -> Metrics:
    """Read one ``metrics.json``; raises as :func:`load_metrics`."""
    found = load_metrics(path)
    training = found.get("training")
    return Metrics(
        path=path,
        orders={order: _estimates(metrics) for order, metrics in found["orders"].items()},
        commit=found["provenance"]["commit"],
        fold=found["provenance"].get("settings", {}).get("fold"),
        training=training and Training(*map(training.get, ("seed", "epoch", "redraws", "flags"))),
        **{key: found[key] for key in ("variant", "passes", "seed", "sources")},
    )


def _estimates(metrics: dict[str, Any]) -> dict[tuple[str, str], Estimate]:
    """Return the estimates of one order by metric and class."""
    found = {(metric, BOTH): metrics[metric] for metric in POOLED}
    found |= {(metric, name): metrics[metric][name] for metric in PER_CLASS for name in CLASSES}
    return {key: Estimate(*map(one.get, Estimate._fields)) for key, one in found.items()}


def gather(paths: Iterable[Path], sheet: Mapping[str, Variant]) -> Runs:
    """Read several ``metrics.json`` and return them by variant and training seed.

    All are of released weights, one a variant, or all are of our own training, each with
    another seed of a variant.

    Raises
    ------
    RadiogazeError
        If one is faulty, of a fold or of a variant that is not in the sheet, two are of one variant
        and seed, released weights and our own training are mixed, or the runs of a variant were
        evaluated on other sources or over other passes.
    """
    gathered: dict[str, dict[Seed, Metrics]] = {}
    kinds: dict[bool, Metrics] = {}
    for metrics in map(read_metrics, paths):
        if metrics.variant not in sheet:
            raise RadiogazeError(
                f"{metrics.path}: variant: {metrics.variant} is not in the experiment sheet"
            )
        if metrics.fold is not None:
            raise RadiogazeError(
                f"{metrics.path}: evaluation of fold {metrics.fold}, expected one of the test"
                " split; give those of folds with --folds"
            )
        runs = gathered.setdefault(metrics.variant, {})
        seed = metrics.training.seed if metrics.training else None
        if seed in runs:
            raise RadiogazeError(
                f"{metrics.path}: {metrics.variant}{'' if seed is None else f', seed {seed},'} was"
                f" already read from {runs[seed].path}; give one file a run"
            )
        kinds.setdefault(seed is None, metrics)
        if len(kinds) > 1:
            raise RadiogazeError(
                f"{kinds[True].path}: training: released weights of {kinds[True].variant} among"
                f" our own training ({kinds[False].path}); give released weights with --released"
            )
        for other in runs.values():
            _check_alike(metrics, other, "passes", "sources")
        runs[seed] = metrics
    return {
        name: dict(sorted(runs.items(), key=lambda run: run[0] or 0))
        for name, runs in gathered.items()
    }


def gather_released(paths: Iterable[Path], sheet: Mapping[str, Variant], trained: Runs) -> Runs:
    """Read the ``metrics.json`` of the released weights to show beside our own training.

    Raises
    ------
    RadiogazeError
        As for ``gather``, or if one is of our own training, there is no training to set it
        beside, or it was evaluated on other test sources than the training.
    """
    released = gather(paths, sheet)
    for name, runs in released.items():
        for seed, metrics in runs.items():
            if seed is not None or not is_trained(trained):
                raise RadiogazeError(
                    f"{metrics.path}: --released expects released weights, to show beside our own"
                    " training of --metrics; give all of one kind with --metrics"
                )
            for run in trained.get(name, {}).values():
                _check_alike(metrics, run, "sources")
    return released


def gather_folds(
    paths: Iterable[Path], sheet: Mapping[str, Variant]
) -> Mapping[str, Sequence[Metrics]]:
    """Read the ``metrics.json`` of folds and return them by variant.

    Raises
    ------
    RadiogazeError
        If one is faulty, of a variant that is not in the sheet, or not of a fold, or two are of
        one fold of a variant.
    """
    folds: dict[str, list[Metrics]] = {}
    for path in paths:
        metrics = read_metrics(path)
        if metrics.variant not in sheet or metrics.fold is None:
            raise RadiogazeError(
                f"{path}: expected the evaluation of one fold of a variant of the experiment sheet,"
                f" found {metrics.variant}, fold {metrics.fold}; evaluate with --fold"
            )
        found = folds.setdefault(metrics.variant, [])
        if same := [other for other in found if other.fold == metrics.fold]:
            raise RadiogazeError(
                f"{path}: {metrics.variant}, fold {metrics.fold}, was already read from"
                f" {same[0].path}; give one file a fold"
            )
        found.append(metrics)
    return folds


def is_trained(runs: Runs) -> bool:
    """Tell whether runs are of our own training, not of released weights."""
    return any(seed is not None for by_seed in runs.values() for seed in by_seed)


def _check_alike(metrics: Metrics, other: Metrics, *keys: str) -> None:
    """Refuse two runs of a variant that cannot be averaged or compared."""
    for key in keys:
        found, expected = getattr(metrics, key), getattr(other, key)
        if found != expected:
            raise RadiogazeError(
                f"{metrics.path}: {key}: found {found}, expected the {expected} of {other.path};"
                f" evaluate all runs of {metrics.variant} alike"
            )
