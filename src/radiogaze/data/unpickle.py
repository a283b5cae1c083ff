"""The batches' pickles, read without giving a pickle anything to call.

A pickle is a program, and these come from the internet. Four NumPy names are admitted; what
stands behind them here are plain classes that check all they are given, so that neither NumPy's
own constructors nor its C-level ``__setstate__`` ever see what a pickle says.
"""

import io
import math
import pickle
import pickletools
import re
import struct
from typing import Any

import numpy as np

from radiogaze.files.broken_bytes import BROKEN_BYTES, FaultError, one_line

_BROKEN = (*BROKEN_BYTES, pickle.UnpicklingError, struct.error, ImportError)
_NDARRAY = "numpy.ndarray"  # a pickle only ever names the class, as an argument; nothing to call
_DTYPE_CODE = re.compile(r"[biufU][0-9]{1,4}")


class _Dtype:
    """Stands for ``numpy.dtype``: plain numbers, or text of fixed width."""

    def __init__(self, code: str, align: int = 0, copy: int = 1) -> None:
        if not _DTYPE_CODE.fullmatch(code):
            raise ValueError(f"dtype {code!r:.40}, expected numbers or text")
        self.dtype = np.dtype(code)

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        _version, order, subdtype, names, fields, *_sizes = state
        if order not in ("<", ">", "|", "=") or (subdtype, names, fields) != (None, None, None):
            raise ValueError("dtype with parts, expected numbers or text")
        if order in ("<", ">"):
            self.dtype = self.dtype.newbyteorder(order)


class _Array(np.ndarray):
    """Stands for ``_reconstruct``: an empty array that its state then fills."""

    def __new__(cls, subtype: str, shape: tuple[int, ...], code: bytes | str) -> "_Array":
        if subtype != _NDARRAY or shape != (0,):
            raise ValueError(f"array of {subtype!r:.40} and shape {shape!r:.40}, expected (0,)")
        return super().__new__(cls, (0,), np.uint8)

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        _version, shape, dtype, fortran, raw = state
        kind = dtype.dtype
        sized = isinstance(raw, bytes) and all(isinstance(n, int) and n >= 0 for n in shape)
        if kind.kind == "U" or not sized or len(raw) != math.prod(shape) * kind.itemsize:
            raise ValueError(
                f"array of shape {shape!r:.40} and type {kind.str}, expected numbers that fill it"
            )
        plain: Any = (1, tuple(shape), kind, bool(fortran), raw)
        super().__setstate__(plain)


class _Scalar:
    """Stands for ``scalar``: becomes the plain Python value."""

    def __new__(cls, dtype: _Dtype, raw: bytes) -> Any:
        if len(raw) != dtype.dtype.itemsize:
            raise ValueError("scalar whose bytes do not fill it")
        if dtype.dtype.kind == "U":  # NumPy would trust that the bytes are text
            order = "utf-32-be" if dtype.dtype.str.startswith(">") else "utf-32-le"
            return raw.decode(order).rstrip("\0")
        return np.frombuffer(raw, dtype.dtype)[0].item()

    def __setstate__(self, state: object) -> None:
        # pickles may set the state of a class too; without this method, its attributes
        raise ValueError("scalar with a state")


_ADMITTED: dict[tuple[str, str], Any] = {("numpy", "ndarray"): _NDARRAY, ("numpy", "dtype"): _Dtype}
for _module in ("numpy.core.multiarray", "numpy._core.multiarray"):  # before and since NumPy 2
    _ADMITTED[_module, "_reconstruct"] = _Array
    _ADMITTED[_module, "scalar"] = _Scalar


class _Unpickler(pickle.Unpickler):
    """Admits the four names and nothing else."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _ADMITTED:
            raise FaultError(
                f"hostile pickle: expected no global but NumPy's ndarray, dtype, _reconstruct and"
                f" scalar, found {f'{module}.{name}'!r:.80}"
            )
        return _ADMITTED[module, name]


def load_pickle(data: bytes) -> Any:
    """Read a pickle of plain values, NumPy arrays of numbers, and NumPy scalars and text.

    Memory is bounded by a small multiple of the pickle's length. Text of Python 2 is read as
    Latin-1, as NumPy's arrays need.

    Parameters
    ----------
    data
        The whole pickle, of any protocol.

    Returns
    -------
    object
        What was pickled; arrays are instances of a subclass of ndarray.

    Raises
    ------
    FaultError
        If it names any other global, or is broken in whatever way.
    """
    try:
        for opcode, number, _ in pickletools.genops(data):
            # the reader's memo is a list as long as its highest number, which may be billions
            if opcode.name in ("PUT", "BINPUT", "LONG_BINPUT") and int(number or 0) > len(data):
                raise FaultError(f"broken pickle: expected small memo numbers, found {number}")
        return _Unpickler(io.BytesIO(data), encoding="latin1").load()
    except _BROKEN as error:
        raise FaultError(f"broken pickle: {one_line(error)}") from None
