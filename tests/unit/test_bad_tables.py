"""Everything that can be wrong with a table of positions or a sheet of variants."""

import csv
from pathlib import Path

import pytest
from click.testing import CliRunner

from limits import one_line
from radiogaze.campaigns.variants import load_sheet
from radiogaze.classify.images.coordinates import read_coordinates
from radiogaze.cli import cli
from radiogaze.errors import RadiogazeError


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.csv", "flux,mag\n1,2\n", "expected a column called ra or ra_deg"),
        ("b.csv", "ra,dec\n", "the table has no rows"),
        ("c.csv", "", "expected a table of coordinates|has no rows"),
        ("d.xml", "<html>no</html>", "expected a table of coordinates"),
        ("e.doc", "ra,dec\n1,2\n", "expected a table that ends in"),
        ("f.csv", "ra,dec\n1,2\n3,4,5\n", "expected a table of coordinates"),
    ],
)
def test_a_bad_table_is_one_line(name, text, message, tmp_path):
    (tmp_path / name).write_text(text)
    with pytest.raises(RadiogazeError, match=message) as caught:
        list(read_coordinates(tmp_path / name))
    one_line(caught.value)


@pytest.mark.parametrize("cells", ["400,10", "10,95", "abc,10", "nan,10", ",10", "1e400,10"])
def test_a_row_that_is_no_position_is_one_line(cells, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(f"ra,dec\n{cells}\n10,20\n")
    failure, position = read_coordinates(path)
    assert failure.reason.startswith(f"{path}: row 1: coordinates")
    assert failure.reason.isprintable()
    assert (position.ra_deg, position.dec_deg) == (10, 20)


@pytest.mark.parametrize(
    ("out", "message"),
    [
        ("p.docx", "expected a table that ends in .csv .vot .xml .fits"),
        ("folder.csv", "is a directory"),
        ("file/p.csv", "cannot be written"),
    ],
)
def test_an_output_that_cannot_be_written_is_refused_before_anything_is_read(
    out, message, tmp_path
):
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "file").touch()
    line = ["classify", str(tmp_path / "none.fits"), "--out", str(tmp_path / out)]
    run = CliRunner().invoke(cli, line)
    shown = str(run.exception) if isinstance(run.exception, RadiogazeError) else run.output
    assert message in shown


SHEET = Path(__file__).resolve().parents[2] / "experiments/gating.tsv"
HEADER, ROW = SHEET.read_text().splitlines()[:2]


def sheet_with(tmp_path: Path, **cells: str) -> Path:
    """The header and one row of the sheet, with cells changed, quoted as a spreadsheet does."""
    names, values = HEADER.split("\t"), ROW.split("\t")
    path = tmp_path / "sheet.tsv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, delimiter="\t")
        writer.writerow(names)
        writer.writerow([cells.get(n, v) for n, v in zip(names, values, strict=True)])
    return path


@pytest.mark.parametrize(
    ("column", "cells"),
    [
        ("recipe", ["modern\n", "Modern", "-"]),
        ("gates", ["٣"]),
        ("released_epoch", ["9" * 5000]),
        ("tables", ["6,06", "0"]),
    ],
)
def test_cells_that_look_right(column, cells, tmp_path):
    assert load_sheet(sheet_with(tmp_path))
    for cell in cells:
        with pytest.raises(RadiogazeError, match=column) as caught:
            load_sheet(sheet_with(tmp_path, **{column: cell}))
        one_line(caught.value)


def test_a_sheet_that_a_spreadsheet_saved_is_read(tmp_path):
    path = tmp_path / "sheet.tsv"
    path.write_text(f"{HEADER}\r\n{ROW}\r\n", encoding="utf-8-sig", newline="")
    assert list(load_sheet(path)) == [ROW.split("\t")[0]]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "no such file"),
        (b"", "empty, expected a header"),
        (b"variant\tdataset\n", "empty, expected a header"),
        (b"\xff\x00", "not a UTF-8 text table"),
        (f"{HEADER}\tgates\n{ROW}\t3\n".encode(), "column gates occurs twice"),
        (f"{HEADER}\n{ROW}\n".replace("\t", "    ").encode(), "found one column .* a tab between"),
        (f"{HEADER}\n{ROW}\n".replace("\t", ";").encode(), "found one column .* a tab between"),
    ],
)
def test_a_file_that_is_no_sheet(content, message, tmp_path):
    path = tmp_path / "sheet.tsv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(RadiogazeError, match=f"{path}: {message}") as caught:
        load_sheet(path)
    one_line(caught.value)
