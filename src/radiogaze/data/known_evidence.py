"""Synthetic sources whose evidence is known to the pixel, each beside a distractor.

What an explanation of a class should point to is unknown in real images. Here it is known by
construction: the core and the inner jets of an FRI, the hot spots of an FRII.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

from radiogaze.data.catalogue import CUTOUT, RELEASES
from radiogaze.data.morphology import Blobs, evidence_of, render
from radiogaze.data.preprocess import FIELD, THRESHOLD, preprocess
from radiogaze.data.synthetic import NOISE, draw_alone, noise
from radiogaze.terms import BEAM, CLASSES

BRIGHTER = 1.5  # peak of the distractor, in that of the source
NEAREST, FARTHEST = 30, 60  # pixels from the source's position to the distractor
APART = 10  # pixels from the source's visible emission to the distractor, if there is room
_PEAK = 0.5  # a part is seen where it has at least this fraction of its peak

Masks = NDArray[np.bool_]


@dataclass(frozen=True)
class KnownEvidence:
    """N synthetic sources, FRI first.

    Attributes
    ----------
    images
        uint8 [N, 150, 150], as a network takes them.
    labels
        0 (FRI) or 1 (FRII), int64 [N].
    evidence, distractors
        bool [N, 150, 150]: where the class shows, and where the unrelated neighbour is.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    evidence: Masks
    distractors: Masks


def draw_known(count: int, seed: int) -> KnownEvidence:
    """Draw sources of the morphology ``standard`` and the confidence ``certain``.

    Parameters
    ----------
    count
        How many of each class.
    seed
        A non-negative integer. A source is a function of (seed, its index) alone, and none of
        :func:`radiogaze.data.synthetic.synthesise`.
    """
    drawn = [
        _draw(np.random.default_rng([seed, index, 1]), name)
        for index, name in enumerate(np.repeat(CLASSES, count))
    ]
    images, evidence, distractors = map(np.stack, zip(*drawn, strict=True))
    return KnownEvidence(images, np.repeat([0, 1], count), evidence, distractors)


def _draw(rng: np.random.Generator, name: str) -> tuple[NDArray[np.uint8], Masks, Masks]:
    """Return the cutout of a source of a class, its evidence and its distractor."""
    label = next(
        label
        for label in RELEASES["mirabest"].labels
        if (label.fr_class, label.confidence, label.morphology) == (name, "certain", "standard")
    )
    shape, blobs, source, peak = draw_alone(rng, label)
    distractor = _distractor(rng, source, BRIGHTER * peak)
    image = preprocess(source + render(distractor, FIELD, BEAM) + noise(rng), name)
    evidence = np.any([_seen(part) for part in evidence_of(shape, blobs)], axis=0)
    return image, evidence & (image > 0), _seen(distractor) & (image > 0)


def _distractor(rng: np.random.Generator, source: NDArray[Any], peak: float) -> Blobs:
    """Draw a point source beside what is visible of the source; float64 [1, 4]."""
    axis = np.arange(FIELD) - (FIELD - 1) / 2
    radius = np.hypot(axis, axis[:, None])
    free = distance_transform_edt(source < THRESHOLD * NOISE)
    ring = (radius >= NEAREST) & (radius <= FARTHEST)
    # where a source fills the ring, as far from it as there is
    room = ring & (free >= min(APART, free[ring].max()))
    row, column = rng.choice(np.argwhere(room))
    return np.array([[axis[column], axis[row], peak, 0.0]])


def _seen(part: Blobs) -> Masks:
    """Return where a part on its own has at least half of its peak, in the cutout."""
    image = render(part, FIELD, BEAM)
    margin = (FIELD - CUTOUT[0]) // 2
    inside = slice(margin, margin + CUTOUT[0])
    return image[inside, inside] >= _PEAK * image.max()
