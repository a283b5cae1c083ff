"""Coordinates of sources: a pair on the command line, or a table."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import astropy.units as u
import numpy as np
from astropy.coordinates import Angle, Latitude, Longitude, SkyCoord

from radiogaze.classify.radio_source import Failure
from radiogaze.errors import RadiogazeError, printable
from radiogaze.files.broken_bytes import one_line
from radiogaze.files.sky_table import read_table, text

# Lower-case column names that surveys and VizieR use.
RA_NAMES = ("ra", "ra_deg", "raj2000", "_raj2000", "ra_icrs", "ra2000")
DEC_NAMES = ("dec", "dec_deg", "decj2000", "dej2000", "_dej2000", "de_icrs", "dec2000")
_DEGREES = ("deg", "degs", "degrees")  # as tables write it that astropy does not recognise
NAME_NAMES = ("name", "source_name", "source", "id", "object")


@dataclass(frozen=True)
class CutoutRequest:
    """A source whose FIRST cutout is requested: its name and J2000 position in degrees."""

    name: str
    ra_deg: float
    dec_deg: float


def parse_coordinates(
    ra: Any, dec: Any, name: str | None = None, units: tuple[u.UnitBase, ...] = (u.deg, u.deg)
) -> CutoutRequest:
    """Parse coordinates: numbers, or text such as 13h54m32.9s or 13:54:32.9, which is hours.

    Parameters
    ----------
    ra, dec
        Numbers or texts.
    name
        None: a name made from the position, ``FIRST_J135432.88+281436.2``.
    units
        Of the numbers.

    Raises
    ------
    RadiogazeError
        If they are not a position on the sky.
    """
    asked = f"coordinates {ra!s:.60} {dec!s:.60}"
    try:
        ra_angle = _angle(ra, units[0], Longitude, u.hourangle)
        dec_angle = _angle(dec, units[1], Latitude, u.deg)
        with np.errstate(invalid="ignore"):  # of infinite numbers, which are refused below
            position = SkyCoord(ra_angle, dec_angle)
    except (ValueError, TypeError, LookupError, u.UnitsError) as error:
        raise RadiogazeError(
            f"{asked}: not a position, {one_line(error)}; expected degrees or"
            " sexagesimal hours and degrees"
        ) from None
    degrees = float(position.ra.deg), float(position.dec.deg)
    if not (0 <= ra_angle.deg <= 360 and np.isfinite(degrees).all()):  # noqa: PLR2004
        raise RadiogazeError(f"{asked}: expected RA from 0 to 360 and Dec from -90 to 90 degrees")
    return CutoutRequest(name or _iau_name(position), *degrees)


def _angle(value: Any, unit: u.UnitBase, kind: type[Angle], unit_of_text: u.UnitBase) -> Angle:
    """Read one coordinate: whether it is a number does not depend on the other one."""
    try:
        return Angle(float(str(value)), unit)
    except ValueError:
        angle = Angle(str(value), unit_of_text)
        kind(angle)  # refuses a latitude beyond a pole; a longitude would be wrapped
        return angle


def _iau_name(position: SkyCoord) -> str:
    """Return the survey's name of a position, truncated and not rounded."""
    # the digits that are cut off absorb the rounding of the arithmetic, and of the text itself
    # 24h, of a second of 60 in a table, is 0h, and -0 is 0
    hours = Longitude(round(position.ra.deg, 9) % 360, u.deg)
    ra = hours.to_string(u.hourangle, sep="", precision=6, pad=True)[:-4]
    dec = position.dec.to_string(u.deg, sep="", precision=5, pad=True, alwayssign=True)[:-4]
    return f"FIRST_J{ra}{dec}"


def read_coordinates(path: Path) -> Iterator[CutoutRequest | Failure]:
    """Read a table of coordinates, row by row.

    Parameters
    ----------
    path
        CSV, TSV, ECSV, VOTable or FITS with columns such as ``ra`` and ``dec`` (numbers in the
        column's unit, else in degrees; or sexagesimal text) and optionally ``name``.

    Yields
    ------
    CutoutRequest or Failure
        A row without valid coordinates is a failure; the others follow.

    Raises
    ------
    RadiogazeError
        If the table cannot be read, is empty, or has no such columns; or the unit of one is no
        angle.
    """
    table = read_table(path, "coordinates")
    by_name = {str(column).lower(): str(column) for column in table.colnames}
    ra, dec, called = (
        next((by_name[name] for name in names if name in by_name), None)
        for names in (RA_NAMES, DEC_NAMES, NAME_NAMES)
    )
    if ra is None or dec is None:
        names = RA_NAMES if ra is None else DEC_NAMES
        raise RadiogazeError(
            f"{path}: expected a column called {' or '.join(names)}, found"
            f" {', '.join(by_name.values())[:200]}"
        )
    units = tuple(_unit(table[column], path) for column in (ra, dec))
    for number, row in enumerate(table, start=1):
        name = None if called is None else printable(text(row[called]))
        try:
            yield parse_coordinates(text(row[ra]), text(row[dec]), name or None, units)
        except RadiogazeError as error:
            yield Failure(f"{path}: row {number}: {error}")


def _unit(column: Any, path: Path) -> u.UnitBase:
    """Return the unit of the numbers of a column; of text, it may describe the form: h:m:s."""
    unit = column.unit
    if unit is None or unit == u.dimensionless_unscaled or str(unit).lower() in _DEGREES:
        return u.deg
    if unit.is_equivalent(u.deg):
        return unit
    if column.dtype.kind in "OSU":
        return u.deg
    raise RadiogazeError(
        f"{path}: column {column.name}: found the unit {unit}, expected an angle: deg, rad or"
        " hourangle"
    )
