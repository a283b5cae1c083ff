"""Tables as surveys and VizieR give them, in any of several formats."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np
from astropy.io.ascii import convert_numpy
from astropy.table import Table
from astropy.utils.exceptions import AstropyWarning

from radiogaze.errors import RadiogazeError
from radiogaze.files.broken_bytes import one_line

FORMATS = {
    ".csv": "ascii.csv",
    ".tsv": "ascii.tab",
    ".txt": "ascii",
    ".vot": "votable",
    ".xml": "votable",
    ".fits": "fits",
    ".fit": "fits",
    ".ecsv": "ascii.ecsv",
}
_ECSV = b"# %ECSV"  # how its text begins, also under another name
_SEPARATORS = {"ascii.csv": (",", "comma"), "ascii.tab": ("\t", "tab"), "ascii": (" ", "space")}


def read_table(path: Path, contents: str) -> Table:
    """Read a table in any of `FORMATS`.

    The cells of a text format are text, as they are written: a name such as 0012 is no number.
    An ECSV, a VOTable and a FITS table state the type of each column.

    Parameters
    ----------
    path
        Its suffix names the format.
    contents
        What it should list, for the messages.

    Raises
    ------
    RadiogazeError
        If the file is missing or broken, has another suffix, or has no rows.
    """
    form = FORMATS.get(path.suffix.lower())
    if form is None:
        raise RadiogazeError(f"{path}: expected a table that ends in {' '.join(FORMATS)}")
    if not path.is_file():
        raise RadiogazeError(f"{path}: no such file; expected a table of {contents}")
    try:
        with path.open("rb") as file:
            form = FORMATS[".ecsv"] if file.read(len(_ECSV)) == _ECSV else form
        options: dict[str, Any] = {}
        if form not in ("votable", "fits"):  # which state how their text is encoded
            options = {"guess": False, "encoding": "utf-8-sig"}
            if form != FORMATS[".ecsv"]:
                options["converters"] = {"*": [convert_numpy(str)]}
                _check_separator(path, *_SEPARATORS[form])
        with warnings.catch_warnings(action="ignore", category=AstropyWarning):
            table = Table.read(path, format=form, **options)
    except Exception as error:  # astropy's readers raise anything on broken files
        raise RadiogazeError(
            f"{path}: expected a table of {contents}, found {one_line(error)}"
        ) from None
    if not len(table):
        raise RadiogazeError(f"{path}: the table has no rows")
    return table


def _check_separator(path: Path, separator: str, called: str) -> None:
    """Refuse a header with another separator, which would be a single column or lines too long."""
    with path.open(encoding="utf-8-sig") as file:
        lines = (line for line in map(str.strip, file) if line and not line.startswith("#"))
        header = next(lines, "")
    if separator not in header and set(header) & set(",;|\t"):
        raise ValueError(
            f"the header {header[:60]!r} without a {called}; save the table with {called}s between"
            " its columns"
        )


def text(value: Any) -> str:
    """Return a cell as text, empty if it is masked."""
    if value is np.ma.masked:
        return ""
    return (value.decode(errors="replace") if isinstance(value, bytes) else str(value)).strip()
