"""Confusion matrices."""

import numpy as np
import seaborn
from matplotlib.figure import Figure

from radiogaze.errors import RadiogazeError
from radiogaze.figures import panels
from radiogaze.figures.inputs import FigureInputs, require
from radiogaze.figures.style import COLUMN, PAGE
from radiogaze.terms import CLASSES


def draw(inputs: FigureInputs) -> Figure:
    """Draw one matrix a model: the fraction of each true class, and the count over all passes.

    Needs the metrics of some models.
    """
    matrices = require(inputs.confusions, "metrics")
    width = COLUMN if len(matrices) == 1 else PAGE
    height = 0.9 * COLUMN if len(matrices) == 1 else PAGE / max(len(matrices), 3) + 0.35
    figure, axes = panels.grid(1, len(matrices), (width, height))
    for ax, (name, counts) in zip(axes[0], matrices.items(), strict=True):
        if not (counts.sum(1) > 0).all():
            raise RadiogazeError(f"{name}: its confusion matrix has a class without sources")
        fractions = counts / counts.sum(1, keepdims=True)
        texts = [f"{s:.1%}\n{n:,}" for s, n in zip(fractions.flat, counts.flat, strict=True)]
        cells = np.reshape(texts, fractions.shape)
        scale = {"cmap": "Blues", "vmin": 0, "vmax": 1, "square": True, "cbar": False}
        names = {"xticklabels": CLASSES, "yticklabels": CLASSES}
        seaborn.heatmap(fractions, ax=ax, annot=cells, fmt="", **scale, **names)
        ax.tick_params(axis="y", labelrotation=0)
        ax.tick_params(length=0, which="both", top=False, right=False)
        ax.set_xlabel("predicted")
        ax.set_title(name, fontsize="small")
    axes[0, 0].set_ylabel("true")
    colours = axes[0, 0].collections[0]
    figure.colorbar(colours, ax=axes, label="fraction of the true class", aspect=25, pad=0.02)
    return figure
