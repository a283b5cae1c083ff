"""Where networks of different kinds look, beside each other."""

from matplotlib.figure import Figure

from radiogaze.figures.equivariant.attention_by_model import draw_models
from radiogaze.figures.inputs import FigureInputs, require


def draw(inputs: FigureInputs) -> Figure:
    """Draw a row a source: the input, then its attention map by every network.

    Needs the examples of some variants, all of the same sources.
    """
    return draw_models(require(inputs.examples, "examples"))
