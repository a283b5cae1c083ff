"""What the tables are made from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from radiogaze.errors import RadiogazeError
from radiogaze.experiments import Variant, read_rows
from radiogaze.tables.metrics import Metrics
from radiogaze.tables.reference import Reference

# the catalogue columns that the tables count by
_COLUMNS = ("label", "class", "confidence", "morphology", "split")


@dataclass(frozen=True)
class Sources:
    """Everything a table may be built from; each uses its part.

    Parameters
    ----------
    sheet
        The variants by name.
    reference
        The paper's printed values.
    metrics
        The evaluations by variant.
    catalogues
        The rows of each data set's catalogue by the data set's name.
    """

    sheet: Mapping[str, Variant]
    reference: Reference
    metrics: Mapping[str, Metrics] = field(default_factory=dict)
    catalogues: Mapping[str, list[dict[str, str]]] = field(default_factory=dict)

    def catalogue(self, dataset: str) -> list[dict[str, str]]:
        """Return a data set's catalogue.

        Raises
        ------
        RadiogazeError
            If it was not given.
        """
        if dataset not in self.catalogues:
            raise RadiogazeError(f"no catalogue of {dataset}; give --catalogue {dataset}=PATH")
        return self.catalogues[dataset]


def read_catalogue(path: Path) -> list[dict[str, str]]:
    """Read a ``catalogue.csv`` and check that it has the columns the tables count by.

    Raises
    ------
    RadiogazeError
        If the file is missing, ragged, or lacks a column.
    """
    rows = read_rows(path, ",")
    missing = [column for column in _COLUMNS if column not in rows[0]]
    if missing:
        raise RadiogazeError(
            f"{path}: no column {', '.join(missing)}; expected a catalogue made by"
            " `radiogaze prepare`"
        )
    return rows
