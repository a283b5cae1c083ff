"""The lock that a killed Snakemake leaves behind, taken away where nobody is at work.

Snakemake notes on the disk what it is about to write, so that no second one writes the same.
Killed, it leaves the note, and the next call is refused until someone says ``--unlock``. So each
Snakemake on a tree also holds a lock of the operating system, which ends with the process however
that dies: who gets it for itself alone knows that the notes are stale.
"""

import fcntl
import shutil
from pathlib import Path
from typing import IO, NamedTuple

_ALIVE: list[IO[str]] = []  # open for as long as the process lives


class Company(NamedTuple):
    """Who else is at work on a tree.

    Attributes
    ----------
    alone
        Whether nobody is, so that what lies about may be put in order.
    stale
        Whether there was a stale lock.
    """

    alone: bool
    stale: bool


def clear_stale_lock(folder: Path, main: bool = True) -> Company:
    """Take the notes of dead Snakemakes away, and hold the lock that says that this one lives.

    Where the file system has no locks nothing is taken away, and nobody is alone.

    Parameters
    ----------
    folder
        Snakemake's own, ``.snakemake`` in the working directory.
    main
        Whether this Snakemake is the one that plans. One that was started for a job, maybe on
        another node, whose locks may be its own affair, takes nothing away and is not alone.
    """
    notes = folder / "locks"
    try:
        folder.mkdir(exist_ok=True)
        _ALIVE.append((folder / "alive").open("a"))
        try:
            fcntl.flock(_ALIVE[-1], fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            alone = False  # Snakemake's own lock decides
        else:
            alone = main
        stale = alone and notes.is_dir() and any(notes.iterdir())
        if stale:
            shutil.rmtree(notes)
        fcntl.flock(_ALIVE[-1], fcntl.LOCK_SH)
    except OSError:
        return Company(alone=False, stale=False)
    return Company(alone, stale)
