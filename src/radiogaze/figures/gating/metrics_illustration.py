"""Figures A1 and A2 of the gating paper: thresholds, the ROC curve and its area, explained.

Two classes whose predicted values follow normal distributions; nothing here is measured.
"""

from statistics import NormalDist

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from numpy.typing import NDArray

from radiogaze.figures.inputs import FigureInputs
from radiogaze.figures.style import COLUMN, FRI_COLOUR, FRII_COLOUR, PAGE

Floats = NDArray[np.float64]
THRESHOLDS = np.linspace(0, 1, 501)
WIDTH = 0.11  # standard deviation of either class
COLOURS = "viridis"
# distances of the two classes' means, symmetric about 0.5: of Figure A1, and of Figure A2
SEPARATION = 0.24
SEPARATIONS = (0.0, 0.11, 0.22, 0.44)
LINES = ("-", "--", "-.", ":")  # of the curves of Figure A2


def roc_curve(negative: NormalDist, positive: NormalDist) -> tuple[Floats, Floats]:
    """Return false and true positive rates at each threshold (Equations A3 and A5)."""
    false, true = ([1 - d.cdf(t) for t in THRESHOLDS.tolist()] for d in (negative, positive))
    return np.array(false), np.array(true)


def area_under_curve(negative: NormalDist, positive: NormalDist) -> float:
    """Return the AUC: the probability that a positive's value is above a negative's."""
    return 1 - (positive - negative).cdf(0)


def _classes(separation: float) -> tuple[NormalDist, NormalDist]:
    """Return the two distributions whose means are so far apart."""
    return NormalDist(0.5 - separation / 2, WIDTH), NormalDist(0.5 + separation / 2, WIDTH)


def draw_roc(_: FigureInputs) -> Figure:
    """Draw two distributions and the ROC curve they give, coloured by threshold (Figure A1).

    Returns
    -------
    Figure
        84 mm wide.
    """
    negative, positive = _classes(SEPARATION)
    figure = Figure(figsize=(COLUMN, 1.6 * COLUMN), layout="constrained")
    upper, lower = figure.subplots(2, 1, height_ratios=(1, 1.75))
    for distribution, label, line in ((negative, "class 0", "--"), (positive, "class 1", "-")):
        density = _density(distribution)
        _shade(upper, density)
        upper.plot(THRESHOLDS, density, color="black", linestyle=line, label=label)
    upper.axvline(0.5, color="0.25", linewidth=0.8, linestyle=":")
    upper.set(xlim=(0, 1), ylim=(0, 4.4), xlabel="Predicted Value", ylabel="Density")
    upper.legend(loc="upper left", ncols=2)
    false, true = roc_curve(negative, positive)
    points = np.column_stack([false, true])
    curve = LineCollection(
        np.stack([points[:-1], points[1:]], axis=1),  # type: ignore[arg-type]
        array=THRESHOLDS[:-1],
        cmap=COLOURS,
        norm=Normalize(0, 1),
        linewidth=3,
        capstyle="round",
    )
    lower.add_collection(curve)
    middle = len(THRESHOLDS) // 2
    lower.plot(*points[middle], "o", color="white", markeredgecolor="black", zorder=3)
    lower.annotate(
        "threshold 0.5", points[middle], (12, -12), textcoords="offset points", fontsize=7
    )
    _finish_roc(lower)
    bar = lower.inset_axes((0.48, 0.2, 0.45, 0.045))
    figure.colorbar(curve, cax=bar, label="Threshold", orientation="horizontal", ticks=[0, 0.5, 1])
    return figure


def draw_auc(_: FigureInputs) -> Figure:
    """Draw pairs of distributions, and the ROC curve and AUC of each (Figure A2).

    Returns
    -------
    Figure
        174 mm wide.
    """
    figure = Figure(figsize=(PAGE, 0.46 * PAGE), layout="constrained")
    last = len(SEPARATIONS) - 1
    panels = figure.subplot_mosaic([[number, "roc"] for number in range(last + 1)])
    roc = panels["roc"]
    shades = mpl.colormaps["cividis"](np.linspace(0.75, 0, len(SEPARATIONS)))
    for number, (separation, line) in enumerate(zip(SEPARATIONS, LINES, strict=True)):
        panel, colour = panels[number], shades[number]
        negative, positive = _classes(separation)
        text = f"AUC = {area_under_curve(negative, positive):.2f}"
        _pair(panel, negative, positive)
        panel.set_title(text, loc="left", x=0.02, y=0.6)
        # the sample of the curve that belongs to this pair
        panel.plot([0.02, 0.1], [0.45, 0.45], color=colour, ls=line, transform=panel.transAxes)
        panel.tick_params(labelbottom=number == last)
        roc.plot(*roc_curve(negative, positive), color=colour, linestyle=line, lw=1.6, label=text)
    panels[0].legend(loc="upper right")
    panels[last].set_xlabel("Predicted Value")
    _finish_roc(roc)
    roc.legend(loc="lower right")
    return figure


def _density(distribution: NormalDist) -> Floats:
    """Return a distribution's density at each threshold."""
    return np.array([distribution.pdf(t) for t in THRESHOLDS.tolist()])


def _shade(panel: Axes, density: Floats) -> None:
    """Fill below a density with the colours of the thresholds."""
    extent = (0, 1, 0, float(density.max()))
    image = panel.imshow(THRESHOLDS[None], cmap=COLOURS, aspect="auto", extent=extent, alpha=0.75)
    area = panel.fill_between(THRESHOLDS, density, color="none", linewidth=0)
    image.set_clip_path(area.get_paths()[0], transform=panel.transData)


def _pair(panel: Axes, negative: NormalDist, positive: NormalDist) -> None:
    """Draw the two distributions of one pair."""
    for distribution, colour, line, label in (
        (negative, FRI_COLOUR, "--", "class 0"),
        (positive, FRII_COLOUR, "-", "class 1"),
    ):
        density = _density(distribution)
        panel.fill_between(THRESHOLDS, density, color=colour, alpha=0.35, linewidth=0)
        panel.plot(THRESHOLDS, density, color=colour, linestyle=line, label=label)
    panel.set(xlim=(0, 1), ylim=(0, None), yticks=[])


def _finish_roc(panel: Axes) -> None:
    """Add the diagonal of a guess, and the axes."""
    panel.plot([0, 1], [0, 1], color="0.5", linewidth=0.7, linestyle=(0, (2, 2)), zorder=0)
    panel.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), aspect="equal")
    panel.set(xlabel="False Positive Rate", ylabel="True Positive Rate")
