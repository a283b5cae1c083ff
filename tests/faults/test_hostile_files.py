"""Files that are made to harm: nothing in them is run, fetched, or unpacked without end."""

import bz2
import gzip
import io
import os
import pickle
import socket
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from astropy.io import fits
from limits import within
from PIL import Image
from strategies import batch_of, pickled

from radiogaze.classify.images.files import read_files
from radiogaze.classify.radio_source import Failure
from radiogaze.data.catalogue import RELEASES, check_meta, read_batch
from radiogaze.data.unpickle import load_pickle
from radiogaze.errors import RadiogazeError
from radiogaze.files.broken_bytes import FaultError
from radiogaze.models.released import read_state_dict
from sky_tools import write_fits


class Call:
    """Pickles as a call of ``function``."""

    def __init__(self, function, *arguments):
        self.call = (function, arguments)

    def __reduce__(self):
        return self.call


class Persistent(pickle.Pickler):
    """Names everything that is text by a persistent id."""

    def persistent_id(self, item):
        return "os.system" if item == "id" else None


def with_persistent_id() -> bytes:
    file = io.BytesIO()
    Persistent(file, 2).dump(["id"])
    return file.getvalue()


def gadgets(touched: Path) -> dict[str, bytes]:
    """Programs that would touch a file, by how they would come to it."""
    command = f"touch {touched}"
    code = f"__import__('os').system({command!r})"
    chain = Call(getattr, Call(__import__, "os"), "system")
    return {
        "system": pickled(Call(os.system, command)),
        "eval": pickled(Call(eval, code)),
        "getattr": pickled({"labels": chain}),
        "objects": pickled(np.array([Call(os.system, command)], dtype=object)),
        "copyreg": b"\x80\x02ccopyreg\n_reconstructor\n(cos\nsystem\ncbuiltins\nobject\nNtR.",
        "persistent": with_persistent_id(),
        "build": b"\x80\x02cnumpy\ndtype\n(X\x02\0\0\0u1tR}X\x0c\0\0\0__setstate__cos\nsystem\nsb.",
        "instance": f"(ios\nsystem\nS'{command}'\no.".encode(),
    }


NAMES = tuple(gadgets(Path("x")))


@pytest.mark.parametrize("name", NAMES)
def test_gadgets_in_a_batch(name, tmp_path):
    touched = tmp_path / "touched"
    with pytest.raises(FaultError, match="pickle") as caught:
        load_pickle(gadgets(touched)[name])
    assert str(caught.value).isprintable()
    assert not touched.exists()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("form", ["zip", "legacy"])
def test_gadgets_in_released_weights(name, form, tmp_path):
    touched, path = tmp_path / "touched", tmp_path / "1.pt"
    program = gadgets(touched)[name]
    if form == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("1/data.pkl", program)
            archive.writestr("1/version", "3\n")
            archive.writestr("1/code/__torch__.py", f"open({str(touched)!r}, 'w')")
    else:
        path.write_bytes(program)
    with pytest.raises(RadiogazeError) as caught:
        read_state_dict(path)
    assert str(caught.value).isprintable()
    assert not touched.exists()


def test_weights_in_torchs_oldest_form_are_not_unpacked(tmp_path):
    path = tmp_path / "1.pt"
    with tarfile.open(path, "w") as tar:
        for name in ("sys_info", "pickle", "storages", "tensors"):
            data = gadgets(tmp_path / "touched")["system"]
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    with pytest.raises(RadiogazeError):
        read_state_dict(path)
    assert not (tmp_path / "touched").exists()


def test_weights_that_are_not_tensors(tmp_path):
    for number, value in enumerate([3, [torch.zeros(1)], {"a": {"b": torch.zeros(1)}}]):
        path = tmp_path / f"{number}.pt"
        torch.save(value, path)
        with pytest.raises(RadiogazeError, match="expected tensors by name"):
            read_state_dict(path)


@pytest.mark.parametrize("key", ["labels", "filenames", "data"])
def test_values_that_cannot_be_printed_are_refused_all_the_same(key):
    endless: list = []
    endless.append(endless)
    shared: list = ["x"]
    for _ in range(40):
        shared = [shared, shared]
    for value in (1 << 40_000, endless, shared, np.zeros(2)):
        batch = batch_of()
        batch[key][0] = value
        with within(5), pytest.raises(FaultError) as caught:
            read_batch(pickled(batch), RELEASES["mirabest"])
        assert len(str(caught.value)) < 300
        for labels in (value, [value]):
            with within(5), pytest.raises(FaultError, match="label_names"):
                check_meta(pickled({"label_names": labels}), RELEASES["mirabest"])


def refused(path: Path, expected: str, seconds: int = 10) -> None:
    """Read one image, which must be refused in one line, soon."""
    with within(seconds):
        (found,) = read_files([path])
    assert isinstance(found, Failure)
    assert found.reason.isprintable()
    assert expected in found.reason


