"""From a fetched archive to images and a catalogue."""

from pathlib import Path

import numpy as np
import pandas as pd

from radiogaze.data.archives import read_members
from radiogaze.data.catalogue import META, RELEASES, Release, read_batch
from radiogaze.data.manifest import DatasetPin
from radiogaze.data.store import COLUMNS, Cutouts, save_cutouts
from radiogaze.errors import RadiogazeError
from radiogaze.files.broken_bytes import BROKEN_BYTES, FaultError, one_line


def prepare_dataset(pin: DatasetPin, archive: Path, images: Path, catalogue: Path) -> Cutouts:
    """Verify an archive, read its batches safely, and write images and catalogue.

    Nothing is written before every member's size and digest are checked.

    Parameters
    ----------
    pin
        The data set's row of the manifest.
    archive
        The fetched archive.
    images, catalogue
        Where to write; see `radiogaze.data.store.Cutouts`.

    Raises
    ------
    RadiogazeError
        If the archive is missing or not what was pinned, or a file cannot be written.
    """
    if pin.name not in RELEASES:
        raise RadiogazeError(
            f"{pin.name}: no known layout of this data set; known are: {', '.join(RELEASES)}"
        )
    if not archive.is_file():
        raise RadiogazeError(
            f"{archive}: no such file; get it with radiogaze fetch-dataset {pin.name}"
        )
    try:
        cutouts = _read(pin, archive, RELEASES[pin.name])
    except FaultError as fault:
        raise RadiogazeError(f"{archive}: {fault}; delete the file and fetch again") from None
    save_cutouts(cutouts, images, catalogue)
    return cutouts


def _read(pin: DatasetPin, archive: Path, release: Release) -> Cutouts:
    """Read all batches of an archive into one array and one table."""
    batches = {}
    for member, data in read_members(archive, pin):
        if member.name == META:
            continue
        try:
            batches[member.name] = read_batch(data, member.name, release)
        except FaultError as fault:
            raise FaultError(f"member {member.path}: {fault}") from None
        except BROKEN_BYTES as error:
            raise FaultError(
                f"member {member.path}: expected a batch, found {one_line(error)}"
            ) from None
    if set(batches) != set(release.batches):
        raise FaultError(f"expected the batches {list(release.batches)}, found {sorted(batches)}")
    images, rows = zip(*(batches[name] for name in release.batches), strict=True)
    table = pd.DataFrame([row for batch in rows for row in batch])
    table.insert(0, "index", np.arange(len(table)))
    return Cutouts(np.concatenate(images), table[list(COLUMNS)])
