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

from radiogaze.files.broken_bytes import BROKEN_BYTES

MOST_PIXELS = 25_000_000  # of an image that is read, in whatever form; bounds the memory
Arrays = dict[str, NDArray[Any]]

# What a broken file can provoke in the readers of NumPy and of zip files.
BROKEN = (*BROKEN_BYTES, zipfile.BadZipFile, zlib.error, SyntaxError, tokenize.TokenError)


class Declared(NamedTuple):
    """What an array's header says."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    fortran: bool


class Form(NamedTuple):
    """What an array must be: its type, its shape, where None is any length, and most elements."""

    dtype: type[np.generic]
    shape: tuple[int | None, ...]
    most: float = math.inf


def read_header(file: IO[bytes]) -> Declared:
    """Read shape, type and order of an array in NumPy's format.

    Raises
    ------
    ValueError, SyntaxError, TypeError, EOFError
        If the header is broken, or tells of lengths that no array has.
    """
    version = npy.read_magic(file)
    read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    shape, fortran, dtype = read(file)
    if any(isinstance(side, bool) or side < 0 for side in shape):
        raise ValueError(f"an array of shape {shape!r:.60}")
    return Declared(shape, dtype, fortran)


def declared(path: Path, forms: Mapping[str, Form]) -> dict[str, Declared]:
    """Return what the headers of an ``.npz`` say, once they are of these forms.

    Parameters
    ----------
    path
        The file.
    forms
        By name, what each array must be.

    Raises
    ------
    OSError
        If the file is missing or cannot be read.
    ValueError or another of ``BROKEN``
        If it is broken, or an array is missing, unknown, of another form, or shorter than it says.
    """
    found = {}
    with zipfile.ZipFile(path) as archive:
        names = sorted(name.removesuffix(".npy") for name in archive.namelist())
        if names != sorted(forms):
            raise ValueError(f"{', '.join(names)[:80] or 'nothing'} in place of {', '.join(forms)}")
        for name, form in forms.items():
            member = archive.getinfo(f"{name}.npy")
            with archive.open(member) as file:
                found[name] = read_header(file)
            _check(name, found[name], form, member.file_size)
    return found


def load_arrays(path: Path, forms: Mapping[str, Form]) -> Arrays:
    """Read the arrays of an ``.npz``; parameters and errors are those of `declared`."""
    declared(path, forms)
    with np.load(path, allow_pickle=False) as arrays:
        return {name: arrays[name] for name in forms}


def _check(name: str, found: Declared, form: Form, size: int) -> None:
    """Compare a header with the form, and with the bytes that there are."""
    fits = len(found.shape) == len(form.shape) and all(
        wanted in (None, side) for side, wanted in zip(found.shape, form.shape, strict=False)
    )
    if not fits or math.prod(found.shape) > form.most or found.dtype != form.dtype:
        sides = ", ".join("N" if side is None else str(side) for side in form.shape)
        raise ValueError(
            f"{name}: expected {np.dtype(form.dtype)} of shape ({sides}), found {found.dtype} of"
            f" shape {found.shape!r:.60}"
        )
    if math.prod(found.shape) * found.dtype.itemsize > size:
        raise ValueError(f"{name}: shorter than its shape {found.shape!r:.60}")
