"""What the tables are made from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from radiogaze.campaigns.variants import Variant
from radiogaze.errors import RadiogazeError
from radiogaze.files.rows import read_rows
from radiogaze.tables.reference import Reference
from radiogaze.tables.runs import Metrics, Runs

# the catalogue columns that the tables count by
_COLUMNS = ("label", "class", "confidence", "morphology", "split")


@dataclass(frozen=True)
class TableInputs:
    """Everything a table may be built from; each uses its part.

    Parameters
    ----------
    sheet
        The variants by name.
    reference
        The paper's printed values.
    metrics
        The evaluations by variant, then by the seed of the training (None: released weights).
    released
        The evaluations of released weights beside those of our own training.
    folds
        Our own training in each fold of a cross-validation, by variant.
    logits, predictions
        ``logits.npz`` and ``predictions.csv`` of an evaluation by ``<variant>/<run>``.
    gaze
        The scores of ``radiogaze gaze`` by ``<variant>/<run>``.
    doubt
        Tables of ``radiogaze doubt`` by their names.
    catalogues
        ``catalogue.csv`` by the data set's name.
    misclassified, printed
        The table of ``radiogaze misclassify`` and the paper's Table 10, which only Table 10 needs.
    recipes
        The recipes of the sheet's variants, which only Table 5 needs; None for the package's.
    compared
        Whether ours can be set against the paper's: not where the sky is synthetic.
    """

    sheet: Mapping[str, Variant]
    reference: Reference
    metrics: Runs = field(default_factory=dict)
    released: Runs = field(default_factory=dict)
    folds: Mapping[str, Sequence[Metrics]] = field(default_factory=dict)
    logits: Mapping[str, Path] = field(default_factory=dict)
    predictions: Mapping[str, Path] = field(default_factory=dict)
    gaze: Mapping[str, Path] = field(default_factory=dict)
    doubt: Mapping[str, Path] = field(default_factory=dict)
    catalogues: Mapping[str, Path] = field(default_factory=dict)
    misclassified: Path | None = None
    printed: Path | None = None
    recipes: Path | None = None
    compared: bool = True

    def catalogue(self, dataset: str) -> list[dict[str, str]]:
        """Return the rows of a data set's catalogue.

        Raises
        ------
        RadiogazeError
            If it was not given, is missing or ragged, or lacks a column.
        """
        if dataset not in self.catalogues:
            raise RadiogazeError(f"no catalogue of {dataset}; give --catalogue {dataset}=PATH")
        path = self.catalogues[dataset]
        rows = read_rows(path, ",")
        if missing := [column for column in _COLUMNS if column not in rows[0]]:
            raise RadiogazeError(
                f"{path}: no column {', '.join(missing)}; expected a catalogue made by"
                " `radiogaze prepare`"
            )
        return rows
