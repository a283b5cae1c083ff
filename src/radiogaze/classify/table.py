"""The table of predictions: CSV, VOTable or FITS, written atomically."""

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import astropy.units as u
import numpy as np
from astropy.table import Table

from radiogaze.classify.flags import MEANINGS
from radiogaze.errors import RadiogazeError, printable
from radiogaze.files.atomic import atomic_path, disk_faults
from radiogaze.files.spreadsheet import escape_formula
from radiogaze.provenance.record import to_json


@dataclass(frozen=True)
class Row:
    """The predictions of one source; see `COLUMNS`. Unknown numbers are NaN."""

    name: str
    origin: str
    ra_deg: float
    dec_deg: float
    p_fri: float
    p_frii: float
    fr_class: str
    spread_augmentation: float
    spread_seeds: float
    flags: str


# Column -> (unit, meaning), in the order of Row's fields.
COLUMNS: dict[str, tuple[Any, str]] = {
    "name": (None, "the source"),
    "origin": (None, "its file and the index in it, or the coordinates that were requested"),
    "ra_deg": (u.deg, "right ascension of the cutout's centre, ICRS"),
    "dec_deg": (u.deg, "declination of the cutout's centre, ICRS"),
    "p_fri": (None, "mean softmax of FRI over augmented passes and networks"),
    "p_frii": (None, "mean softmax of FRII over augmented passes and networks"),
    "class": (None, "the more probable class; empty if not classified"),
    "spread_augmentation": (None, "standard deviation of p_frii over the augmented passes"),
    "spread_seeds": (None, "standard deviation of p_frii over the networks"),
    "flags": (
        None,
        "reasons for care, joined by ; -- "
        + "; ".join(f"{flag}: {meaning}" for flag, meaning in MEANINGS.items()),
    ),
}
_TEXTS = ("name", "origin", "class", "flags")
DIGITS = "%.7g"


def check_writable(path: Path) -> None:
    """Check that an output can be written, before anything is computed.

    Raises
    ------
    RadiogazeError
        If the ending is unknown or the folder cannot be written to.
    """
    if path.suffix.lower() not in WRITERS:
        raise RadiogazeError(
            f"{path}: expected a table that ends in {' '.join(WRITERS)}, found"
            f" {path.suffix or 'no ending'}"
        )
    if path.is_dir():
        raise RadiogazeError(f"{path}: is a folder, expected the name of a table")
    probe = path.with_name(f".{path.name}.{os.getpid()}.probe")
    with disk_faults(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()


def write_rows(rows: Iterable[Row], path: Path, metadata: dict[str, Any]) -> None:
    """Write predictions in the format of the file's ending, atomically.

    Parameters
    ----------
    rows
        One for each source.
    path
        ``.csv``, ``.vot``, ``.xml`` or ``.fits``.
    metadata
        How they were made; written to VOTables and FITS files as JSON.

    Raises
    ------
    RadiogazeError
        If the file cannot be written.
    """
    table = _table(rows)
    with atomic_path(path) as temporary:
        WRITERS[path.suffix.lower()](table, temporary, metadata)


def _table(rows: Iterable[Row]) -> Table:
    """Turn rows into a table with units and descriptions."""
    columns = zip(*(tuple(vars(row).values()) for row in rows), strict=True)
    table = Table()
    for (name, (unit, meaning)), values in zip(
        COLUMNS.items(), list(columns) or [()] * len(COLUMNS), strict=True
    ):
        texts = name in _TEXTS  # a file's name may contain any characters
        shown = [printable(value) for value in values] if texts else values
        table[name] = np.array(shown, dtype=str if texts else np.float64)
        table[name].unit, table[name].description = unit, meaning
    return table


def _write_csv(table: Table, path: Path, _: dict[str, Any]) -> None:
    """Write CSV with empty cells for unknown numbers and no text that a spreadsheet executes."""
    frame = table.to_pandas()
    for name in _TEXTS:
        frame[name] = [escape_formula(text) for text in frame[name]]
    frame.to_csv(path, index=False, lineterminator="\n", float_format=DIGITS)


def _write_votable(table: Table, path: Path, metadata: dict[str, Any]) -> None:
    """Write a VOTable with the provenance as its description."""
    table.meta["description"] = to_json(metadata)
    for name in _TEXTS:
        table[name] = table[name].astype(object)  # variable length
        table[name].description = COLUMNS[name][1]
    table.write(path, format="votable", overwrite=True)


def _write_fits(table: Table, path: Path, metadata: dict[str, Any]) -> None:
    """Write a FITS table with the provenance as comments."""
    for name in _TEXTS:
        encoded = np.char.encode(np.asarray(table[name], dtype=str), "utf-8")
        # a column of nothing but empty texts would have width 0
        table[name] = encoded.astype(f"S{max(1, encoded.dtype.itemsize)}")
        table[name].description = COLUMNS[name][1]
    table.meta["comments"] = to_json(metadata).encode("ascii", "replace").decode().splitlines()
    table.write(path, format="fits", overwrite=True)


WRITERS: dict[str, Callable[[Table, Path, dict[str, Any]], None]] = {
    ".csv": _write_csv,
    ".vot": _write_votable,
    ".xml": _write_votable,
    ".fits": _write_fits,
}
