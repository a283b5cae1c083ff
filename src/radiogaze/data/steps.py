"""The steps from a survey's image to a network's input, as a file (for Figure 3)."""

from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from radiogaze.data.catalogue import CUTOUT
from radiogaze.errors import RadiogazeError
from radiogaze.files.atomic import atomic_path
from radiogaze.files.broken_bytes import one_line
from radiogaze.files.npz import BROKEN, MOST_PIXELS, Form, load_arrays

_FORMS = {
    "original": Form(np.float32, (None, None), MOST_PIXELS),
    "corner": Form(np.int64, (2,)),
    "cutout": Form(np.uint8, CUTOUT),
    "augmented": Form(np.uint8, CUTOUT),
    "filled": Form(np.bool_, CUTOUT),
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
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, **asdict(steps))


def load_steps(path: Path) -> Steps:
    """Read what `save_steps` wrote.

    Raises
    ------
    RadiogazeError
        If the file is missing, broken or of another form.
    """
    try:
        return Steps(**load_arrays(path, _FORMS))
    except FileNotFoundError:
        raise RadiogazeError(
            f"{path}: no such file; make it with radiogaze illustrate-preprocessing"
        ) from None
    except (OSError, *BROKEN) as error:
        raise RadiogazeError(
            f"{path}: expected the steps of preprocessing, found {one_line(error)}; make it again"
            " with radiogaze illustrate-preprocessing"
        ) from None
