"""Maps that a score of an attention map must be compared with (docs/gaze.md)."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from torch import nn

from radiogaze.campaigns.variants import Variant
from radiogaze.data.morphology import FWHM
from radiogaze.models.registry import build
from radiogaze.terms import BEAM

Floats = NDArray[np.floating[Any]]


def blurred(images: NDArray[np.uint8]) -> Floats:
    """Return images [N, h, w], convolved with the beam of VLA FIRST (a round Gaussian)."""
    return gaussian_filter(images.astype(np.float32), BEAM / FWHM, axes=(1, 2), mode="constant")


def centred_gaussian(maps: Floats) -> Floats:
    """Return one round Gaussian, centred, as wide as the mean of maps [N, h, w]; as many copies.

    The width is the root mean square distance from the centre along an axis, of the mean of the
    maps, each above its minimum and with a sum of 1.
    """
    above = maps - maps.min((1, 2), keepdims=True)
    sums = above.sum((1, 2), keepdims=True)
    mean = (above / np.where(sums > 0, sums, 1)).mean(0)
    rows, columns = np.indices(mean.shape) - (np.array(mean.shape)[:, None, None] - 1) / 2
    squared = rows**2 + columns**2
    if not mean.any():
        mean = np.ones_like(mean)
    variance = (mean * squared).sum() / mean.sum() / 2
    return np.broadcast_to(np.exp(-squared / 2 / variance), maps.shape)


def of_another_source(maps: Floats, seed: int) -> Floats:
    """Return maps [N, h, w], each in the place of another; no map stays in its own place."""
    return maps[other_sources(len(maps), seed)]


def other_sources(count: int, seed: int) -> NDArray[np.int64]:
    """Return which other source's map each source gets: a permutation without fixed points."""
    order = np.random.default_rng(seed).permutation(count)
    found = np.empty_like(order)
    found[order] = np.roll(order, 1)
    return found


def phase_randomised(maps: Floats, seed: int) -> Floats:
    """Return random maps [N, h, w] of the same mean and power spectrum as the maps.

    The phases are those of white noise (surrogate data of Theiler et al. 1992, Section 2.3).
    """
    noise = np.random.default_rng(seed).normal(size=maps.shape)
    phases = np.exp(1j * np.angle(np.fft.rfft2(noise)))
    phases[:, 0, 0] = np.where(maps.mean((1, 2)) < 0, -1, 1)
    return np.fft.irfft2(np.abs(np.fft.rfft2(maps)) * phases, maps.shape[1:])


def untrained(variant: Variant, seed: int) -> nn.Module:
    """Return a variant's network with initial weights that follow from the seed alone."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return build(variant).eval()
