"""Prepared cutouts on disk: ``images.npz`` without pickles, and ``catalogue.csv`` beside it."""

import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from radiogaze.atomic import atomic_path
from radiogaze.data.catalogue import CUTOUT
from radiogaze.data.faults import one_line
from radiogaze.errors import RadiogazeError

_NUMBERS = ("ra_deg", "dec_deg", "redshift", "extent_arcsec")
_TEXTS = ("source_name", "class", "confidence", "morphology", "split", "batch")
COLUMNS = ("index", "source_name", *_NUMBERS, "label", *_TEXTS[1:], "position")


@dataclass(frozen=True)
class Cutouts:
    """A data set's cutouts.

    Attributes
    ----------
    images
        uint8 [N, 150, 150], the clipped VLA FIRST cutouts, 1.8 arcsec a pixel; training batches
        in order, then the test batch.
    catalogue
        N rows in the same order: index, source_name, ra_deg, dec_deg, redshift, extent_arcsec
        (NaN where unknown), label, class (FRI, FRII, hybrid), confidence (certain, uncertain),
        morphology (standard, wide-angle-tail, head-tail, double-double), split (train, test),
        batch, position (in the batch). Confidence and morphology are empty for FR-DEEP.
    """

    images: NDArray[np.uint8]
    catalogue: pd.DataFrame


def save_cutouts(cutouts: Cutouts, images: Path, catalogue: Path) -> None:
    """Write images and catalogue, each whole or not at all; equal cutouts give equal bytes.

    Raises
    ------
    RadiogazeError
        If the disk is full or a file cannot be written.
    """
    with atomic_path(images) as path, path.open("wb") as file:
        np.savez_compressed(file, images=cutouts.images)
    with atomic_path(catalogue) as path:
        cutouts.catalogue.to_csv(path, index=False, lineterminator="\n")


def load_cutouts(images: Path, catalogue: Path) -> Cutouts:
    """Read prepared cutouts.

    Parameters
    ----------
    images
        An ``images.npz`` of ``radiogaze prepare``.
    catalogue
        The ``catalogue.csv`` written with it.

    Raises
    ------
    RadiogazeError
        If a file is missing, broken or of another form, or the two do not belong together.
    """
    pixels = _read_images(images)
    table = _read_catalogue(catalogue)
    if len(table) != len(pixels):
        raise RadiogazeError(
            f"{catalogue}: {len(table)} rows, expected {len(pixels)} as there are images in"
            f" {images}; prepare both again"
        )
    return Cutouts(pixels, table)


def _read_images(path: Path) -> NDArray[np.uint8]:
    """Read and check the pixels."""
    try:
        with np.load(path, allow_pickle=False) as archive:
            pixels: NDArray[np.uint8] = archive["images"]
    except FileNotFoundError:
        raise RadiogazeError(f"{path}: no such file; make it with radiogaze prepare") from None
    except (zipfile.BadZipFile, zlib.error, ValueError, LookupError, TypeError, EOFError) as error:
        raise RadiogazeError(
            f"{path}: expected an .npz with images, found {one_line(error)}; prepare it again"
        ) from None
    if pixels.dtype != np.uint8 or pixels.ndim != 1 + len(CUTOUT) or pixels.shape[1:] != CUTOUT:
        raise RadiogazeError(
            f"{path}: images: expected uint8 of shape (N, {CUTOUT[0]}, {CUTOUT[1]}), found"
            f" {pixels.dtype} of shape {pixels.shape}; prepare it again"
        )
    return pixels


def _read_catalogue(path: Path) -> pd.DataFrame:
    """Read and check the table."""
    try:
        # an empty text is empty, an empty number unknown
        table = pd.read_csv(
            path,
            dtype=dict.fromkeys(_TEXTS, str)
            | dict.fromkeys(_NUMBERS, float)
            | dict.fromkeys(("index", "label", "position"), int),
            keep_default_na=False,
            na_values={column: [""] for column in _NUMBERS},
        )
    except FileNotFoundError:
        raise RadiogazeError(f"{path}: no such file; make it with radiogaze prepare") from None
    except ValueError as error:
        raise RadiogazeError(
            f"{path}: expected a catalogue, found {one_line(error)}; prepare it again"
        ) from None
    if tuple(table.columns) != COLUMNS:
        raise RadiogazeError(
            f"{path}: expected the columns {','.join(COLUMNS)}, found {','.join(table.columns)};"
            " prepare it again"
        )
    return table
