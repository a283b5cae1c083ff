"""Figure 2 of the equivariant paper: what every network attends in the same source."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from radiogaze.attention.storage import Examples
from radiogaze.errors import RadiogazeError
from radiogaze.figures import panels
from radiogaze.figures.equivariant.networks import network_of
from radiogaze.figures.inputs import FigureInputs, require_any
from radiogaze.figures.style import MARK_COLOUR, PAGE
from radiogaze.terms import CLASSES, PIXEL_ARCSEC

_LARGEST = 1.6  # inches, a panel's side


def draw(inputs: FigureInputs) -> Figure:
    """Draw a row a source: the input, then its attention map by every network.

    Needs the examples of some variants, all of the same sources. Each map has its own scale. The
    contour encloses the pixels above zero and is dashed where the network calls the source wrong.
    """
    models = require_any(inputs.examples, "examples")
    first = next(iter(models.values()))
    for name, examples in models.items():
        if list(examples.names) != list(first.names):
            raise RadiogazeError(
                f"{name}: other sources than {first.about['variant']}'s; extract the same of each"
            )
    columns = 1 + len(models)
    side = min(PAGE / columns, _LARGEST)
    rows = len(first.names)
    figure, axes = panels.grid(rows, columns, (PAGE, 1.02 * side * rows + 0.35))
    for index, row in enumerate(axes):
        panels.sky(row[0], first.images[index])
        outline(row[0], first.images[index], wrong=False)
        row[0].set_ylabel(str(first.classes[index]), fontsize="small")
        for ax, examples in zip(row[1:], models.values(), strict=True):
            panels.tile(ax, examples.maps[index])
            outline(ax, first.images[index], wrong=is_wrong(examples, index))
    axes[0, 0].set_title("input", fontsize="xx-small")
    for ax, name in zip(axes[0, 1:], models, strict=True):
        ax.set_title(network_of(name), fontsize="xx-small")
    return figure


def is_wrong(examples: Examples, index: int) -> bool:
    """Tell whether a network calls a source another class than it has.

    A hybrid, which is neither, is never wrong.
    """
    truth = str(examples.classes[index])
    return truth in CLASSES and CLASSES[int(examples.logits[index].argmax())] != truth


def outline(ax: Axes, image: NDArray[np.uint8], *, wrong: bool) -> None:
    """Draw where the clipped image [150, 150] is above zero."""
    if not (image > 0).any():
        return
    centres = (np.arange(len(image)) + 0.5) * PIXEL_ARCSEC - panels.HALF
    style = "dashed" if wrong else "solid"
    inside = (image > 0).astype(float)
    ax.contour(
        centres, -centres, inside, [0.5], colors=MARK_COLOUR, linewidths=0.5, linestyles=style
    )
