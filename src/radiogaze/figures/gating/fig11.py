"""Figure 11: aggregate attention by true and predicted class."""

from matplotlib.figure import Figure

from radiogaze.errors import RadiogazeError
from radiogaze.figures import panels
from radiogaze.figures.inputs import Inputs, the_one
from radiogaze.figures.style import COLUMN

CLASSES = ("FRI", "FRII")


def draw(inputs: Inputs) -> Figure:
    """Draw mean maps, rows true and columns predicted class, on one scale, with the counts.

    Needs the aggregate of one model. A cell that no source fell in says so.
    """
    aggregate = the_one(inputs.aggregates, "aggregate")
    shown = [name for name in aggregate.groups if "-as-" in name]
    if not shown:
        raise RadiogazeError("--aggregate: holds no maps by prediction; make it again")
    places = [aggregate.place(name) for name in shown]
    low = float(aggregate.maps[places].min())
    high = float(aggregate.maps[places].max())
    figure, axes = panels.grid(2, 2, (COLUMN, 0.9 * COLUMN))
    for row, true in zip(axes, CLASSES, strict=True):
        row[0].set_ylabel(f"true {true}")
        for ax, found in zip(row, CLASSES, strict=True):
            group = f"{true}-as-{found}"
            if not aggregate.has(group):
                panels.empty(ax, "no source")
                continue
            place = aggregate.place(group)
            drawn = panels.attention(ax, aggregate.maps[place], vmin=low, vmax=high)
            panels.label(ax, f"{aggregate.counts[place]:,}")
    for ax, name in zip(axes[0], CLASSES, strict=True):
        ax.set_title(f"predicted {name}")
    panels.finish_bar(figure.colorbar(drawn, ax=axes, aspect=25, pad=0.02), "attention")
    return figure
