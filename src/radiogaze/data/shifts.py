"""Images that a network was not trained on, made from those of a test set (docs/doubt.md)."""

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray

from radiogaze.augmentation import transform as augment

Images = NDArray[np.uint8]
Shift = Callable[[Images, np.random.Generator], Images]

BRIGHTEST = 255
_HIDDEN = 40  # pixels around the centre: 72 arcsec, more than most sources reach
_FAINTEST = 0.05  # of the brightest pixel, that a blob is drawn to
# Of a blob: scale length in pixels, and ratio of the axes.
_LENGTHS, _RATIOS = (3.0, 12.0), (0.3, 1.0)


def _rescaled(images: Images, scale: float) -> Images:
    zero = torch.zeros(len(images), dtype=torch.float64)
    affine = augment.Affine(zero, zero + scale, zero, zero, centre=0.0)
    return augment.apply(torch.from_numpy(images), affine).numpy()


def _noisy(images: Images, rng: np.random.Generator, sd: float) -> Images:
    noise = rng.normal(0, sd * BRIGHTEST, images.shape)
    return np.clip(images + noise, 0, BRIGHTEST).astype(np.uint8)


def _from_centre(images: Images) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return rows [H, 1] and columns [1, W] from the centre."""
    height, width = images.shape[1:]
    return (
        np.arange(height)[:, None] - (height - 1) / 2,
        np.arange(width)[None] - (width - 1) / 2,
    )


def _without_source(images: Images, _: np.random.Generator) -> Images:
    y, x = _from_centre(images)
    return np.where(np.hypot(y, x) <= _HIDDEN, 0, images).astype(np.uint8)


def _shuffled(images: Images, rng: np.random.Generator) -> Images:
    flat = images.reshape(len(images), -1)
    return rng.permuted(flat, axis=1).reshape(images.shape)


def _blobs(images: Images, rng: np.random.Generator) -> Images:
    y, x = _from_centre(images)
    angle = rng.uniform(0, np.pi, (len(images), 1, 1))
    along = x * np.cos(angle) + y * np.sin(angle)
    across = y * np.cos(angle) - x * np.sin(angle)
    length, ratio = (rng.uniform(*ends, (len(images), 1, 1)) for ends in (_LENGTHS, _RATIOS))
    profile = np.exp(-np.hypot(along, across / ratio) / length)
    return (BRIGHTEST * np.where(profile < _FAINTEST, 0, profile)).astype(np.uint8)


# Name -> how it is made. Sizes are of the sources, at the same number of pixels.
SHIFTS: dict[str, Shift] = {
    "half-size": lambda images, _: _rescaled(images, 0.5),
    "double-size": lambda images, _: _rescaled(images, 2.0),
    "noise-5": lambda images, rng: _noisy(images, rng, 0.05),
    "noise-20": lambda images, rng: _noisy(images, rng, 0.2),
    "source-removed": _without_source,
    "pixels-shuffled": _shuffled,
    "blobs": _blobs,
}


def shift(images: Images, name: str, seed: int) -> Images:
    """Return images, uint8 [N, H, W], in the form of one of ``SHIFTS``."""
    return SHIFTS[name](images, np.random.default_rng([seed, list(SHIFTS).index(name)]))
