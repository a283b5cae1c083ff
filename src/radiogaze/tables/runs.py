"""The evaluations behind a table: the runs of each variant, by the seed of their training."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from radiogaze.campaigns.variants import Variant
from radiogaze.errors import RadiogazeError
from radiogaze.tables.metrics import Metrics, read_metrics

Seed = int | None  # of the training; None for released weights
Runs = Mapping[str, Mapping[Seed, Metrics]]  # by variant


def gather(paths: Iterable[Path], sheet: Mapping[str, Variant]) -> Runs:
    """Read several ``metrics.json`` and return them by variant and training seed.

    All are of released weights, one a variant, or all are of our own training, each with
    another seed of a variant.

    Raises
    ------
    RadiogazeError
        If one is faulty or of a variant that is not in the sheet, two are of one variant and
        seed, released weights and our own training are mixed, or the runs of a variant were
        evaluated on other sources or over other passes.
    """
    gathered: dict[str, dict[Seed, Metrics]] = {}
    first = None
    for path in paths:
        metrics = read_metrics(path)
        if metrics.variant not in sheet:
            raise RadiogazeError(
                f"{path}: variant: {metrics.variant} is not in the experiment sheet"
            )
        first = first or metrics
        _check_kind(metrics, first)
        runs = gathered.setdefault(metrics.variant, {})
        _check_run(metrics, runs)
        runs[metrics.training.seed if metrics.training else None] = metrics
    return {name: dict(sorted(runs.items(), key=_by_seed)) for name, runs in gathered.items()}


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
            if seed is not None:
                raise RadiogazeError(
                    f"{metrics.path}: training: --released expects released weights, found seed"
                    f" {seed} of our own training; give it with --metrics"
                )
            if not is_trained(trained):
                raise RadiogazeError(
                    f"{metrics.path}: --released is shown beside our own training, of which"
                    " --metrics gives none; give released weights alone with --metrics"
                )
            for run in trained.get(name, {}).values():
                _check_sources(metrics, run)
    return released


def is_trained(runs: Runs) -> bool:
    """Tell whether runs are of our own training, not of released weights."""
    return any(seed is not None for by_seed in runs.values() for seed in by_seed)


def _check_kind(metrics: Metrics, first: Metrics) -> None:
    """Refuse released weights among our own training, and the reverse."""
    if (metrics.training is None) == (first.training is None):
        return
    kinds = [
        "released weights" if m.training is None else "our own training" for m in (metrics, first)
    ]
    raise RadiogazeError(
        f"{metrics.path}: training: {kinds[0]} of {metrics.variant} among {kinds[1]}"
        f" ({first.path}); beside our own training, give released weights with --released"
    )


def _check_run(metrics: Metrics, runs: Mapping[Seed, Metrics]) -> None:
    """Refuse a run that was read already, or that cannot be averaged with its variant's others."""
    where, name = f"{metrics.path}", metrics.variant
    if metrics.training is None and runs:
        raise RadiogazeError(
            f"{where}: variant: {name} was already read from {runs[None].path}; give one file a"
            " variant"
        )
    if metrics.training and metrics.training.seed in runs:
        seed = metrics.training.seed
        raise RadiogazeError(
            f"{where}: training.seed: seed {seed} of {name} was already read from"
            f" {runs[seed].path}; give one file a seed"
        )
    for other in runs.values():
        _check_sources(metrics, other)
        if metrics.passes != other.passes:
            raise RadiogazeError(
                f"{where}: passes: found {metrics.passes}, expected the {other.passes} of"
                f" {other.path}; evaluate all seeds of {name} alike"
            )


def _check_sources(metrics: Metrics, other: Metrics) -> None:
    """Refuse two runs of a variant that were not tested on the same sources."""
    if metrics.sources != other.sources:
        found, expected = (
            " and ".join(f"{number} {name}" for name, number in m.sources.items())
            for m in (metrics, other)
        )
        raise RadiogazeError(
            f"{metrics.path}: sources: found {found}, expected the {expected} of {other.path};"
            f" evaluate {metrics.variant} on one test set"
        )


def _by_seed(run: tuple[Seed, Metrics]) -> int:
    return run[0] or 0
