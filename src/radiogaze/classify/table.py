"""The table of predictions: CSV, VOTable or FITS, written atomically."""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import astropy.units as u
import numpy as np
from astropy.io.votable import from_table
from astropy.io.votable.tree import Info
from astropy.table import Column, Table
from numpy.typing import NDArray

from radiogaze.classify.flags import Flag
from radiogaze.errors import RadiogazeError, printable
from radiogaze.files.atomic import atomic_path, disk_faults
from radiogaze.files.spreadsheet import escape_formula

Row = dict[str, Any]  # the predictions of one source, see `COLUMNS`; unknown numbers are NaN

# Column -> meaning; a name that ends in _deg is in degrees.
COLUMNS = {
    "name": "the source",
    "origin": "its file and the index in it, or the coordinates that were requested",
    "ra_deg": "right ascension of the cutout's centre, ICRS",
    "dec_deg": "declination of the cutout's centre, ICRS",
    "p_fri": "mean softmax of FRI over augmented passes and networks",
    "p_frii": "mean softmax of FRII over augmented passes and networks",
    "p_frii_calibrated": "p_frii at the temperature of --calibration",
    "conformal_set": "the classes of a set that holds the true one as often as --calibration"
    " states, joined by ;",
    "class": "the more probable class; empty if not classified",
    "spread_augmentation": "standard deviation of p_frii over the augmented passes",
    "spread_seeds": "standard deviation of p_frii over the networks",
    "flags": "reasons for care, joined by ; -- "
    + "; ".join(f"{flag}: {flag.meaning}" for flag in Flag),
}
CALIBRATED = ("p_frii_calibrated", "conformal_set")  # columns with --calibration only
_TEXTS = ("name", "origin", "class", "flags", "conformal_set")
_OURS = ("spread_augmentation", "spread_seeds")  # names of columns by which a file is recognised
_HEAD = 1_000_000  # bytes that hold them: the weights' names, of any ensemble, come before
_DIGITS = "%.7g"
_DEGREES = "{:.6f}"
FORMATS = {".csv": "csv", ".vot": "votable", ".xml": "votable", ".fits": "fits"}


def check_writable(path: Path) -> None:
    """Check that an output can be written, before anything is computed.

    Raises
    ------
    RadiogazeError
        If the ending is unknown, the folder cannot be written to, or the file exists and is not
        a table of predictions, such as an image to classify.
    """
    if path.suffix.lower() not in FORMATS:
        raise RadiogazeError(
            f"{path}: expected a table that ends in {' '.join(FORMATS)}, found"
            f" {path.suffix or 'no ending'}"
        )
    if path.is_dir():
        raise RadiogazeError(f"{path}: is a folder, expected the name of a table")
    if path.exists() and not (path.is_file() and is_predictions(path)):
        raise RadiogazeError(
            f"{path}: exists, and is no table that radiogaze classify wrote: it is not replaced;"
            " give another name after --out, or remove it"
        )
    probe = path.with_name(f".{os.getpid()}.probe")
    with disk_faults(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()


def is_predictions(path: Path) -> bool:
    """Return whether an existing file is a table of predictions, or empty.

    Raises
    ------
    RadiogazeError
        If it cannot be read.
    """
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError as error:
        raise RadiogazeError(f"{path}: cannot be read: {error.strerror or error}") from None
    return not head or all(name.encode() in head for name in _OURS)


def write_rows(rows: Sequence[Row], path: Path, metadata: dict[str, Any]) -> None:
    """Write predictions in the format of the file's ending, atomically.

    Parameters
    ----------
    rows
        One for each source, at least one.
    path
        ``.csv``, ``.vot``, ``.xml`` or ``.fits``.
    metadata
        How they were made; written as JSON to the comments of a FITS file, and to the INFO element
        ``radiogaze`` of a VOTable, whose DESCRIPTION is wrapped.

    Raises
    ------
    RadiogazeError
        If the file cannot be written.
    """
    ending = path.suffix.lower()
    table = Table()
    for name, meaning in COLUMNS.items():
        if name in CALIBRATED and name not in rows[0]:
            continue
        values = [row[name] for row in rows]
        column = _texts(values, ending) if name in _TEXTS else values
        unit = u.deg if name.endswith("_deg") else None
        table[name] = Column(column, unit=unit, description=meaning)
    with atomic_path(path) as temporary:
        if ending == ".csv":
            frame = table.to_pandas()
            for name in ("ra_deg", "dec_deg"):  # seven digits would be 0.36 arcsec
                frame[name] = frame[name].map(_DEGREES.format, na_action="ignore")
            frame.to_csv(temporary, index=False, lineterminator="\n", float_format=_DIGITS)
        elif FORMATS[ending] == "votable":
            file = from_table(table)
            file.infos.append(Info(name="radiogaze", value=json.dumps(metadata, allow_nan=False)))
            file.to_xml(str(temporary))
        else:
            table.meta["comments"] = json.dumps(metadata, indent=1, allow_nan=False).splitlines()
            table.write(temporary, format="fits", overwrite=True)


def _texts(values: list[str], ending: str) -> NDArray[Any]:
    """Return texts as a format has them; a file's name may contain any characters."""
    shown = [printable(value) for value in values]
    if ending == ".fits":
        return np.array([text.encode() for text in shown])
    if ending == ".csv":
        shown = [escape_formula(text) for text in shown]
    return np.array(shown, dtype=object)  # of variable length
