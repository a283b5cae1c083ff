"""The faults a user meets, through the real command line: one line, status 1, nothing left."""

import sys

import pytest

from archive_tools import (
    DATASETS,
    FRDEEP,
    MAIN,
    MIRABEST,
    WEIGHTS,
    error_line,
    mirror,
    radiogaze,
    with_urls,
)
from http_server import Answer, serving
from processes import call
from radiogaze.provenance.sidecars import sidecar_of

MODEL = "0709Exp1-range_norm-FRDEEPAdam-AGRadGalNetft-5e-05/81.pt"


@pytest.mark.parametrize(("dataset", "name"), [("mirabest", MIRABEST), ("frdeep", FRDEEP)])
def test_good_archives_from_a_folder(tmp_path, dataset, name):
    out = tmp_path / "new" / "archive"
    command = ["fetch-dataset", dataset, "--manifest", DATASETS, "--out", out]
    first = radiogaze(*command, mirror=mirror())
    assert first.returncode == 0, first.stderr
    assert first.stderr == ""
    assert out.read_bytes() == (mirror() / name).read_bytes()
    # with the file there, neither mirror nor network is needed
    second = radiogaze(*command)
    assert second.returncode == 0, second.stderr
    assert f"{out}: already there" in second.stdout
    assert sorted(out.parent.iterdir()) == [out, sidecar_of(out)]


def test_good_weights_from_a_folder_and_an_address(tmp_path):
    out = tmp_path / "81.pt"
    real = (mirror() / "weights" / MODEL).read_bytes()
    command = ["fetch-weights", MODEL, "--manifest", WEIGHTS, "--out", out]
    assert radiogaze(*command, mirror=mirror()).returncode == 0
    assert out.read_bytes() == real
    out.unlink()
    with serving() as server:
        server.routes[f"/copy/weights/{MODEL}"] = [Answer(real)]
        run = radiogaze(*command, mirror=f"{server.url}/copy/")
    assert run.returncode == 0, run.stderr
    assert out.read_bytes() == real


def test_a_missing_mirror_file_and_no_network(tmp_path):
    sources = "mirror:gone.tar.gz zenodo:7 http://127.0.0.1:9/archive.tar.gz"
    manifest = with_urls(tmp_path / "datasets.csv", DATASETS, sources)
    out = tmp_path / "data" / "mirabest.archive"
    command = ["fetch-dataset", "mirabest", "--manifest", manifest, "--out", out]
    error = error_line(radiogaze(*command, mirror=tmp_path))
    assert f"{out}: cannot fetch mirabest, expected an archive of 9 members" in error
    assert f"{tmp_path}/gone.tar.gz: expected a file, found none" in error
    assert "zenodo:7: Connection refused" in error
    assert "http://127.0.0.1:9/archive.tar.gz: Connection refused" in error
    assert list(out.parent.iterdir()) == []


def test_a_damaged_archive(tmp_path):
    wrong = tmp_path / "mirror" / FRDEEP
    wrong.parent.mkdir()
    data = bytearray((mirror() / FRDEEP).read_bytes())
    data[len(data) // 2] ^= 1
    wrong.write_bytes(data)
    manifest = with_urls(tmp_path / "datasets.csv", DATASETS, f"mirror:{FRDEEP}")
    out = tmp_path / "data" / "archive"
    command = ["fetch-dataset", "frdeep", "--manifest", manifest, "--out", out]
    error = error_line(radiogaze(*command, mirror=wrong.parent))
    assert f"{wrong}: broken or truncated archive: expected 13 members, found" in error
    assert list(out.parent.iterdir()) == []
    # the same archive given straight to the next step
    targets = ["--images", tmp_path / "i.npz", "--catalogue", tmp_path / "c.csv"]
    error = error_line(
        radiogaze("prepare", "frdeep", "--manifest", manifest, "--archive", wrong, *targets)
    )
    assert f"{wrong}: " in error
    assert error.endswith("; delete the file and fetch again")
    assert not (tmp_path / "i.npz").exists()
    assert not (tmp_path / "c.csv").exists()


def test_a_limit_of_the_file_size(tmp_path):
    out = tmp_path / "data" / "archive"
    command = ["fetch-dataset", "frdeep", "--manifest", DATASETS, "--out", out]
    limited = ("bash", "-c", 'ulimit -f 100 && exec "$@"', "bash", sys.executable, "-c", MAIN)
    error = error_line(call(*limited, *command, RADIOGAZE_MIRROR=str(mirror())))
    assert f"{out}: cannot be written: File too large; free some space" in error
    assert list(out.parent.iterdir()) == []


def test_a_name_that_is_not_listed_and_a_mirror_that_is_not_set(tmp_path):
    manifest = with_urls(tmp_path / "m.csv", DATASETS, "mirror:mirabest.tar.gz")
    command = ["--manifest", manifest, "--out", tmp_path / "x"]
    error = error_line(radiogaze("fetch-dataset", "mirabest", *command))
    assert "no URL to try; set RADIOGAZE_MIRROR" in error
    error = error_line(radiogaze("fetch-dataset", "mirabst", *command))
    assert "no mirabst among its 2 entries; the nearest is mirabest" in error


def test_prepare_without_an_archive(tmp_path):
    targets = ["--images", tmp_path / "i.npz", "--catalogue", tmp_path / "c.csv"]
    command = ["prepare", "mirabest", "--manifest", DATASETS, "--archive", tmp_path / "none"]
    error = error_line(radiogaze(*command, *targets))
    assert f"{tmp_path}/none: no such file; get it with radiogaze fetch-dataset mirabest" in error
