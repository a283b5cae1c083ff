"""Our own training over several seeds: mean and spread of a cell, and what to say below a table."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from statistics import fmean, stdev

from radiogaze.tables.cells import Content, Retrained
from radiogaze.tables.columns import Column
from radiogaze.tables.inputs import TableInputs
from radiogaze.tables.metrics import Metrics, Training
from radiogaze.tables.runs import Seed

_SPREAD = (
    "Retrained: the mean over training seeds ± the sample standard deviation (n − 1) over them."
    " The runs share one test set, so more seeds do not average out the choice of its sources:"
    " an interval is the mean of the runs' intervals."
)
_VERDICT = (
    "The paper trained each network once. Against our mean its value may be off by the choice of"
    " test sources and by the randomness of a training, so that for the verdict each half of the"
    " interval is widened, in quadrature, by t s √(1 + 1/n): s is the standard deviation over n"
    " seeds, t Student's 97.5 % point for n − 1 degrees of freedom. With one seed the spread is"
    " not known and nothing is widened."
)
_NO_EVENTS = "No run is flagged, and no initialisation was drawn again."
_PAIRED = (
    "The models of one training seed are averaged first; the mean and the spread are those of the"
    " seeds' averages."
)


def spread(
    column: Column,
    values: Mapping[Seed, float],
    released: Mapping[Seed, float],
    inputs: TableInputs,
) -> Retrained | None:
    """Return what belongs to the mean of a column's ``values`` by training seed.

    Parameters
    ----------
    column
        The variants behind them.
    values, released
        Our own training by seed, and the released weights under None where they are given.
    inputs
        The runs.

    Returns
    -------
    Retrained or None
        None where the table shows no training of our own.
    """
    if not inputs.trained:
        return None
    runs = [inputs.metrics[v.variant][seed] for seed in values for v in column.variants]
    return Retrained(
        seeds=len(values),
        std=stdev(values.values()) if len(values) > 1 else None,
        redraws=sum(training.redraws for _, training in _trainings(runs)),
        released=fmean(released.values()) if released else None,
    )


def describe(content: Content, columns: Sequence[Column], inputs: TableInputs) -> Content:
    """Add what a reader must know of our own training behind a table; nothing otherwise."""
    if not inputs.trained:
        return content
    events = _events(columns, inputs)
    averaged = any(len(column.variants) > 1 for column in columns)
    notes = (
        _SPREAD,
        *((_PAIRED,) if averaged else ()),
        *((_VERDICT,) if inputs.compared else ()),
        _seeds_note(columns, inputs),
        *(() if events else (_NO_EVENTS,)),
    )
    return replace(content, notes=(*content.notes, *notes), events=events)


def _events(columns: Sequence[Column], inputs: TableInputs) -> tuple[str, ...]:
    """Name every training behind a table that was flagged or re-initialised."""
    found = []
    for metrics, training in _trainings(_shown(columns, inputs)):
        happened = list(training.flags)
        if training.redraws:
            times = "once" if training.redraws == 1 else f"{training.redraws} times"
            happened.insert(0, f"initialisation drawn again {times}")
        if happened:
            which = f"{metrics.variant}, seed {training.seed} (epoch {training.epoch} kept)"
            found.append(f"{which}: {'; '.join(happened)}")
    return tuple(found)


def _seeds_note(columns: Sequence[Column], inputs: TableInputs) -> str:
    """List the training seeds behind a table, and where they are not all the same."""
    variants: dict[str, list[str]] = {}
    for metrics, training in _trainings(_shown(columns, inputs)):
        variants.setdefault(metrics.variant, []).append(str(training.seed))
    by_seeds: dict[str, list[str]] = {}
    for name, seeds in variants.items():
        by_seeds.setdefault(", ".join(seeds), []).append(name)
    if len(by_seeds) == 1:
        return f"Training seeds: {next(iter(by_seeds))}."
    usual = max(by_seeds, key=lambda seeds: len(by_seeds[seeds]))
    others = by_seeds.pop(usual)
    sets = "; ".join(
        f"{', '.join(names)}: {seeds}"
        for seeds, names in (*by_seeds.items(), (usual, ["all others"] if others[1:] else others))
    )
    used = [
        f"{column.heading}: {', '.join(str(seed) for seed in column.seeds(inputs.metrics))}"
        for column in columns
        if len(column.variants) > 1
    ]
    note = f"The training seeds differ between variants ({sets})"
    if used:
        return f"{note}; a mean uses only those that all its models have ({'; '.join(used)})."
    return f"{note}."


def _shown(columns: Sequence[Column], inputs: TableInputs) -> list[Metrics]:
    """Return the runs of every variant in a table, each once, in the sheet's order."""
    shown = {v.variant for column in columns for v in column.variants}
    runs = (inputs.metrics.get(name, {}) for name in inputs.sheet if name in shown)
    return [metrics for by_seed in runs for metrics in by_seed.values()]


def _trainings(runs: Sequence[Metrics]) -> list[tuple[Metrics, Training]]:
    return [(metrics, metrics.training) for metrics in runs if metrics.training]
