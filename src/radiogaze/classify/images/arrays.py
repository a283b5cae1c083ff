"""Plain arrays: ``.npy`` and ``.npz`` files, read one image at a time."""

import math
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from radiogaze.classify.flags import Flag
from radiogaze.classify.radio_source import (
    Failure,
    RadioSource,
    Remarks,
    from_brightness,
    without_padding,
)
from radiogaze.classify.regrid import TOLERANCE, of_scale, to_first_pixels
from radiogaze.data.catalogue import CUTOUT
from radiogaze.errors import RadiogazeError
from radiogaze.files.broken_bytes import one_line
from radiogaze.files.npz import BROKEN, MOST_PIXELS, read_header
from radiogaze.terms import PIXEL_ARCSEC

KEY = "images"  # of an .npz with several arrays


def read_plane(
    pixels: NDArray[Any],
    name: str,
    origin: str,
    pixel_arcsec: float | None,
    flags: tuple[Flag, ...] = (),
) -> RadioSource:
    """Make a source of one plain image.

    A uint8 image of 150 × 150 pixels of 1.8 arcsec whose median is 0 is taken for a cutout that was
    clipped already, as those of MiraBest are, and only stretched to 0..255 if need be. Anything
    else is taken for brightness and clipped, and its pixels for ``pixel_arcsec``.

    Parameters
    ----------
    pixels
        [H, W], numbers or truth values.
    name, origin, flags
        See `RadioSource`.
    pixel_arcsec
        Side of a pixel; None where it is not known: FIRST's 1.8 arcsec is assumed and flagged.

    Raises
    ------
    RadiogazeError
        If the array has another shape or type, is too small, or has no finite pixel, or if the
        scale cannot be that of an image of radio galaxies.
    """
    if pixels.ndim != len(CUTOUT) or pixels.dtype.kind not in "fiub":
        raise RadiogazeError(
            f"{origin}: expected an image of numbers with two axes, found {pixels.dtype} of shape"
            f" {pixels.shape}"
        )
    remarks = Remarks(origin, list(flags))
    first_scale = pixel_arcsec is None or abs(pixel_arcsec / PIXEL_ARCSEC - 1) <= TOLERANCE
    clipped = pixels.dtype == np.uint8 and pixels.shape == CUTOUT and np.median(pixels) == 0
    if first_scale and clipped:
        return _prepared(pixels, name, remarks)
    if pixels.dtype == np.uint8:
        remarks.add(Flag.EIGHT_BIT)
    brightness = without_padding(pixels.astype(np.float64))
    if pixel_arcsec is None:
        remarks.add(Flag.SCALE_ASSUMED)
    else:
        wcs = of_scale(pixels.shape, pixel_arcsec, origin)
        brightness, _ = to_first_pixels(brightness, wcs, remarks)
    return from_brightness(brightness, name, remarks)


def _prepared(pixels: NDArray[np.uint8], name: str, remarks: Remarks) -> RadioSource:
    """Use a clipped cutout as it is, stretched to 0..255 where its maximum is lower."""
    high = int(pixels.max())
    if high == 0:
        remarks.notices.append(f"{remarks.origin}: every pixel is 0, nothing to classify")
        return remarks.source(name, None)
    full = np.iinfo(np.uint8).max
    stretched = pixels if high == full else (pixels * (full / high)).astype(np.uint8)
    return remarks.source(name, stretched)


def read_file(path: Path, name: str, pixel_arcsec: float | None) -> Iterator[RadioSource | Failure]:
    """Yield the sources of an ``.npy`` or ``.npz`` file, holding one image at a time.

    Parameters
    ----------
    path
        An array [H, W] or [N, H, W]; an ``.npz`` holds one array, or one called ``images``.
    name
        Of the source; several are called ``<name>_<index from 0>``.
    pixel_arcsec
        See `read_plane`.

    Yields
    ------
    RadioSource or Failure
        A failure concerns one image; the others follow.

    Raises
    ------
    RadiogazeError
        If the file is broken or contains something else.
    """
    try:
        if path.suffix.lower() == ".npz":
            with zipfile.ZipFile(path) as archive, archive.open(_member(archive, path)) as file:
                yield from _images(file, path, name, pixel_arcsec)
        else:
            with path.open("rb") as file:
                yield from _images(file, path, name, pixel_arcsec)
    except (OSError, *BROKEN) as error:
        raise RadiogazeError(
            f"{path}: expected a whole NumPy file of numbers, found {one_line(error)}; write it"
            " again"
        ) from None


def _member(archive: zipfile.ZipFile, path: Path) -> str:
    """Choose the array of an archive."""
    names = [name.removesuffix(".npy") for name in archive.namelist()]
    if KEY in names:
        return f"{KEY}.npy"
    if len(names) != 1:
        raise RadiogazeError(
            f"{path}: expected one array, or one called {KEY}, found"
            f" {', '.join(names)[:100] or 'none'}"
        )
    return f"{names[0]}.npy"


def _images(
    file: IO[bytes], path: Path, name: str, pixel_arcsec: float | None
) -> Iterator[RadioSource | Failure]:
    """Read an array's header, then image by image."""
    shape, dtype, fortran = read_header(file)
    if dtype.kind not in "fiub":
        raise RadiogazeError(f"{path}: expected numbers, found the type {dtype}")
    if len(shape) not in (2, 3) or fortran or 0 in shape:
        order = " in Fortran order" if fortran else ""
        raise RadiogazeError(
            f"{path}: expected an array of shape (H, W) or (N, H, W), found {shape}{order}"
        )
    count, plane = (shape[0], shape[1:]) if len(shape) == len(CUTOUT) + 1 else (None, shape)
    if count is not None and min(plane) < min(CUTOUT):
        colour = shape[-1] in (3, 4)
        raise RadiogazeError(
            f"{path}: expected images of at least {CUTOUT[0]} × {CUTOUT[1]} pixels, found {count}"
            f" of {plane[0]} × {plane[1]} in the shape {shape};"
            f" {'take one channel of a colour picture' if colour else 'cut out larger fields'}"
        )
    if math.prod(plane) > MOST_PIXELS:
        raise RadiogazeError(
            f"{path}: expected images of at most {MOST_PIXELS:,} pixels, found shape {shape}; cut"
            " out the fields of the sources first"
        )
    size = math.prod(plane) * dtype.itemsize
    for number in range(count or 1):
        data = file.read(size)
        if len(data) < size:
            raise EOFError(f"the end of the file in image {number} of {count or 1}")
        pixels = np.frombuffer(data, dtype).reshape(plane).copy()  # writable, as torch wants
        here = name if count is None else f"{name}_{number:0{len(str(count - 1))}d}"
        origin = str(path) if count is None else f"{path}[{number}]"
        try:
            yield read_plane(pixels, here, origin, pixel_arcsec)
        except RadiogazeError as error:
            yield Failure(str(error))
