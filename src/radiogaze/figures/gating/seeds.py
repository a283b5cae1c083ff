"""Attention by seed: whether a map is a property of the method or of the training's seed."""

from collections.abc import Mapping
from typing import TypeVar

import numpy as np
from matplotlib.figure import Figure

from radiogaze.attention.seeds import correlate_seeds, seed_spread
from radiogaze.attention.storage import Aggregate, Examples
from radiogaze.errors import RadiogazeError
from radiogaze.figures import panels
from radiogaze.figures.gating.tiles import NORMALISATIONS, Model, draw_array
from radiogaze.figures.inputs import FigureInputs, by_variant, require, require_single
from radiogaze.figures.style import PAGE
from radiogaze.terms import CLASSES

M = TypeVar("M", Examples, Aggregate)

_BESIDE = 5  # seeds, up to which both classes fit beside each other
_LABELS = 0.9  # inches, the height of what is above and below the maps


def draw_spread(inputs: FigureInputs) -> Figure:
    """Draw the mean over seeds of the mean attention, its standard deviation, and every seed's.

    Needs the aggregates of one model, two or more seeds of it, each named ``<variant>/<seed>``.
    """
    seeds = require_single(_complete(inputs.aggregates, "aggregate"), "aggregate")
    across = -(-len(seeds) // 2)
    height = PAGE / (4 + across + 1.5)  # of a small panel
    figure = Figure(figsize=(PAGE, 4 * height + 0.5), layout="constrained")
    cells = figure.add_gridspec(4, 4 + across)
    for top, name in zip((0, 2), CLASSES, strict=True):
        mean, deviation = (figure.add_subplot(cells[top : top + 2, n : n + 2]) for n in (0, 2))
        of_mean, of_deviation = seed_spread(list(seeds.values()), name)
        panels.colour_bar(mean, panels.attention(mean, of_mean))
        panels.colour_bar(deviation, panels.attention(deviation, of_deviation, vmin=0))
        mean.set_ylabel(name)
        if not top:
            mean.set_title(f"mean of {len(seeds)} seeds")
            deviation.set_title("standard deviation")
        for number, (seed, one) in enumerate(seeds.items()):
            row, column = divmod(number, across)
            small = figure.add_subplot(cells[top + row, 4 + column])
            panels.tile(small, one.maps[one.index(name)])
            panels.label(small, panels.checkpoint_title(seed))
    return figure


def draw_examples(inputs: FigureInputs) -> Figure:
    """Draw Figure 5 by seed: maps of (i) an FRI and (ii) an FRII source.

    Needs the examples of some models, two or more seeds each, named ``<variant>/<seed>``.
    """
    return _draw_by_seed(_complete(inputs.examples, "examples"))


def draw_aggregates(inputs: FigureInputs) -> Figure:
    """Draw Figure 13 by seed: mean maps in (i) FRI and (ii) FRII.

    Needs the aggregates of some models, two or more seeds each, named ``<variant>/<seed>``.
    """
    return _draw_by_seed(_complete(inputs.aggregates, "aggregate"))


def _draw_by_seed(methods: Mapping[str, Mapping[str, Model]]) -> Figure:
    """Draw an array of maps a class, methods down and seeds across, with their correlations."""
    models = [list(seeds.values()) for seeds in methods.values()]
    maps = np.array([[[m.maps[m.index(c)] for m in row] for row in models] for c in CLASSES])
    found = correlate_seeds(maps)
    kinds = [row[0].about["normalisation"] for row in models]
    labels = [NORMALISATIONS.get(kind, kind) for kind in kinds]
    seeds = [panels.checkpoint_title(seed) for seed in next(iter(methods.values()))]
    beside = len(seeds) <= _BESIDE
    height = len(models) * PAGE / (len(seeds) * (1 + beside) + 1.4) + _LABELS
    figure = Figure(figsize=(PAGE, height * (2 - beside) + 0.2), layout="constrained")
    rows, columns = (1, 2) if beside else (2, 1)
    parts = figure.subfigures(rows, columns, wspace=0.02, squeeze=False).flat
    for n, (part, name, number) in enumerate(zip(parts, CLASSES, ("(i)", "(ii)"), strict=True)):
        draw_array(
            part,
            f"{number} {name}",
            maps[n],
            [f"{k}\n{_text(r)}" for k, r in zip(labels, found.by_method[n], strict=True)],
            [f"{s}\n{_text(r)}" for s, r in zip(seeds, found.by_seed[n], strict=True)],
        )
    figure.supxlabel(
        f"mean correlation of two maps: one method, different seeds {_text(found.same_method)};"
        f" one seed, different methods {_text(found.same_seed)};"
        f" both different {_text(found.neither)}",
        fontsize="small",
    )
    return figure


def _text(correlation: float) -> str:
    """Write a correlation; a dash where there is none."""
    return f"$r = {correlation:z.2f}$" if np.isfinite(correlation) else "$r$ –"


def _complete(named: Mapping[str, M], option: str) -> dict[str, dict[str, M]]:
    """Return models by variant and seed.

    Raises
    ------
    RadiogazeError
        If there is none, or not the same two or more seeds of every variant.
    """
    methods = by_variant(require(named, option))
    one, *others = [list(seeds) for seeds in methods.values()]
    if len(one) == 1 or any(seeds != one for seeds in others):
        listed = "; ".join(f"{name}: {', '.join(seeds)}" for name, seeds in methods.items())
        raise RadiogazeError(
            f"--{option}: expected the same seeds of every variant, two or more, each named"
            f" <variant>/<seed>; found {listed}"
        )
    return methods
