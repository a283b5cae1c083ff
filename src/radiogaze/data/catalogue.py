"""What the archives hold: labels, batches, and positions in the sources' file names."""

import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radiogaze.data.unpickle import load_pickle
from radiogaze.terms import CUTOUT_PIXELS

CUTOUT = (CUTOUT_PIXELS, CUTOUT_PIXELS)
META = "batches.meta"

_WAT, _HT, _DD = "wide-angle-tail", "head-tail", "double-double"
# <code>_<RA><sign Dec>_<redshift>_<largest angular extent>.png; FR-DEEP's names hold none of these
_MIRABEST_NAME = re.compile(r"\d{3}_([\d.]+)([+-][\d.]+)_([\d.]+)_([\d.]+)")
MEASURED = ("ra_deg", "dec_deg", "redshift", "extent_arcsec")


@dataclass(frozen=True)
class Label:
    """One label of an archive: its code there, what it means, and how many cutouts have it."""

    code: str
    fr_class: str
    confidence: str
    morphology: str
    train: int
    test: int

    @property
    def cells(self) -> dict[str, str]:
        """What a catalogue lists of it."""
        return {
            "class": self.fr_class,
            "confidence": self.confidence,
            "morphology": self.morphology,
        }


@dataclass(frozen=True)
class Release:
    """How a released archive is laid out: training batches, cutouts in each, labels."""

    training_batches: int
    per_batch: int
    labels: tuple[Label, ...]

    @property
    def batches(self) -> tuple[str, ...]:
        """The batches' names: training in order, then test."""
        names = [f"data_batch_{number}" for number in range(1, self.training_batches + 1)]
        return (*names, "test_batch")


# MiraBest: Bowles et al. 2021 (gating), Table 4, with the morphologies that the archive's codes
# mean. FR-DEEP-F: ibid., Table 5; it distinguishes no confidence or morphology.
RELEASES = {
    "mirabest": Release(
        training_batches=7,
        per_batch=157,
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
    ),
    "frdeep": Release(
        training_batches=11,
        per_batch=50,
        labels=(Label("FRI", "FRI", "", "", 242, 22), Label("FRII", "FRII", "", "", 308, 28)),
    ),
}


def read_batch(
    data: bytes, name: str, release: Release
) -> tuple[NDArray[np.uint8], list[dict[str, Any]]]:
    """Read one batch's pickle.

    Parameters
    ----------
    data
        The bytes, whose digest is the pinned one.
    name
        The batch's name; ``test_batch`` is the test split, any other training.
    release
        What the labels mean.

    Returns
    -------
    images : ndarray of uint8, shape [N, 150, 150]
    rows : list of dict
        The catalogue's rows without their index: source name (the file's name without folder and
        ``.png``), RA and Dec [deg], redshift, extent [arcsec] (all four None where the name holds
        none), label, class, confidence, morphology, split, batch, position in the batch from 0.

    Raises
    ------
    FaultError
        If the pickle is hostile or broken.
    LookupError, TypeError, ValueError, AttributeError
        If it holds no such batch.
    """
    batch = load_pickle(data)
    images = np.stack(batch["data"]).reshape(-1, *CUTOUT)
    rows = []
    for position, (label, file, _) in enumerate(
        zip(batch["labels"], batch["filenames"], images, strict=True)
    ):
        source = PurePosixPath(file).name.removesuffix(".png")
        found = _MIRABEST_NAME.fullmatch(source)
        measured = map(float, found.groups()) if found else (None,) * len(MEASURED)
        rows.append(
            {
                "source_name": source,
                **dict(zip(MEASURED, measured, strict=True)),
                "label": label,
                **release.labels[label].cells,
                "split": "test" if name == "test_batch" else "train",
                "batch": name,
                "position": position,
            }
        )
    return images, rows
