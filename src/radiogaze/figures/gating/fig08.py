"""Figure 8: how the mean images of the classes differ."""

from matplotlib.figure import Figure

from radiogaze.figures import panels
from radiogaze.figures.inputs import Inputs, the_one
from radiogaze.figures.style import COLUMN

SATURATION = 0.05


def draw(inputs: Inputs) -> Figure:
    """Draw <FRI> - <FRII> of the augmented images, saturated at +-0.05.

    Needs the aggregate of one model; the images are the same for all.
    """
    aggregate = the_one(inputs.aggregates, "aggregate")
    difference = (
        aggregate.images[aggregate.place("FRI")] - aggregate.images[aggregate.place("FRII")]
    )
    figure, ((ax,),) = panels.grid(1, 1, (COLUMN, 0.8 * COLUMN))
    drawn = panels.diverging(ax, difference, SATURATION)
    text = r"$\langle$FRI$\rangle - \langle$FRII$\rangle$ (pixel value)"
    panels.colour_bar(ax, drawn, text, extend="both")
    panels.arcsec(ax)
    ax.set_title(f"extremes {difference.min():.3f} and {difference.max():.3f}", fontsize="small")
    return figure
