"""Coordinates that a user gives: two words, or a table."""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import astropy.units as u
import numpy as np
from astropy.coordinates import SkyCoord
from astropy.table import Table
from astropy.utils.exceptions import AstropyWarning

from radiogaze.classify.images.source import Failure
from radiogaze.errors import RadiogazeError
from radiogaze.files.broken_bytes import one_line

# Lower-case names of columns that surveys and VizieR use.
RA_NAMES = ("ra", "ra_deg", "raj2000", "_raj2000", "ra_icrs", "ra2000")
DEC_NAMES = ("dec", "dec_deg", "decj2000", "dej2000", "_dej2000", "de_icrs", "dec2000")
NAME_NAMES = ("name", "source_name", "source", "id", "object")
FORMATS = {
    ".csv": "ascii.csv",
    ".tsv": "ascii.tab",
    ".txt": "ascii",
    ".vot": "votable",
    ".xml": "votable",
    ".fits": "fits",
    ".fit": "fits",
}


@dataclass(frozen=True)
class Position:
    """Where a source is said to be, J2000, and what it is called."""

    name: str
    ra_deg: float
    dec_deg: float


def parse_position(ra: Any, dec: Any, name: str | None = None) -> Position:
    """Read coordinates: numbers are degrees, texts as 13h54m32.9s or 13:54:32.9 are hours.

    Parameters
    ----------
    ra, dec
        Numbers or texts.
    name
        None: one of the position, ``FIRST_J135432.88+281436.2``.

    Raises
    ------
    RadiogazeError
        If they are no position on the sky.
    """
    asked = f"coordinates {ra!s:.60} {dec!s:.60}"
    try:
        numbers = [float(str(value)) for value in (ra, dec)]
    except ValueError:
        numbers = []
    try:
        if numbers and not np.isfinite(numbers).all():
            raise ValueError("not a finite number")  # noqa: TRY301
        if numbers:
            place = SkyCoord(*numbers, unit=u.deg)
        else:
            place = SkyCoord(str(ra), str(dec), unit=(u.hourangle, u.deg))
        degrees = float(place.ra.deg), float(place.dec.deg)
        in_range = 0 <= (numbers or degrees)[0] <= 360  # noqa: PLR2004
    except (ValueError, TypeError, LookupError, u.UnitsError) as error:
        raise RadiogazeError(
            f"{asked}: not a position, {one_line(error)}; expected degrees or"
            " sexagesimal hours and degrees"
        ) from None
    if not in_range or not np.isfinite(degrees).all():
        raise RadiogazeError(f"{asked}: expected RA from 0 to 360 and Dec from -90 to 90 degrees")
    return Position(name or _iau_name(place), *degrees)


def _iau_name(place: SkyCoord) -> str:
    """Name a position as the survey does, truncated and not rounded."""
    ra = place.ra.to_string(u.hourangle, sep="", precision=3, pad=True)[:-1]
    dec = place.dec.to_string(u.deg, sep="", precision=2, pad=True, alwayssign=True)[:-1]
    return f"FIRST_J{ra}{dec}"


def read_positions(path: Path) -> Iterator[Position | Failure]:
    """Read a table of coordinates, row by row.

    Parameters
    ----------
    path
        CSV, TSV, VOTable or FITS with columns such as ``ra`` and ``dec`` (degrees or sexagesimal
        texts) and perhaps ``name``.

    Yields
    ------
    Position or Failure
        A row without a position is a failure; the others follow.

    Raises
    ------
    RadiogazeError
        If the table cannot be read, is empty, or has no such columns.
    """
    table = _read_table(path)
    by_name = {str(column).lower(): str(column) for column in table.colnames}
    ra, dec = (_column(by_name, names, path) for names in (RA_NAMES, DEC_NAMES))
    called = next((by_name[name] for name in NAME_NAMES if name in by_name), None)
    for number, row in enumerate(table, start=1):
        name = None if called is None else _text(row[called])
        try:
            yield parse_position(_text(row[ra]), _text(row[dec]), name or None)
        except RadiogazeError as error:
            yield Failure(f"{path}: row {number}", f"{path}: row {number}: {error}")


def _read_table(path: Path) -> Table:
    """Read a table of any known form."""
    form = FORMATS.get(path.suffix.lower())
    if form is None:
        raise RadiogazeError(f"{path}: expected a table that ends in {' '.join(FORMATS)}")
    if not path.is_file():
        raise RadiogazeError(f"{path}: no such file; expected a table of coordinates")
    options = {} if form in ("votable", "fits") else {"guess": False}
    try:
        with warnings.catch_warnings(action="ignore", category=AstropyWarning):
            table = Table.read(path, format=form, **options)
    except Exception as error:  # the readers of these forms raise anything on broken files
        raise RadiogazeError(
            f"{path}: expected a table of coordinates, found {one_line(error)}"
        ) from None
    if not len(table):
        raise RadiogazeError(f"{path}: the table has no rows")
    return table


def _column(by_name: dict[str, str], names: tuple[str, ...], path: Path) -> str:
    """Find a column by its usual names."""
    for name in names:
        if name in by_name:
            return by_name[name]
    raise RadiogazeError(
        f"{path}: expected a column called {' or '.join(names)}, found"
        f" {', '.join(by_name.values())[:200]}"
    )


def _text(value: Any) -> str:
    """Return a cell as text, empty if it is masked."""
    if value is np.ma.masked:
        return ""
    return (
        value.decode(errors="replace").strip() if isinstance(value, bytes) else str(value).strip()
    )
