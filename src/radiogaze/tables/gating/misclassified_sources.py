"""The sources of Table 10: what ``radiogaze misclassify`` found, and what the paper printed."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from astropy.coordinates import Latitude, Longitude
from astropy.units import UnitsError

from radiogaze.errors import RadiogazeError
from radiogaze.files.rows import read_rows

_MISCLASSIFIED = (
    "position",
    "source_name",
    "ra_deg",
    "dec_deg",
    "redshift",
    "extent_arcsec",
    "class",
    "confidence",
    "passes",
    "misclassified",
)
_PRINTED = ("source", "ra", "dec", "redshift", "extent_arcsec", "mirabest_class", "source_name")
# An axis agrees within half the last digit of the file name's degrees (0.001) and of the printed
# seconds (0.1 s of right ascension, 1 arcsec of declination), in arcsec.
_RA_TOLERANCE = 1.8 + 0.75
_DEC_TOLERANCE = 1.8 + 0.5


@dataclass(frozen=True)
class MisclassifiedSource:
    """A scored test source.

    Parameters
    ----------
    position
        Its index in the test file, from 0.
    name
        Its name in the catalogue.
    ra, dec
        J2000 position of its file name [deg].
    redshift, extent
        As in its file name; the extent [arcsec].
    kind
        Confidence and class as the paper writes them, e.g. ``"Uncertain FRI"``.
    passes, misclassified
        How often it was classified, and how often wrongly.
    """

    position: int
    name: str
    ra: float
    dec: float
    redshift: float
    extent: float
    kind: str
    passes: int
    misclassified: int

    @property
    def rate(self) -> float:
        """The fraction of the passes that misclassify it."""
        return self.misclassified / self.passes

    @property
    def ra_text(self) -> str:
        """Right ascension as the paper writes it, e.g. ``07h48m18.9s``."""
        angle = Longitude(self.ra, "deg")
        return angle.to_string(unit="hourangle", sep="hms", precision=1, pad=True)

    @property
    def dec_text(self) -> str:
        """Declination as the paper writes it, e.g. ``+45d44m46s``."""
        angle = Latitude(self.dec, "deg")
        return angle.to_string(unit="deg", sep="dms", precision=0, pad=True, alwayssign=True)


@dataclass(frozen=True)
class PrintedSource:
    """A row of the paper's Table 10, as printed; ``name`` is the test source at its position."""

    letter: str
    name: str
    ra: str
    dec: str
    redshift: str
    extent: str
    kind: str

    def has_ra_of(self, source: MisclassifiedSource) -> bool:
        """Tell whether both right ascensions agree within their roundings."""
        apart = Longitude(self.ra).deg - source.ra
        return abs((apart + 180) % 360 - 180) * 3600 <= _RA_TOLERANCE

    def has_dec_of(self, source: MisclassifiedSource) -> bool:
        """Tell whether both declinations agree within their roundings."""
        return abs(Latitude(self.dec).deg - source.dec) * 3600 <= _DEC_TOLERANCE


def read_misclassified(path: Path) -> list[MisclassifiedSource]:
    """Read the table of ``radiogaze misclassify``.

    Raises
    ------
    RadiogazeError
        If the file is missing, is another table, or a cell is no number or out of its range.
    """
    rows = read_rows(path, ",")
    _check_columns(rows[0], _MISCLASSIFIED, path, "a table of `radiogaze misclassify`")
    sources = [_source(row, f"{path}: row {n}") for n, row in enumerate(rows, start=1)]
    if len(passes := sorted({source.passes for source in sources})) > 1:
        raise RadiogazeError(
            f"{path}: passes: found {' and '.join(map(str, passes))}, expected one number; make"
            " the file again with `radiogaze misclassify`"
        )
    return sources


def read_settings(path: Path) -> Mapping[str, str]:
    """Return the variant and the seed in the table of ``radiogaze misclassify``, if it has them."""
    row = read_rows(path, ",")[0]
    return {key: row[key] for key in ("variant", "seed") if row.get(key)}


def read_printed(path: Path) -> list[PrintedSource]:
    """Read the paper's Table 10.

    Parameters
    ----------
    path
        ``workflow/reference/table10.csv``.

    Raises
    ------
    RadiogazeError
        If the file is missing, is another table, or a cell is not as a person would print it.
    """
    rows = read_rows(path, ",")
    _check_columns(rows[0], _PRINTED, path, "the paper's Table 10, e.g. table10.csv")
    for number, row in enumerate(rows, start=1):
        where = f"{path}: row {number}"
        for column, kind in (("ra", Longitude), ("dec", Latitude)):
            try:
                kind(row[column])
            except (ValueError, TypeError, LookupError, UnitsError):
                raise RadiogazeError(
                    f"{where}: {column}: found {row[column]!r:.60}, expected an angle such as"
                    " 07h48m18.9s or +45d44m46s"
                ) from None
    return [
        PrintedSource(
            letter=row["source"],
            name=row["source_name"],
            ra=row["ra"],
            dec=row["dec"],
            redshift=row["redshift"],
            extent=row["extent_arcsec"],
            kind=row["mirabest_class"],
        )
        for row in rows
    ]


def _source(row: Mapping[str, str], where: str) -> MisclassifiedSource:
    """Read one row of ``radiogaze misclassify``."""
    passes = _whole(row, "passes", where, 1, math.inf)
    return MisclassifiedSource(
        position=_whole(row, "position", where, 0, math.inf),
        name=row["source_name"],
        ra=_number(row, "ra_deg", where, 0, 360),
        dec=_number(row, "dec_deg", where, -90, 90),
        redshift=_number(row, "redshift", where, 0),
        extent=_number(row, "extent_arcsec", where, 0),
        kind=f"{row['confidence'].capitalize()} {row['class']}",
        passes=passes,
        misclassified=_whole(row, "misclassified", where, 0, passes),
    )


def _check_columns(
    row: Mapping[str, str], columns: tuple[str, ...], path: Path, expected: str
) -> None:
    """Refuse another table."""
    if missing := [column for column in columns if column not in row]:
        raise RadiogazeError(f"{path}: no column {', '.join(missing)}; expected {expected}")


def _number(
    row: Mapping[str, str], column: str, where: str, low: float, high: float = math.inf
) -> float:
    """Read a finite number within a range."""
    try:
        value = float(row[column])
    except ValueError:
        value = math.nan
    if not (low <= value <= high and math.isfinite(value)):
        ends = f"at least {low:g}" if math.isinf(high) else f"from {low:g} to {high:g}"
        raise RadiogazeError(
            f"{where}: {column}: found {row[column]!r:.60}, expected a number {ends}"
        )
    return value


def _whole(row: Mapping[str, str], column: str, where: str, low: int, high: float) -> int:
    """Read a whole number within a range."""
    value = _number(row, column, where, low, high)
    if not value.is_integer():
        raise RadiogazeError(
            f"{where}: {column}: found {row[column]!r:.60}, expected a whole number"
        )
    return int(value)
