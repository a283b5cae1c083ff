"""The sources whose label no network believes."""

from matplotlib.figure import Figure

from radiogaze.errors import RadiogazeError
from radiogaze.figures import panels
from radiogaze.figures.inputs import FigureInputs, require_table
from radiogaze.figures.style import PAGE

_ROWS, _COLUMNS = 3, 6


def draw(inputs: FigureInputs) -> Figure:
    """Draw the 18 sources with the lowest out-of-fold probability of their label.

    Needs the table ``labels`` of `radiogaze cross-validate`, and the cutouts.

    Raises
    ------
    RadiogazeError
        If there are no cutouts, or the table is of others.
    """
    table = require_table(inputs.measured, "labels").head(_ROWS * _COLUMNS)
    cutouts = inputs.cutouts
    if cutouts is None or table["index"].max() >= len(cutouts.images):
        raise RadiogazeError(
            "--images, --catalogue: expected the cutouts that labels is a table of"
        )
    side = PAGE / _COLUMNS
    figure, axes = panels.grid(_ROWS, _COLUMNS, (PAGE, (side + 0.28) * _ROWS))
    for ax, (_, row) in zip(axes.ravel(), table.iterrows(), strict=False):
        source = cutouts.catalogue.loc[row["index"]]
        panels.sky(ax, cutouts.images[row["index"]])
        panels.label(ax, f"{row['p_label']:.2f}")
        ax.set_title(f"{row['confidence']} {row['class']}", fontsize=6, pad=2)
        where = f"{source['ra_deg']:.3f} {source['dec_deg']:+.3f}, {source['extent_arcsec']:.0f}″"
        ax.set_xlabel(where, fontsize=5, labelpad=2)
    for ax in axes.ravel()[len(table) :]:
        ax.set_visible(False)
    return figure