def test_a_picture_that_would_start_a_program(tmp_path):
    marker = tmp_path / "started"
    (tmp_path / "gs").write_text(f"#!/bin/sh\ntouch {marker}\n")
    (tmp_path / "gs").chmod(0o755)
    Image.new("RGB", (200, 200)).save(tmp_path / "a.eps")
    (tmp_path / "a.eps").rename(tmp_path / "a.png")
    code = (
        "import sys; from pathlib import Path;"
        "from radiogaze.classify.images.files import read_files;"
        "print(list(read_files([Path(sys.argv[1])])))"
    )
    path = f"{tmp_path}:{os.environ['PATH']}"
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "a.png")],
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "expected a PNG or JPEG picture" in done.stdout
    assert not marker.exists()


def test_a_zip_is_not_unpacked_on_the_disk(tmp_path):
    whole = write_fits(tmp_path / "whole.fits").read_bytes()
    with zipfile.ZipFile(tmp_path / "a.fits", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.fits", whole)
    refused(tmp_path / "a.fits", "found another archive; unpack it first")


@pytest.mark.parametrize(
    ("pack", "end"), [(gzip.compress, True), (gzip.compress, False), (bz2.compress, True)]
)
def test_a_small_file_that_unpacks_to_a_large_one(pack, end, tmp_path):
    cube = {"SIMPLE": True, "BITPIX": 8, "NAXIS": 3, "NAXIS1": 700, "NAXIS2": 700, "NAXIS3": 700}
    start = fits.Header(list(cube.items())).tostring().encode()
    start = start if end else start.replace(b"END", b"   ")
    path = tmp_path / "a.fits.gz"
    path.write_bytes(pack(start + b" " * 270_000_000))
    assert path.stat().st_size < 2_000_000
    refused(path, "unpacked, found more" if end else "a header without its END card")


@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress])
@pytest.mark.parametrize("harm", ["first", "second", "backwards"])
def test_units_that_follow_each_other_without_end(pack, harm, tmp_path):
    cube = fits.PrimaryHDU(np.zeros((2, 3, 4), np.uint8))
    cube.header["PCOUNT"], cube.header["GCOUNT"] = 0, 1
    file = io.BytesIO()
    fits.HDUList([cube, fits.ImageHDU(np.zeros((2, 3, 4)))]).writeto(file)
    whole = file.getvalue()
    wrong = {
        "first": whole.replace(
            b"SIMPLE  =                    T", b"SIMPLE  =                    \0"
        ),
        "second": whole.replace(b"XTENSION= 'IMAGE", b"XTENSION= \0IMAGE"),
        "backwards": whole.replace(
            b"PCOUNT  =                    0", b"PCOUNT  =                -2904"
        ),
    }[harm]
    assert wrong != whole
    path = tmp_path / "a.fits"
    path.write_bytes(pack(wrong))
    with within(10):
        refused(path, "expected ")


@pytest.mark.parametrize("card", ["WCSAXES", "WCSAXESA", "A_ORDER", "BP_ORDER"])
def test_a_header_whose_numbers_crash_or_stall_the_reader(card, tmp_path):
    cards = {"CTYPE1": "RA---TAN-SIP", "CTYPE2": "DEC--TAN-SIP", card: 100_000}
    refused(write_fits(tmp_path / "a.fits", **cards), f"{card}: found 100000, expected at most 9")


def test_coordinates_that_a_library_would_ask_the_network_about(tmp_path, monkeypatch):
    def no_network(*arguments, **_):
        raise AssertionError(f"asked the network: {arguments[:2]}")

    monkeypatch.setattr(socket, "getaddrinfo", no_network)
    monkeypatch.setattr(socket.socket, "connect", no_network)
    cards = {"CTYPE1": "TLON-TAN", "CTYPE2": "TLAT-TAN", "DATE-OBS": "2031-01-01T00:00:00"}
    path = write_fits(tmp_path / "a.fits", scale=3.0, **cards)
    refused(path, "its coordinates are TLON and TLAT, expected places on the sky")


def test_a_distortion_that_cannot_be_undone(tmp_path):
    cards = {"CTYPE1": "RA---TAN-SIP", "CTYPE2": "DEC--TAN-SIP", "A_ORDER": 2, "B_ORDER": 2}
    path = write_fits(tmp_path / "a.fits", scale=3.0, **cards, A_2_0=0.5, B_0_2=0.9)
    refused(path, "its celestial coordinates cannot be used: 'WCS.all_world2pix' failed")


def test_a_double_is_still_a_source(tmp_path):
    """The tests above must be able to fail."""
    (found,) = read_files([write_fits(tmp_path / "b.fits")])
    assert found.cutout is not None
