"""The parts that diagrams of networks are drawn with; all lengths are in mm on paper."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, Polygon, Rectangle
from matplotlib.path import Path

from radiogaze.figures.style import PAGE

MM = 25.4
INK = "0.15"
SLANT = 0.18  # how far a cuboid's back is shifted, per mm of its height

Point = tuple[float, float]


def sheet(top: float, bottom: float = 0) -> tuple[Figure, Axes]:
    """Return an empty figure as wide as a page; its data coordinates are mm."""
    figure = Figure(figsize=(PAGE, (top - bottom) / MM))
    figure.set_layout_engine("none")
    axes = figure.add_axes((0, 0, 1, 1), xlim=(0, PAGE * MM), ylim=(bottom, top), aspect="equal")
    axes.set_axis_off()
    return figure, axes


def side(size: int) -> float:
    """Return how high a map of ``size`` pixels is drawn: its root, so that all can be seen."""
    return 2.6 * np.sqrt(size)


def cuboid(axes: Axes, centre: Point, high: float, channels: int, colour: str) -> float:
    """Draw feature maps as a block of this height; return half the width of its front."""
    x, y = centre
    wide, shift = 0.5 + 0.4 * np.sqrt(channels), SLANT * high
    left, right, low, top = x - wide / 2, x + wide / 2, y - high / 2, y + high / 2
    back = right + shift, top + shift
    upper = [(left, top), (left + shift, top + shift), back, (right, top)]
    flank = [(right, low), (right + shift, low + shift), back, (right, top)]
    style: dict[str, Any] = {"facecolor": colour, "edgecolor": INK, "linewidth": 0.5}
    axes.add_patch(Polygon(flank, alpha=0.55, joinstyle="round", **style))
    axes.add_patch(Polygon(upper, alpha=0.3, joinstyle="round", **style))
    axes.add_patch(Rectangle((left, low), wide, high, alpha=0.9, joinstyle="round", **style))
    return wide / 2


def box(axes: Axes, centre: Point, width: float, height: float, text: str, colour: str) -> None:
    """Draw a box with text."""
    corner = centre[0] - width / 2, centre[1] - height / 2
    style = "round,pad=0,rounding_size=1"
    patch = FancyBboxPatch(corner, width, height, style, facecolor=colour, edgecolor=INK)
    axes.add_patch(patch)
    note(axes, centre, text, color="black")


def arrow(axes: Axes, points: Sequence[Point], colour: str = INK, head: bool = True) -> None:
    """Draw an arrow along straight pieces."""
    style = "-|>,head_width=0.22,head_length=0.5" if head else "-"
    path, size = Path(np.array(points)), 8
    axes.add_patch(
        FancyArrowPatch(path=path, arrowstyle=style, mutation_scale=size, color=colour, lw=1.1)
    )


def note(axes: Axes, place: Point, text: str, size: float = 6.5, **settings: Any) -> None:
    """Write a small text, centred unless told otherwise."""
    settings = {"ha": "center", "va": "center", "color": INK} | settings
    axes.text(*place, text, fontsize=size, linespacing=1.15, **settings)
