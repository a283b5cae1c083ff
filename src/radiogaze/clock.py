"""Files that are later than the clock, as after it was set back or on a disk of another machine."""

import os
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path


def bring_back(folders: Iterable[Path]) -> int:
    """Give files from the future the present time.

    Snakemake takes an output that is older than its inputs for broken, and so throws away whatever
    is made from them until their time has come. What was made from a file that is brought back is
    made again, unless it is brought back with it.

    Parameters
    ----------
    folders
        Where to look, all the way down; one that is not there is left out.

    Returns
    -------
    int
        How many there were.
    """
    now, count = time.time_ns(), 0
    for folder in folders:
        for path in folder.rglob("*"):
            with suppress(OSError):  # it has just gone, or is not ours to change
                if path.stat().st_mtime_ns > now and path.is_file():
                    os.utime(path, ns=(now, now))
                    count += 1
    return count
