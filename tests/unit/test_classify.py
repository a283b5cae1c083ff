"""Predictions of single sources: those of the pipeline, whatever else is in the call."""

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from astropy.io.votable import parse
from astropy.table import Table
from click.testing import CliRunner
from matplotlib.figure import Figure
from PIL import Image
from scipy.special import expit

import radiogaze
from radiogaze.attention.gradcam import grad_cam
from radiogaze.classify.classifier import Classifier
from radiogaze.classify.flags import Flag
from radiogaze.classify.table import CALIBRATED, COLUMNS, FORMATS, write_rows
from radiogaze.classify.weights import load_members
from radiogaze.cli import cli
from radiogaze.data.fetch import DownloadSettings
from radiogaze.data.preprocess import preprocess
from radiogaze.data.synthetic import synthesise
from radiogaze.errors import RadiogazeError
from radiogaze.evaluation.predict import EvaluationSettings, predict, predict_unaugmented
from radiogaze.files.packaged import packaged_weights
from radiogaze.provenance.record import sha256_of
from sky_tools import double, own_weights, write_fits


@pytest.fixture(scope="module", params=["range", "sigmoid"])
def members(request, tmp_path_factory):
    """Two untrained networks of one variant, kept as our training keeps them."""
    folder = tmp_path_factory.mktemp(request.param)
    for seed in (0, 1):
        own_weights(folder / f"seed-{seed}" / "model.safetensors", seed, request.param)
    return load_members([str(folder)], DownloadSettings(), pytest.fail)


