"""The steps from a survey's image to a network's input, as a file (for Figure 3)."""

from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from radiogaze.data.catalogue import CUTOUT
from radiogaze.files.npz import MOST_PIXELS, ArraySpec, load_arrays, save_arrays
from radiogaze.files.reading import reading

_SPECS = {
    "original": ArraySpec(np.float32, (None, None), MOST_PIXELS),
    "corner": ArraySpec(np.int64, (2,)),
    "cutout": ArraySpec(np.uint8, CUTOUT),
    "augmented": ArraySpec(np.uint8, CUTOUT),
    "filled": ArraySpec(np.bool_, CUTOUT),
}


@dataclass(frozen=True)
class Steps:
    """The steps from a survey's image to a network's input.

    Attributes
    ----------
    original
        float32 [H, W], the survey's image, Jy/beam.
    corner
        int64 [2], row and column of the crop's first pixel.
    cutout
        uint8 [150, 150], clipped, cropped and scaled.
    augmented
        uint8 [150, 150], rotated, scaled and shifted, zero where nothing of the cutout is.
    filled
        bool [150, 150], where something of the cutout is.
    """

    original: NDArray[np.float32]
    corner: NDArray[np.int64]
    cutout: NDArray[np.uint8]
    augmented: NDArray[np.uint8]
    filled: NDArray[np.bool_]


def save_steps(steps: Steps, path: Path) -> None:
    """Write the steps as .npz, whole or not at all.

    Raises
    ------
    RadiogazeError
        If the file cannot be written.
    """
    save_arrays(path, asdict(steps))


def load_steps(path: Path) -> Steps:
    """Read what `save_steps` wrote.

    Raises
    ------
    RadiogazeError
        If the file is missing, broken or of another form.
    """
    with reading(path, "the steps of preprocessing", "illustrate-preprocessing"):
        return Steps(**load_arrays(path, _SPECS))
