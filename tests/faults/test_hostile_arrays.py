"""Arrays that declare what is not there, and what the files we write leave behind."""

import json
import os
import stat
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from limits import with_memory, within

from radiogaze.classify.images.files import read_files
from radiogaze.classify.radio_source import Failure
from radiogaze.data.steps import load_steps
from radiogaze.data.store import load_cutouts, save_cutouts
from radiogaze.data.synthetic import synthesise
from radiogaze.errors import RadiogazeError
from radiogaze.files.atomic import atomic_path
from radiogaze.models.load import save_weights
from radiogaze.provenance.record import to_json


def npy(shape: tuple, kind: str = "|u1", data: bytes = b"") -> bytes:
    """An array's header, whatever follows it."""
    text = f"{{'descr': {kind!r}, 'fortran_order': False, 'shape': {shape!r}, }}".ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode() + data


@pytest.fixture
def prepared(tmp_path):
    sky = synthesise(20, 20, 0)
    save_cutouts(sky, tmp_path / "images.npz", tmp_path / "catalogue.csv")
    return tmp_path


def bomb(path: Path, name: str, header: bytes, zeros: int) -> Path:
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open(f"{name}.npy", "w", force_zip64=True) as member,
    ):
        member.write(header)
        for _ in range(-(-zeros >> 20)):
            member.write(bytes(1 << 20))
    return path


@pytest.mark.parametrize(
    "shape",
    [(10**12, 150, 150), (-1, 150, 150), (2**62, 2**62, 4), (True, 150, 150), (40, 1, 150)],
    ids=str,
)
def test_an_array_that_declares_what_is_not_there(shape, prepared):
    bomb(prepared / "images.npz", "images", npy(shape), 1 << 20)
    with within(5), pytest.raises(RadiogazeError, match=r"images.npz|catalogue.csv") as caught:
        load_cutouts(prepared / "images.npz", prepared / "catalogue.csv")
    assert str(caught.value).isprintable()


def test_an_array_of_more_images_than_the_catalogue_has_rows_is_not_read(prepared):
    count = 20_000  # 450 MB, in half a megabyte
    path = bomb(prepared / "images.npz", "images", npy((count, 150, 150)), count * 22_500)
    with (
        with_memory(200),
        pytest.raises(RadiogazeError, match="40 rows, expected 20000 as there are images"),
    ):
        load_cutouts(path, prepared / "catalogue.csv")


def test_steps_of_preprocessing_that_hold_more_than_they_should(tmp_path):
    path = bomb(tmp_path / "steps.npz", "more", npy((1 << 29,)), 1 << 29)
    with with_memory(200), pytest.raises(RadiogazeError, match="expected the steps"):
        load_steps(path)


class Touch:
    """Unpickles by touching a file."""

    def __init__(self, path: Path):
        self.path = path

    def __reduce__(self):
        return os.system, (f"touch {self.path}",)


def refused(path: Path, expected: str) -> None:
    """Read one image, which must be refused in one line, soon."""
    with within(10):
        (found,) = read_files([path])
    assert isinstance(found, Failure)
    assert expected in found.reason


def test_objects_in_an_array_are_not_unpickled(tmp_path):
    touched = tmp_path / "touched"
    value = np.array([Touch(touched)], dtype=object)
    np.save(tmp_path / "a.npy", value, allow_pickle=True)
    np.savez(tmp_path / "images.npz", images=value)
    refused(tmp_path / "a.npy", "expected numbers, found the type object")
    (tmp_path / "catalogue.csv").write_text("x\n")
    with pytest.raises(RadiogazeError):
        load_cutouts(tmp_path / "images.npz", tmp_path / "catalogue.csv")
    assert not touched.exists()


def test_an_array_image_whose_sides_overflow(tmp_path):
    (tmp_path / "a.npy").write_bytes(npy((2**40, 2**40), "<f4"))
    refused(tmp_path / "a.npy", "expected images of at most 25,000,000 pixels")


def test_what_is_written_has_the_mode_of_the_umask_and_replaces_links(tmp_path):
    victim = tmp_path / "victim"
    victim.write_text("mine")
    outputs = [tmp_path / name for name in ("m.safetensors", "i.npz", "c.csv")]
    outputs[0].symlink_to(victim)
    before = os.umask(0o027)
    try:
        save_weights(outputs[0], {"a": torch.zeros(2)}, {"variant": {}})
        save_cutouts(synthesise(20, 20, 0), *outputs[1:])
    finally:
        os.umask(before)
    assert [stat.S_IMODE(path.lstat().st_mode) for path in outputs] == [0o640] * 3
    assert victim.read_text() == "mine"
    assert not outputs[0].is_symlink()
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "c.csv",
        "i.npz",
        "m.safetensors",
        "victim",
    ]
    assert json.loads(to_json({"a": "caf\udce9"})) == {"a": "caf\udce9"}
    to_json({"a": "caf\udce9"}).encode("utf-8")


def test_a_place_that_cannot_be_written_is_named_and_not_its_temporary_file(tmp_path):
    (tmp_path / "file").touch()
    for path in (tmp_path / "file" / "x.csv", tmp_path / ("x" * 300)):
        with pytest.raises(RadiogazeError) as caught, atomic_path(path):
            pass
        assert str(caught.value).startswith(f"{path}: cannot be written: ")
        assert "expected a place that can be written" in str(caught.value)
