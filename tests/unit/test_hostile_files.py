"""Files that are made to harm: nothing in them is run, or unpacked without end."""

import io
import os
import pickle
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch

from limits import one_line, with_memory, within
from radiogaze.classify.images.files import read_files
from radiogaze.classify.radio_source import Failure
from radiogaze.data.steps import load_steps
from radiogaze.data.store import load_cutouts, save_cutouts
from radiogaze.data.synthetic import synthesise
from radiogaze.errors import RadiogazeError
from radiogaze.models.released import read_state_dict
from sky_tools import npy_head


class Call:
    """Pickles as a call of ``function``."""

    def __init__(self, function, *arguments):
        self.call = (function, arguments)

    def __reduce__(self):
        return self.call


def as_zip(program: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("1/data.pkl", program)
        archive.writestr("1/version", "3\n")
        archive.writestr("1/code/__torch__.py", "open('marker', 'w')")
    return file.getvalue()


def as_tar(program: bytes) -> bytes:
    """Weights in torch's oldest form."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as tar:
        for name in ("sys_info", "pickle", "storages", "tensors"):
            info = tarfile.TarInfo(name)
            info.size = len(program)
            tar.addfile(info, io.BytesIO(program))
    return file.getvalue()


@pytest.mark.filterwarnings("ignore:Detected pickle protocol 4")
@pytest.mark.parametrize("pack", [bytes, as_zip, as_tar])
@pytest.mark.parametrize("protocol", [2, 4])
@pytest.mark.parametrize(
    "payload",
    [
        Call(os.system, "touch marker"),
        Call(eval, "__import__('os').system('touch marker')"),
        np.array([Call(os.system, "touch marker")], dtype=object),
    ],
    ids=["system", "eval", "object"],
)
def test_code_in_weights_is_not_run(payload, protocol, pack, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "1.pt"
    path.write_bytes(pack(pickle.dumps(payload, protocol)))
    with pytest.raises(RadiogazeError) as caught:
        read_state_dict(path)
    one_line(caught.value)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("value", [3, [torch.zeros(1)], {"a": {"b": torch.zeros(1)}}])
def test_weights_that_are_not_tensors(value, tmp_path):
    torch.save(value, tmp_path / "1.pt")
    with pytest.raises(RadiogazeError, match="expected tensors by name"):
        read_state_dict(tmp_path / "1.pt")


@pytest.fixture
def prepared(tmp_path):
    save_cutouts(synthesise(20, 20, 0), tmp_path / "images.npz", tmp_path / "catalogue.csv")
    return tmp_path


def bomb(path: Path, name: str, shape: tuple, size: int) -> Path:
    """An array that declares a shape, followed by so many zeros."""
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open(f"{name}.npy", "w", force_zip64=True) as member,
    ):
        member.write(npy_head(shape, "|u1"))
        for _ in range(-(-size >> 20)):
            member.write(bytes(1 << 20))
    return path


@pytest.mark.parametrize(
    "shape",
    [(10**12, 150, 150), (-1, 150, 150), (2**62, 2**62, 4), (True, 150, 150), (40, 1, 150)],
    ids=str,
)
def test_an_array_that_declares_what_is_not_there(shape, prepared):
    bomb(prepared / "images.npz", "images", shape, 1 << 20)
    with within(5), pytest.raises(RadiogazeError, match=r"images.npz|catalogue.csv") as caught:
        load_cutouts(prepared / "images.npz", prepared / "catalogue.csv")
    one_line(caught.value)


def test_an_array_of_another_type_or_with_another_one_beside_it_is_not_read(prepared):
    path, catalogue = prepared / "images.npz", prepared / "catalogue.csv"
    images = load_cutouts(path, catalogue).images
    for arrays, message in (
        ({"images": images.astype(np.float32)}, r"images: expected uint8 .*found float32"),
        ({"images": images, "more": images[:1]}, "images, more in place of images"),
    ):
        np.savez(path, **arrays)
        with pytest.raises(RadiogazeError, match=message):
            load_cutouts(path, catalogue)


def test_an_array_of_more_images_than_the_catalogue_has_rows_is_not_read(prepared):
    count = 20_000  # 450 MB, in half a megabyte
    path = bomb(prepared / "images.npz", "images", (count, 150, 150), count * 22_500)
    expected = "expected as many images as .*catalogue.csv has rows"
    with with_memory(200), pytest.raises(RadiogazeError, match=expected):
        load_cutouts(path, prepared / "catalogue.csv")


def test_a_catalogue_that_was_sorted_no_longer_belongs_to_the_images(prepared):
    path = prepared / "catalogue.csv"
    header, *rows = path.read_text().splitlines()
    path.write_text("\n".join([header, *rows[:3], *reversed(rows[3:])]) + "\n")
    with pytest.raises(RadiogazeError, match="row 5: index: expected more than in the row above"):
        load_cutouts(prepared / "images.npz", path)


def test_steps_of_preprocessing_that_hold_more_than_they_should(tmp_path):
    path = bomb(tmp_path / "steps.npz", "more", (1 << 29,), 1 << 29)
    with with_memory(200), pytest.raises(RadiogazeError, match="expected the steps"):
        load_steps(path)


def test_objects_in_an_array_are_not_unpickled(prepared):
    marker = prepared / "marker"
    value = np.array([Call(os.system, f"touch {marker}")], dtype=object)
    np.save(prepared / "a.npy", value, allow_pickle=True)
    (failure,) = read_files([prepared / "a.npy"])
    assert isinstance(failure, Failure)
    assert "expected numbers, found the type object" in failure.reason
    np.savez(prepared / "images.npz", images=value)
    with pytest.raises(RadiogazeError, match=r"images.npz"):
        load_cutouts(prepared / "images.npz", prepared / "catalogue.csv")
    assert not marker.exists()
