"""Reliability diagrams: how often a network is right beside how sure it is."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from radiogaze.figures import panels
from radiogaze.figures.inputs import FigureInputs, require
from radiogaze.figures.style import COLUMN, PAGE

_MOST = 1 - 1e-6  # what is surer is drawn here
_SURE = 1 / (1 + np.exp(-np.linspace(0, 14, 100)))
_TICKS = {0.5: "0.5", 0.9: "0.9", 0.99: "0.99", 0.999: "", 1 - 1e-4: "$1-10^{-4}$", 1 - 1e-5: ""}
_FEW = 4  # panels that fit a column, two in a row


def draw(inputs: FigureInputs) -> Figure:
    """Draw the reliability diagrams of some models, a panel each.

    Needs the logits and predictions of some models.
    """
    curves = require(inputs.reliabilities, "logits")
    width, columns = (COLUMN, 2) if len(curves) <= _FEW else (PAGE, 4)
    rows = -(-len(curves) // columns)
    height = width * (0.06 + 1.08 * rows / columns)
    figure, axes = panels.grid(rows, columns, (width, height), sharex=True, sharey=True)
    for ax in axes.ravel()[len(curves) :]:
        ax.set_visible(False)
    for ax in axes.ravel()[: len(curves)][-columns:]:
        ax.tick_params(labelbottom=True)  # also above one that is hidden
    for ax, (name, curve) in zip(axes.ravel(), curves.items(), strict=False):
        bars = np.stack([curve.accuracy - curve.low, curve.high - curve.accuracy])
        ax.plot(_SURE, _SURE, color="0.7", linewidth=0.6, zorder=0)
        sure = np.minimum(curve.confidence, _MOST)
        ax.errorbar(sure, curve.accuracy, bars, fmt="o", ms=2.5, lw=0.6, color="C0")
        ax.set_xscale("logit")
        ax.set(xlim=(0.4, 1 - 3e-7), ylim=(-0.02, 1.02), box_aspect=1)
        ax.set_xticks([*_TICKS], [*_TICKS.values()])
        ax.xaxis.set_minor_locator(NullLocator())
        by_chance = f"ECE {curve.ece:.3f}, by chance {curve.ece_if_calibrated:.3f}"
        ax.set_title(f"{name}\n{by_chance}", fontsize="x-small")
    figure.supxlabel("mean probability of the predicted class", fontsize="small")
    figure.supylabel("fraction predicted right", fontsize="small")
    return figure
