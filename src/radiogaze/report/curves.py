"""Learning curves as points of small drawings."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import inf, isfinite, log10
from pathlib import Path

import numpy as np

from radiogaze.errors import RadiogazeError
from radiogaze.evaluation.curves import History
from radiogaze.evaluation.readers import read_history

WIDTH, HEIGHT = 260.0, 130.0


@dataclass(frozen=True)
class Curve:
    """One seed's losses as points of an SVG polyline, and its selected epoch's point."""

    run: str
    train: str
    validation: str
    selected: tuple[float, float]


@dataclass(frozen=True)
class Panel:
    """The learning curves of all seeds of a variant, on one scale.

    Parameters
    ----------
    title
        The variant.
    curves
        One a seed.
    epochs
        The last epoch.
    low, high
        Losses at the lower and the upper edge; the scale is logarithmic.
    """

    title: str
    curves: tuple[Curve, ...]
    epochs: int
    low: float
    high: float


def draw_panels(histories: Iterable[tuple[str, str, Path]]) -> list[Panel]:
    """Draw learning curves.

    Parameters
    ----------
    histories
        Variant, run and ``history.csv`` of each training.

    Raises
    ------
    RadiogazeError
        If a file is missing or broken.
    """
    by_variant: dict[str, list[tuple[str, Path]]] = {}
    for variant, run, path in histories:
        by_variant.setdefault(variant, []).append((run, path))
    return [_panel(variant, runs) for variant, runs in by_variant.items()]


def _panel(variant: str, runs: list[tuple[str, Path]]) -> Panel:
    read = {run: _history(path) for run, path in runs}
    losses = [
        float(value)
        for history in read.values()
        for series in (history.train_loss, history.validation_loss)
        for value in series
        if 0 < value < inf
    ]
    low, high = min(losses, default=1.0), max(losses, default=1.0)
    last = max(int(history.epoch[-1]) for history in read.values())

    def point(epoch: float, loss: float) -> tuple[float, float]:
        span = log10(high / low) or 1.0
        height = log10(min(max(loss, low), high) / low) / span
        return round(epoch / max(last, 1) * WIDTH, 1), round(HEIGHT * (1 - height), 1)

    curves = []
    for run, history in read.items():
        finite = np.where(np.isfinite(history.validation_loss), history.validation_loss, np.inf)
        best = int(finite.argmin())
        curves.append(
            Curve(
                run,
                _polyline(point, history.epoch, history.train_loss),
                _polyline(point, history.epoch, history.validation_loss),
                point(history.epoch[best], finite[best]),
            )
        )
    return Panel(variant, tuple(curves), last, low, high)


def _history(path: Path) -> History:
    """Read a history that has an epoch at least."""
    history = read_history(path)
    if not len(history.epoch) or not np.isfinite(history.epoch).all():
        raise RadiogazeError(f"{path}: expected a row an epoch, numbered; train it again")
    return history


def _polyline(
    point: Callable[[float, float], tuple[float, float]],
    epochs: Iterable[float],
    losses: Iterable[float],
) -> str:
    pairs = zip(epochs, losses, strict=True)
    points = (point(epoch, loss) for epoch, loss in pairs if isfinite(loss))
    return " ".join(f"{x},{y}" for x, y in points)
