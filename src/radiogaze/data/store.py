"""Prepared cutouts on disk: ``images.npz`` without pickles, and ``catalogue.csv`` beside it."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from radiogaze.data.catalogue import CUTOUT, MEASURED
from radiogaze.data.subsets import NOT_SCORED, SUBSETS
from radiogaze.errors import RadiogazeError, printable
from radiogaze.files.atomic import atomic_path
from radiogaze.files.npz import ArraySpec, load_arrays, save_arrays
from radiogaze.files.reading import reading
from radiogaze.files.spreadsheet import is_formula
from radiogaze.terms import CLASSES, CONFIDENCES, FR_CLASSES

_TEXTS = ("source_name", "class", "confidence", "morphology", "split", "batch")
_WORDS = {"class": FR_CLASSES, "confidence": (*CONFIDENCES, ""), "split": ("train", "test")}
COLUMNS = ("index", "source_name", *MEASURED, "label", *_TEXTS[1:], "position")


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

    @property
    def test(self) -> pd.DataFrame:
        """The catalogue's rows of the test file, in its order."""
        return self.catalogue[self.catalogue["split"] == "test"]

    def scored_test(self, dataset: str) -> "ScoredTest":
        """Return the sources that a test on one of `radiogaze.data.subsets.SUBSETS` scores.

        Raises
        ------
        RadiogazeError
            If a class has no source.
        """
        binary = SUBSETS[dataset].binary_labels(self.test)
        positions = np.flatnonzero(binary != NOT_SCORED)
        # of a split of one's own, whose test sources are of several batches, too
        rows = self.test.iloc[positions].assign(position=positions)
        scored = ScoredTest(positions, binary[positions], rows, self.images[rows.index.to_numpy()])
        if 0 in scored.counts.values():
            found = " and ".join(f"{count} {name}" for name, count in scored.counts.items())
            raise RadiogazeError(
                f"test set of {dataset}: {found}, expected at least one of each class"
            )
        return scored


@dataclass(frozen=True)
class ScoredTest:
    """The test sources that have one of the two classes, M of them.

    Attributes
    ----------
    positions
        int64 [M], in the test file.
    labels
        int64 [M], 0 for FRI, 1 for FRII.
    rows
        Their M rows of the catalogue; ``position`` is that in the test file.
    images
        uint8 [M, 150, 150].
    """

    positions: NDArray[np.int64]
    labels: NDArray[np.int64]
    rows: pd.DataFrame
    images: NDArray[np.uint8]

    @property
    def counts(self) -> dict[str, int]:
        """The number of sources of each class."""
        return {name: int((self.labels == n).sum()) for n, name in enumerate(CLASSES)}


def save_cutouts(cutouts: Cutouts, images: Path, catalogue: Path) -> None:
    """Write images and catalogue, each whole or not at all; equal cutouts give equal bytes.

    Raises
    ------
    RadiogazeError
        If a name would be a formula to a spreadsheet or is not printable, the disk is full, or a
        file cannot be written.
    """
    _check_names(cutouts.catalogue, catalogue)
    save_arrays(images, {"images": cutouts.images})
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
    table = _read_catalogue(catalogue)
    specs = {"images": ArraySpec(np.uint8, (len(table), *CUTOUT))}
    with reading(images, f"as many images as {catalogue} has rows", "prepare"):
        return Cutouts(load_arrays(images, specs)["images"], table)


def _read_catalogue(path: Path) -> pd.DataFrame:
    """Read and check the table."""
    with reading(path, "a catalogue", "prepare"):
        # an empty text is empty, an empty number unknown
        table = pd.read_csv(
            path,
            dtype=dict.fromkeys(_TEXTS, str)
            | dict.fromkeys(MEASURED, float)
            | dict.fromkeys(("index", "label", "position"), int),
            keep_default_na=False,
            na_values={column: [""] for column in MEASURED},
        )
    if tuple(table.columns) != COLUMNS:
        raise RadiogazeError(
            f"{path}: expected the columns {','.join(COLUMNS)}, found {','.join(table.columns)};"
            " make it again with radiogaze prepare"
        )
    if (falls := table["index"].diff() <= 0).any():
        raise RadiogazeError(
            f"{path}: row {int(falls.argmax()) + 1}: index: expected more than in the row above,"
            " for rows are in the order of the images; make it again with radiogaze prepare"
        )
    _check_names(table, path)
    _check_cells(table, path)
    return table


def _check_cells(table: pd.DataFrame, path: Path) -> None:
    """Refuse a word that nothing selects, and whose source would be left out unnoticed."""
    for column, allowed in _WORDS.items():
        wrong = ~table[column].isin(allowed)
        if wrong.any():
            row = int(wrong.argmax())
            raise RadiogazeError(
                f"{path}: row {row + 1} ({table['source_name'][row]}): {column}: found"
                f" {table[column][row][:60]!r}, expected {' or '.join(filter(None, allowed))}"
            )


def _check_names(table: pd.DataFrame, path: Path) -> None:
    """Refuse names that would do harm in the tables, figures and pages that show them."""
    for number, name in enumerate(table["source_name"], start=1):
        if not name or printable(name) != name or is_formula(name):
            raise RadiogazeError(
                f"{path}: row {number}: source_name: found {name[:60]!r}, expected printable text"
                " that a spreadsheet does not run as a formula; rename the source"
            )
