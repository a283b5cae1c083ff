"""Arrays of an ``.npz``, looked at before they are read: a small file can declare a huge array."""

import math
import tokenize
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from radiogaze.files.atomic import atomic_path
from radiogaze.files.broken_bytes import BROKEN_BYTES

MOST_PIXELS = 25_000_000  # of an image that is read, in whatever form; bounds the memory
Arrays = dict[str, NDArray[Any]]

# What a broken file can provoke in the readers of NumPy and of zip files.
BROKEN = (*BROKEN_BYTES, zipfile.BadZipFile, zlib.error, SyntaxError, tokenize.TokenError)


class ArrayHeader(NamedTuple):
    """What an array's header declares."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    fortran: bool


class ArraySpec(NamedTuple):
    """What an array must be: its type, its shape, where None is any length, and most elements."""

    dtype: type[np.generic]
    shape: tuple[int | None, ...]
    most: float = math.inf


def read_header(file: IO[bytes]) -> ArrayHeader:
    """Read shape, type and order of an array in NumPy's format.

    Raises
    ------
    ValueError, SyntaxError, TypeError, EOFError
        If the header is broken, or declares lengths that no array has.
    """
    version = npy.read_magic(file)
    read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    shape, fortran, dtype = read(file)
    if any(isinstance(side, bool) or side < 0 for side in shape):
        raise ValueError(f"an array of shape {shape!r:.60}")
    return ArrayHeader(shape, dtype, fortran)


def save_arrays(path: Path, arrays: Mapping[str, NDArray[Any] | float]) -> None:
    """Write arrays, by name, as a compressed ``.npz``, whole or not at all.

    Raises
    ------
    RadiogazeError
        If the file cannot be written.
    """
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)


def load_arrays(path: Path, specs: Mapping[str, ArraySpec]) -> Arrays:
    """Read the arrays of an ``.npz``, after comparing their headers with what is expected.

    Parameters
    ----------
    path
        The file.
    specs
        By name, what each array must be.

    Raises
    ------
    OSError
        If the file is missing or cannot be read.
    ValueError or another of ``BROKEN``
        If it is broken, or an array is missing, unknown, of another type or shape, or shorter
        than declared.
    """
    with zipfile.ZipFile(path) as archive:
        names = sorted(name.removesuffix(".npy") for name in archive.namelist())
        if names != sorted(specs):
            raise ValueError(f"{', '.join(names)[:80] or 'nothing'} in place of {', '.join(specs)}")
        for name, spec in specs.items():
            member = archive.getinfo(f"{name}.npy")
            with archive.open(member) as file:
                _check(name, read_header(file), spec, member.file_size)
    with np.load(path, allow_pickle=False) as arrays:
        return {name: arrays[name] for name in specs}


def _check(name: str, found: ArrayHeader, spec: ArraySpec, size: int) -> None:
    """Compare a header with what is expected, and with the bytes that there are."""
    fits = len(found.shape) == len(spec.shape) and all(
        expected in (None, side) for side, expected in zip(found.shape, spec.shape, strict=False)
    )
    if not fits or math.prod(found.shape) > spec.most or found.dtype != spec.dtype:
        sides = ", ".join("N" if side is None else str(side) for side in spec.shape)
        raise ValueError(
            f"{name}: expected {np.dtype(spec.dtype)} of shape ({sides}), found {found.dtype} of"
            f" shape {found.shape!r:.60}"
        )
    if math.prod(found.shape) * found.dtype.itemsize > size:
        raise ValueError(f"{name}: shorter than its shape {found.shape!r:.60}")
