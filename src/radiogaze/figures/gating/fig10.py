"""Figure 10: aggregate attention through training."""

from matplotlib.figure import Figure

from radiogaze.figures import panels
from radiogaze.figures.inputs import Inputs, some
from radiogaze.figures.style import PAGE


def draw(inputs: Inputs) -> Figure:
    """Draw each class's mean image over its peak and mean maps over the row's common peak.

    Needs the aggregates of one model at several epochs, named by the epoch, in order.
    """
    epochs = some(inputs.aggregates, "aggregate")
    columns = 1 + len(epochs)
    figure, axes = panels.grid(2, columns, (PAGE, 1.87 * PAGE / columns + 0.2))
    first = next(iter(epochs.values()))
    for row, name in zip(axes, ("FRI", "FRII"), strict=True):
        image = first.images[first.place(name)]
        panels.sky(row[0], image / image.max())
        row[0].set_ylabel(name)
        maps = [aggregate.maps[aggregate.place(name)] for aggregate in epochs.values()]
        peak = max(float(values.max()) for values in maps)
        for ax, values in zip(row[1:], maps, strict=True):
            drawn = panels.attention(ax, values / peak, vmin=0, vmax=1)
        panels.colour_bar(row[-1], drawn, f"attention / {peak:.3f}")
    axes[0, 0].set_title("mean image")
    for ax, epoch in zip(axes[0, 1:], epochs, strict=True):
        ax.set_title(panels.moment(epoch))
    return figure
