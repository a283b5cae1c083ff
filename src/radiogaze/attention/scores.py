"""Scores of attention maps, each of many maps at once (docs/gaze.md).

Maps may be of any scale and may be negative: a score depends on the order of a map's values, or
on the map above its own minimum. N maps of h x w pixels.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from radiogaze.terms import BEAM

Floats = NDArray[np.floating[Any]]
Masks = NDArray[np.bool_]
Images = NDArray[np.uint8]

_WITHIN_BEAM = np.hypot(*np.mgrid[-BEAM : BEAM + 1, -BEAM : BEAM + 1])[None] <= BEAM


def relevance_mass(maps: Floats, masks: Masks) -> Floats:
    """Return which fraction of each map's sum, above its minimum, is in its mask.

    Relevance mass accuracy of Arras et al. (2022), Section 3.2, there for maps without negative
    values. A constant map counts as equal everywhere.

    Parameters
    ----------
    maps
        [N, h, w].
    masks
        bool [N, h, w].

    Returns
    -------
    ndarray
        [N], 0 to 1.
    """
    return (_fractions(maps) * masks.reshape(len(masks), -1)).sum(1)


def relevance_rank(maps: Floats, masks: Masks) -> Floats:
    """Return which fraction of the K highest pixels of each map is in its mask of K pixels.

    Relevance rank accuracy of Arras et al. (2022), Section 3.2. Equal values are in one random
    order.

    Returns
    -------
    ndarray
        [N], 0 to 1; NaN where a mask is empty.
    """
    flat = masks.reshape(len(masks), -1)
    sizes = flat.sum(1)
    highest = ranks(maps).reshape(len(maps), -1) < sizes[:, None]
    with np.errstate(invalid="ignore"):
        return (highest & flat).sum(1) / sizes


def pointing(maps: Floats, targets: Masks) -> Floats:
    """Return whether each map's maximum is within a beam of a target pixel.

    Pointing game of Zhang et al. (2018), Section 4.1, with a tolerance of 3 pixels.

    Returns
    -------
    ndarray
        [N], 1 for a hit and 0 for a miss; of several equal maxima, the fraction that hits. NaN
        where there is no target.
    """
    near = ndimage.binary_dilation(targets, _WITHIN_BEAM).reshape(len(maps), -1)
    flat = maps.reshape(len(maps), -1)
    maxima = flat == flat.max(1, keepdims=True)
    hits = (maxima & near).sum(1) / maxima.sum(1)
    return np.where(targets.any((1, 2)), hits, np.nan)


def entropy(maps: Floats) -> Floats:
    """Return Shannon's entropy of each map above its minimum, as a fraction of a constant map's.

    Returns
    -------
    ndarray
        [N], from 0 (one pixel) to 1 (constant).
    """
    fractions = _fractions(maps)
    logarithms = np.log(fractions, where=fractions > 0, out=np.zeros_like(fractions))
    return -(fractions * logarithms).sum(1) / np.log(fractions.shape[1])


def correlation(maps: Floats, others: Floats) -> Floats:
    """Return Pearson's correlation of each map with another one.

    Returns
    -------
    ndarray
        [N]; 0 where one of the two is constant, and 1 where both are.
    """
    a, b = (m.reshape(len(m), -1).astype(np.float64) for m in (maps, others))
    constant = np.stack([np.ptp(a, 1) == 0, np.ptp(b, 1) == 0])
    a, b = (m - m.mean(1, keepdims=True) for m in (a, b))
    product = np.sqrt((a**2).sum(1) * (b**2).sum(1))
    found = (a * b).sum(1) / np.where(constant.any(0), np.inf, product)
    return np.where(constant.all(0), 1.0, found)


def brightest_island(images: Images) -> Masks:
    """Return the pixels of each image's brightest island (connectivity 8), bool [N, h, w].

    An island is what is connected above the clipped background; the brightest one has the highest
    sum of pixels. Nothing where an image is blank.
    """
    found = np.zeros(images.shape, dtype=bool)
    for image, mask in zip(images, found, strict=True):
        labels, count = ndimage.label(image > 0, np.ones((3, 3)))
        if count:
            sums = ndimage.sum_labels(image.astype(np.float64), labels, np.arange(1, count + 1))
            mask[:] = labels == 1 + int(np.argmax(sums))
    return found


def peaks(images: Images) -> Masks:
    """Return which pixels are the highest within a beam around them, bool [N, h, w]."""
    return (images > 0) & (images == ndimage.maximum_filter(images, footprint=_WITHIN_BEAM))


def ranks(maps: Floats) -> NDArray[np.int64]:
    """Return the rank of every pixel in its map, the highest value first.

    Equal values are in a random order, which is the same for every map of one size.

    Returns
    -------
    ndarray
        int64 [N, h, w], 0 to h w - 1.
    """
    flat = maps.reshape(len(maps), -1)
    shuffled = np.random.default_rng(0).permutation(flat.shape[1])
    order = shuffled[np.argsort(-flat[:, shuffled], axis=1, kind="stable")]
    found = np.empty_like(order)
    np.put_along_axis(found, order, np.arange(flat.shape[1])[None], axis=1)
    return found.reshape(maps.shape)


def deletion_and_insertion(
    images: Images, maps: Floats, steps: int
) -> Iterator[tuple[Images, Images]]:
    """Yield the images between a source and the blank sky, as a map orders the source's pixels.

    Deletion and insertion of Petsiuk et al. (2018), Section 3.3, over the source alone: the order
    of blank pixels changes nothing.

    Parameters
    ----------
    images
        uint8 [N, h, w].
    maps
        [N, h, w].
    steps
        From the image to blank; each changes equally many pixels.

    Yields
    ------
    tuple
        Twice uint8 [N, h, w], at each step but the first and the last, which are the image and
        blank: without the highest of the source's pixels, and with these only.
    """
    source = images > 0
    place = ranks(np.where(source, maps, -np.inf))
    sizes = source.sum((1, 2))[:, None, None]
    for step in range(1, steps):
        highest = place < np.round(sizes * step / steps)
        yield images * ~highest, images * highest


def area(curves: Floats) -> Floats:
    """Return the area below curves of equal steps from 0 to 1: [steps + 1, N] to [N]."""
    return (curves[:-1] + curves[1:]).mean(0) / 2


def _fractions(maps: Floats) -> Floats:
    """Return each map above its minimum as fractions of its sum, float64 [N, h w]."""
    above = maps.reshape(len(maps), -1).astype(np.float64)
    above -= above.min(1, keepdims=True)
    above[~above.any(1)] = 1
    return above / above.sum(1, keepdims=True)
