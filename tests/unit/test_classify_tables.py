"""Tables of predictions: the same in every form, with their record, in place of nothing else."""

import json
import shutil

import numpy as np
import pytest
from astropy.io.votable import parse
from astropy.table import Table
from PIL import Image

from radiogaze.classify.flags import Flag
from radiogaze.classify.table import CALIBRATED, COLUMNS, FORMATS, write_rows
from radiogaze.data.preprocess import preprocess
from radiogaze.errors import RadiogazeError
from radiogaze.files.packaged import packaged_weights
from radiogaze.provenance.record import sha256_of
from sky_tools import double, write_fits


@pytest.mark.parametrize("form", ["csv", "vot", "xml", "fits"])
def test_tables_in_every_form_hold_the_same(form, run, tmp_path):
    write_fits(tmp_path / "one.fits", centre=(208.6371234, 30))
    write_fits(tmp_path / "two.fits", double(200, seed=1))
    done = run(tmp_path / "one.fits", tmp_path / "two.fits", out=f"p.{form}")
    assert done.exit_code == 0, done.output
    table = Table.read(tmp_path / f"p.{form}", format=FORMATS[f".{form}"])
    assert list(table.colnames) == [name for name in COLUMNS if name not in CALIBRATED]
    assert [str(name) for name in table["name"]] == ["one", "two"]
    assert float(table["ra_deg"][0]) == pytest.approx(208.6371234, abs=1e-6)
    assert float(table["p_fri"][1]) + float(table["p_frii"][1]) == pytest.approx(1, abs=1e-6)
    assert {str(c) for c in table["class"]} <= {"FRI", "FRII"}
    assert str(table["flags"][1]) == "small-field"
    if form != "csv":
        assert str(table["ra_deg"].unit) == "deg"
    assert "2 sources" in done.output


def read_record(path):
    """How a table was made, as docs/classify.md reads it."""
    if path.suffix == ".fits":
        return json.loads("".join(Table.read(path).meta["comments"]))
    return json.loads(next(info.value for info in parse(path).infos if info.name == "radiogaze"))


@pytest.mark.parametrize("form", ["vot", "xml", "fits"])
def test_a_table_holds_its_record(form, tmp_path):
    row = dict.fromkeys(COLUMNS, "a") | dict.fromkeys(("ra_deg", "dec_deg"), np.nan)
    made = {"inputs": {"weights_0": "sha256:" + "a" * 64}, "settings": {"of": 'ü\n"<&' * 30}}
    write_rows([row], tmp_path / f"p.{form}", made)
    assert read_record(tmp_path / f"p.{form}") == made


def test_the_record_names_every_file_and_setting_that_the_columns_depend_on(run, tmp_path):
    write_fits(tmp_path / "a.fits")
    copied = shutil.copytree(packaged_weights("zoom"), tmp_path / "zoom")
    assert (
        run(tmp_path / "a.fits", "--pixel-scale", 1.8, weights=copied, out="p.vot").exit_code == 0
    )
    made = read_record(tmp_path / "p.vot")
    files = {f"weights_{n}": f"seed-{n}/model.safetensors" for n in range(3)}
    files |= {"calibration": "calibration.json", "familiarity": "familiarity.npz"}
    assert made["inputs"] == {
        role: f"sha256:{sha256_of(copied / name)}" for role, name in files.items()
    }
    assert made["settings"] == {"pixel_scale": 1.8, "symmetries": True}
    assert run(tmp_path / "a.fits", "--passes", 2, out="p.vot").exit_code == 0
    made = read_record(tmp_path / "p.vot")
    assert list(made["inputs"]) == ["weights_0"]
    assert made["settings"] == {"pixel_scale": None, "passes": 2, "seed": 0}


def test_no_input_is_replaced(run, tmp_path):
    folder = tmp_path / "images"
    folder.mkdir()
    names = [write_fits(folder / f"{name}.fits", double(200)) for name in "ab"]
    picture = folder / "c.png"
    Image.fromarray(preprocess(double())).save(picture)
    (tmp_path / "link.fits").symlink_to(names[0])
    (tmp_path / "p.vot").write_text("my notes")
    before = {path: path.read_bytes() for path in folder.iterdir()}
    for out in ("images/a.fits", "link.fits", "p.vot"):  # the first as in --out images/*.fits
        done = run(names[1], out=out)
        with pytest.raises(RadiogazeError, match=f"{out}: exists, and is no table"):
            raise done.exception
    done = run(picture, "--overlays", tmp_path / "images")
    with pytest.raises(RadiogazeError, match=r"c\.png: lies in the folder of --overlays"):
        raise done.exception
    assert run(folder, out="mine.csv").exit_code == 0
    done = run("--table", tmp_path / "mine.csv", out="mine.csv")
    with pytest.raises(RadiogazeError, match=r"mine\.csv: would replace --table"):
        raise done.exception
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


@pytest.mark.parametrize("form", ["csv", "vot", "xml", "fits"])
def test_a_run_may_replace_its_own_table_also_where_that_lies_among_the_images(form, run, tmp_path):
    (tmp_path / "images").mkdir()
    write_fits(tmp_path / "images" / "a.fits", double(200))
    out = tmp_path / "images" / f"p.{form}"
    first = run(tmp_path / "images", out=f"images/p.{form}")
    again = run(tmp_path / "images", out=f"images/p.{form}")
    assert (first.exit_code, again.exit_code) == (0, 0), again.output
    assert len(Table.read(out, format=FORMATS[out.suffix])) == 1


def test_the_documentation_explains_every_column_and_flag(root):
    text = (root / "docs/classify.md").read_text()
    for name in [*COLUMNS, *Flag]:
        assert f"`{name}`" in text
