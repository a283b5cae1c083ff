"""Compressed files, known by their first bytes."""

import bz2
import gzip
import lzma
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import IO, Any

_OPENERS: dict[bytes, Callable[..., Any]] = {
    b"\x1f\x8b": gzip.open,
    b"BZh": bz2.open,
    b"\xfd7zXZ": lzma.open,
}


def decompressed(file: IO[bytes]) -> AbstractContextManager[IO[bytes]]:
    """Open the gzip, bzip2 or xz stream in a file; any other file is given back as it is."""
    start = file.read(6)
    file.seek(0)
    for magic, opener in _OPENERS.items():
        if start.startswith(magic):
            stream: AbstractContextManager[IO[bytes]] = opener(file, "rb")
            return stream
    return nullcontext(file)
