"""Delimited text tables: sheets, manifests and the CSV files of the steps."""

import csv
import re
from pathlib import Path

from radiogaze.errors import RadiogazeError

_DELIMITERS = {"\t": "tab", ",": "comma"}
_OTHER_DELIMITER = re.compile(r"[,;\t]|\w +\w")


def read_rows(path: Path, delimiter: str, *, header_alone: bool = False) -> list[dict[str, str]]:
    """Read a delimited text file with a header row as one dictionary of text cells a row.

    A mark of the byte order at the beginning, which spreadsheets write, is not part of a name.
    ``header_alone`` allows a table without rows.

    Raises
    ------
    RadiogazeError
        If the file is missing, empty or ragged, is not UTF-8 text, has two columns of one name,
        or a cell has a character in it that is not printable.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file, delimiter=delimiter, restkey="", restval=None)
            rows = list(reader)
            columns = list(reader.fieldnames or [])
    except FileNotFoundError:
        raise RadiogazeError(f"{path}: no such file") from None
    except (ValueError, csv.Error) as error:
        raise RadiogazeError(f"{path}: not a UTF-8 text table: {error}") from None
    except OSError as error:
        raise RadiogazeError(f"{path}: cannot be read: {error.strerror or error}") from None
    if not columns or not (rows or header_alone):
        raise RadiogazeError(f"{path}: empty, expected a header row and at least one more")
    _check_header(columns, path, delimiter)
    for number, row in enumerate(rows, start=1):
        if "" in row or None in row.values():
            raise RadiogazeError(
                f"{path}: row {number} ({row[columns[0]]}) has another number of cells than the"
                f" header's {len(columns)}"
            )
        for column, cell in row.items():
            if not cell.isprintable():
                raise RadiogazeError(
                    f"{path}: row {number}: {column}: found {cell[:60]!r}, expected text without"
                    " line breaks, control characters and invisible ones"
                )
    return rows


def _check_header(columns: list[str], path: Path, delimiter: str) -> None:
    """Refuse other delimiters, a column without a name, and two of one name."""
    if len(columns) == 1 and _OTHER_DELIMITER.search(columns[0]):
        raise RadiogazeError(
            f"{path}: found one column {columns[0][:60]!r} in the header, expected columns with a"
            f" {_DELIMITERS.get(delimiter, delimiter)} between them; save the table with it"
        )
    for column in columns:
        if not column:
            raise RadiogazeError(f"{path}: a column of the header has no name; give it one")
        if columns.count(column) > 1:
            raise RadiogazeError(f"{path}: column {column} occurs twice in the header; keep one")
