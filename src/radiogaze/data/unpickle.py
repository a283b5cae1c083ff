"""The batches' pickles, read without running anything in them.

A pickle is a program, and these come from the internet. Every member is compared with its pinned
digests before it gets here; the list of admitted names is the second line of defence.
"""

import io
import pickle
import struct
from typing import Any

from radiogaze.files.broken_bytes import BROKEN_BYTES, FaultError, one_line

_BROKEN = (*BROKEN_BYTES, pickle.UnpicklingError, struct.error, ImportError)
# What NumPy pickles arrays, and text and numbers of its own types, with.
_ADMITTED = {
    "numpy": ("ndarray", "dtype"),
    "numpy.core.multiarray": ("_reconstruct", "scalar"),  # before NumPy 2
    "numpy._core.multiarray": ("_reconstruct", "scalar"),
}


class _Unpickler(pickle.Unpickler):
    """Admits NumPy's four names and nothing else."""

    def find_class(self, module: str, name: str) -> Any:
        if name not in _ADMITTED.get(module, ()):
            raise FaultError(
                f"hostile pickle: expected no global but NumPy's ndarray, dtype, _reconstruct and"
                f" scalar, found {f'{module}.{name}'!r:.80}"
            )
        return super().find_class(module.replace(".core.", "._core."), name)


def load_pickle(data: bytes) -> Any:
    """Read a pickle of plain values and NumPy arrays; text of Python 2 is read as Latin-1.

    Raises
    ------
    FaultError
        If it names any global but four of NumPy's, or is broken.
    """
    try:
        return _Unpickler(io.BytesIO(data), encoding="latin1").load()
    except _BROKEN as error:
        raise FaultError(f"broken pickle: {one_line(error)}") from None
