"""Figure 9: aggregate attention by class, the average and each gate's."""

from matplotlib.figure import Figure

from radiogaze.figures import panels
from radiogaze.figures.inputs import Inputs, the_one
from radiogaze.figures.style import COLUMN


def draw(inputs: Inputs) -> Figure:
    """Draw the average map and the gates' native maps, FRI left, FRII right, own scales.

    Needs the aggregate of one model.
    """
    aggregate = the_one(inputs.aggregates, "aggregate")
    rows = {"average": aggregate.maps}
    rows |= {f"gate {n}": gate for n, gate in enumerate(aggregate.gates, start=1)}
    figure, axes = panels.grid(len(rows), 2, (COLUMN, 0.38 * COLUMN * len(rows) + 0.2))
    for row, (name, maps) in zip(axes, rows.items(), strict=True):
        size = f"{maps.shape[-1]} px"
        row[0].set_ylabel(f"{name}\n{size}")
        for ax, group in zip(row, ("FRI", "FRII"), strict=True):
            drawn = panels.attention(ax, maps[aggregate.place(group)])
            panels.colour_bar(ax, drawn)
    axes[0, 0].set_title("FRI")
    axes[0, 1].set_title("FRII")
    return figure
