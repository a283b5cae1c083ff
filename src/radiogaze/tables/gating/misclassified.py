"""Table 10: the sources that the primary network misclassifies almost always."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from astropy.coordinates import Latitude, Longitude

from radiogaze.errors import RadiogazeError
from radiogaze.files.reading import reading
from radiogaze.files.rows import read_rows
from radiogaze.files.schema import load_schema, validate_table
from radiogaze.tables.cells import Cell, Content
from radiogaze.tables.inputs import TableInputs
from radiogaze.tables.reference import PaperValue
from radiogaze.tables.verdict import FOUND, NOT_FOUND, ROUNDING
from radiogaze.terms import MISCLASSIFIED

_LISTED = PaperValue("above 95 %")
_ANCHOR = "table-10"
_DATASET = "mirabest"
_RATE = "misclassification_rate"
_MEASURED = ("redshift", "extent_arcsec")
# metric -> column of the paper's table, heading
_METRICS = {
    "ra": ("ra", "RA (J2000)"),
    "dec": ("dec", "Dec (J2000)"),
    "redshift": ("redshift", "Redshift"),
    "extent": ("extent_arcsec", "Extent (″)"),
    "class": ("mirabest_class", "Class"),
    _RATE: ("", "Misclassified"),
}
# An axis agrees within half the last digit of the file name's degrees (0.001) and of the printed
# seconds (0.1 s of right ascension, 1 arcsec of declination), in arcsec.
_RA_TOLERANCE = 1.8 + 0.75
_DEC_TOLERANCE = 1.8 + 0.5
_POSITIONS = (
    "Our positions are those of the file names, in steps of 0.001°; they agree with the paper's"
    " where they do so within this and the paper's last digit. No. is a source's"
    " position in the test file, from 0."
)


@dataclass(frozen=True)
class Source:
    """A scored test source.

    Parameters
    ----------
    position
        Its index in the test file, from 0.
    name
        Its name in the catalogue.
    ra, dec
        J2000 position of its file name [deg].
    rate
        The fraction of the passes that misclassify it.
    texts
        Its position, redshift, extent, class and rate by metric, written as the paper does.
    """

    position: int
    name: str
    ra: float
    dec: float
    rate: float
    texts: Mapping[str, str]


def build(number: str, inputs: TableInputs) -> Content:
    """Build Table 10 (``"10"``).

    Raises
    ------
    RadiogazeError
        If one of the two files is missing or faulty.
    """
    path = _given(inputs.misclassified, number, "--misclassified")
    with reading(path, "a table of misclassified sources", "misclassify"):
        rows = read_rows(path, ",")
        sources = [_source(row) for row in rows]
    chosen = [source for source in sources if source.rate >= MISCLASSIFIED]
    settings = [f"{key} {rows[0][key]}" for key in ("variant", "seed") if rows[0].get(key)]
    made = f"Classified: {', '.join([rows[0]['passes'] + ' passes', *settings])}."
    by_name = {source.name: source for source in sources}
    printed = []
    if inputs.compared:
        printed = read_printed(_given(inputs.printed, number, "--reference-sources"))
    pairs = [(row, by_name[name]) for row in printed if (name := row["source_name"]) in by_name]
    if not pairs:  # a synthetic sky, or a data set of one's own
        cells = [cell for source in chosen for cell in _cells(source)]
        other = " None of the paper's sources was classified." if printed else ""
        return Content(tuple(cells), (f"{_wrong(len(chosen))}{other} {made}",))
    extra = [source for source in chosen if source not in [ours for _, ours in pairs]]
    cells = [cell for row, source in pairs for cell in _cells(source, row)]
    cells += [cell for source in extra for cell in _cells(source)]
    absent = len(printed) - len(pairs)  # of a split of one's own
    left = f" {absent} more of the paper are no test sources here." if absent else ""
    return Content(tuple(cells), (f"{_count(pairs, extra)}{left} {made}", _POSITIONS))


def read_printed(path: Path) -> list[dict[str, str]]:
    """Read the paper's Table 10, ``workflow/reference/table10.csv``.

    Raises
    ------
    RadiogazeError
        If the file is missing, is another table, or a cell is not as the paper prints it.
    """
    rows = read_rows(path, ",")
    validate_table(rows, load_schema("table10"), path, "source")
    return rows


def _given(path: Path | None, number: str, option: str) -> Path:
    """Return a file that the table needs."""
    if path is None:
        raise RadiogazeError(f"Table {number} needs {option} PATH; see radiogaze tabulate --help")
    return path


def _source(row: Mapping[str, str]) -> Source:
    """Read one row of ``radiogaze misclassify``."""
    # empty where unknown
    number = {name: float(row[name] or "nan") for name in ("ra_deg", "dec_deg", *_MEASURED)}
    ra, dec = Longitude(number["ra_deg"], "deg"), Latitude(number["dec_deg"], "deg")
    rate = int(row["misclassified"]) / int(row["passes"])
    texts = {
        "ra": ra.to_string(unit="hourangle", sep="hms", precision=1, pad=True),
        "dec": dec.to_string(unit="deg", sep="dms", precision=0, pad=True, alwayssign=True),
        "redshift": f"{number['redshift']:.4f}",
        "extent": f"{number['extent_arcsec']:.2f}",
        "class": f"{row['confidence'].capitalize()} {row['class']}",
        _RATE: f"{rate:.4f}",
    }
    known = {name: "" if text == "nan" else text for name, text in texts.items()}
    return Source(int(row["position"]), row["source_name"], ra.deg, dec.deg, rate, known)


def _cells(source: Source, printed: Mapping[str, str] | None = None) -> Iterator[Cell]:
    """Yield the cells of a source, beside those of the paper where it lists it."""
    name = f"no. {source.position}"
    judged = _judge(source, printed) if printed else {}
    for metric, (column, heading) in _METRICS.items():
        paper = (PaperValue(printed[column]) if column else _LISTED) if printed else None
        yield Cell(
            variant=_DATASET,
            metric=metric,
            group=printed["source"] if printed else name,
            row=f"{printed['source']}, {name}" if printed else name,
            column=heading,
            ours=source.texts[metric],
            paper=paper,
            anchor=_ANCHOR,
            judged=judged.get(metric, ""),
        )


def _judge(source: Source, printed: Mapping[str, str]) -> dict[str, str]:
    """Judge what is no plain comparison: the rate, and a position by its roundings."""
    ra = (Longitude(printed["ra"]).deg - source.ra + 180) % 360 - 180
    dec = Latitude(printed["dec"]).deg - source.dec
    judged = {_RATE: FOUND if source.rate >= MISCLASSIFIED else NOT_FOUND}
    if abs(ra) * 3600 <= _RA_TOLERANCE:
        judged["ra"] = ROUNDING
    if abs(dec) * 3600 <= _DEC_TOLERANCE:
        judged["dec"] = ROUNDING
    return judged


def _count(pairs: Sequence[tuple[Mapping[str, str], Source]], extra: Sequence[Source]) -> str:
    """Count the paper's sources that were found; name those that were not, and the others."""
    missed = [f"{row['source']} ({s.rate:.4f})" for row, s in pairs if s.rate < MISCLASSIFIED]
    text = f"Found {len(pairs) - len(missed)} of {len(pairs)} sources of the paper"
    text += f"; not found: {', '.join(missed)}" if missed else ""
    if extra:
        text += f"; not in the paper: {', '.join(f'no. {s.position}' for s in extra)}"
    return f"{text}."


def _wrong(number: int) -> str:
    """Count the sources, where there are no paper's to find."""
    what = "1 source is" if number == 1 else f"{number or 'No'} sources are"
    return f"{what} misclassified in at least 95 % of the passes."
