"""A list of components, and the masks that it gives."""

import numpy as np
import pandas as pd
import pytest
from astropy.table import Table
from astropy.wcs import WCS

from radiogaze.data.components import component_masks, read_components
from radiogaze.errors import RadiogazeError

RA, DEC = 180.0, 60.0
SOURCES = pd.DataFrame({"source_name": ["a", "b"], "ra_deg": [RA, 0.001], "dec_deg": [DEC, 0.0]})
COMPONENTS = pd.DataFrame(
    {
        "name": ["a", "a", "b", "other"],
        "RA": [RA + 0.04, RA - 0.03, 359.99, 5.0],
        "Dec": [DEC + 0.01, DEC - 0.02, 0.01, 5.0],
        "Major": [36.0, 0, 20, 1],
        "Minor": [9.0, 0, 20, 1],
        "Angle": [30.0, 0, 0, 0],
        "Flux": [1.0, 2, 3, 4],
    }
)


def written(folder, form=".csv", **changed):
    path = folder / f"components{form}"
    table = Table.from_pandas(COMPONENTS.assign(**changed))
    kinds = {".csv": "ascii.csv", ".tsv": "ascii.tab", ".vot": "votable", ".fits": "fits"}
    table.write(path, format=kinds[form], overwrite=True)
    return path


def pixel(ra, dec, centre):
    """Column and row in a cutout with the axes of FIRST's images: the answer of astropy's WCS."""
    wcs = WCS(naxis=2)
    wcs.wcs.ctype = ["RA---TAN", "DEC--TAN"]
    wcs.wcs.crval, wcs.wcs.crpix, wcs.wcs.cdelt = centre, [75.5, 75.5], [-1.8 / 3600, 1.8 / 3600]
    return np.array(wcs.wcs_world2pix(ra, dec, 0))


@pytest.mark.parametrize("form", [".csv", ".tsv", ".vot", ".fits"])
def test_the_components_of_a_source_are_ellipses_at_their_place_in_any_format(tmp_path, form):
    masks = component_masks(read_components(written(tmp_path, form)), SOURCES)
    assert masks.shape == (2, 150, 150)
    point = pixel(RA - 0.03, DEC - 0.02, (RA, DEC)).round().astype(int)
    assert masks[0, point[1], point[0]]
    masks[0, point[1], point[0]] = False  # the unresolved one has this pixel alone
    rows, columns = np.nonzero(masks[0])
    x, y = pixel(RA + 0.04, DEC + 0.01, (RA, DEC))
    assert [columns.mean(), rows.mean()] == pytest.approx([x, y], abs=0.3)
    assert len(rows) == pytest.approx(np.pi * 36 * 9 / 4 / 1.8**2, rel=0.1)
    # 30 degrees from north towards east, which is to lower columns
    spread, axes = np.linalg.eigh(np.cov(-columns, rows))
    assert np.degrees(np.arctan2(*axes[:, 1])) % 180 == pytest.approx(30, abs=3)
    assert np.sqrt(spread) * 4 * 1.8 == pytest.approx([9, 36], rel=0.1)
    # across RA 0
    rows, columns = np.nonzero(masks[1])
    x, y = pixel(359.99, 0.01, (0.001, 0))
    assert [columns.mean(), rows.mean()] == pytest.approx([x, y], abs=0.3)


def test_bad_lists_are_refused_in_one_line(tmp_path):
    def refused(**changed):
        with pytest.raises(RadiogazeError) as error:
            component_masks(read_components(written(tmp_path, **changed)), SOURCES)
        assert "\n" not in str(error.value)
        return str(error.value)

    assert "row 2: expected RA" in refused(Minor=[9.0, -1, 20, 1])
    assert "found ra 180.04, dec 60.01, major 36.0, minor 40.0" in refused(Minor=[40.0, 0, 9, 1])
    assert "row 4: expected RA" in refused(Dec=[60.0, 60, 0, 95])
    assert "row 3: expected RA" in refused(Angle=["1", "2", "x", "4"])
    absent = "components of b: expected one or more within its cutout, found {} in the list"
    assert absent.format(0) in refused(name=["a", "a", "c", "d"])
    assert absent.format(1) in refused(RA=[180.04, 179.97, 10, 5])
    path = tmp_path / "no-angle.csv"
    COMPONENTS.drop(columns="Angle").to_csv(path, index=False)
    with pytest.raises(RadiogazeError, match="expected the column angle, found name, RA, Dec"):
        read_components(path)
    with pytest.raises(RadiogazeError, match="components of a: its catalogue has no position"):
        component_masks(read_components(written(tmp_path)), SOURCES.assign(ra_deg=np.nan))


@pytest.mark.parametrize("form", [".vot", ".fits"])
def test_a_list_that_states_other_units_is_refused(tmp_path, form):
    """As source finders write them: widths in degrees would leave each component one pixel."""
    path = written(tmp_path, form)
    for units in (
        {"Major": "arcsec", "RA": "deg"},
        {"Major": "deg"},
        {"Angle": "rad"},
        {"Minor": "pix"},
    ):
        table = Table.from_pandas(COMPONENTS)
        for column, unit in units.items():
            table[column].unit = unit
        table.write(path, format={".vot": "votable", ".fits": "fits"}[form], overwrite=True)
        if len(units) > 1:
            assert component_masks(read_components(path), SOURCES).any()
            continue
        with pytest.raises(RadiogazeError, match=f"column {column}: found the unit {unit}, expect"):
            read_components(path)
