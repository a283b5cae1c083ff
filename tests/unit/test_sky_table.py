"""Tables of the sky in every format, and how their compressed and empty forms are told apart."""

import bz2
import gzip
import io
import lzma

import numpy as np
import pytest
from astropy.table import MaskedColumn, Table

from radiogaze.errors import RadiogazeError
from radiogaze.files.compression import decompressed
from radiogaze.files.sky_table import read_table, text

KINDS = {
    **{".csv": "ascii.csv", ".tsv": "ascii.tab", ".txt": "ascii", ".ecsv": "ascii.ecsv"},
    **{".vot": "votable", ".xml": "votable", ".fits": "fits", ".fit": "fits"},
}


def written(folder, name, content):
    (folder / name).write_bytes(content)
    return folder / name


@pytest.mark.parametrize("ending", [*KINDS, ".CSV", ".Fits"])
def test_a_table_of_every_ending_is_read(ending, tmp_path):
    made = Table({"name": [" a b "], "ra": [0.5]})
    made.write(tmp_path / f"a{ending}", format=KINDS[ending.lower()])
    table = read_table(tmp_path / f"a{ending}", "positions")
    assert [text(table[column][0]) for column in ("name", "ra")] == ["a b", "0.5"]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.doc", b"ra\n1\n", "expected a table that ends in .csv .tsv .txt .vot .xml .fits"),
        ("a.csv", None, "no such file; expected a table of positions"),
        ("a.csv", b"ra,dec\n", "the table has no rows"),
        ("a.csv", b"", "expected a table of positions, found No header line found in table"),
        (
            "a.csv",
            b"ra|dec\n1|2\n",
            "expected a table of positions, found the header 'ra.dec' with",
        ),
        ("a.csv", b"ra,dec\n1,2,3\n", "expected a table of positions, found Number of header"),
    ],
)
def test_a_table_that_cannot_be_read_is_one_line(name, content, message, tmp_path):
    path = tmp_path / name if content is None else written(tmp_path, name, content)
    with pytest.raises(RadiogazeError, match=message) as caught:
        read_table(path, "positions")
    assert str(caught.value).startswith(f"{path}: ")
    assert str(caught.value).isprintable()


def test_comments_and_empty_lines_before_a_header_are_no_header(tmp_path):
    content = b"\xef\xbb\xbf# Units: deg; deg\n\n#\nra\tdec\n1\t2\n"
    assert read_table(written(tmp_path, "a.tsv", content), "positions").colnames == ["ra", "dec"]
    assert len(read_table(written(tmp_path, "a.csv", b"ra\n1\n"), "one column")) == 1


def test_a_cell_as_text():
    masked = MaskedColumn(["a"], mask=[True])[0]
    cells = (masked, b" caf\xe9 ", " a ", np.bytes_(b"b"), 12)
    assert [text(cell) for cell in cells] == ["", "caf\ufffd", "a", "b", "12"]


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_what_is_compressed_is_known_by_its_beginning(pack):
    with decompressed(io.BytesIO(pack(b"content"))) as stream:
        assert stream.read() == b"content"


@pytest.mark.parametrize(
    "content", [b"", b"BZ.txt", b"\x1f\x8c\x08", b"\xfd7zXY\x00", b".BZh91", b"a\x1f\x8b"]
)
def test_anything_else_is_given_back_as_it_is_and_stays_open(content):
    file = io.BytesIO(content)
    with decompressed(file) as stream:
        assert stream is file
        assert stream.read() == content
    assert not file.closed
