"""PNG and JPEG pictures."""

import struct
import warnings
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from radiogaze.classify.flags import Flag
from radiogaze.classify.images.arrays import read_plane
from radiogaze.classify.radio_source import RadioSource
from radiogaze.errors import RadiogazeError
from radiogaze.files.broken_bytes import BROKEN_BYTES, one_line
from radiogaze.files.npz import MOST_PIXELS

# Recognised by content, not by name: Pillow's readers of other formats start programs (EPS).
FORMATS = ("PNG", "JPEG")
_BROKEN = (*BROKEN_BYTES, OSError, SyntaxError, struct.error, zlib.error)
_GREY = {"L", "1", "I", "I;16", "I;16B", "I;16L", "F"}


def read_picture(path: Path, name: str, pixel_arcsec: float | None) -> RadioSource:
    """Read one picture, as `radiogaze.classify.images.arrays.read_plane` reads its grey values.

    Raises
    ------
    RadiogazeError
        If the file is not a picture, is cut short, too small or too large, or has 16 bits in more
        than one channel.
    """
    try:
        with warnings.catch_warnings(action="ignore", category=Image.DecompressionBombWarning):
            # the transparency of a palette's colours is lost: only the colours count here
            warnings.filterwarnings("ignore", "Palette images with Transparency", UserWarning)
            pixels, flags = _pixels(path)
    except (UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise RadiogazeError(f"{path}: expected a PNG or JPEG picture: {one_line(error)}") from None
    except _BROKEN as error:
        raise RadiogazeError(
            f"{path}: expected a whole picture, found {one_line(error)}; get the file again"
        ) from None
    return read_plane(pixels, name, str(path), pixel_arcsec, flags)


def _pixels(path: Path) -> tuple[NDArray[np.generic], tuple[Flag, ...]]:
    """Return the grey values [H, W] of a picture, and what was lost before."""
    with Image.open(path, formats=FORMATS) as picture:
        if picture.width * picture.height > MOST_PIXELS:
            raise RadiogazeError(
                f"{path}: expected at most {MOST_PIXELS:,} pixels, found {picture.width} ×"
                f" {picture.height}; cut out the field of the source first"
            )
        lossy = (Flag.JPEG,) if picture.format == "JPEG" else ()
        if picture.mode in _GREY:
            grey = picture.convert("L") if picture.mode == "1" else picture
            return np.array(grey), lossy
        if any(";16" in str(tile.args) for tile in picture.tile):
            raise RadiogazeError(
                f"{path}: expected grey values, found colours or transparency of 16 bits, of which"
                " only 8 could be read; save it as grey"
            )
        rgb = np.array(picture.convert("RGB"))
        if (rgb == rgb[..., :1]).all():
            return rgb[..., 0], lossy
        return np.array(picture.convert("L")), (*lossy, Flag.COLOUR)
