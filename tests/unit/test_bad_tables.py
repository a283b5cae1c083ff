"""Everything that can be wrong with a table of positions, or with the place for the results."""

import pytest
from click.testing import CliRunner

from limits import one_line
from radiogaze.classify.images.positions import read_positions
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
        list(read_positions(tmp_path / name))
    one_line(caught.value)


@pytest.mark.parametrize("cells", ["400,10", "10,95", "abc,10", "nan,10", ",10", "1e400,10"])
def test_a_row_that_is_no_position_is_one_line(cells, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(f"ra,dec\n{cells}\n10,20\n")
    failure, position = read_positions(path)
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
