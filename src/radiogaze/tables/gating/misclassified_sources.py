"""The sources of Table 10: what ``radiogaze misclassify`` found, and what the paper printed."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from astropy.coordinates import Latitude, Longitude
from astropy.units import UnitsError

from radiogaze.errors import RadiogazeError
from radiogaze.files.rows import number_between, read_rows

# the numbers of `radiogaze misclassify`: column -> least and greatest value
_RANGES = {
    "position": (0, math.inf),
    "ra_deg": (0, 360),
    "dec_deg": (-90, 90),
    "redshift": (0, math.inf),
    "extent_arcsec": (0, math.inf),
    "passes": (1, math.inf),
    "misclassified": (0, math.inf),
}
_WHOLE = ("position", "passes", "misclassified")
_TEXTS = ("source_name", "class", "confidence")
# column of the paper's Table 10 -> metric of ours
_PRINTED = {
    "ra": "ra",
    "dec": "dec",
    "redshift": "redshift",
    "extent_arcsec": "extent",
    "mirabest_class": "class",
}
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
    def values(self) -> dict[str, str]:
        """Its position, redshift, extent and class by metric, written as the paper does."""
        ra, dec = Longitude(self.ra, "deg"), Latitude(self.dec, "deg")
        return {
            "ra": ra.to_string(unit="hourangle", sep="hms", precision=1, pad=True),
            "dec": dec.to_string(unit="deg", sep="dms", precision=0, pad=True, alwayssign=True),
            "redshift": f"{self.redshift:.4f}",
            "extent": f"{self.extent:.2f}",
            "class": self.kind,
        }


@dataclass(frozen=True)
class PrintedSource:
    """A row of the paper's Table 10.

    Parameters
    ----------
    letter
        As the paper calls it.
    name
        That of the test source at its position.
    values
        Position, redshift, extent and class by metric, as printed.
    """

    letter: str
    name: str
    values: Mapping[str, str]

    def agreeing_axes(self, source: MisclassifiedSource) -> set[str]:
        """Return which of ``ra`` and ``dec`` agree with another position within their roundings."""
        ra = (Longitude(self.values["ra"]).deg - source.ra + 180) % 360 - 180
        dec = Latitude(self.values["dec"]).deg - source.dec
        apart = {"ra": abs(ra) * 3600 / _RA_TOLERANCE, "dec": abs(dec) * 3600 / _DEC_TOLERANCE}
        return {axis for axis, ratio in apart.items() if ratio <= 1}


def read_misclassified(path: Path) -> list[MisclassifiedSource]:
    """Read the table of ``radiogaze misclassify``.

    Raises
    ------
    RadiogazeError
        If the file is missing, is another table, or a cell is no number or out of its range.
    """
    rows = read_rows(path, ",")
    _check_columns(rows[0], [*_RANGES, *_TEXTS], path, "a table of `radiogaze misclassify`")
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
    expected = "the paper's Table 10, e.g. table10.csv"
    _check_columns(rows[0], [*_PRINTED, "source", "source_name"], path, expected)
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
            row["source"],
            row["source_name"],
            {metric: row[column] for column, metric in _PRINTED.items()},
        )
        for row in rows
    ]


def _source(row: Mapping[str, str], where: str) -> MisclassifiedSource:
    """Read one row of ``radiogaze misclassify``."""
    numbers = {column: _number(row, column, where, *ends) for column, ends in _RANGES.items()}
    passes = int(numbers["passes"])
    return MisclassifiedSource(
        position=int(numbers["position"]),
        name=row["source_name"],
        ra=numbers["ra_deg"],
        dec=numbers["dec_deg"],
        redshift=numbers["redshift"],
        extent=numbers["extent_arcsec"],
        kind=f"{row['confidence'].capitalize()} {row['class']}",
        passes=passes,
        misclassified=int(_number(row, "misclassified", where, 0, passes)),
    )


def _check_columns(row: Mapping[str, str], columns: list[str], path: Path, expected: str) -> None:
    """Refuse another table."""
    if missing := [column for column in columns if column not in row]:
        raise RadiogazeError(f"{path}: no column {', '.join(missing)}; expected {expected}")


def _number(row: Mapping[str, str], column: str, where: str, low: float, high: float) -> float:
    """Read a number of a row, without decimals where they mean nothing."""
    value = number_between(row, column, where, low, high)
    if column in _WHOLE and not value.is_integer():
        raise RadiogazeError(
            f"{where}: {column}: found {row[column]!r:.60}, expected a number without decimals"
        )
    return value
