"""Figures 4 to 7 and 14: sources and the attention maps in them."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from radiogaze.attention.storage import Examples
from radiogaze.errors import RadiogazeError
from radiogaze.figures import panels
from radiogaze.figures.gating.tiles import draw_tiles
from radiogaze.figures.inputs import FigureInputs, require, require_single
from radiogaze.figures.style import COLUMN, PAGE
from radiogaze.terms import CLASSES

_ACROSS = 4  # sources beside each other in Figure 14
_MOST = 12  # sources on a page


def draw_sources(inputs: FigureInputs) -> Figure:
    """Draw Figure 4: sources (i, ii) above mean attention maps (iii, iv), own scales.

    Needs the examples of one model (in the paper the main one, raw input).
    """
    examples = require_single(inputs.examples, "examples")
    figure, axes = panels.grid(2, 2, (COLUMN, 0.88 * COLUMN))
    for column, (name, labels) in enumerate({"FRI": "(i) (iii)", "FRII": "(ii) (iv)"}.items()):
        index = examples.index(name)
        above, below = labels.split()
        source = panels.sky(axes[0, column], examples.images[index] / 255)
        drawn = panels.attention(axes[1, column], examples.maps[index])
        panels.colour_bar(axes[0, column], source)
        panels.colour_bar(axes[1, column], drawn)
        panels.label(axes[0, column], above)
        panels.label(axes[1, column], below)
        axes[0, column].set_title(name)
        panels.arcsec(axes[1, column], y=False)
    for row in (0, 1):
        panels.arcsec(axes[row, 0], x=False)
    return figure


def draw_grid(inputs: FigureInputs) -> Figure:
    """Draw Figure 5: mean maps of every normalisation and aggregation for (i) FRI, (ii) FRII.

    Needs the examples of 16 models (in the paper raw input).
    """
    return draw_tiles(inputs.examples)


def draw_by_gates(inputs: FigureInputs) -> Figure:
    """Draw Figure 6: mean maps by number of gates, FRI left, FRII right, own scales.

    Needs the examples of some models that differ by the number of gates.

    Raises
    ------
    RadiogazeError
        If two of them have as many gates.
    """
    models = sorted(
        require(inputs.examples, "examples").items(),
        key=lambda named: int(named[1].about["gates"]),
    )
    rows = {}
    for name, model in models:
        gates = model.about["gates"]
        label = "1 gate" if gates == 1 else f"{gates} gates"
        if label in rows:
            raise RadiogazeError(
                f"--examples {name}: found a second model with {label}, expected one of each number"
                " of gates; take 9 out of the sheet's column tables in the row of one of them"
            )
        rows[label] = [model.maps[model.index(name)] for name in CLASSES]
    return panels.class_columns(rows, 0.39)


def draw_through_training(inputs: FigureInputs) -> Figure:
    """Draw Figure 7: each source and its mean maps at some epochs, each on its own scale.

    Needs the examples of one model at several epochs, named by the epoch, in order.
    """
    epochs = require(inputs.examples, "examples")
    columns = 1 + len(epochs)
    figure, axes = panels.grid(2, columns, (PAGE, 2 * PAGE / columns + 0.2))
    first = next(iter(epochs.values()))
    for row, name in zip(axes, CLASSES, strict=True):
        panels.sky(row[0], first.images[first.index(name)])
        row[0].set_ylabel(name)
        for ax, examples in zip(row[1:], epochs.values(), strict=True):
            panels.attention(ax, examples.maps[examples.index(name)])
    axes[0, 0].set_title("source")
    for ax, epoch in zip(axes[0, 1:], epochs, strict=True):
        ax.set_title(panels.checkpoint_title(epoch))
    return figure


def draw_misclassified(inputs: FigureInputs) -> Figure:
    """Draw Figure 14: each source, outlined where it is not clipped to zero, above its mean map.

    Needs the examples of one model for the lettered sources of Table 10 (in the paper input
    0..1).
    """
    examples = require_single(inputs.examples, "examples")
    shown = min(len(examples.names), _MOST)
    columns = min(_ACROSS, shown)
    rows = -(-shown // columns)
    size = (columns * PAGE / _ACROSS, rows * (1.72 * PAGE / _ACROSS + 0.18))
    figure, axes = panels.grid(2 * rows, columns, size)
    for index in range(rows * columns):
        pair = axes[2 * (index // columns) :, index % columns][:2]
        if index < shown:
            _source(pair[0], pair[1], examples, index)
        else:
            for ax in pair:
                ax.axis("off")
    if shown < len(examples.names):
        figure.supxlabel(f"the first {shown} of {len(examples.names)} sources", fontsize="small")
    return figure


def _source(above: Axes, below: Axes, examples: Examples, index: int) -> None:
    image = examples.images[index]
    panels.sky(above, image)
    panels.outline(above, image)
    letter = examples.letters[index]
    title = f"{letter}: {examples.confidences[index]} {examples.classes[index]}"
    above.set_title(" ".join(title.split()), fontsize="small")
    drawn = panels.attention(below, examples.maps[index])
    panels.colour_bar(below, drawn)
