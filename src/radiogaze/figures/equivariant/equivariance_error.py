"""The equivariance error of logits and maps against the angle, which the paper never measured."""

from collections.abc import Callable, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from radiogaze.evaluation.equivariance_errors import EquivarianceMeasurement
from radiogaze.figures import panels
from radiogaze.figures.equivariant.networks import COLOURS, network_of
from radiogaze.figures.inputs import FigureInputs, require
from radiogaze.figures.style import PAGE

_FLOOR = 1e-8  # what is exactly zero is drawn here: a log axis has no zero
_MIRROR = 390  # where the mirror image is drawn, right of the full turn
_TICKS = [0, 90, 180, 270, 360]
_QUARTER = 90

_ROWS: dict[str, Callable[[EquivarianceMeasurement], float | None]] = {
    "change of the logits\n(over their spread)": lambda error: error.logits,
    "error of the maps\n(root mean square)": lambda error: error.map_rms,
}


def draw(inputs: FigureInputs) -> Figure:
    """Draw errors by angle: logits above, maps below, un-padded on the left, padded on the right.

    Needs the equivariance errors of some variants. Quarter turns, which move pixels onto pixels,
    bear a dot; other angles have the blur of resampling in them.
    """
    networks = require(inputs.equivariance, "equivariance")
    figure, axes = panels.grid(
        2, 2, (PAGE, 0.72 * PAGE), sharex=True, sharey="row", gridspec_kw={"wspace": 0.04}
    )
    for padded, column in zip((False, True), axes.T, strict=True):
        sizes = {e.size for errors in networks.values() for e in errors if e.padded == padded}
        text = " and ".join(map(str, sorted(sizes))) or "no network"
        kind = "padded to a multiple of 8" if padded else "nothing added"
        column[0].set_title(f"{text} pixels: {kind}", fontsize="small")
        for ax, of_row in zip(column, _ROWS.values(), strict=True):
            for name, errors in networks.items():
                chosen = [error for error in errors if error.padded == padded]
                _line(ax, name, chosen, of_row)
            _dress(ax)
    for ax, label in zip(axes[:, 0], _ROWS, strict=True):
        ax.set_ylabel(label)
    for ax in axes[1]:
        ax.set_xlabel("angle of rotation (degrees)")
    panels.legend_below(figure)
    return figure


def _line(
    ax: Axes,
    name: str,
    errors: Sequence[EquivarianceMeasurement],
    of_row: Callable[[EquivarianceMeasurement], float | None],
) -> None:
    """Draw one network."""
    network = network_of(name.partition("/")[0])
    colour = COLOURS[network]
    found = [(e, value) for e in errors if (value := of_row(e)) is not None]
    turns = sorted((e.angle, max(v, _FLOOR)) for e, v in found if not e.mirrored)
    quarters = [(angle, value) for angle, value in turns if angle % _QUARTER == 0]
    mirrored = [(_MIRROR, max(v, _FLOOR)) for e, v in found if e.mirrored]
    for points, mark in ((turns, "-"), (quarters, "o"), (mirrored, "D")):
        x, y = np.reshape(points, (-1, 2)).T
        ax.plot(x, y, mark, color=colour, ms=3, label=network if mark == "-" else None)


def _dress(ax: Axes) -> None:
    ax.set_yscale("log")
    ax.set_xticks([*_TICKS, _MIRROR], [*map(str, _TICKS[:-1]), "", "mirror"], fontsize="x-small")
    ax.set_xlim(0, _MIRROR + 20)
    ax.grid(axis="y", alpha=0.3)
