"""Pickles that are hostile or broken are refused in one line, and nothing in them is run."""

import os
import pickle
import struct

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


def glob(module: str, name: str) -> bytes:
    return f"c{module}\n{name}\n".encode()


NDARRAY = glob("numpy", "ndarray")
RECONSTRUCT = glob("numpy.core.multiarray", "_reconstruct")
SCALAR = glob("numpy.core.multiarray", "scalar")
DTYPE = glob("numpy", "dtype")
U1 = DTYPE + b"(U\x02u1I0\nI1\ntR"


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
        ("radiogaze.data.unpickle", "_Array"),
    ],
)
def test_only_four_globals_are_admitted(module, name):
    stack_global = b"\x80\x04" + b"".join(
        b"\x8c" + bytes([len(text)]) + text.encode() for text in (module, name)
    )
    for data in (glob(module, name) + b".", stack_global + b"\x93."):
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


def array_of(state: bytes) -> bytes:
    return b"\x80\x02" + RECONSTRUCT + b"(" + NDARRAY + b"(I0\ntU\x01btR(I1\n" + state + b"tb."


def test_the_hand_made_array_of_these_tests_is_one():
    good = array_of(b"(I1\nI2\nt" + U1 + b"I00\nB\x02\0\0\0ab")
    assert load_pickle(good).tolist() == [[97, 98]]


@pytest.mark.parametrize(
    "data",
    [
        # arrays that only claim to be large, or whose memory NumPy would take as it is
        NDARRAY + b"((I1099511627776\ntU\x02u1tR.",
        NDARRAY + b"((I8\ntR.",
        RECONSTRUCT + b"(" + NDARRAY + b"(I1099511627776\ntU\x01btR.",
        array_of(b"(I1099511627776\nt" + U1 + b"I00\nB\x02\0\0\0ab"),
        array_of(b"(I-1\nI-2\nt" + U1 + b"I00\nB\x02\0\0\0ab"),
        array_of(b"(I2\nt" + U1 + b"I00\n]"),
        array_of(b"(I1\nt" + DTYPE + b"(U\x02U1I0\nI1\ntRI00\nB\x04\0\0\0\xff\xff\xff\xff"),
        # types that hold pointers or parts
        DTYPE + b"(U\x02O8I0\nI1\ntR.",
        DTYPE + b"(U\x01OI0\nI1\ntR.",
        DTYPE + b"(]I0\nI1\ntR.",
        DTYPE + b"(U\x0aU999999999I0\nI1\ntR.",
        DTYPE + b"(U\x08u1,u1,u1I0\nI1\ntR.",
        U1 + b"(I3\nU\x01|NU\x01aNI-1\nI-1\nI0\ntb.",
        SCALAR + b"(" + U1 + b"U\x02abtR.",
        SCALAR + b"(U\x01aU\x01atR.",
        b"\x80\x03" + SCALAR + b"(" + U1 + b"C\x02abtR.",
        b"\x80\x03" + SCALAR + b"(" + DTYPE + b"(U\x02U1I0\nI1\ntRC\x04\xff\xff\xff\xfftR.",
        # the state of what stands behind the names
        RECONSTRUCT + b"(dU\x05shapeI1\nstb.",
        SCALAR + b"N}U\x07__new__U\x01as\x86b.",
        DTYPE + b"N}U\x08__init__U\x01as\x86b.",
        # no pickle, a broken one, and one whose memo would fill the memory
        b"",
        b".",
        b"hello",
        b"\x80\x09.",
        b"\x80\x04]\x94h\x05.",
        b"(lp0\n",
        b"\x95" + struct.pack("<Q", 1 << 60) + b".",
        b"\x80\x05\x96" + struct.pack("<Q", 1 << 60) + b".",
        b"]r\xff\xff\xff\x7f.",
        b"]p2147483647\n.",
        b"I" + b"9" * 100_000 + b"\n.",
        b"\x80\x04\x8c\x02\xff\xfe.",
        b"P1\n.",
        b"\x82\x01.",
    ],
)
def test_broken_pickles_and_hostile_ones_of_the_four_names(data):
    with pytest.raises(FaultError, match="broken pickle: ") as raised:
        load_pickle(data)
    assert "\n" not in str(raised.value)


def test_hostile_pickles_leave_the_reader_as_it_was():
    good = pickle.dumps({"a": np.arange(3), "s": np.str_("x")}, 4)
    for name in ("__new__", "__init__", "__setstate__", "x"):
        for target in (RECONSTRUCT, SCALAR, DTYPE):
            attribute = b"N}U" + bytes([len(name)]) + name.encode() + b"U\x01as\x86b."
            with pytest.raises(FaultError):
                load_pickle(target + attribute)
    assert load_pickle(good)["a"].tolist() == [0, 1, 2]


def test_every_truncation_of_a_pickle_is_one_line():
    data = pickle.dumps({"a": np.arange(3), "s": np.str_("x"), "l": [1, "two"]}, 3)
    for stop in range(len(data)):
        with pytest.raises(FaultError, match="broken pickle"):
            load_pickle(data[:stop])


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of escapes in changed bytes
def test_no_changed_byte_of_a_pickle_escapes():
    data = pickle.dumps({"a": np.arange(3, dtype=np.uint8), "s": np.str_("x"), "l": [1]}, 3)
    generator = np.random.default_rng(0)
    for _ in range(3000):
        changed = bytearray(data)
        changed[generator.integers(len(data))] = generator.integers(256)
        try:
            load_pickle(bytes(changed))
        except FaultError as fault:
            assert "\n" not in str(fault)
