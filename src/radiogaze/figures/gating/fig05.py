"""Figure 5: attention of 16 models in the two example sources."""

from matplotlib.figure import Figure

from radiogaze.figures.gating.tiles import by_model, draw_tiles
from radiogaze.figures.inputs import Inputs


def draw(inputs: Inputs) -> Figure:
    """Draw the mean maps of every normalisation and aggregation for (i) FRI and (ii) FRII.

    Needs the examples of 16 models (in the paper raw input).
    """
    models = by_model(inputs.examples)
    return draw_tiles(
        {
            f"{number} {name}": {key: m.maps[m.of_class(name)] for key, m in models.items()}
            for number, name in (("(i)", "FRI"), ("(ii)", "FRII"))
        }
    )
