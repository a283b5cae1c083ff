"""Figure 6: attention in the two example sources with one, two and three gates."""

from matplotlib.figure import Figure

from radiogaze.figures import panels
from radiogaze.figures.inputs import Inputs, some
from radiogaze.figures.style import COLUMN


def draw(inputs: Inputs) -> Figure:
    """Draw mean maps: a row a model by number of gates, FRI left, FRII right, own scales.

    Needs the examples of some models that differ by the number of gates.
    """
    models = sorted(
        some(inputs.examples, "examples").values(), key=lambda model: int(model.about["gates"])
    )
    figure, axes = panels.grid(len(models), 2, (COLUMN, 0.39 * COLUMN * len(models) + 0.2))
    for row, model in zip(axes, models, strict=True):
        gates = model.about["gates"]
        row[0].set_ylabel("1 gate" if gates == 1 else f"{gates} gates")
        for ax, name in zip(row, ("FRI", "FRII"), strict=True):
            drawn = panels.attention(ax, model.maps[model.of_class(name)])
            panels.colour_bar(ax, drawn)
    axes[0, 0].set_title("FRI")
    axes[0, 1].set_title("FRII")
    return figure
