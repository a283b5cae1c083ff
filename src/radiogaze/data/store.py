"""Prepared cutouts on disk: ``images.npz`` without pickles, and ``catalogue.csv`` beside it."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from radiogaze.data.catalogue import CUTOUT
from radiogaze.errors import RadiogazeError, printable
from radiogaze.files.atomic import atomic_path
from radiogaze.files.broken_bytes import one_line
from radiogaze.files.npz import BROKEN, Form, declared, load_arrays
from radiogaze.files.spreadsheet import is_formula

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
        If a name would be a formula to a spreadsheet or is not printable, the disk is full, or a
        file cannot be written.
    """
    _check_names(cutouts.catalogue, catalogue)
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
    if not images.is_file():
        raise RadiogazeError(f"{images}: no such file; make it with radiogaze prepare")
    table = _read_catalogue(catalogue)
    return Cutouts(_read_images(images, catalogue, len(table)), table)


def _read_images(path: Path, catalogue: Path, count: int) -> NDArray[np.uint8]:
    """Read as many images as the catalogue has rows; not one is read before that is known."""
    forms = {"images": Form(np.uint8, (None, *CUTOUT))}
    try:
        found = declared(path, forms)["images"].shape[0]
        if found != count:
            raise RadiogazeError(
                f"{catalogue}: {count} rows, expected {found} as there are images in {path};"
                " prepare both again"
            )
        return load_arrays(path, forms)["images"]
    except (OSError, *BROKEN) as error:
        raise RadiogazeError(
            f"{path}: expected an .npz with images, found {one_line(error)}; prepare it again"
        ) from None


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
    except (ValueError, OverflowError, LookupError, TypeError) as error:
        raise RadiogazeError(
            f"{path}: expected a catalogue, found {one_line(error)}; prepare it again"
        ) from None
    if tuple(table.columns) != COLUMNS:
        raise RadiogazeError(
            f"{path}: expected the columns {','.join(COLUMNS)}, found {','.join(table.columns)};"
            " prepare it again"
        )
    _check_names(table, path)
    return table


def _check_names(table: pd.DataFrame, path: Path) -> None:
    """Refuse names that would do harm in the tables, figures and pages that show them."""
    for number, name in enumerate(table["source_name"], start=1):
        if not name or printable(name) != name or is_formula(name):
            raise RadiogazeError(
                f"{path}: row {number}: source_name: found {name[:60]!r}, expected printable text"
                " that a spreadsheet does not run as a formula; rename the source"
            )
