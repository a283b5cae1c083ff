"""What the archives hold: labels, batches, and positions in the sources' file names."""

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radiogaze.data.unpickle import load_pickle
from radiogaze.errors import brief_repr
from radiogaze.files.broken_bytes import FaultError
from radiogaze.terms import CUTOUT_PIXELS

CUTOUT = (CUTOUT_PIXELS, CUTOUT_PIXELS)
META = "batches.meta"

_WAT, _HT, _DD = "wide-angle-tail", "head-tail", "double-double"
# <code>_<RA><sign Dec>_<redshift>_<largest angular extent>.png
_MIRABEST_NAME = re.compile(
    r"(?P<code>\d{3})_(?P<ra_deg>\d+\.\d+)(?P<dec_deg>[+-]\d+\.\d+)"
    r"_(?P<redshift>\d+\.\d+)_(?P<extent_arcsec>\d+\.\d+)"
)
_MEASURED = ("ra_deg", "dec_deg", "redshift", "extent_arcsec")


@dataclass(frozen=True)
class Label:
    """One label of an archive: its code there, what it means, and how many cutouts bear it."""

    code: str
    fr_class: str
    confidence: str
    morphology: str
    train: int
    test: int


@dataclass(frozen=True)
class Release:
    """How a released archive is laid out: training batches, cutouts in each, array shape."""

    training_batches: int
    per_batch: int
    shape: tuple[int, ...]
    labels: tuple[Label, ...]
    coordinates: bool  # whether the file names hold position, redshift and extent

    @property
    def batches(self) -> tuple[str, ...]:
        """The batches' names: training in order, then test."""
        names = [f"data_batch_{number}" for number in range(1, self.training_batches + 1)]
        return (*names, "test_batch")


# MiraBest: Bowles et al. 2021 (gating), Table 4, with the morphologies that the digits of the
# archive's codes tell. FR-DEEP-F: ibid., Table 5; it distinguishes no confidence or morphology.
RELEASES = {
    "mirabest": Release(
        training_batches=7,
        per_batch=157,
        shape=CUTOUT,
        labels=(
            Label("100", "FRI", "certain", "standard", 297, 42),
            Label("102", "FRI", "certain", _WAT, 43, 6),
            Label("104", "FRI", "certain", _HT, 8, 1),
            Label("110", "FRI", "uncertain", "standard", 167, 24),
            Label("112", "FRI", "uncertain", _WAT, 2, 1),
            Label("200", "FRII", "certain", "standard", 378, 54),
            Label("201", "FRII", "certain", _DD, 3, 1),
            Label("210", "FRII", "uncertain", "standard", 171, 24),
            Label("300", "hybrid", "certain", "standard", 17, 2),
            Label("310", "hybrid", "uncertain", "standard", 13, 2),
        ),
        coordinates=True,
    ),
    "frdeep": Release(
        training_batches=11,
        per_batch=50,
        shape=(CUTOUT[0] * CUTOUT[1],),
        labels=(Label("FRI", "FRI", "", "", 242, 22), Label("FRII", "FRII", "", "", 308, 28)),
        coordinates=False,
    ),
}


@dataclass(frozen=True)
class Batch:
    """One batch file: images uint8 [N, 150, 150], N labels and N names of files."""

    images: NDArray[np.uint8]
    labels: list[int]
    filenames: list[str]


def read_batch(data: bytes, release: Release) -> Batch:
    """Read one batch's pickle and check types, shapes, counts and labels.

    Raises
    ------
    FaultError
        If the pickle is hostile or broken, or holds anything but what the release has.
    """
    batch = _dictionary(data)
    labels = _column(batch, "labels", int, release)
    filenames = _column(batch, "filenames", str, release)
    arrays = _column(batch, "data", np.ndarray, release)
    for position, array in enumerate(arrays):
        if array.dtype != np.uint8 or array.shape != release.shape:
            raise FaultError(
                f"data[{position}]: expected uint8 of shape {release.shape}, found {array.dtype}"
                f" of shape {array.shape}"
            )
    for position, label in enumerate(labels):
        if not 0 <= label < len(release.labels):
            raise FaultError(
                f"labels[{position}]: expected 0 to {len(release.labels) - 1}, found"
                f" {brief_repr(label)}"
            )
    images = np.stack([np.asarray(array).reshape(CUTOUT) for array in arrays])
    return Batch(images, labels, filenames)


