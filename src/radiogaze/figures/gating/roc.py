"""Receiver operating characteristics."""

from matplotlib.figure import Figure

from radiogaze.figures import panels
from radiogaze.figures.inputs import FigureInputs, require
from radiogaze.figures.style import COLUMN

LINES = {"logits": "-", "as published": ":"}


def draw(inputs: FigureInputs) -> Figure:
    """Draw the curves of some models, ranking by the logits and by the published score.

    Needs the logits and predictions of some models. FRII is the positive class.
    """
    figure, ((ax,),) = panels.grid(1, 1, (COLUMN, 1.15 * COLUMN))
    for number, (name, curves) in enumerate(require(inputs.rocs, "logits").items()):
        for score, curve in curves.items():
            label, style = f"{name}, {score}: {curve.auc:.3f}", LINES[score]
            ax.plot(curve.false, curve.true, style, color=f"C{number}", label=label, lw=1.1)
    ax.plot([0, 1], [0, 1], color="0.7", linewidth=0.6, zorder=0)
    ax.set(xlim=(0, 1), ylim=(0, 1.005), aspect="equal")
    ax.set_xlabel("false positive rate (FRI called FRII)")
    ax.set_ylabel("true positive rate (FRII called FRII)")
    figure.legend(
        loc="outside lower center", fontsize="x-small", title="area under the curve", frameon=False
    )
    return figure
