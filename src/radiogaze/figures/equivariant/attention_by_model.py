"""Figure 2 of the equivariant paper: every network's attention map of the same source."""

from collections.abc import Callable, Mapping

from matplotlib.figure import Figure

from radiogaze.attention.storage import Examples
from radiogaze.errors import RadiogazeError
from radiogaze.figures import panels
from radiogaze.figures.equivariant.networks import network_of
from radiogaze.figures.inputs import FigureInputs, require
from radiogaze.figures.style import PAGE
from radiogaze.terms import CLASSES

_LARGEST = 1.6  # inches, a panel's side


def draw(inputs: FigureInputs) -> Figure:
    """Draw a row a source: the input, then its attention map by every network.

    Needs the examples of some variants, all of the same sources. Each map has its own scale. The
    contour encloses the pixels above zero and is dashed where the network calls the source wrong.
    """
    models = require(inputs.examples, "examples")
    return draw_models(models, network_of)


def draw_models(models: Mapping[str, Examples], shown: Callable[[str], str] = str) -> Figure:
    """Draw a row a source and a column a network, with what ``shown`` makes of its name.

    Raises
    ------
    RadiogazeError
        If they are not all of the same sources.
    """
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
        panels.outline(row[0], first.images[index])
        row[0].set_ylabel(str(first.classes[index]), fontsize="small")
        for ax, examples in zip(row[1:], models.values(), strict=True):
            panels.tile(ax, examples.maps[index])
            style = "dashed" if is_wrong(examples, index) else "solid"
            panels.outline(ax, first.images[index], style)
    axes[0, 0].set_title("input", fontsize="xx-small")
    for ax, name in zip(axes[0, 1:], models, strict=True):
        ax.set_title(shown(name), fontsize="xx-small")
    return figure


def is_wrong(examples: Examples, index: int) -> bool:
    """Return whether a network calls a source another class than it has.

    A hybrid, which is neither, is never wrong.
    """
    truth = str(examples.classes[index])
    return truth in CLASSES and CLASSES[int(examples.logits[index].argmax())] != truth
