"""Attention maps beside Grad-CAM."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from radiogaze.attention.storage import Explanations
from radiogaze.figures import panels
from radiogaze.figures.inputs import FigureInputs, require
from radiogaze.figures.style import PAGE

COLUMNS = 6  # at most
MOST = 12  # images on a page
ROWS = ("source", "attention", "Grad-CAM FRI", "Grad-CAM FRII")


def draw(inputs: FigureInputs) -> Figure:
    """Draw source, attention map and Grad-CAM of both classes, each map on its own scale.

    Needs the explanations of one model. The number in a Grad-CAM panel is its rank correlation
    with the attention map.
    """
    found = require(inputs.explanations, "explanations")
    shown = _shown(found)
    blocks = -(-len(shown) // COLUMNS)
    columns = -(-len(shown) // blocks)  # as few as the images need
    side = (PAGE - 0.2) / columns
    figure = Figure(figsize=(PAGE, blocks * (len(ROWS) * side + 0.2)))
    figure.set_layout_engine("constrained", wspace=0, hspace=0, w_pad=0.01, h_pad=0.015)
    axes = figure.subplots(len(ROWS) * blocks, columns)
    for slot in range(blocks * columns):
        block, column = divmod(slot, columns)
        panes = axes[len(ROWS) * block : len(ROWS) * (block + 1), column]
        if slot < len(shown):
            _column(panes, found, shown[slot])
        else:
            for ax in panes:
                ax.axis("off")
        if column == 0:
            for ax, name in zip(panes, ROWS, strict=True):
                ax.set_ylabel(name, fontsize="small")
    return figure


def _shown(found: Explanations) -> list[int]:
    """Return what fits on a page: the class means, which are listed last, always."""
    count = len(found.titles)
    return [*range(min(count - 2, MOST - 2)), count - 2, count - 1]


def _column(panes: list[Axes], found: Explanations, index: int) -> None:
    panels.sky(panes[0], found.images[index])
    panes[0].set_title(found.titles[index], fontsize="small")
    panels.attention(panes[1], found.attention[index])
    for target, ax in enumerate(panes[2:]):
        cam = found.cams[index, target]
        if cam.min() == cam.max():
            panels.empty(ax, "zero everywhere")
            continue
        panels.attention(ax, cam)
        panels.label(ax, rf"$\rho={found.spearman[index, target]:z.2f}$")
