"""Figure 3 of the gating paper: from the survey's image to a network's input."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from radiogaze.figures.inputs import FigureInputs, require
from radiogaze.figures.style import MARK_COLOUR, PAGE, SKY
from radiogaze.terms import PIXEL_ARCSEC

MINUTE = 60 / PIXEL_ARCSEC  # pixels


def draw(inputs: FigureInputs) -> Figure:
    """Draw the four steps side by side; as in all figures, the first row is at the top.

    Needs the steps of one source. What the augmented image does not take from the cutout is
    hatched before it is padded with zeros.

    Returns
    -------
    Figure
        174 mm wide.
    """
    steps = require(inputs.steps, "steps")
    layout = ConstrainedLayoutEngine(w_pad=0.02, h_pad=0.04, wspace=0.02)
    figure = Figure(figsize=(PAGE, PAGE / 4 + 0.2), layout=layout)
    panels = figure.subplots(1, 4)
    titles = ("original image", "clipped and cropped", "augmented", "padded with zeros")
    for panel, number, title in zip(panels, ("i", "ii", "iii", "iv"), titles, strict=True):
        panel.set_title(f"({number}) {title}", pad=3)
        panel.set(xticks=[], yticks=[])
    _survey_image(panels[0], steps.original, steps.corner, len(steps.cutout))
    panels[1].imshow(steps.cutout, cmap=SKY, vmin=0, vmax=255)
    panels[2].set_facecolor("0.35")
    panels[2].patch.set(hatch="////", edgecolor="0.6", linewidth=0)
    panels[2].imshow(np.ma.masked_where(~steps.filled, steps.augmented), cmap=SKY, vmin=0, vmax=255)
    panels[3].imshow(steps.augmented, cmap=SKY, vmin=0, vmax=255)
    for panel in panels[:2]:
        _scale_bar(panel)
    return figure


def _survey_image(
    panel: Axes, original: NDArray[np.floating], corner: NDArray[np.integer], size: int
) -> None:
    """Draw the image as observed, its noise just visible, and the box of the crop."""
    # from the noise to where the brightest thousandth of the pixels saturates
    low, high = np.nanpercentile(original, [1, 99.9])
    panel.imshow(original, cmap=SKY, vmin=low, vmax=high)
    row, column = corner
    left, top, colour = column - 0.5, row - 0.5, MARK_COLOUR
    panel.add_patch(Rectangle((left, top), size, size, fill=False, edgecolor=colour, linewidth=1))


def _scale_bar(panel: Axes) -> None:
    """Draw a bar of one arcminute, lower left."""
    width = MINUTE / np.ptp(panel.get_xlim())
    panel.plot([0.06, 0.06 + width], [0.06] * 2, "white", lw=1.2, transform=panel.transAxes)
    panel.text(0.06 + width / 2, 0.08, "1′", color="white", ha="center", transform=panel.transAxes)
