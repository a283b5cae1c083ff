"""Figures 5 and 13: maps of 16 models, normalisations down and aggregations across."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure, SubFigure
from numpy.typing import NDArray

from radiogaze.errors import RadiogazeError
from radiogaze.figures import panels
from radiogaze.figures.style import PAGE

NORMALISATIONS = {
    "range": "range",
    "standardisation": "standard.",
    "sigmoid": "sigmoid",
    "softmax": "softmax",
}
AGGREGATIONS = {
    "mean": "mean",
    "concat": "concat.",
    "deepsup": "deep sup.",
    "ft": "fine tuned",
}

Maps = Mapping[tuple[str, str], NDArray[Any]]


def by_model(models: Mapping[str, Any]) -> dict[tuple[str, str], Any]:
    """Return the models by normalisation and aggregation.

    Raises
    ------
    RadiogazeError
        If a model is missing, or two have the same normalisation and aggregation.
    """
    by_kind: dict[tuple[str, str], Any] = {}
    for name, model in models.items():
        key = (model.about["normalisation"], model.about["aggregation"])
        if key in by_kind:
            raise RadiogazeError(f"{name}: another model with {' and '.join(key)} is given too")
        by_kind[key] = model
    needed = [(row, column) for row in NORMALISATIONS for column in AGGREGATIONS]
    missing = [" ".join(key) for key in needed if key not in by_kind]
    if missing:
        raise RadiogazeError(f"this figure needs 16 models; missing: {', '.join(missing)}")
    return by_kind


def draw_tiles(halves: Mapping[str, Maps]) -> Figure:
    """Draw one 4 x 4 array of maps a class, each map scaled to 0..1 by its own extremes.

    Parameters
    ----------
    halves
        Title -> (normalisation, aggregation) -> map [150, 150].
    """
    figure = Figure(figsize=(PAGE, 0.53 * PAGE), layout="constrained")
    parts: NDArray[np.object_] = figure.subfigures(1, len(halves), wspace=0.02, squeeze=False)[0]
    for part, (title, maps) in zip(parts, halves.items(), strict=True):
        _array(part, title, maps)
    return figure


def _array(part: SubFigure, title: str, maps: Maps) -> None:
    """Draw one class."""
    part.suptitle(title)
    axes: NDArray[np.object_] = part.subplots(4, 4, gridspec_kw={"wspace": 0.02, "hspace": 0.02})
    drawn = None
    for row, (normalisation, row_name) in zip(axes, NORMALISATIONS.items(), strict=True):
        row[0].set_ylabel(row_name)
        for ax, aggregation in zip(row, AGGREGATIONS, strict=True):
            drawn = panels.tile(ax, maps[normalisation, aggregation]) or drawn
    for ax, name in zip(axes[0], AGGREGATIONS.values(), strict=True):
        ax.set_title(name, fontsize="small")
    if drawn is None:
        raise RadiogazeError(f"{title}: every map is constant; choose trained weights")
    text = "each map from its minimum (0) to its maximum (1)"
    bar = part.colorbar(drawn, ax=axes, location="bottom", aspect=40, pad=0.02)
    panels.finish_bar(bar, text)
