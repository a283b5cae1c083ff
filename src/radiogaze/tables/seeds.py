"""Our own training over several seeds: mean and spread of a cell, and notes below a table."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from statistics import fmean, stdev

from radiogaze.tables.cells import Content, Retrained
from radiogaze.tables.columns import Column
from radiogaze.tables.inputs import TableInputs
from radiogaze.tables.runs import Metrics, Seed, is_trained

_SPREAD = (
    "Retrained: the mean over training seeds ± the sample standard deviation (n − 1) over them."
    " The runs share one test set, so more seeds do not average out the choice of its sources:"
    " an interval is the mean of the runs' intervals."
)
_VERDICT = (
    "The paper trained each network once. For the verdict its value may differ from our mean as"
    " one more training would, by t s √(1 + 1/n) (the CSV's margin): s is the standard deviation"
    " over n seeds, t Student's 97.5 % point for n − 1 degrees of freedom. With one seed the"
    " spread is not known, and only equal numbers have a verdict."
)
_NO_EVENTS = "No run is flagged, and none was re-initialised."
_PAIRED = (
    "The models of one training seed are averaged first; the mean and the spread are those of the"
    " seeds' averages, over the seeds that all models of a mean have."
)


def spread(
    column: Column,
    values: Mapping[Seed, float],
    released: Sequence[float],
    inputs: TableInputs,
    folds: Sequence[float] = (),
) -> Retrained | None:
    """Return what belongs to the mean of a column's ``values`` by training seed.

    Parameters
    ----------
    column
        The variants behind them.
    values, released
        Our own training by seed, and the released weights where they are given.
    inputs
        The runs.
    folds
        The same of each fold of a cross-validation.

    Returns
    -------
    Retrained or None
        None where the table shows no training of our own.
    """
    if not is_trained(inputs.metrics):
        return None
    runs = [inputs.metrics[v.variant][seed] for seed in values for v in column.variants]
    return Retrained(
        seeds=len(values),
        diverged=len(column.seeds(inputs.metrics)) - len(column.converged(inputs.metrics)),
        std=stdev(values.values()) if len(values) > 1 else None,
        redraws=sum(run.training.redraws for run in runs if run.training),
        released=fmean(released) if released else None,
        values=tuple(values.values()),
        folds=tuple(folds),
    )


def shown(columns: Sequence[Column], inputs: TableInputs) -> list[Metrics]:
    """Return the runs of every variant in a table, each once, in the sheet's order."""
    names = {v.variant for column in columns for v in column.variants}
    runs = (inputs.metrics.get(name, {}) for name in inputs.sheet if name in names)
    return [metrics for by_seed in runs for metrics in by_seed.values()]


def describe(content: Content, columns: Sequence[Column], inputs: TableInputs) -> Content:
    """Add what a reader must know of our own training behind a table; nothing otherwise."""
    if not is_trained(inputs.metrics):
        return content
    runs = shown(columns, inputs)
    events = tuple(filter(None, map(_event, runs)))
    notes = [_SPREAD]
    notes += [_PAIRED] * any(len(column.variants) > 1 for column in columns)
    notes += [_VERDICT] * inputs.compared
    notes += [_seeds_note(runs), *([] if events else [_NO_EVENTS])]
    return replace(content, notes=(*content.notes, *notes), events=events)


def _event(run: Metrics) -> str:
    """Name a training that was flagged or re-initialised, else return nothing."""
    if not run.training or not (run.training.flags or run.training.redraws):
        return ""
    times, epoch = run.training.redraws, run.training.epoch
    happened = [f"re-initialised {'once' if times == 1 else f'{times} times'}"] if times else []
    became = "did not converge, in no mean" if epoch is None else f"epoch {epoch} kept"
    which = f"{run.variant}, seed {run.training.seed} ({became})"
    return f"{which}: {'; '.join([*happened, *run.training.flags])}"


def _seeds_note(runs: Sequence[Metrics]) -> str:
    """List the training seeds behind a table, and where they are not all the same."""
    by_variant: dict[str, list[str]] = {}
    for run in runs:
        by_variant.setdefault(run.variant, []).append(str(run.training and run.training.seed))
    by_seeds: dict[str, list[str]] = {}
    for name, seeds in by_variant.items():
        by_seeds.setdefault(", ".join(seeds), []).append(name)
    if len(by_seeds) == 1:
        return f"Training seeds: {next(iter(by_seeds))}."
    listed = "; ".join(f"{', '.join(names)}: {seeds}" for seeds, names in by_seeds.items())
    return f"The training seeds differ between variants ({listed})."
