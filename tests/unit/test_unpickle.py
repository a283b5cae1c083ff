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


@pytest.mark.parametrize(
    ("where", "protocol"), [("data_batch_1", 2), ("test_batch", 3), ("batches.meta", 4)]
)
def test_a_hostile_pickle_is_not_run(tmp_path, where, protocol):
    touched = tmp_path / "touched"
    hostile = pickle.dumps({"labels": Call(os.system, f"touch {touched}")}, protocol)
    members = {f"batches/{where}": hostile}
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
    assert f"{archive}: member batches/{where}: hostile pickle: expected no global but" in error
    assert "found 'posix.system'; delete the file and fetch again" in error
    assert not touched.exists()
    assert not images.parent.exists()


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("builtins", "eval"),
        ("__builtin__", "eval"),
        ("builtins", "getattr"),
        ("os", "system"),
        ("numpy", "load"),
        ("numpy", "ndarray.tofile"),
        ("numpy.core.multiarray", "fromfile"),
        ("numpy.core.multiarray", "_reconstruct.__globals__"),
        ("numpy._core.numeric", "_frombuffer"),
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


def test_the_admitted_names_take_no_attribute_of_a_pickle():
    for target in ("numpy ndarray", "numpy dtype", "numpy.core.multiarray _reconstruct"):
        module, _, name = target.partition(" ")
        for attribute in (b"__new__", b"__init__", b"__setstate__", b"x"):
            state = b"N}U" + bytes([len(attribute)]) + attribute + b"U\x01as\x86b."
            with pytest.raises(FaultError, match="broken pickle"):
                load_pickle(f"c{module}\n{name}\n".encode() + state)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b".",
        b"hello",
        b"\x80\x09.",
        b"\x80\x04]\x94h\x05.",
        b"(lp0\n",
        b"\x80\x04\x8c\x02\xff\xfe.",
        b"I" + b"9" * 100_000 + b"\n.",
        b"P1\n.",
        b"\x82\x01.",
        b"cnumpy\nndarray\n((I-8\ntR.",
    ],
)
def test_a_broken_pickle_is_one_line(data):
    with pytest.raises(FaultError, match="broken pickle: ") as raised:
        load_pickle(data)
    assert "\n" not in str(raised.value)


def test_every_truncation_of_a_pickle_is_one_line():
    data = pickle.dumps({"a": np.arange(3), "s": np.str_("x"), "l": [1, "two"]}, 3)
    for stop in range(len(data)):
        with pytest.raises(FaultError, match="broken pickle"):
            load_pickle(data[:stop])
