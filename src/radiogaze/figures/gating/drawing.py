"""The parts that diagrams of networks are drawn with; all lengths are in mm on paper."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyBboxPatch, Polygon, Rectangle

from radiogaze.figures.style import PAGE

MM = 25.4
INK = "0.15"
SLANT = 0.45  # how far a cuboid's back is shifted, per mm of its depth

Point = tuple[float, float]


def sheet(width: float, height: float) -> tuple[Figure, Axes]:
    """Return an empty figure whose data coordinates are mm from the lower left corner."""
    figure = Figure(figsize=(width / MM, height / MM))
    figure.set_layout_engine("none")
    axes = figure.add_axes((0, 0, 1, 1), xlim=(0, width), ylim=(0, height), aspect="equal")
    axes.set_axis_off()
    return figure, axes


def page_sheet(height: float) -> tuple[Figure, Axes]:
    """Return an empty figure as wide as a page."""
    return sheet(PAGE * MM, height)


def side(size: int) -> float:
    """Return how high a map of ``size`` pixels is drawn: its root, so that all can be seen."""
    return 2.6 * np.sqrt(size)


def cuboid(
    axes: Axes, centre: Point, size: int, channels: int, colour: str, scale: float = 1.0
) -> tuple[float, float]:
    """Draw feature maps as a block: the front is height by channels, the depth is the width.

    Returns
    -------
    tuple of float
        Half the front's width and half its height, where arrows can be tied.
    """
    x, y = centre
    high = scale * side(size)
    wide = 0.5 + 0.4 * np.sqrt(channels)
    shift = SLANT * high * 0.4
    left, right, low, top = x - wide / 2, x + wide / 2, y - high / 2, y + high / 2
    upper = [(left, top), (left + shift, top + shift), (right + shift, top + shift), (right, top)]
    flank = [(right, low), (right + shift, low + shift), (right + shift, top + shift), (right, top)]
    style: dict[str, Any] = {"edgecolor": INK, "linewidth": 0.5, "joinstyle": "round"}
    axes.add_patch(Polygon(flank, facecolor=colour, alpha=0.55, **style))
    axes.add_patch(Polygon(upper, facecolor=colour, alpha=0.3, **style))
    axes.add_patch(Rectangle((left, low), wide, high, facecolor=colour, alpha=0.9, **style))
    return wide / 2, high / 2


def box(axes: Axes, centre: Point, width: float, height: float, text: str, colour: str) -> None:
    """Draw a box with text."""
    x, y = centre
    axes.add_patch(
        FancyBboxPatch(
            (x - width / 2, y - height / 2),
            width,
            height,
            boxstyle="round,pad=0,rounding_size=1",
            facecolor=colour,
            edgecolor=INK,
            linewidth=0.6,
        )
    )
    axes.text(x, y, text, ha="center", va="center", fontsize=6.5, linespacing=1.15)


def sign(axes: Axes, centre: Point, kind: str, radius: float = 2.2) -> None:
    """Draw an addition (``+``) or a multiplication (``x``) in a circle."""
    x, y = centre
    axes.add_patch(Circle(centre, radius, facecolor="white", edgecolor=INK, linewidth=0.8))
    reach = 0.62 * radius
    turn = 0 if kind == "+" else np.pi / 4
    for angle in (turn, turn + np.pi / 2):
        dx, dy = reach * np.cos(angle), reach * np.sin(angle)
        axes.plot([x - dx, x + dx], [y - dy, y + dy], color=INK, linewidth=0.9)


def arrow(
    axes: Axes,
    points: Sequence[Point],
    colour: str = INK,
    line: str = "-",
    head: bool = True,
    halo: bool = False,
) -> None:
    """Draw an arrow along straight pieces; a halo keeps it apart from what it crosses."""
    x, y = np.array(points, dtype=float).T
    if head:  # the line ends inside the head, so that the tip stays sharp
        back = 0.8 / np.hypot(x[-1] - x[-2], y[-1] - y[-2])
        x[-1], y[-1] = x[-1] - back * (x[-1] - x[-2]), y[-1] - back * (y[-1] - y[-2])
    if halo:
        axes.plot(x, y, color="white", linewidth=3.5, solid_capstyle="butt", zorder=2.2)
    axes.plot(x, y, color=colour, linewidth=1.1, linestyle=line, zorder=2.3)
    if head:
        axes.annotate(
            "",
            points[-1],
            points[-2],
            zorder=2.4,
            arrowprops={
                "arrowstyle": "-|>,head_width=0.22,head_length=0.5",
                "mutation_scale": 10,
                "color": colour,
                "linewidth": 0,
                "shrinkA": 0,
                "shrinkB": 0,
            },
        )


def note(axes: Axes, place: Point, text: str, size: float = 6.5, **settings: Any) -> None:
    """Write a small text, centred unless told otherwise."""
    settings = {"ha": "center", "va": "center", "color": INK} | settings
    axes.text(*place, text, fontsize=size, linespacing=1.15, **settings)
