"""What preprocessing and augmentation do to one source, kept step by step (for Figure 3)."""

import zipfile
import zlib
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from radiogaze.atomic import atomic_path
from radiogaze.data.faults import one_line
from radiogaze.errors import RadiogazeError


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


def make_steps(path: Path, seed: int, pass_: int) -> Steps:
    """Preprocess a FITS image and augment it once, keeping every step.

    Parameters
    ----------
    path
        A FITS image of FIRST.
    seed, pass_
        Which of the augmentations to show.

    Raises
    ------
    RadiogazeError
        If the image cannot be read or preprocessed.
    """
    import torch  # noqa: PLC0415 # the figure that reads the steps must not load it

    from radiogaze.augment import apply, draw  # noqa: PLC0415
    from radiogaze.data.preprocess import crop_corner, preprocess, read_fits  # noqa: PLC0415

    original = read_fits(path).pixels
    cutout = preprocess(original, str(path))
    # a white image under the same transform tells where the cutout reaches
    both = torch.from_numpy(np.stack([cutout, np.full_like(cutout, 255)]))
    affine = draw(seed, 0, pass_, torch.zeros(2, dtype=torch.int64))
    augmented, white = apply(both, affine).numpy()
    return Steps(
        original=original.astype(np.float32),
        corner=np.array(crop_corner(original.shape), dtype=np.int64),
        cutout=cutout,
        augmented=augmented,
        filled=white > 0,
    )


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
        with np.load(path, allow_pickle=False) as archive:
            return Steps(**archive)
    except FileNotFoundError:
        raise RadiogazeError(
            f"{path}: no such file; make it with radiogaze illustrate-preprocessing"
        ) from None
    except (zipfile.BadZipFile, zlib.error, ValueError, TypeError, LookupError, EOFError) as error:
        raise RadiogazeError(
            f"{path}: expected the steps of preprocessing, found {one_line(error)}; make it again"
            " with radiogaze illustrate-preprocessing"
        ) from None
