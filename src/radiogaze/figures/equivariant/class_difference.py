"""Figure 3 of the equivariant paper: class-differenced mean attention."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from radiogaze.attention.class_difference import Difference, class_difference, transforms_of
from radiogaze.attention.storage import Aggregate
from radiogaze.errors import RadiogazeError
from radiogaze.figures import panels
from radiogaze.figures.equivariant.networks import network_of
from radiogaze.figures.inputs import FigureInputs, require
from radiogaze.figures.style import PAGE

_LARGEST = 2.5  # inches, a panel's side
_SQUARE = 0.78  # of a panel's width; the rest is its colour bar
_ROWS = {"random": "random augmentation", "rotations": "fixed rotations"}


def draw(inputs: FigureInputs) -> Figure:
    """Draw mean attention in FRI minus that in FRII: networks across, kinds of passes down.

    Needs aggregates named ``<variant>/<anything>``, of random augmentation, of fixed rotations,
    or both, the same of every network. Origin at the bottom, as published.
    """
    found: dict[tuple[str, str], Aggregate] = {}
    for name, aggregate in require(inputs.aggregates, "aggregate").items():
        key = (transforms_of(aggregate), network_of(name.partition("/")[0]))
        if key in found:
            raise RadiogazeError(f"{name}: {key[1]} with {key[0]} transforms is given twice")
        found[key] = aggregate
    rows = [row for row in _ROWS if any(key[0] == row for key in found)]
    networks = list(dict.fromkeys(network for _, network in found))
    missing = [f"{n} ({r})" for r in rows for n in networks if (r, n) not in found]
    if missing:
        raise RadiogazeError(f"class differences: missing: {', '.join(missing)}")
    side = min(_SQUARE * PAGE / len(networks), _LARGEST)
    size = (PAGE, side * len(rows) + 0.3)
    figure, axes = panels.grid(len(rows), len(networks), size)
    for line, row in zip(axes, rows, strict=True):
        for ax, network in zip(line, networks, strict=True):
            difference_panel(ax, class_difference(found[row, network]))
        line[0].set_ylabel(f"{_ROWS[row]}\n({_passes(found[row, networks[0]])})")
    for ax, network in zip(axes[0], networks, strict=True):
        ax.set_title(network)
    return figure


def difference_panel(ax: Axes, difference: Difference) -> None:
    """Draw one class difference with its contour and how asymmetric it is."""
    values, image = difference.attention, difference.image
    limit, level = float(np.abs(values).max()), float(image.std()) / 2
    scale = {"cmap": "seismic", "vmin": -limit, "vmax": limit}
    drawn = panels.picture(ax, values, "class difference", origin="lower", **scale)
    panels.contours(ax, image, [level], "lower", colors="black", alpha=0.7, linewidths=0.7)
    panels.label(ax, f"asymmetry {difference.asymmetry:.3f}")
    panels.colour_bar(ax, drawn, "attention, FRI − FRII")


def _passes(aggregate: Aggregate) -> str:
    count = int(aggregate.about["passes"])
    return f"{count} pass{'es' if count > 1 else ''}"
