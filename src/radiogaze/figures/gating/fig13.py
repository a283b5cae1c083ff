"""Figure 13: aggregate attention of 16 models."""

from matplotlib.figure import Figure

from radiogaze.figures.gating.tiles import by_model, draw_tiles
from radiogaze.figures.inputs import Inputs


def draw(inputs: Inputs) -> Figure:
    """Draw the mean maps of every normalisation and aggregation over (i) FRI and (ii) FRII.

    Needs the aggregates of 16 models.
    """
    models = by_model(inputs.aggregates)
    return draw_tiles(
        {
            f"{number} {name}": {key: m.maps[m.place(name)] for key, m in models.items()}
            for number, name in (("(i)", "FRI"), ("(ii)", "FRII"))
        }
    )
