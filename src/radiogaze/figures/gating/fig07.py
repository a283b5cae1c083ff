"""Figure 7: attention in the two example sources through training."""

from matplotlib.figure import Figure

from radiogaze.figures import panels
from radiogaze.figures.inputs import Inputs, some
from radiogaze.figures.style import PAGE


def draw(inputs: Inputs) -> Figure:
    """Draw each source and its mean maps at some epochs, each on its own scale.

    Needs the examples of one model at several epochs, named by the epoch, in order.
    """
    epochs = some(inputs.examples, "examples")
    columns = 1 + len(epochs)
    figure, axes = panels.grid(2, columns, (PAGE, 2 * PAGE / columns + 0.2))
    first = next(iter(epochs.values()))
    for row, name in zip(axes, ("FRI", "FRII"), strict=True):
        panels.sky(row[0], first.images[first.of_class(name)])
        row[0].set_ylabel(name)
        for ax, examples in zip(row[1:], epochs.values(), strict=True):
            panels.attention(ax, examples.maps[examples.of_class(name)])
    axes[0, 0].set_title("source")
    for ax, epoch in zip(axes[0, 1:], epochs, strict=True):
        ax.set_title(panels.moment(epoch))
    return figure
