"""Figure 4: the two example sources and their attention maps."""

from matplotlib.figure import Figure

from radiogaze.figures import panels
from radiogaze.figures.inputs import Inputs, the_one
from radiogaze.figures.style import COLUMN


def draw(inputs: Inputs) -> Figure:
    """Draw sources (i, ii) above mean attention maps (iii, iv), each map on its own scale.

    Needs the examples of one model (in the paper the main one, raw input).
    """
    examples = the_one(inputs.examples, "examples")
    figure, axes = panels.grid(2, 2, (COLUMN, 0.88 * COLUMN))
    for column, (name, labels) in enumerate({"FRI": "(i) (iii)", "FRII": "(ii) (iv)"}.items()):
        place = examples.of_class(name)
        above, below = labels.split()
        source = panels.sky(axes[0, column], examples.images[place] / 255)
        drawn = panels.attention(axes[1, column], examples.maps[place])
        panels.colour_bar(axes[0, column], source)
        panels.colour_bar(axes[1, column], drawn)
        panels.label(axes[0, column], above)
        panels.label(axes[1, column], below)
        axes[0, column].set_title(name)
        panels.arcsec(axes[1, column], y=False)
    for row in (0, 1):
        panels.arcsec(axes[row, 0], x=False)
    return figure
