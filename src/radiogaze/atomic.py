"""Files that are either whole or not there."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from errno import EDQUOT, EFBIG, ENOSPC
from pathlib import Path

from radiogaze.errors import RadiogazeError


@contextmanager
def disk_faults(path: Path) -> Iterator[None]:
    """Turn a system error of writing ``path`` into one line that names it.

    Raises
    ------
    RadiogazeError
        If the disk or the quota is full, or the file cannot be written for another reason.
    """
    try:
        yield
    except OSError as error:
        if error.errno in (ENOSPC, EDQUOT, EFBIG):
            hint = "; free some space there and run again"
        else:
            hint = "; expected a place that can be written"
        raise RadiogazeError(
            f"{path}: cannot be written: {error.strerror or error}{hint}"
        ) from None


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Give a temporary path beside ``path`` to write to, which becomes ``path`` when all is well.

    Missing folders are made. Whatever goes wrong, the temporary file is removed and a file that
    stood under ``path`` stays as it was.

    Raises
    ------
    RadiogazeError
        If the disk is full or the file cannot be written.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with disk_faults(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            yield temporary
            with temporary.open("rb") as file:
                os.fsync(file.fileno())
            temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
