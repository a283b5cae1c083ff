"""From a fetched archive to images and a catalogue."""

from pathlib import Path

import numpy as np
import pandas as pd

from radiogaze.data.archives import read_members
from radiogaze.data.catalogue import (
    META,
    RELEASES,
    Batch,
    Release,
    check_counts,
    check_meta,
    describe,
    read_batch,
)
from radiogaze.data.manifest import DatasetPin
from radiogaze.data.store import COLUMNS, Cutouts, save_cutouts
from radiogaze.errors import RadiogazeError
from radiogaze.files.broken_bytes import FaultError


def prepare_dataset(pin: DatasetPin, archive: Path, images: Path, catalogue: Path) -> Cutouts:
    """Verify an archive, read its batches safely, and write images and catalogue.

    Nothing is written before everything is checked: each member's size and digests, types,
    shapes, labels, and the counts of each label in each split.

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
    batches: dict[str, Batch] = {}
    for member, data in read_members(archive, pin):
        try:
            if member.name == META:
                check_meta(data, release)
            else:
                batches[member.name] = read_batch(data, release)
        except FaultError as fault:
            raise FaultError(f"member {member.path}: {fault}") from None
    if set(batches) != set(release.batches):
        raise FaultError(f"expected the batches {list(release.batches)}, found {sorted(batches)}")
    rows = []
    for name in release.batches:
        try:
            rows += describe(batches[name], name, release)
        except FaultError as fault:
            raise FaultError(f"member {name}: {fault}") from None
    check_counts(rows, release)
    table = pd.DataFrame(rows)
    table.insert(0, "index", np.arange(len(rows)))
    images = np.concatenate([batches[name].images for name in release.batches])
    return Cutouts(images, table[list(COLUMNS)])
