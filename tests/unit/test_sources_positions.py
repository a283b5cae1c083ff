"""Positions of sources: coordinates, their names, and tables of them."""

import warnings

import pytest
from astropy.table import Table
from astropy.units import Unit

from radiogaze.classify.images.coordinates import parse_coordinates, read_coordinates
from radiogaze.errors import RadiogazeError
from radiogaze.files.sky_table import FORMATS


@pytest.mark.parametrize(
    ("ra", "dec"),
    [
        ("208.637", "-28.2434"),
        ("13:54:32.88", "-28:14:36.24"),
        (208.637, -28.2434),
        ("208.637", "-28:14:36.24"),
        ("13:54:32.88", "-28.2434"),
    ],
)
def test_positions_in_degrees_and_sexagesimal(ra, dec):
    position = parse_coordinates(ra, dec)
    assert position.name == "FIRST_J135432.88-281436.2"
    assert (position.ra_deg, position.dec_deg) == pytest.approx((208.637, -28.2434), abs=1e-6)


def test_the_name_of_a_position_is_truncated():
    assert parse_coordinates("13:54:32.8896", "-28:14:36.296").name == "FIRST_J135432.88-281436.2"
    assert parse_coordinates("23:59:59.9996", "+1:59:59.97").name == "FIRST_J235959.99+015959.9"
    with warnings.catch_warnings(action="ignore"):  # of astropy, of a second of 60
        names = {parse_coordinates(ra, 1).name for ra in ("24:00:00", "23:59:60", "360", "-0", 0)}
    assert names == {"FIRST_J000000.00+010000.0"}


@pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.ecsv", "a.vot", "a.fits"])
def test_tables_of_positions(name, tmp_path):
    table = Table({"Name": ["one", "two"], "RAJ2000": [10.0, 20.0], "DEJ2000": [-1.0, 2.0]})
    table.write(tmp_path / name, format=FORMATS[name[1:]])
    found = list(read_coordinates(tmp_path / name))
    assert [(p.name, p.ra_deg, p.dec_deg) for p in found] == [("one", 10, -1), ("two", 20, 2)]


@pytest.mark.parametrize("separator", [("a.csv", ","), ("a.tsv", "\t"), ("a.txt", " ")])
def test_a_table_that_a_spreadsheet_saved_is_read(separator, tmp_path):
    name, mark = separator
    rows = [("ra", "dec", "name", "flux/µJy"), ("10", "-1", "ünï", "3")]
    text = "\r\n".join(mark.join(row) for row in rows)
    (tmp_path / name).write_text(text, encoding="utf-8-sig", newline="")
    (found,) = read_coordinates(tmp_path / name)
    assert (found.name, found.ra_deg, found.dec_deg) == ("ünï", 10, -1)


@pytest.mark.parametrize(
    ("name", "mark", "expected"),
    [
        ("a.csv", ";", "comma"),
        ("a.csv", "\t", "comma"),
        ("a.tsv", ",", "tab"),
        ("a.txt", ",", "space"),
    ],
)
def test_a_table_with_another_separator_is_refused(name, mark, expected, tmp_path):
    rows = [("name", "ra", "dec"), ("a", "180,5", "-0,5")]  # the numbers of many spreadsheets
    (tmp_path / name).write_text("\n".join(mark.join(row) for row in rows))
    with pytest.raises(RadiogazeError, match=f"the header 'name.*dec' without a {expected}; save"):
        list(read_coordinates(tmp_path / name))


@pytest.mark.parametrize("separator", [("a.csv", ","), ("a.tsv", "\t"), ("a.txt", " ")])
def test_names_that_are_numbers_stay_as_they_are_written(separator, tmp_path):
    name, mark = separator
    names = ["0012", "012", "12", "1.10", "1e5"]
    rows = [("name", "ra", "dec"), *((called, "10", "-1") for called in names)]
    (tmp_path / name).write_text("\n".join(mark.join(row) for row in rows))
    assert [found.name for found in read_coordinates(tmp_path / name)] == names


@pytest.mark.filterwarnings("ignore::astropy.utils.exceptions.AstropyWarning")  # of writing
@pytest.mark.parametrize("name", ["a.vot", "a.fits", "a.ecsv", "an-ecsv.txt"])
def test_positions_of_a_table_have_the_units_of_its_columns(name, tmp_path):
    def read(ra, dec, ra_unit, dec_unit):
        table = Table({"ra": [ra], "dec": [dec]})
        for column, unit in (("ra", ra_unit), ("dec", dec_unit)):
            table[column].unit = Unit(unit, parse_strict="silent")
        form = FORMATS[".ecsv"] if "ecsv" in name else FORMATS[name[1:]]
        table.write(tmp_path / name, format=form, overwrite=True)
        (found,) = read_coordinates(tmp_path / name)
        return found.ra_deg, found.dec_deg

    position = pytest.approx((208.637, -28.2434), abs=1e-5)
    assert read(3.6414026, -0.4929403, "rad", "rad") == position
    assert read(208.637, -101676.24, "deg", "arcsec") == position
    assert read("13:54:32.88", "-28:14:36.24", "h:m:s", "d:m:s") == position
    assert read("13:54:32.88", -101676.24, "h:m:s", "arcsec") == position
    assert read(3.6414026, "-28:14:36.24", "rad", "d:m:s") == position
    if name != "a.fits":  # which has no name for it
        assert read(13.909133, -28.2434, "hourangle", "deg") == position
    if "ecsv" not in name:
        assert read(208.637, -28.2434, "Degrees", "") == position
    with pytest.raises(RadiogazeError, match="column dec: found the unit mJy, expected an angle"):
        read(1.0, 2.0, "deg", "mJy")


@pytest.mark.parametrize("ra", ["-13:54:32", "-5d", "370d", -5, 370])
def test_a_right_ascension_out_of_range_is_refused_and_not_wrapped(ra):
    """A negative one is often a declination in its place."""
    with pytest.raises(RadiogazeError, match=f"coordinates {ra} 05:54:00: expected RA from 0"):
        parse_coordinates(ra, "05:54:00")
    assert parse_coordinates("23:59:59", "05:54:00").ra_deg == pytest.approx(359.99583, abs=1e-5)


def test_a_position_that_is_none():
    with pytest.raises(RadiogazeError, match="coordinates 13h 95d: not a position"):
        parse_coordinates("13h", "95d")
