"""Figure 12: mean images and aggregate attention by class and confidence."""

from matplotlib.figure import Figure

from radiogaze.figures import panels
from radiogaze.figures.inputs import Inputs, the_one
from radiogaze.figures.style import PAGE

GROUPS = {
    "FRI-certain": "certain FRI",
    "FRI-uncertain": "uncertain FRI",
    "FRII-certain": "certain FRII",
    "FRII-uncertain": "uncertain FRII",
}


def draw(inputs: Inputs) -> Figure:
    """Draw mean images with contours above mean attention maps, each on its own scale.

    Needs the aggregate of one model on a data set with confidences. The contours' levels are
    those of the published figure, or of its caption by an option.
    """
    aggregate = the_one(inputs.aggregates, "aggregate")
    figure, axes = panels.grid(2, len(GROUPS), (PAGE, 0.45 * PAGE))
    for (above, below), (group, title) in zip(axes.T, GROUPS.items(), strict=True):
        place = aggregate.place(group)
        image = aggregate.images[place]
        panels.colour_bar(above, panels.sky(above, image))
        panels.contours(above, image, inputs.contours)
        drawn = panels.attention(below, aggregate.maps[place])
        panels.colour_bar(below, drawn)
        above.set_title(title)
    axes[0, 0].set_ylabel("mean image")
    axes[1, 0].set_ylabel("mean attention")
    return figure
