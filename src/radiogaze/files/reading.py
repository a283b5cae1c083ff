"""One line for whatever goes wrong while a file is read."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from radiogaze.errors import RadiogazeError
from radiogaze.files.broken_bytes import one_line
from radiogaze.files.npz import BROKEN


@contextmanager
def reading(path: Path, expected: str, made_by: str, *broken: type[Exception]) -> Iterator[None]:
    """Turn what the block raises while it reads ``path`` into one line with what to do.

    Parameters
    ----------
    path
        The file.
    expected
        What it should hold.
    made_by
        The verb of the command line that makes it.
    broken
        What its reader raises on broken bytes, beyond what any reader may.

    Raises
    ------
    RadiogazeError
        If the file is missing, cannot be read, or is broken; or the one that the block raises.
    """
    faults: tuple[type[Exception], ...] = (*BROKEN, *broken)
    try:
        yield
    except RadiogazeError:
        raise
    except FileNotFoundError:
        raise RadiogazeError(f"{path}: no such file; make it with radiogaze {made_by}") from None
    except OSError as error:
        raise RadiogazeError(f"{path}: cannot be read: {error.strerror or error}") from None
    except faults as error:
        raise RadiogazeError(
            f"{path}: expected {expected}, found {one_line(error)}; make it again with radiogaze"
            f" {made_by}"
        ) from None
