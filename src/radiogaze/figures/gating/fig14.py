"""Figure 14: the sources that are misclassified almost always, and what is attended in them."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from radiogaze.attention.storage import Examples
from radiogaze.figures import panels
from radiogaze.figures.inputs import Inputs, the_one
from radiogaze.figures.style import PAGE

COLUMNS = 4
MOST = 12  # sources on a page


def draw(inputs: Inputs) -> Figure:
    """Draw each source, outlined where it is not clipped to zero, and beside it its mean map.

    Needs the examples of one model for the lettered sources of Table 10 (in the paper input
    0..1).
    """
    examples = the_one(inputs.examples, "examples")
    shown = min(len(examples.names), MOST)
    columns = min(COLUMNS, shown)
    rows = -(-shown // columns)
    size = (columns * PAGE / COLUMNS, rows * (1.72 * PAGE / COLUMNS + 0.18))
    figure, axes = panels.grid(2 * rows, columns, size)
    for place in range(rows * columns):
        pair = axes[2 * (place // columns) :, place % columns][:2]
        if place < shown:
            _source(pair[0], pair[1], examples, place)
        else:
            for ax in pair:
                ax.axis("off")
    if shown < len(examples.names):
        figure.supxlabel(f"the first {shown} of {len(examples.names)} sources", fontsize="small")
    return figure


def _source(above: Axes, below: Axes, examples: Examples, place: int) -> None:
    image = examples.images[place]
    panels.sky(above, image)
    panels.outline(above, image)
    letter = examples.letters[place]
    title = f"{letter}: {examples.confidences[place]} {examples.classes[place]}"
    above.set_title(" ".join(title.split()), fontsize="small")
    drawn = panels.attention(below, examples.maps[place])
    panels.colour_bar(below, drawn)
