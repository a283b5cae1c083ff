"""One radio source before it is classified: its cutout, position and flags."""

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from radiogaze.classify.flags import Flag, inspect
from radiogaze.data.catalogue import CUTOUT
from radiogaze.data.preprocess import FIELD, BlankError, centre_crop, clip, measure_field

Pixels = NDArray[np.floating[Any]]
_UNSAFE = re.compile(r"[^\w.+-]")
_MAX_NAME_BYTES, _SHORTENED = 200, 40  # of a file's name; characters kept of a longer one
PATCH = 5  # pixels, square; noise is not exactly 0 over as many
# of the noise; the median is at most 0.06 in 13 FIRST images of 300 × 300 pixels, 0.22 in their
# central 150 × 150. Half the noise, added to all pixels, changed the class of two.
BACKGROUND = 0.3
NEGATIVE = 0.25  # fraction of the pixels that are not 0; of noise, about half
CLIPPED = 0.25  # fraction of all pixels that are not 0; of the published cutouts, at most 0.114


@dataclass(frozen=True)
class SkyPosition:
    """The position of a cutout on the sky.

    Attributes
    ----------
    ra_deg, dec_deg
        Centre of the cutout, ICRS; NaN where it is not known.
    wcs
        Celestial coordinates (`astropy.wcs.WCS`) of the cutout's pixels, or None.
    """

    ra_deg: float = np.nan
    dec_deg: float = np.nan
    wcs: Any = None


UNKNOWN = SkyPosition()


@dataclass(frozen=True)
class RadioSource:
    """One source, ready for a network.

    Attributes
    ----------
    name
        Its name in the output.
    origin
        The file (and the index in it), or the coordinates that were requested.
    cutout
        uint8 [150, 150], 1.8 arcsec a pixel, noise clipped, faintest pixel 0 and brightest 255;
        None if nothing is brighter than the noise.
    flags
        What to be careful about; `radiogaze.classify.flags.Flag` explains each.
    position
        Of the cutout's centre, `UNKNOWN` if the image has no celestial coordinates.
    notices
        One line each: what was done to the image or is missing in it.
    """

    name: str
    origin: str
    cutout: NDArray[np.uint8] | None
    flags: tuple[Flag, ...]
    position: SkyPosition = UNKNOWN
    notices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Failure:
    """An input that gives no source; ``reason`` is one line that begins with the input."""

    reason: str


@dataclass
class Remarks:
    """Collects the flags and notices of one image.

    Attributes
    ----------
    origin
        The image; every notice begins with it.
    flags, notices
        See `RadioSource`.
    """

    origin: str
    flags: list[Flag] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)

    def add(self, flag: Flag, notice: str = "") -> None:
        """Add a flag, and a notice if it has one."""
        self.flags.append(flag)
        if notice:
            self.notices.append(f"{self.origin}: {notice}")

    def source(
        self, name: str, cutout: NDArray[np.uint8] | None, position: SkyPosition = UNKNOWN
    ) -> RadioSource:
        """Return the source, with the flags that its cutout calls for; None is a blank image."""
        flags = (*self.flags, *((Flag.BLANK,) if cutout is None else inspect(cutout)))
        return RadioSource(name, self.origin, cutout, flags, position, tuple(self.notices))


def without_padding(pixels: Pixels) -> Pixels:
    """Return an image with NaN where it was filled with zeros, as beyond the edge of a mosaic.

    Counted as noise, the zeros would lower its standard deviation, and noise would be left over as
    source. Zeros are kept where little else is left, and little of it negative: they are then the
    background of an image that was clipped or masked. Noise on a background is not negative.

    Parameters
    ----------
    pixels
        Brightness, [H, W].
    """
    zero = pixels == 0
    others = np.isfinite(pixels) & ~zero
    left, negative = np.count_nonzero(others), np.count_nonzero(pixels < 0)
    if left <= CLIPPED * pixels.size and negative <= NEGATIVE * left:
        return pixels
    filled = ndimage.binary_opening(zero, np.ones((PATCH, PATCH)))
    return np.where(filled, np.nan, pixels)


def from_brightness(
    pixels: Pixels, name: str, remarks: Remarks, position: SkyPosition = UNKNOWN
) -> RadioSource:
    """Make a source of an image at 1.8 arcsec a pixel.

    Parameters
    ----------
    pixels
        Brightness in any unit, [H, W], at least 150 × 150; NaN where there are no data.
    name, position
        See `RadioSource`.
    remarks
        Of the image.

    Raises
    ------
    RadiogazeError
        If the image is too small or has no finite pixel.
    """
    if min(pixels.shape) < FIELD:
        remarks.add(Flag.SMALL_FIELD)
    missing = ~np.isfinite(centre_crop(pixels, CUTOUT[0]))
    if missing.any():
        remarks.add(
            Flag.NAN,
            f"{missing.sum()} of {missing.size} pixels of the cutout have no data; taken as blank"
            " background",
        )
    background, noise = measure_field(pixels, remarks.origin)
    if abs(background) > BACKGROUND * noise:
        remarks.add(
            Flag.BACKGROUND,
            f"the median of the field is {background:.3g}, its noise {noise:.3g}; subtracted the"
            " median",
        )
        pixels = pixels - background
    try:
        cutout = clip(pixels, noise, remarks.origin)
    except BlankError as error:
        remarks.notices.append(str(error))
        cutout = None
    return remarks.source(name, cutout, position)


def distinct(stream: Iterable[RadioSource | Failure]) -> Iterator[RadioSource | Failure]:
    """Turn every source whose name was used before into a failure."""
    used: dict[str, str] = {}
    for found in stream:
        if isinstance(found, RadioSource) and found.name in used:
            yield Failure(
                f"{found.origin}: the name {found.name} was used by {used[found.name]}; give each"
                " source its own name"
            )
            continue
        if isinstance(found, RadioSource):
            used[found.name] = found.origin
        yield found


def file_name(name: str) -> str:
    """Return a source's name as a valid file name, with a digest where it is too long."""
    safe = _UNSAFE.sub("_", name)
    return safe if len(safe.encode()) <= _MAX_NAME_BYTES else with_digest(safe, name)


def with_digest(safe: str, name: str) -> str:
    """Shorten a file name and end it with a digest of the source's name."""
    digest = hashlib.sha256(name.encode("utf-8", "backslashreplace")).hexdigest()[:8]
    return f"{safe[:_SHORTENED]}_{digest}"
