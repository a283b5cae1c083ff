"""Confusion matrices."""

import numpy as np
import seaborn
from matplotlib.figure import Figure

from radiogaze.errors import RadiogazeError
from radiogaze.figures import panels
from radiogaze.figures.inputs import FigureInputs, require_any
from radiogaze.figures.style import COLUMN, PAGE
from radiogaze.terms import CLASSES


def draw(inputs: FigureInputs) -> Figure:
    """Draw one matrix a model: the share of each true class, and the count over all passes.

    Needs the metrics of some models.
    """
    matrices = require_any(inputs.confusions, "metrics")
    width = COLUMN if len(matrices) == 1 else PAGE
    height = 0.9 * COLUMN if len(matrices) == 1 else PAGE / max(len(matrices), 3) + 0.35
    figure, axes = panels.grid(1, len(matrices), (width, height))
    for ax, (name, counts) in zip(axes[0], matrices.items(), strict=True):
        if not (counts.sum(1) > 0).all():
            raise RadiogazeError(f"{name}: its confusion matrix has a class without sources")
        shares = counts / counts.sum(1, keepdims=True)
        texts = [f"{s:.1%}\n{n:,}" for s, n in zip(shares.flat, counts.flat, strict=True)]
        seaborn.heatmap(
            shares,
            ax=ax,
            annot=np.reshape(texts, shares.shape),
            fmt="",
            cmap="Blues",
            vmin=0,
            vmax=1,
            square=True,
            cbar=False,
            xticklabels=CLASSES,
            yticklabels=CLASSES,
        )
        ax.tick_params(axis="y", labelrotation=0)
        ax.tick_params(length=0, which="both", top=False, right=False)
        ax.set_xlabel("predicted")
        ax.set_title(name, fontsize="small")
    axes[0, 0].set_ylabel("true")
    cells = axes[0, 0].collections[0]
    figure.colorbar(cells, ax=axes, label="share of the true class", aspect=25, pad=0.02)
    return figure
