"""Table 10: the sources that the primary network misclassifies almost always."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from radiogaze.errors import RadiogazeError
from radiogaze.tables.cells import FOUND, NOT_FOUND, ROUNDING, Cell, Content
from radiogaze.tables.gating.misclassified_sources import (
    MisclassifiedSource,
    PrintedSource,
    read_misclassified,
    read_printed,
    read_settings,
)
from radiogaze.tables.inputs import TableInputs
from radiogaze.tables.reference import PaperValue

_THRESHOLD = 0.95  # the paper's fraction of misclassified passes (section 5.3)
_LISTED = PaperValue("above 95 %")
_ANCHOR = "table-10"
_DATASET = "mirabest"
_RATE = "misclassification_rate"
_HEADINGS = {
    "ra": "RA (J2000)",
    "dec": "Dec (J2000)",
    "redshift": "Redshift",
    "extent": "Extent (″)",
    "class": "Class",
    _RATE: "Misclassified",
}
_POSITIONS = (
    "Our positions are those of the file names, in steps of 0.001°; they agree with the paper's"
    " where they do so within this and the paper's last digit. No. is a source's"
    " place in the test file, from 0."
)


def build(number: str, inputs: TableInputs) -> Content:
    """Build Table 10 (``"10"``).

    Raises
    ------
    RadiogazeError
        If one of the two files is missing or faulty, or a source of the paper is not among
        those that were classified.
    """
    path = _given(inputs.misclassified, number, "--misclassified")
    found = read_misclassified(path)
    chosen = [source for source in found if source.rate >= _THRESHOLD]
    files = {"misclassified": path}
    if not inputs.compared:
        cells = [cell for source in chosen for cell in _cells(source)]
        notes = [f"{_wrong(len(chosen))} {_made(path, found)}"]
    else:
        reference = _given(inputs.printed, number, "--reference-sources")
        files["printed"] = reference
        pairs = _pair(read_printed(reference), found, path)
        known = {source.name for _, source in pairs}
        extra = [source for source in chosen if source.name not in known]
        cells = [cell for printed, source in pairs for cell in _cells(source, printed)]
        cells += [cell for source in extra for cell in _cells(source)]
        notes = [f"{_count(pairs, extra)} {_made(path, found)}", _POSITIONS]
    return Content(tuple(cells), tuple(notes), inputs=files)


def _given(path: Path | None, number: str, option: str) -> Path:
    """Return a file that the table needs."""
    if path is None:
        raise RadiogazeError(f"Table {number} needs {option} PATH; see radiogaze tabulate --help")
    return path


def _pair(
    printed: Sequence[PrintedSource], found: Sequence[MisclassifiedSource], path: Path
) -> list[tuple[PrintedSource, MisclassifiedSource]]:
    """Set each source of the paper beside ours of the same name."""
    by_name = {source.name: source for source in found}
    for row in printed:
        if row.name not in by_name:
            raise RadiogazeError(
                f"{path}: no source {row.name} ({row.letter} in the paper); expected all test"
                " sources of MiraBest, classified by the primary network"
            )
    return [(row, by_name[row.name]) for row in printed]


def _cells(source: MisclassifiedSource, printed: PrintedSource | None = None) -> Iterator[Cell]:
    """Yield the cells of a source, beside those of the paper where it lists it."""
    name = f"no. {source.position}"
    ours = {**source.values, _RATE: f"{source.rate:.4f}"}
    paper, judged = {}, {}
    if printed:
        paper = {**{m: PaperValue(text) for m, text in printed.values.items()}, _RATE: _LISTED}
        judged = dict.fromkeys(printed.agreeing_axes(source), ROUNDING)
        judged[_RATE] = FOUND if source.rate >= _THRESHOLD else NOT_FOUND
    for metric, heading in _HEADINGS.items():
        yield Cell(
            variant=_DATASET,
            metric=metric,
            group=printed.letter if printed else name,
            row=f"{printed.letter}, {name}" if printed else name,
            column=heading,
            ours=ours[metric],
            paper=paper.get(metric),
            anchor=_ANCHOR,
            judged=judged.get(metric, ""),
        )


def _count(
    pairs: Sequence[tuple[PrintedSource, MisclassifiedSource]], extra: Sequence[MisclassifiedSource]
) -> str:
    """Say how many of the paper's sources were found, which not, and how many others were."""
    missed = [(p, s) for p, s in pairs if s.rate < _THRESHOLD]
    text = f"Found {len(pairs) - len(missed)} of {len(pairs)} sources of the paper"
    if missed:
        text += f"; not found: {', '.join(f'{p.letter} ({s.rate:.4f})' for p, s in missed)}"
    if extra:
        text += f"; not in the paper: {', '.join(f'no. {s.position}' for s in extra)}"
    return f"{text}."


def _wrong(number: int) -> str:
    """Say how many sources there are, where there are no paper's to find."""
    what = "1 source is" if number == 1 else f"{number or 'No'} sources are"
    return f"{what} misclassified in at least 95 % of the passes."


def _made(path: Path, found: Sequence[MisclassifiedSource]) -> str:
    """Say over how many passes the sources were classified, and by what."""
    told = [f"{key} {value}" for key, value in read_settings(path).items()]
    return f"Classified: {', '.join([f'{found[0].passes} passes', *told])}."