@pytest.fixture(scope="module")
def sky():
    return synthesise(20, 20, 3)


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run `radiogaze classify` with untrained weights; gives exit code, output and table."""
    monkeypatch.setenv("RADIOGAZE_CACHE", str(tmp_path / "cache"))
    weights = tmp_path / "weights" / "model.safetensors"
    own_weights(weights, 0, "range")

    def invoke(*arguments, out="p.csv", weights=weights, flags=()):
        line = [*flags, "classify", *map(str, arguments), "--out", str(tmp_path / out)]
        if weights is not None:
            line += ["--weights", str(weights)]
        return CliRunner().invoke(cli, line)

    return invoke


def test_the_same_numbers_as_the_evaluation_one_image_at_a_time(members, sky):
    network, images = members[0].network, sky.images[20:23]
    plan = EvaluationSettings(("single",), batch=16, seed=5)
    classifier = Classifier(members[:1], passes=3, seed=5)
    for image in images[:, None]:
        pipeline = predict(network, image, plan, range(3))["single"]
        np.testing.assert_array_equal(classifier.predict(image).logits[0], pipeline)
    plain = predict_unaugmented(network, images, plan)["single"]
    as_they_are = Classifier(members[:1], passes=0).predict(images)
    np.testing.assert_array_equal(as_they_are.logits[0], plain)
    assert np.isnan(as_they_are.spread_augmentation).all()


def test_a_source_does_not_depend_on_the_others(members, sky):
    classifier = Classifier(members, passes=1)
    together = classifier.predict(sky.images[:5]).logits
    single = classifier.predict(sky.images[3:4]).logits
    reverse = classifier.predict(sky.images[4::-1]).logits
    np.testing.assert_allclose(together[:, :, 3], single[:, :, 0], rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(together, reverse[:, :, ::-1], rtol=1e-4, atol=1e-5)


def test_an_ensemble_averages_and_spreads(members, sky):
    both = Classifier(members, passes=2).predict(sky.images[:3])
    each = [Classifier([one], passes=2).predict(sky.images[:3]) for one in members]
    np.testing.assert_allclose(both.p_frii, np.mean([e.p_frii for e in each], axis=0))
    np.testing.assert_allclose(both.spread_seeds, np.std([e.p_frii for e in each], axis=0))
    np.testing.assert_allclose(both.p_fri + both.p_frii, 1)
    assert np.isnan(each[0].spread_seeds).all()
    p = expit(np.diff(both.logits.astype(float), axis=-1)[..., 0])
    by_member = [np.std(of_passes, axis=0) for of_passes in p]
    np.testing.assert_allclose(both.spread_augmentation, np.mean(by_member, axis=0))
    once = Classifier(members, passes=1).predict(sky.images[:3])
    assert np.isnan(once.spread_augmentation).all(), "one pass tells nothing of a spread"


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


def test_bad_files_are_reported_the_others_classified_and_the_status_is_3(run, tmp_path):
    folder = tmp_path / "images"
    folder.mkdir()
    write_fits(folder / "good.fits")
    (folder / "empty.fits").touch()
    write_fits(folder / "blank.fits", np.zeros((300, 300), np.float32))
    write_fits(folder / "last.fits")
    done = run(folder)
    assert done.exit_code == 3
    assert f"not done: {folder / 'empty.fits'}: the file is empty" in done.output
    table = pd.read_csv(tmp_path / "p.csv")
    assert table["name"].tolist() == ["blank", "good", "last"]
    assert np.isnan(table["p_fri"][0])
    assert table["flags"][0] == "blank"
    assert table["class"].isna().tolist() == [True, False, False]
    assert table["p_frii"][1] == table["p_frii"][2]  # the same image


def test_an_image_that_may_not_be_read_does_not_stop_the_others(run, tmp_path, monkeypatch):
    good, closed = write_fits(tmp_path / "good.fits"), write_fits(tmp_path / "closed.fits")
    access, opened = os.access, Path.open

    def refuse(path, *arguments, **options):
        if path == closed:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return opened(path, *arguments, **options)

    # the tests may be run by root, who may read any file
    monkeypatch.setattr(
        os, "access", lambda path, mode: Path(path) != closed and access(path, mode)
    )
    monkeypatch.setattr(Path, "open", refuse)
    nameless = tmp_path / f"{'x' * 300}.fits"  # as of one in a folder that may not be entered
    done = run(closed, nameless, good, "--passes", 0)
    assert done.exit_code == 3, done.output
    assert f"not done: {closed}: cannot be read: Permission denied" in done.output
    assert f"not done: {nameless}: cannot be read: File name too long" in done.output
    assert pd.read_csv(tmp_path / "p.csv")["name"].tolist() == ["good"]


def test_what_is_wrong_with_many_images_of_an_array_is_one_line(run, tmp_path):
    stack = np.full((12, 150, 150), np.nan, np.float32)
    stack[5] = double(150)
    np.save(tmp_path / "s.npy", stack)
    done = run(tmp_path / "s.npy", "--passes", 0)
    assert done.exit_code == 3
    assert done.output.count("not done: ") == 1
    assert f"not done: {tmp_path}/s.npy[0]: expected brightness, found no finite" in done.output
    assert "; and 10 more like it" in done.output
    assert "1 sources:" in done.output and "11 not done" in done.output


def test_nothing_is_written_where_nothing_could_be_read(run, tmp_path):
    done = run(tmp_path / "none.fits")
    assert isinstance(done.exception, RadiogazeError)
    assert "not written, no input could be read" in str(done.exception)
    assert not (tmp_path / "p.csv").exists()
    assert run().exit_code == 2


@pytest.mark.parametrize(
    ("name", "match"),
    [
        ("mirabest-rnge-ft-3g", "the nearest of .* is mirabest-range-ft-3g"),
        ("none.safetensors", "no such file"),
        (".", r"no model.safetensors in this folder"),
        ("a/1.pt", "not the name of released weights"),
    ],
)
def test_weights_that_are_not_there(name, match, run, tmp_path, monkeypatch):
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    done = run(write_fits(tmp_path / "a.fits"), weights=name)
    with pytest.raises(RadiogazeError, match=match):
        raise done.exception


def test_released_weights_are_fetched_once(run, mirror, tmp_path, monkeypatch):
    image = write_fits(tmp_path / "a.fits")
    monkeypatch.setenv("RADIOGAZE_MIRROR", str(mirror))
    name = "mirabest-range-ft-3g"
    assert run(image, "--passes", 0, weights=name).exit_code == 0
    monkeypatch.setenv("RADIOGAZE_MIRROR", str(tmp_path / "gone"))
    assert run(image, "--passes", 0, weights=name).exit_code == 0


def test_overlays_with_and_without_coordinates(run, tmp_path):
    write_fits(tmp_path / "sky.fits")
    np.save(tmp_path / "plain.npy", preprocess(double()))
    images = tmp_path / "sky.fits", tmp_path / "plain.npy"
    done = run(*images, "--overlays", tmp_path / "maps", "--passes", 1)
    assert done.exit_code == 0, done.output
    pictures = sorted((tmp_path / "maps").iterdir())
    assert [picture.name for picture in pictures] == ["plain.png", "sky.png"]
    assert all(picture.read_bytes().startswith(b"\x89PNG") for picture in pictures)
    again = run(*images, "--overlays", tmp_path / "maps", "--passes", 1)
    assert again.exit_code == 0, again.output


def test_overlays_name_the_coordinates_that_their_axes_have(run, tmp_path, monkeypatch):
    names = {}
    save = Figure.savefig

    def look(figure, *arguments, **options):
        coordinates = figure.axes[0].coords
        names[figure.get_suptitle()] = [axis.get_axislabel() for axis in coordinates]
        save(figure, *arguments, **options)

    monkeypatch.setattr(Figure, "savefig", look)
    write_fits(tmp_path / "icrs.fits")
    write_fits(tmp_path / "galactic.fits", CTYPE1="GLON-TAN", CTYPE2="GLAT-TAN")
    write_fits(tmp_path / "b1950.fits", RADESYS="FK4", EQUINOX=1950.0)
    images = [tmp_path / f"{name}.fits" for name in ("icrs", "galactic", "b1950")]
    done = run(*images, "--overlays", tmp_path / "maps", "--passes", 0)
    assert done.exit_code == 0, done.output
    assert {title[0]: axes for title, axes in names.items()} == {
        "i": ["RA", "Dec"],
        "g": ["Galactic longitude", "Galactic latitude"],
        "b": ["RA (B1950)", "Dec (B1950)"],
    }


def test_overlays_show_each_map_under_its_name_and_north_up(run, tmp_path, monkeypatch):
    panels = {}
    save = Figure.savefig

    def look(figure, *arguments, **options):
        for ax in figure.axes:
            (image,) = ax.images
            panels[ax.get_title()] = np.asarray(image.get_array()), image.origin
        save(figure, *arguments, **options)

    monkeypatch.setattr(Figure, "savefig", look)
    sky = write_fits(tmp_path / "sky.fits")
    done = run(sky, "--overlays", tmp_path / "maps", "--passes", 0)
    assert done.exit_code == 0, done.output
    assert {origin for _, origin in panels.values()} == {"lower"}  # the first row is the southern
    model = radiogaze.load(tmp_path / "weights" / "model.safetensors", device="cpu")
    found = model.attention([sky])
    np.testing.assert_array_equal(panels["source"][0], found.cutouts[0])
    np.testing.assert_allclose(panels["mean of the gates"][0], found.mean[0], atol=1e-5)
    for number, gate in enumerate(found.gates, start=1):
        np.testing.assert_allclose(panels[f"gate {number}"][0], gate[0], atol=1e-5)
    network = model._classifier.members[0].network
    inputs = torch.from_numpy(found.cutouts)[:, None].float() / 127.5 - 1
    for cam, name in zip(grad_cam(network, inputs)[0], ("FRI", "FRII"), strict=True):
        expected = cam.detach().numpy()
        assert panels[f"Grad-CAM {name}"][0] == pytest.approx(expected, rel=1e-3, abs=1e-6)
    panels.clear()
    np.save(tmp_path / "plain.npy", preprocess(double()))
    assert (
        run(tmp_path / "plain.npy", "--overlays", tmp_path / "maps", "--passes", 0).exit_code == 0
    )
    assert {origin for _, origin in panels.values()} == {"upper"}


def test_overlays_replace_no_picture_of_the_users(run, tmp_path):
    write_fits(tmp_path / "a.fits")
    np.save(tmp_path / "b.npy", preprocess(double()))
    for name in "ab":
        Image.new("L", (300, 300)).save(tmp_path / f"{name}.png")
    before = {path: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    done = run(tmp_path / "a.fits", "--overlays", tmp_path, "--passes", 1)
    with pytest.raises(RadiogazeError, match=r"a\.png: exists, and is no picture that"):
        raise done.exception
    assert {path: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()} == before
    done = run(tmp_path / "b.npy", "--overlays", tmp_path, "--passes", 1)
    assert done.exit_code == 3
    assert f"no overlay: {tmp_path / 'b.png'}: exists" in done.output
    assert (tmp_path / "b.png").read_bytes() == before[tmp_path / "b.png"]


def test_quiet_and_verbose(run, tmp_path):
    for number in range(12):
        write_fits(tmp_path / f"{number}.fits", BMAJ=45 / 3600)
    files = sorted(tmp_path.glob("*.fits"))
    runs = (run(*files, "--passes", 0, flags=flags) for flags in ([], ["-q"], ["-v"]))
    normal, quiet, loud = runs
    assert normal.output.count("the beam is 45 arcsec") == 10
    assert "and 2 more such lines" in normal.output
    assert quiet.output == ""
    assert loud.output.count("the beam is 45 arcsec") == 12
    assert {done.exit_code for done in (normal, quiet, loud)} == {0}


def test_an_interrupted_run_leaves_nothing(tmp_path):
    own_weights(tmp_path / "w" / "model.safetensors", 0, "range")
    np.save(tmp_path / "many.npy", np.repeat(preprocess(double())[None], 5000, axis=0))
    (tmp_path / "out").mkdir()
    out = tmp_path / "out" / "p.csv"
    # A shell that starts tests in the background has them ignore Ctrl-C, and so their children.
    code = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler);"
    code += "from radiogaze.cli import main; main()"
    line = [sys.executable, "-c", code, "classify"]
    line += [str(tmp_path / "many.npy"), "--out", str(out), "--weights", str(tmp_path / "w")]
    with subprocess.Popen(line, stderr=subprocess.PIPE, text=True, env=os.environ) as process:
        time.sleep(6)
        process.send_signal(signal.SIGINT)
        complaint = process.stderr.read()
    assert process.returncode == 130
    assert "radiogaze: error: interrupted; nothing half-written was left" in complaint
    assert "Traceback" not in complaint
    assert list(out.parent.iterdir()) == []


def test_memory_does_not_grow_with_the_number_of_images(tmp_path):
    own_weights(tmp_path / "w" / "model.safetensors", 0, "range")
    fields = np.repeat(double()[None].astype(np.float64), 60, axis=0)  # 720 kB each
    code = (
        "import resource; from click.testing import CliRunner; from radiogaze.cli import cli;"
        "peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024;"
        "run = lambda n: CliRunner().invoke(cli, ['classify', f'{n}.npz', '--out', 'p.csv',"
        "'--weights', 'w', '--passes', '0', '--batch', '8']).exit_code;"
        "codes = [run('few')]; few = peak(); codes += [run('many')];"
        "print(codes, few, peak())"
    )
    np.savez(tmp_path / "few.npz", images=fields[:8])
    np.savez(tmp_path / "many.npz", images=fields)
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    codes, few, many = done.stdout.rsplit(" ", 2)
    assert codes == "[0, 0]"
    assert int(many) - int(few) < 15  # MiB; the fields are 41
