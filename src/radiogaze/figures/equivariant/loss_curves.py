"""Figure 1 of the equivariant paper: loss by epoch of every network."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import blended_transform_factory
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from radiogaze.evaluation.curves import History
from radiogaze.figures.equivariant.networks import COLOURS, network_of
from radiogaze.figures.equivariant.published_curves import PublishedMinimum
from radiogaze.figures.inputs import FigureInputs, require

# Layout and style of the published figure (its vector PDF).
_SIZE = (8.0, 4.0)  # inches
_LIMITS = (0.01, 6.0)
_EPOCHS = 500
WINDOW = 5  # epochs
_BAND = 0.3
_MARK = 10.0  # points
_SMALL = 5.0

Floats = NDArray[np.floating[Any]]


def draw(inputs: FigureInputs) -> Figure:
    """Draw smoothed training and validation losses, and where the validation loss was lowest.

    Needs the histories of some training runs, each named ``<variant>/<run>``; of several runs of
    one network the first is drawn as a curve and all by their triangles. The published
    minima are hollow: at their epoch where the axis reaches it, else at the right edge.
    """
    runs: dict[str, list[History]] = defaultdict(list)
    for name, history in require(inputs.histories, "history").items():
        if len(history.epoch):  # a training that did not converge may have none
            runs[network_of(name.partition("/")[0])].append(history)
    longest = max((len(h.epoch) for histories in runs.values() for h in histories), default=1)
    shown = min(longest, _EPOCHS)
    figure = Figure(figsize=_SIZE, layout="constrained")
    axes = figure.subplots()
    for network in (name for name in COLOURS if name in runs):
        first, *others = runs[network]
        _curves(axes, first, COLOURS[network])
        for history in others:
            _triangle(axes, *_best(history), COLOURS[network], _SMALL)
        _triangle(axes, *_best(first), COLOURS[network], _MARK)
        _published(axes, inputs.published_minima.get(network), COLOURS[network], shown)
    axes.set(xlim=(0, shown), ylim=_LIMITS, yscale="log", xlabel="epoch", ylabel="loss")
    axes.xaxis.set_major_locator(MaxNLocator("auto", integer=True))
    _legend(axes, runs, inputs.published_minima, smoothed=longest >= WINDOW)
    return figure


def smooth(values: Floats) -> tuple[Floats, Floats]:
    """Return rolling mean and standard deviation (n - 1) over five epochs.

    Parameters
    ----------
    values
        One an epoch, [E].

    Returns
    -------
    tuple
        [E - 4] each; with fewer than five epochs the values themselves and zeros, [E].
    """
    if len(values) < WINDOW:
        return values, np.zeros(len(values))
    windows = sliding_window_view(values, WINDOW)
    return windows.mean(-1), windows.std(-1, ddof=1)


def _curves(axes: Axes, history: History, colour: str) -> None:
    validation, spread = smooth(history.validation_loss)
    training, _ = smooth(history.train_loss)
    epochs = history.epoch[len(history.epoch) - len(validation) :]
    axes.plot(epochs, validation, "-", color=colour, linewidth=2)
    axes.plot(epochs, training, "--", color=colour, linewidth=1.5)
    low = np.maximum(validation - spread, _LIMITS[0] / 10)  # a log axis has no zero
    axes.fill_between(epochs, low, validation + spread, color=colour, alpha=_BAND, linewidth=0)


def _best(history: History) -> tuple[float, float]:
    """Return epoch and value of the lowest raw validation loss, not finite if there is none."""
    if not np.isfinite(history.validation_loss).any():  # every source trained
        return np.nan, np.nan
    best = int(np.nanargmin(history.validation_loss))
    return float(history.epoch[best]), float(history.validation_loss[best])


def _triangle(axes: Axes, epoch: float, loss: float, colour: str, size: float) -> None:
    """Mark the lowest validation loss."""
    style: dict[str, Any] = {"markeredgecolor": "black", "zorder": 4, "clip_on": False}
    axes.plot(epoch, loss, ">", color=colour, markersize=size, **style)


def _published(axes: Axes, minimum: PublishedMinimum | None, colour: str, shown: int) -> None:
    """Mark the paper's own lowest loss: at its epoch, or at the edge that it lies beyond."""
    if minimum is None:
        return
    style: dict[str, Any] = {"color": colour, "markerfacecolor": "none", "markersize": _MARK}
    style |= {"markeredgewidth": 1.5, "zorder": 3, "clip_on": False}
    if minimum.epoch < shown:
        axes.plot(minimum.epoch, minimum.loss, ">", **style)
    else:
        edge = blended_transform_factory(axes.transAxes, axes.transData)
        axes.plot(1, minimum.loss, "<", transform=edge, **style)


def _legend(
    axes: Axes,
    runs: Mapping[str, list[History]],
    minima: Mapping[str, PublishedMinimum],
    *,
    smoothed: bool,
) -> None:
    """List every network's best epoch and minimum, ours and the paper's, and the symbols."""
    handles = []
    for network in (name for name in COLOURS if name in runs):
        epoch, loss = _best(runs[network][0])
        text = f"{network}: {loss:.3f} at {epoch:.0f}" if np.isfinite(loss) else network
        if network in minima:
            text += f" (paper {minima[network].loss:.3f} at {minima[network].epoch})"
        handles.append(Line2D([], [], color=COLOURS[network], linewidth=2, label=text))
    entries: dict[str, dict[str, Any]] = {
        "validation": {"linewidth": 2},
        "training": {"linewidth": 1.5, "linestyle": "--"},
        "lowest validation loss": {"marker": ">", "linestyle": "", "markeredgecolor": "black"},
        "paper's": {"marker": ">", "linestyle": "", "markerfacecolor": "none"},
    }
    if not any(name in minima for name in runs):
        del entries["paper's"]
    handles += [Line2D([], [], color="0.4", label=name, **entries[name]) for name in entries]
    title = "rolling mean ± s.d. over 5 epochs" if smoothed else "fewer than 5 epochs: not smoothed"
    small = {"fontsize": "x-small", "title_fontsize": "x-small"}
    axes.figure.legend(handles=handles, title=title, loc="outside right upper", **small)
