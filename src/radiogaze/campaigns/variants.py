"""Experiment sheets: one row is one variant, the single source of what is trained and evaluated."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from radiogaze.campaigns.combinations import check_row, check_start, check_used
from radiogaze.errors import RadiogazeError
from radiogaze.files.rows import read_rows
from radiogaze.files.schema import load_schema, validate, validate_table

_WHOLE_NUMBERS = ("gates", "released_epoch", "kernel", "size", "seeds", "zooms", "labels")
# Columns that say where a variant is shown, how it learns and how often, not what it is.
BOOKKEEPING = ("released_folder", "released_epoch", "tables", "recipe", "seeds")
_LATEST = ("labels", "start", "unlabelled")
# Unlabelled data sets that may have sources of MiraBest's folds; the second lacks its test set.
OTHER_LISTS = ("frdeep", "frdeep-disjoint")


@dataclass(frozen=True)
class Variant:
    """One row of an experiment sheet; ``None`` where the row says ``none``.

    The columns are explained in ``radiogaze/files/schemas/experiments.schema.yaml``. Where the
    published code differs from the paper, a column says which of the two is followed.
    """

    variant: str
    dataset: str
    architecture: str
    gates: int | None
    normalisation: str | None
    scope: str | None
    aggregation: str | None
    head: str | None
    unit_order: str
    recipe: str
    released_folder: str | None
    released_epoch: int | None
    tables: tuple[str, ...]
    # What follows may be left out of a sheet; the defaults are the gating paper's.
    group: str | None = None
    kernel: int = 3
    width_divisor: str = "1"
    size: int = 150
    pixel_scaling: str = "symmetric"
    pooling: str = "sum"
    augmentation: str = "rotate-scale-shift"
    split: str = "seed"
    zooms: int = 1
    seeds: int | None = None
    labels: int | None = None
    start: str | None = None
    unlabelled: str | None = None

    @classmethod
    def from_row(cls, row: dict[str, str]) -> "Variant":
        """Convert a validated row of text cells; columns with a default may be missing."""
        cells: dict[str, Any] = {k: None if v == "none" else v for k, v in row.items()}
        for column in _WHOLE_NUMBERS:
            if cells.get(column) is not None:
                cells[column] = int(cells[column])
        cells["tables"] = tuple(cells["tables"].split(",")) if cells["tables"] else ()
        return cls(**cells)

    @property
    def cells(self) -> dict[str, Any]:
        """All columns, but the latest ones where they are left out: files stay as they were."""
        return {k: v for k, v in asdict(self).items() if v is not None or k not in _LATEST}

    @property
    def deciding(self) -> dict[str, Any]:
        """The columns that decide what is computed, without those at their default.

        A column that says where a variant is shown, or that a later version of the sheet has,
        changes no result and reruns no job.
        """
        cells = ((field, getattr(self, field.name)) for field in fields(self))
        return {
            field.name: cell
            for field, cell in cells
            if field.name not in BOOKKEEPING and cell != field.default
        }

    @property
    def is_primary(self) -> bool:
        """Whether it is the gating paper's primary network: the one in both Tables 6 and 7."""
        return {"6", "7"} <= {*self.tables}

    @property
    def is_of_mirabest(self) -> bool:
        """Whether it learns from sources of MiraBest, all or the certain ones."""
        return self.dataset.startswith("mirabest")

    @property
    def released_file(self) -> str | None:
        """The released weights of this variant, ``<folder>/<epoch>.pt``, or None."""
        if self.released_folder is None:
            return None
        return f"{self.released_folder}/{self.released_epoch}.pt"


def load_sheet(path: Path) -> dict[str, Variant]:
    """Read and check an experiment sheet.

    Parameters
    ----------
    path
        A tab-separated file with a header row, e.g. ``experiments/gating.tsv``.

    Returns
    -------
    dict
        The variants by name, in the sheet's order.

    Raises
    ------
    RadiogazeError
        If the file is missing, a row has too few or too many cells, or a cell is not allowed or
        without effect: one line naming file, row, column and the allowed values.
    """
    rows = read_rows(path, "\t")
    validate_table(rows, load_schema("experiments"), path, "variant")
    if any(row["variant"] == "none" for row in rows):
        raise RadiogazeError(f"{path}: a variant is called none, which means that a cell is empty")
    variants = [Variant.from_row(row) for row in rows]
    names = [variant.variant for variant in variants]
    for name in names:
        if names.count(name) > 1:
            raise RadiogazeError(f"{path}: variant {name} stands twice; give each row its own name")
    sheet = dict(zip(names, variants, strict=True))
    for variant in variants:
        check_row(variant, path)
        check_start(variant, sheet, path)
        check_used(variant, path)
    return sheet


def find_variant(path: Path, name: str) -> Variant:
    """Return one variant of a sheet.

    Raises
    ------
    RadiogazeError
        If the sheet is faulty or has no such variant.
    """
    sheet = load_sheet(path)
    if name not in sheet:
        raise RadiogazeError(f"{path}: no variant {name}; it has: {', '.join(sheet)}")
    return sheet[name]


def restore_variant(row: Mapping[str, Any], path: Path) -> Variant:
    """Return the variant whose row was stored beside trained weights.

    Parameters
    ----------
    row
        The attributes of a `Variant`, as JSON has them.
    path
        Where it was stored, for an error.

    Raises
    ------
    RadiogazeError
        If a cell is not allowed in a sheet, as in one of another version.
    """
    cells = {column: _cell(value) for column, value in row.items()}
    validate(cells, load_schema("experiments"), f"{path}: the row of the sheet in it")
    variant = Variant.from_row(cells)
    check_row(variant, path)
    return variant


def _cell(value: Any) -> Any:
    """Write an attribute of a variant as a sheet has it; what none can be stays as it is."""
    if isinstance(value, list | tuple) and all(isinstance(part, str) for part in value):
        return ",".join(value) or "none"
    if value is None:
        return "none"
    return str(value) if isinstance(value, float | int) else value
