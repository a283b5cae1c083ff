"""The papers' printed values, as typed from their tables."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from radiogaze.errors import RadiogazeError
from radiogaze.files.rows import read_rows
from radiogaze.files.schema import load_schema, validate_table

# Augmented passes over the test set: gating paper, Section 4.3; equivariant paper, its code.
PASSES = {"gating": 360, "equivariant": 100}


@dataclass(frozen=True)
class PaperValue:
    """One cell of a paper's table.

    Parameters
    ----------
    value
        The text as printed, whose last digit shows to what the paper rounded. A thousands
        separator is left out; a percentage is a fraction.
    uncertainty
        The number after ±, or an empty text.
    see
        The section of ``docs/differences.md`` that explains a known disagreement, or empty.
    """

    value: str
    uncertainty: str = ""
    see: str = ""


@dataclass(frozen=True)
class Reference:
    """The values of one paper, by table number, row, column and class.

    ``passes`` are the augmented passes over the test set behind each of them.
    """

    path: Path
    passes: int
    values: Mapping[tuple[str, str, str, str], PaperValue]

    def find(self, table: str, row: str, column: str, group: str = "") -> PaperValue | None:
        """Return the value of one cell, or None where the paper's cell is empty."""
        return self.values.get((table, row, column, group))

    def get(self, table: str, row: str, column: str, group: str = "") -> PaperValue:
        """Return the value of one cell that the paper does give.

        Raises
        ------
        RadiogazeError
            If the file has no such cell.
        """
        found = self.find(table, row, column, group)
        if found is None:
            cell = ", ".join(part for part in (row, column, group) if part)
            raise RadiogazeError(f"{self.path}: no value for Table {table}: {cell}; type it in")
        return found


def load_reference(path: Path, paper: str) -> Reference:
    """Read the printed values of one paper.

    Parameters
    ----------
    path
        A CSV file, e.g. ``workflow/reference/paper_values.csv``; its columns are explained in
        ``radiogaze/files/schemas/paper_values.schema.yaml``.
    paper
        The paper's short name, e.g. ``"gating"``.

    Raises
    ------
    RadiogazeError
        If the file is missing or faulty, a cell is listed twice, or nothing is of this paper.
    """
    rows = read_rows(path, ",")
    validate_table(rows, load_schema("paper_values"), path, "row")
    values: dict[tuple[str, str, str, str], PaperValue] = {}
    for number, row in enumerate(rows, start=1):
        if row["paper"] != paper:
            continue
        key = (row["table"], row["row"], row["column"], row["class"])
        if key in values:
            cell = ", ".join(part for part in key[1:] if part)
            raise RadiogazeError(f"{path}: row {number}: Table {key[0]}: {cell} is listed twice")
        values[key] = PaperValue(row["value"], row["uncertainty"], row["see"])
    if not values:
        papers = ", ".join(sorted({row["paper"] for row in rows}))
        raise RadiogazeError(f"{path}: no values of the paper {paper}; it has: {papers}")
    return Reference(path, PASSES[paper], values)
