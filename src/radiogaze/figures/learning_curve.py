"""Learning curves."""

from collections import defaultdict
from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from radiogaze.evaluation.curves import History
from radiogaze.figures import panels
from radiogaze.figures.inputs import FigureInputs, require
from radiogaze.figures.style import COLUMN, PAGE

_ACROSS = 4  # panels beside each other, where there are several variants
_PANEL = 1.15  # inches, the height of one of them


def draw(inputs: FigureInputs) -> Figure:
    """Draw losses by epoch of each seed; a mark where the validation loss was lowest.

    Needs the histories of some training runs, each named ``<variant>/<seed>``. One variant is
    drawn with its validation accuracy, several with a panel each.
    """
    variants: dict[str, dict[str, History]] = defaultdict(dict)
    for name, history in require(inputs.histories, "history").items():
        variant, _, seed = name.partition("/")
        variants[variant][seed] = history
    if len(variants) > 1:
        return _overview(variants)
    return _single(next(iter(variants.values())))


def _single(seeds: Mapping[str, History]) -> Figure:
    figure, ((losses,), (accuracy,)) = panels.grid(2, 1, (COLUMN, 1.25 * COLUMN), sharex=True)
    _losses(losses, seeds)
    for number, history in enumerate(seeds.values()):
        colour = f"C{number}"
        accuracy.plot(history.epoch, history.validation_accuracy, "-", color=colour)
        _mark(accuracy, history, history.validation_accuracy, colour)
    losses.set_ylabel("loss")
    accuracy.set_ylabel("validation accuracy")
    accuracy.set_xlabel("epoch (mark: the model that is kept)")
    figure.legend(loc="outside lower center", fontsize="x-small", frameon=False, ncols=2)
    return figure


def _overview(variants: Mapping[str, Mapping[str, History]]) -> Figure:
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
    figure.supxlabel("epoch (mark: the model that is kept)", fontsize="small")
    return figure


def _losses(axes: Axes, seeds: Mapping[str, History]) -> None:
    """Draw the losses of some seeds, a colour each."""
    for number, (seed, history) in enumerate(seeds.items()):
        colour = f"C{number}"
        axes.plot(history.epoch, history.train_loss, ":", color=colour, label=f"{seed}, training")
        axes.plot(
            history.epoch, history.validation_loss, "-", color=colour, label=f"{seed}, validation"
        )
        _mark(axes, history, history.validation_loss, colour)


def _mark(axes: Axes, history: History, values: np.ndarray, colour: str) -> None:
    """Mark the last epoch that improved."""
    improved = np.flatnonzero(history.improved)
    if len(improved):
        best = improved[-1]
        axes.plot(history.epoch[best], values[best], "o", color=colour, markersize=4)
