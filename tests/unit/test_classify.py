"""Predictions of single sources: those of the pipeline, whatever else is in the call."""

import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from radiogaze.classify.classifier import Classifier
from radiogaze.classify.weights import load_members
from radiogaze.data.fetch import DownloadSettings
from radiogaze.data.preprocess import preprocess
from radiogaze.data.synthetic import synthesise
from radiogaze.errors import RadiogazeError
from radiogaze.evaluation.predict import EvaluationSettings, predict, predict_unaugmented
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
