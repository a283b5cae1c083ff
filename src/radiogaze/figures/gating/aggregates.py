"""Figures 8 to 13: mean images and mean attention of groups of sources over augmented passes."""

from matplotlib.figure import Figure

from radiogaze.errors import RadiogazeError
from radiogaze.figures import panels
from radiogaze.figures.gating.tiles import draw_tiles
from radiogaze.figures.inputs import FigureInputs, require, require_single
from radiogaze.figures.style import COLUMN, PAGE
from radiogaze.terms import CLASSES

SATURATION = 0.05  # of Figure 8
CONTOURS = (0.001, 0.034, 0.067, 0.1)  # of Figure 12, as drawn; the paper's caption has others
_GROUPS = {
    "FRI-certain": "certain FRI",
    "FRI-uncertain": "uncertain FRI",
    "FRII-certain": "certain FRII",
    "FRII-uncertain": "uncertain FRII",
}


def draw_mean_difference(inputs: FigureInputs) -> Figure:
    """Draw Figure 8: <FRI> - <FRII> of the augmented images, saturated at +-0.05.

    Needs the aggregate of one model; the images are the same for all.
    """
    aggregate = require_single(inputs.aggregates, "aggregate")
    difference = (
        aggregate.images[aggregate.index("FRI")] - aggregate.images[aggregate.index("FRII")]
    )
    figure, ((ax,),) = panels.grid(1, 1, (COLUMN, 0.8 * COLUMN))
    scale = {"cmap": "RdBu_r", "vmin": -SATURATION, "vmax": SATURATION}
    drawn = panels.picture(ax, difference, "difference", **scale)
    text = r"$\langle$FRI$\rangle - \langle$FRII$\rangle$ (pixel value)"
    panels.colour_bar(ax, drawn, text, extend="both")
    panels.arcsec(ax)
    ax.set_title(
        f"minimum {difference.min():z.3f}, maximum {difference.max():z.3f}", fontsize="small"
    )
    return figure


def draw_by_gate(inputs: FigureInputs) -> Figure:
    """Draw Figure 9: the average map and the gates' native maps, FRI left, FRII right, own scales.

    Needs the aggregate of one model.
    """
    aggregate = require_single(inputs.aggregates, "aggregate")
    rows = {"average": aggregate.maps}
    rows |= {f"gate {n}": gate for n, gate in enumerate(aggregate.gates, start=1)}
    places = [aggregate.index(group) for group in CLASSES]
    sized = {f"{name}\n{maps.shape[-1]} px": maps[places] for name, maps in rows.items()}
    return panels.class_columns(sized, 0.38)


def draw_through_training(inputs: FigureInputs) -> Figure:
    """Draw Figure 10: each class's mean image, then mean maps over the row's common peak.

    Needs the aggregates of one model at several epochs, named by the epoch, in order.
    """
    epochs = require(inputs.aggregates, "aggregate")
    columns = 1 + len(epochs)
    figure, axes = panels.grid(2, columns, (PAGE, 1.87 * PAGE / columns + 0.2))
    first = next(iter(epochs.values()))
    for row, name in zip(axes, CLASSES, strict=True):
        image = first.images[first.index(name)]
        panels.sky(row[0], image / image.max())
        row[0].set_ylabel(name)
        maps = [aggregate.maps[aggregate.index(name)] for aggregate in epochs.values()]
        peak = max(float(values.max()) for values in maps)
        for ax, values in zip(row[1:], maps, strict=True):
            drawn = panels.attention(ax, values / peak, vmin=0, vmax=1)
        panels.colour_bar(row[-1], drawn, f"attention / {peak:.3f}")
    axes[0, 0].set_title("mean image")
    for ax, epoch in zip(axes[0, 1:], epochs, strict=True):
        ax.set_title(panels.checkpoint_title(epoch))
    return figure


def draw_by_prediction(inputs: FigureInputs) -> Figure:
    """Draw Figure 11: mean maps, rows true and columns predicted class, on one scale.

    Needs the aggregate of one model. A cell without sources is labelled so.
    """
    aggregate = require_single(inputs.aggregates, "aggregate")
    shown = [name for name in aggregate.groups if "-as-" in name]
    if not shown:
        raise RadiogazeError("--aggregate: holds no maps by prediction; make it again")
    indices = [aggregate.index(name) for name in shown]
    low = float(aggregate.maps[indices].min())
    high = float(aggregate.maps[indices].max())
    figure, axes = panels.grid(2, 2, (COLUMN, 0.9 * COLUMN))
    for row, true in zip(axes, CLASSES, strict=True):
        row[0].set_ylabel(f"true {true}")
        for ax, found in zip(row, CLASSES, strict=True):
            group = f"{true}-as-{found}"
            if group not in shown:
                panels.empty(ax, "no source")
                continue
            index = aggregate.index(group)
            drawn = panels.attention(ax, aggregate.maps[index], vmin=low, vmax=high)
            panels.label(ax, f"{aggregate.counts[index]:,}")
    for ax, name in zip(axes[0], CLASSES, strict=True):
        ax.set_title(f"predicted {name}")
    panels.finish_bar(figure.colorbar(drawn, ax=axes, aspect=25, pad=0.02), "attention")
    return figure


def draw_by_confidence(inputs: FigureInputs) -> Figure:
    """Draw Figure 12: mean images with contours above mean attention maps, each on its own scale.

    Needs the aggregate of one model on a data set with confidences. A group without sources is
    labelled so.
    """
    aggregate = require_single(inputs.aggregates, "aggregate")
    shown = [group for group in _GROUPS if group in aggregate.groups]
    if not shown:
        raise RadiogazeError("--aggregate: holds no maps by confidence; its data set has none")
    figure, axes = panels.grid(2, len(_GROUPS), (PAGE, 0.45 * PAGE))
    for (above, below), (group, title) in zip(axes.T, _GROUPS.items(), strict=True):
        above.set_title(title)
        if group not in shown:
            panels.empty(above, "no source")
            panels.empty(below, "no source")
            continue
        index = aggregate.index(group)
        image = aggregate.images[index]
        panels.colour_bar(above, panels.sky(above, image))
        panels.contours(above, image, CONTOURS, cmap="cool", alpha=0.7, linewidths=0.6)
        drawn = panels.attention(below, aggregate.maps[index])
        panels.colour_bar(below, drawn)
    axes[0, 0].set_ylabel("mean image")
    axes[1, 0].set_ylabel("mean attention")
    return figure


def draw_grid(inputs: FigureInputs) -> Figure:
    """Draw Figure 13: mean maps of every normalisation and aggregation in (i) FRI, (ii) FRII.

    Needs the aggregates of 16 models.
    """
    return draw_tiles(inputs.aggregates)
