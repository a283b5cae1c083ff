"""Files that are either whole or not there."""

import os
import re
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from errno import EDQUOT, EFBIG, ENOSPC
from pathlib import Path
from typing import TYPE_CHECKING

from radiogaze.errors import RadiogazeError

if TYPE_CHECKING:
    import pandas as pd

_NAME = 30  # characters of the file's name in that of its temporary one, which has a limit too
_HOST = re.sub("[^A-Za-z0-9]", "-", socket.gethostname())[:50]
_TEMPORARY = re.compile(rf"\..*\.{_HOST}-(?P<process>[0-9]+)-[0-9a-f]+\.tmp", re.DOTALL)
_swept: set[Path] = set()


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
            hint = "; expected a writable folder"
        raise RadiogazeError(
            f"{path}: cannot be written: {error.strerror or error}{hint}"
        ) from None


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Give a temporary path beside ``path`` to write to, which becomes ``path`` when all is well.

    Missing folders are made. Whatever goes wrong, the temporary file is removed and a file that
    stood under ``path`` stays as it was. The new file's mode is what the umask leaves of 0666; a
    link is replaced, and what it pointed at stays as it was.

    Raises
    ------
    RadiogazeError
        If the disk is full, the file cannot be written, or ``path`` is a device, a pipe or a
        socket.
    """
    with disk_faults(path):
        if path.exists() and not (path.is_file() or path.is_dir()):
            raise RadiogazeError(
                f"{path}: is a device, a pipe or a socket and would be replaced; expected the name"
                " of a file"
            )
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = _claim(path)
        mode = temporary.stat().st_mode
    try:
        with disk_faults(path):
            yield temporary
            temporary.chmod(mode)  # a writer may have put a file of its own there, as safetensors
            with temporary.open("rb") as file:
                os.fsync(file.fileno())
            temporary.replace(path)
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def _claim(path: Path) -> Path:
    """Make an empty file beside ``path`` that nobody else has, nor has put a link in place of."""
    _sweep(path.parent)
    token = f"{_HOST}-{os.getpid()}-{secrets.token_hex(4)}"
    temporary = path.with_name(f".{path.name[:_NAME]}.{token}.tmp")
    os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
    return temporary


def _sweep(folder: Path) -> None:
    """Remove, once a process and folder, what processes of this machine left when they were killed.

    Those of other machines are left alone: whether they live is not known here.
    """
    if folder in _swept:
        return
    _swept.add(folder)
    for path in folder.glob(".*.tmp"):
        found = _TEMPORARY.fullmatch(path.name)
        if found and not _lives(int(found["process"])):
            with suppress(OSError):
                path.unlink()


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:  # somebody else's
        return True
    return True


def write_text(text: str, path: Path) -> None:
    """Write a text as UTF-8, whole or not at all.

    Raises
    ------
    RadiogazeError
        If the file cannot be written.
    """
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def write_frame(frame: "pd.DataFrame", path: Path) -> None:
    """Write a table as CSV with six significant digits, whole or not at all.

    Raises
    ------
    RadiogazeError
        If the file cannot be written.
    """
    with atomic_path(path) as temporary:
        frame.to_csv(temporary, index=False, lineterminator="\n", float_format="%.6g")
