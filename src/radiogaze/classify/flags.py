"""Flags of a source that call for care, and how they are computed from its cutout.

The thresholds were chosen on the 1,256 sources of MiraBest, which people chose and centred: edge
marks 3 % of them, off-centre 6 %, several-sources 9 %.
"""

from collections.abc import Iterator
from enum import StrEnum
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

JOIN = 2  # pixels; islands nearer than twice this are one
ISLAND = 0.05  # fraction of the brightness that makes an island count
EDGE = 0.05  # fraction of the brightness in islands that the border cuts
OFF_CENTRE = 15.0  # pixels (27 arcsec)
MANY_ISLANDS = 4  # that count
# another source: pixels from the centre (54 arcsec), and fraction of the brightness
APART, SECOND = 30.0, 0.25
CORE = 10.0  # pixels; an island that begins nearer lies at the centre


class Flag(StrEnum):
    """A reason for care; the value is written to the output, and ``meaning`` explains it."""

    meaning: str

    def __new__(cls, value: str, meaning: str) -> Self:
        """Make a member of a value and its meaning."""
        member = str.__new__(cls, value)
        member._value_, member.meaning = value, meaning
        return member

    EDGE = "edge", "the border of the cutout cuts at least 5 % of the brightness"
    NAN = (
        "nan",
        "some pixels of the cutout are not finite, or filled with zeros; taken as blank background",
    )
    BACKGROUND = (
        "background",
        "the field's median was more than 0.3 times its noise from 0; it was subtracted",
    )
    BLANK = "blank", "nothing is brighter than three times the noise; not classified"
    SEVERAL = (
        "several-sources",
        "perhaps several sources: four islands or more of at least 5 % of the brightness each, or"
        " one at the centre and a quarter of the brightness beyond 54 arcsec",
    )
    OFF_CENTRE = "off-centre", "the brightness is centred more than 27 arcsec off the centre"
    SCALE = (
        "scale-changed",
        "pixels were not squares of 1.8 arcsec, or the image was mirrored; resampled",
    )
    SCALE_ASSUMED = "scale-assumed", "the pixels' scale is not known; taken as 1.8 arcsec"
    BEAM = "other-beam", "the header's beam differs from FIRST's 5.4 arcsec by more than half"
    SMALL_FIELD = "small-field", "a field below 300 pixels: the noise is less well known"
    CHECKSUM = "checksum", "the file's checksum is not that of its content: it may be damaged"
    EIGHT_BIT = "8-bit", "a picture of 256 levels, not of brightness"
    JPEG = "jpeg", "a JPEG picture: its compression changes faint pixels"
    COLOUR = "colour", "a colour picture; its luminance was taken"
    UNLIKE = (
        "unlike-training",
        "unlike the sources of the training, in what the network pools of it",
    )


def inspect(cutout: NDArray[np.uint8]) -> Iterator[Flag]:
    """Yield the flags edge, several-sources and off-centre from the pixels of a cutout.

    Parameters
    ----------
    cutout
        uint8 [150, 150], clipped, with at least one pixel above zero.
    """
    values = cutout.astype(np.float64)
    rows, columns = (np.arange(side) - (side - 1) / 2 for side in cutout.shape)
    x, y = values.sum(0) @ columns, values.sum(1) @ rows
    labels, count = ndimage.label(
        ndimage.binary_dilation(cutout > 0, iterations=JOIN), np.ones((3, 3))
    )
    numbers = np.arange(1, count + 1)
    fraction = ndimage.sum_labels(values, labels, numbers) / values.sum()
    reach = ndimage.minimum(np.hypot(columns, rows[:, None]), labels, numbers)
    lit = labels * (cutout > 0)  # the islands without their joins
    border = np.concatenate([lit[0], lit[-1], lit[:, 0], lit[:, -1]])
    if fraction[np.unique(border[border > 0]) - 1].sum() >= EDGE:
        yield Flag.EDGE
    counts = fraction >= ISLAND
    second_source = (counts & (reach < CORE)).any() and fraction[reach > APART].sum() >= SECOND
    if counts.sum() >= MANY_ISLANDS or second_source:
        yield Flag.SEVERAL
    if np.hypot(x, y) / values.sum() > OFF_CENTRE:
        yield Flag.OFF_CENTRE
