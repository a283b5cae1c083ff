"""How the primary model learns by the recipe of the sheet and by others."""

from itertools import zip_longest

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from radiogaze.evaluation.curves import History
from radiogaze.figures import panels
from radiogaze.figures.inputs import FigureInputs, by_variant, require
from radiogaze.figures.style import COLUMN

_QUANTITIES = ("validation_loss", "validation_accuracy")


def draw(inputs: FigureInputs) -> Figure:
    """Draw validation loss and accuracy by epoch: a colour a variant, a thin line a seed.

    Needs the histories of some training runs, each named ``<variant>/<run>``. The thick line is
    the mean over the seeds, as far as all of them go.
    """
    variants = by_variant(require(inputs.histories, "history"))
    figure, grid = panels.grid(2, 1, (COLUMN, 1.4 * COLUMN), sharex=True)
    for axes, quantity in zip(grid[:, 0], _QUANTITIES, strict=True):
        for number, (variant, seeds) in enumerate(variants.items()):
            _curves(axes, list(seeds.values()), quantity, f"C{number}", variant)
        axes.set_ylabel(quantity.replace("_", " "))
    axes.set_xlabel("epoch")
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower left", fontsize="x-small", frameon=False)
    return figure


def _curves(axes: Axes, histories: list[History], quantity: str, colour: str, variant: str) -> None:
    longest = max((history.epoch for history in histories), key=len)
    values = (getattr(history, quantity) for history in histories)
    seeds = np.array(list(zip_longest(*values, fillvalue=np.nan)))  # [epoch, seed]
    seeds = seeds.reshape(-1, len(histories))  # where none has an epoch
    axes.plot(longest, seeds, color=colour, linewidth=0.5, alpha=0.5)
    axes.plot(longest, seeds.mean(axis=1), color=colour, linewidth=1.5, label=variant)