def check_meta(data: bytes, release: Release) -> None:
    """Check that the archive's own list of labels is the release's.

    Raises
    ------
    FaultError
        If the pickle is hostile or broken, or lists other labels.
    """
    expected = [label.code for label in release.labels]
    found = _dictionary(data).get("label_names")
    texts = isinstance(found, list) and all(isinstance(name, str) for name in found)
    if not texts or found != expected:
        raise FaultError(f"label_names: expected {expected}, found {brief_repr(found):.120}")


def _dictionary(data: bytes) -> dict[str, Any]:
    """Read a pickle that must hold a dictionary."""
    value = load_pickle(data)
    if not isinstance(value, dict):
        raise FaultError(f"expected a dictionary, found {type(value).__name__}")
    return value


def _column(batch: dict[str, Any], key: str, kind: type, release: Release) -> list[Any]:
    """Return one list of a batch, after checking its length and its items' type."""
    column = batch.get(key)
    if not isinstance(column, list) or len(column) != release.per_batch:
        found = f"{len(column)}" if isinstance(column, list) else type(column).__name__
        raise FaultError(f"{key}: expected a list of {release.per_batch}, found {found}")
    for position, item in enumerate(column):
        if not isinstance(item, kind) or isinstance(item, bool):
            raise FaultError(
                f"{key}[{position}]: expected {kind.__name__}, found {type(item).__name__}"
            )
    return column


def describe(batch: Batch, name: str, release: Release) -> list[dict[str, Any]]:
    """List the catalogue's rows of one batch, without their index.

    Parameters
    ----------
    batch
        The batch.
    name
        Its name; ``test_batch`` is the test split, any other training.
    release
        What the labels mean.

    Returns
    -------
    list of dict
        Source name (the file's name without folder and ``.png``), RA and Dec [deg], redshift,
        extent [arcsec] (all four None where the names hold none), label, class, confidence,
        morphology, split, batch, position in the batch from 0.

    Raises
    ------
    FaultError
        If a name is not of the release's form, or its code is another label's.
    """
    rows = []
    for position, (label, filename) in enumerate(zip(batch.labels, batch.filenames, strict=True)):
        meaning = release.labels[label]
        source = PurePosixPath(filename).name.removesuffix(".png")
        try:
            measured = _measured(source, meaning) if release.coordinates else {}
        except FaultError as fault:
            raise FaultError(f"filenames[{position}]: {fault}") from None
        rows.append(
            {
                "source_name": source,
                **{key: measured.get(key) for key in _MEASURED},
                "label": label,
                "class": meaning.fr_class,
                "confidence": meaning.confidence,
                "morphology": meaning.morphology,
                "split": "test" if name == "test_batch" else "train",
                "batch": name,
                "position": position,
            }
        )
    return rows


def _measured(source: str, meaning: Label) -> dict[str, float]:
    """Read position, redshift and extent of a source from its MiraBest file name."""
    match = _MIRABEST_NAME.fullmatch(source)
    if match is None:
        raise FaultError(
            f"expected <code>_<RA><±Dec>_<redshift>_<extent>.png, found {source!r:.80}"
        )
    if match["code"] != meaning.code:
        raise FaultError(f"expected code {meaning.code} of the label, found {source!r:.80}")
    return {key: float(match[key]) for key in _MEASURED}


def check_counts(rows: list[dict[str, Any]], release: Release) -> None:
    """Check that each split has as many cutouts of each label as the release.

    Raises
    ------
    FaultError
        On the first label that does not.
    """
    found = Counter((row["label"], row["split"]) for row in rows)
    for number, label in enumerate(release.labels):
        for split, expected in (("train", label.train), ("test", label.test)):
            if found[number, split] != expected:
                raise FaultError(
                    f"label {number} ({label.code}): expected {expected} cutouts in {split}, found"
                    f" {found[number, split]}"
                )
