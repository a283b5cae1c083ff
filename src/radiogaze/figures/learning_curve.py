"""Learning curves."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from radiogaze.evaluation.curves import History, band_over_seeds
from radiogaze.figures import panels
from radiogaze.figures.inputs import FigureInputs, by_variant, require
from radiogaze.figures.style import COLUMN, PAGE

_ACROSS = 4  # panels beside each other, where there are several variants
_PANEL = 1.15  # inches, the height of one of them
# Quantity -> its name, colour and line.
_LOSSES = {
    "train_loss": ("training", "C1", ":"),
    "validation_loss": ("validation", "C0", "-"),
}
# A line through one point is invisible: of a single epoch a dot or a dash, as the lines are.
_LONE = {":": ".", "-": "_"}
_BAND = 0.25
_THIN: dict[str, Any] = {"linewidth": 0.3, "alpha": 0.6}


def draw(inputs: FigureInputs) -> Figure:
    """Draw losses by epoch; a mark where the validation loss of a seed was lowest.

    Several seeds are drawn as their mean, shaded by their standard deviation, over thin lines of
    each. Needs the histories of some training runs, each named ``<variant>/<seed>``. One variant is
    drawn with its validation accuracy, several with a panel each.
    """
    variants = {
        variant: list(seeds.values())
        for variant, seeds in by_variant(require(inputs.histories, "history")).items()
    }
    if len(variants) > 1:
        return _overview(variants)
    return _single(next(iter(variants.values())))


def _single(seeds: Sequence[History]) -> Figure:
    figure, ((losses,), (accuracy,)) = panels.grid(2, 1, (COLUMN, 1.25 * COLUMN), sharex=True)
    _losses(losses, seeds)
    _curve(accuracy, seeds, "validation_accuracy", "validation", "C0", "-")
    _marks(accuracy, seeds, "validation_accuracy")
    losses.set_ylabel("loss")
    accuracy.set_ylabel("validation accuracy")
    accuracy.set_xlabel("epoch (mark: lowest validation loss)")
    panels.legend_below(figure)
    return figure


def _overview(variants: Mapping[str, Sequence[History]]) -> Figure:
    rows = -(-len(variants) // _ACROSS)
    figure, grid = panels.grid(rows, _ACROSS, (PAGE, _PANEL * rows + 0.4))
    axes = list(np.ravel(grid))
    for panel, (variant, seeds) in zip(axes, variants.items(), strict=False):
        _losses(panel, seeds)
        panel.set_title(variant, fontsize="xx-small")
        panel.tick_params(labelsize="xx-small")
    for empty in axes[len(variants) :]:
        empty.set_axis_off()
    figure.supylabel("loss (dotted: training, solid: validation)", fontsize="small")
    figure.supxlabel("epoch (mark: lowest validation loss)", fontsize="small")
    return figure


def _losses(axes: Axes, seeds: Sequence[History]) -> None:
    """Draw the losses of a variant, and say how many of its seeds finished no epoch."""
    for quantity, look in _LOSSES.items():
        _curve(axes, seeds, quantity, *look)
    _marks(axes, seeds, "validation_loss")
    empty = sum(not len(history.epoch) for history in seeds)
    if empty:
        text = f"{empty} of {len(seeds)} without an epoch"
        axes.text(
            0.97, 0.95, text, transform=axes.transAxes, ha="right", va="top", fontsize="xx-small"
        )


def _curve(
    axes: Axes, seeds: Sequence[History], quantity: str, name: str, colour: str, line: str
) -> None:
    """Draw one quantity of a variant: its mean over seeds, their spread, and each seed."""
    band = band_over_seeds(seeds, quantity)
    lone = len(band.epoch) == 1
    marker = _LONE[line] if lone else ""
    axes.plot(band.epoch, band.mean, line, color=colour, label=name, marker=marker)
    if lone:
        axes.set_xticks(band.epoch)
    if len(seeds) > 1:
        low, high = band.mean - band.deviation, band.mean + band.deviation
        axes.fill_between(band.epoch, low, high, color=colour, alpha=_BAND, linewidth=0)
        for history in seeds:
            axes.plot(history.epoch, getattr(history, quantity), color=colour, **_THIN)


def _marks(axes: Axes, seeds: Sequence[History], quantity: str) -> None:
    """Mark the last epoch that improved, of each seed."""
    for history in seeds:
        improved = np.flatnonzero(history.improved)
        if len(improved):
            best = improved[-1]
            value = getattr(history, quantity)[best]
            axes.plot(history.epoch[best], value, "o", color="C0", markersize=2.5)
