"""The equivariant paper's Figure 1 as numbers, read from a table."""

from dataclasses import dataclass
from pathlib import Path

from radiogaze.errors import RadiogazeError
from radiogaze.files.broken_bytes import one_line
from radiogaze.files.rows import read_rows


@dataclass(frozen=True)
class PublishedMinimum:
    """The lowest validation loss of a published training, and its epoch, counted from zero."""

    epoch: int
    loss: float


def load_published_minima(path: Path) -> dict[str, PublishedMinimum]:
    """Return the published minima by the paper's name of the network.

    Parameters
    ----------
    path
        ``workflow/reference/equivariant_curves.csv``: model, quantity, epoch, value, source.

    Raises
    ------
    RadiogazeError
        If the file is missing, lacks a column, or has no minimum.
    """
    rows = read_rows(path, ",")
    try:
        minima = {
            row["model"]: PublishedMinimum(int(row["epoch"]), float(row["value"]))
            for row in rows
            if row["quantity"] == "minimum"
        }
    except (KeyError, ValueError) as error:
        raise RadiogazeError(
            f"{path}: expected a whole epoch and a loss of each minimum, found {one_line(error)}"
        ) from None
    if not minima:
        raise RadiogazeError(f"{path}: no row of the quantity minimum")
    return minima
