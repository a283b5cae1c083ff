"""Panels that the figures share: sky, attention map, colour bar, label."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colorbar import Colorbar
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from radiogaze.errors import RadiogazeError
from radiogaze.figures.style import ATTENTION, COLUMN, MARK_COLOUR, SKY
from radiogaze.terms import CLASSES, CUTOUT_PIXELS, PIXEL_ARCSEC

HALF = CUTOUT_PIXELS * PIXEL_ARCSEC / 2  # half the side of a cutout, arcsec
EXTENT = (-HALF, HALF, -HALF, HALF)

Array = NDArray[Any]


def grid(
    rows: int, columns: int, size: tuple[float, float], **options: Any
) -> tuple[Figure, NDArray[np.object_]]:
    """Make a figure of (width, height) in inches and its axes, an array [rows, columns]."""
    figure = Figure(figsize=size, layout="compressed")
    return figure, figure.subplots(rows, columns, squeeze=False, **options)


def picture(ax: Axes, values: Array, what: str, **options: Any) -> AxesImage:
    """Draw an array [h, w] over the whole cutout.

    Raises
    ------
    RadiogazeError
        If it is blank or not finite.
    """
    check(values, what)
    ax.set(xticks=[], yticks=[])
    options = {"extent": EXTENT, "origin": "upper", "interpolation": "none"} | options
    return ax.imshow(values, **options)


def sky(ax: Axes, image: Array) -> AxesImage:
    """Draw a source or a mean image [150, 150] in grey; errors are those of :func:`picture`."""
    return picture(ax, image, "image", cmap=SKY)


def attention(ax: Axes, values: Array, **limits: float) -> AxesImage:
    """Draw an attention map [h, w] from its minimum to its maximum, or ``vmin`` to ``vmax``.

    Errors are those of :func:`picture`.
    """
    return picture(ax, values, "attention map", cmap=ATTENTION, **limits)


def tile(ax: Axes, values: Array) -> AxesImage | None:
    """Draw a map scaled to 0..1 by its minimum and maximum; a constant one as grey."""
    low, high = float(values.min()), float(values.max())
    if high > low:
        return attention(ax, (values - low) / (high - low), vmin=0, vmax=1)
    empty(ax, f"constant\n{low:.3g}")
    return None


def empty(ax: Axes, text: str) -> None:
    """Draw a grey panel with the reason why it shows no map."""
    ax.set(xticks=[], yticks=[], xlim=(-HALF, HALF), ylim=(-HALF, HALF), facecolor="0.92")
    ax.set_aspect("equal")
    ax.text(0, 0, text, ha="center", va="center", fontsize="x-small", color="0.3")


def check(values: Array, what: str) -> None:
    """Refuse what would give a broken picture.

    Raises
    ------
    RadiogazeError
        If the array is empty, constant or not finite.
    """
    if not values.size or not np.isfinite(values).all():
        raise RadiogazeError(f"{what}: empty or not finite numbers; make its input again")
    if values.min() == values.max():
        raise RadiogazeError(
            f"{what}: blank, every pixel is {values.flat[0]:.3g}; choose a source or weights that"
            " show something"
        )


def colour_bar(ax: Axes, image: AxesImage, text: str = "", **options: Any) -> None:
    """Add a slim colour bar with few ticks on the right of one panel, as tall as it."""
    bar = ax.inset_axes((1.03, 0, 0.05, 1))
    finish_bar(ax.figure.colorbar(image, cax=bar, **options), text)


def finish_bar(bar: Colorbar, text: str) -> None:
    """Give a colour bar few ticks and a label."""
    bar.locator = MaxNLocator(4)
    bar.update_ticks()
    bar.ax.tick_params(labelsize="x-small")
    bar.set_label(text, fontsize="small")


def legend_below(figure: Figure) -> None:
    """List each label of the panels once, below them all."""
    found: dict[str, Any] = {}
    for ax in figure.axes:
        for handle, text in zip(*ax.get_legend_handles_labels(), strict=True):
            found.setdefault(text, handle)
    figure.legend(
        [*found.values()], [*found], loc="outside lower center", ncols=4, fontsize="x-small"
    )


def arcsec(ax: Axes, *, x: bool = True, y: bool = True) -> None:
    """Label the axes by the offset from the cutout's centre in arcsec."""
    if x:
        ax.set_xticks([-100, 0, 100])
        ax.set_xlabel(r"$\Delta x$ (arcsec)")
    if y:
        ax.set_yticks([-100, 0, 100])
        ax.set_ylabel(r"$\Delta y$ (arcsec)")
    ax.tick_params(labelsize="x-small", direction="out", top=False, right=False)


def label(ax: Axes, text: str) -> None:
    """Write a panel's label, such as (i), in its upper left corner, on any background."""
    frame = {"boxstyle": "round,pad=0.15", "facecolor": "white", "alpha": 0.8, "linewidth": 0}
    corner: dict[str, Any] = {"transform": ax.transAxes, "ha": "left", "va": "top"}
    ax.text(0.03, 0.97, text, fontsize="small", color="black", bbox=frame, **corner)


def contours(
    ax: Axes, image: Array, levels: Sequence[float], origin: str = "upper", **style: Any
) -> None:
    """Draw contours of an image [150, 150] over it, at those levels that it reaches."""
    reached = [level for level in levels if image.min() < level < image.max()]
    if reached:
        ax.contour(image, reached, origin=origin, extent=EXTENT, **style)


def outline(ax: Axes, image: Array, style: str = "solid") -> None:
    """Draw where the clipped image [150, 150] begins to be non-zero."""
    inside = (image > 0).astype(float)
    contours(ax, inside, [0.5], colors=MARK_COLOUR, linewidths=0.5, linestyles=style)


def class_columns(rows: Mapping[str, Iterable[Array]], height: float) -> Figure:
    """Draw a row of attention maps for each label: FRI left, FRII right, each on its own scale.

    Parameters
    ----------
    rows
        Label -> the maps of FRI and FRII.
    height
        Of a row, in widths of a column.
    """
    figure, axes = grid(len(rows), 2, (COLUMN, height * COLUMN * len(rows) + 0.2))
    for row, (text, maps) in zip(axes, rows.items(), strict=True):
        row[0].set_ylabel(text)
        for ax, values in zip(row, maps, strict=True):
            colour_bar(ax, attention(ax, values))
    for ax, name in zip(axes[0], CLASSES, strict=True):
        ax.set_title(name)
    return figure


def checkpoint_title(name: str) -> str:
    """Return the title of a checkpoint: a number is an epoch, anything else as it is."""
    return f"epoch {name}" if name.isdecimal() else name.replace("-", " ")
