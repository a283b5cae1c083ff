"""The equivariant paper's Figure 1 as numbers, read from a table."""

from dataclasses import dataclass
from pathlib import Path

from radiogaze.errors import RadiogazeError
from radiogaze.files.rows import read_rows

_COLUMNS = ("model", "quantity", "epoch", "value", "source")
_MINIMUM = "minimum"


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
    minima: dict[str, PublishedMinimum] = {}
    for number, row in enumerate(read_rows(path, ","), start=1):
        if tuple(row) != _COLUMNS:
            raise RadiogazeError(
                f"{path}: expected the columns {','.join(_COLUMNS)}, found {','.join(row)}"
            )
        if row["quantity"] != _MINIMUM:
            continue
        try:
            minima[row["model"]] = PublishedMinimum(int(row["epoch"]), float(row["value"]))
        except ValueError:
            raise RadiogazeError(
                f"{path}: row {number}: expected a whole epoch and a loss, found"
                f" {row['epoch']!r} and {row['value']!r}"
            ) from None
    if not minima:
        raise RadiogazeError(f"{path}: no row of the quantity {_MINIMUM}")
    return minima
