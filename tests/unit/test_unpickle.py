"""Pickles that are hostile or broken are refused in one line, and nothing in them is run."""

import os
import pickle

import numpy as np
import pytest

from archive_tools import error_line, radiogaze, tar_of, write_manifest
from radiogaze.data.unpickle import load_pickle
from radiogaze.files.broken_bytes import FaultError


class Call:
    """Pickles as a call of ``function``."""

    def __init__(self, function, *arguments):
        self.call = (function, arguments)

    def __reduce__(self):
        return self.call


def test_a_hostile_pickle_is_not_run(tmp_path):
    touched = tmp_path / "touched"
    hostile = pickle.dumps({"labels": Call(os.system, f"touch {touched}")})
    members = {"batches/test_batch": hostile}
    manifest = write_manifest(tmp_path / "m.csv", members, "mirror:a.tar.gz", "mirabest")
    archive = tmp_path / "a.tar.gz"
    archive.write_bytes(tar_of(members))
    images, catalogue = tmp_path / "out" / "i.npz", tmp_path / "out" / "c.csv"
    error = error_line(
        radiogaze(
            "prepare", "mirabest", "--manifest", manifest, "--archive", archive,
            "--images", images, "--catalogue", catalogue,
        )
    )  # fmt: skip
    assert f"{archive}: member batches/test_batch: hostile pickle: expected no global but" in error
    assert "found 'posix.system'; delete the file and fetch again" in error
    assert not touched.exists()
    assert not images.parent.exists()


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("builtins", "eval"),
        ("os", "system"),
        ("numpy", "ndarray.tofile"),
        ("numpy.core.multiarray", "fromfile"),
        ("numpy.core.multiarray", "_reconstruct.__globals__"),
        ("radiogaze.data.unpickle", "load_pickle"),
    ],
)
def test_only_four_globals_are_admitted(module, name):
    stack_global = b"\x80\x04" + b"".join(
        b"\x8c" + bytes([len(text)]) + text.encode() for text in (module, name)
    )
    for data in (f"c{module}\n{name}\n.".encode(), stack_global + b"\x93."):
        with pytest.raises(FaultError, match=r"hostile pickle: .* found"):
            load_pickle(data)


@pytest.mark.parametrize("protocol", [3, 4])
def test_arrays_and_scalars_of_todays_numpy_are_read(protocol):
    value = {
        "a": np.arange(6, dtype=np.uint8).reshape(2, 3),
        "f": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        "b": np.arange(3, dtype=">i2"),
        "s": np.str_("./é.png"),
        "n": np.int64(-7),
    }
    found = load_pickle(pickle.dumps(value, protocol))
    for key in "afb":
        assert np.array_equal(found[key], value[key])
        assert found[key].dtype == value[key].dtype.newbyteorder("=")
    assert (found["s"], found["n"]) == ("./é.png", -7)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello",
        b"\x80\x04]\x94h\x05.",
        b"\x80\x04\x8c\x02\xff\xfe.",
        b"I" + b"9" * 100_000 + b"\n.",
        b"cnumpy\nndarray\n((I-8\ntR.",
    ],
)
def test_a_broken_pickle_is_one_line(data):
    with pytest.raises(FaultError, match="broken pickle: ") as raised:
        load_pickle(data)
    assert "\n" not in str(raised.value)
