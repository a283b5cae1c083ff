"""What preprocessing and augmentation do to one source, step by step (for Figure 3).

Apart from the steps' file, so that drawing the figure loads no torch.
"""

from pathlib import Path

import numpy as np
import torch

from radiogaze.augmentation.transform import apply, draw
from radiogaze.data.preprocess import crop_corner, preprocess, read_fits
from radiogaze.data.steps import Steps


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
    original = read_fits(path).pixels
    cutout = preprocess(original, str(path))
    # a white image under the same transform shows where the cutout reaches
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
