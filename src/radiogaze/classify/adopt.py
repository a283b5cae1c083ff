"""Your own labelled images as a data set of the workflow, in the format of prepared MiraBest."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import astropy.units as u
import numpy as np
import pandas as pd
from astropy.coordinates import SkyCoord
from numpy.typing import NDArray

from radiogaze.classify.images.files import expand, kind_of, name_of, read_files
from radiogaze.classify.radio_source import Failure, RadioSource
from radiogaze.data.catalogue import CUTOUT, RELEASES
from radiogaze.data.store import COLUMNS, Cutouts
from radiogaze.errors import RadiogazeError
from radiogaze.files.rows import number_between, read_rows
from radiogaze.terms import CLASSES, CONFIDENCES, FR_CLASSES, PIXEL_ARCSEC

REQUIRED = ("name", "class")
OPTIONAL = ("confidence", "split", "redshift", "extent_arcsec")
SPLITS = ("train", "test")
MIN_PER_CLASS = 2  # sources of FRI and of FRII in each split
NAMES_SHOWN = 3  # in a message


def adopt(
    folder: Path,
    labels: Path,
    pixel_arcsec: float | None,
    *,
    test_fraction: float = 0.2,
    seed: int = 0,
    notice: Callable[[str], None],
) -> Cutouts:
    """Turn a folder of images and a table of labels into images and a catalogue.

    Parameters
    ----------
    folder
        Images as `radiogaze classify` reads them; a source has the name of its file.
    labels
        CSV with the columns ``name`` and ``class`` (FRI, FRII, hybrid), and optionally
        ``confidence`` (certain, uncertain; certain by default), ``split`` (train, test; random by
        default), ``redshift`` and ``extent_arcsec``.
    pixel_arcsec
        Side of a pixel of images without coordinates, if known.
    test_fraction
        Of each class, chosen at random for the test where the table has no ``split``.
    seed
        Of that choice.
    notice
        Called with one line about anything unusual that is not an error.

    Returns
    -------
    Cutouts
        Training sources, then test sources, each sorted by label like MiraBest, with MiraBest's
        labels.

    Raises
    ------
    RadiogazeError
        If a label has no image or an image cannot be used, a cell is not allowed, or a split
        lacks sources of a class.
    """
    rows = _read_labels(labels)
    sources = _read_sources(folder, rows, labels, pixel_arcsec, notice)
    table = pd.DataFrame(rows)
    table["label"] = [_label(row) for row in rows]
    if "split" not in table:
        table["split"] = _random_split(table["class"], test_fraction, seed)
    _check_splits(table, labels)
    table["order"] = (table["split"] == "test").astype(int)
    table = table.sort_values(["order", "label"], kind="stable").reset_index(drop=True)
    chosen = [sources[name] for name in table["name"]]
    _check_neighbours(table, chosen, notice)
    return Cutouts(_stack(chosen), _catalogue(table, chosen))


def _read_labels(path: Path) -> list[dict[str, str]]:
    """Read and check the table of labels."""
    rows = read_rows(path, ",")
    columns = set(rows[0])
    if missing := [name for name in REQUIRED if name not in columns]:
        raise RadiogazeError(f"{path}: no column {' or '.join(missing)}, expected name and class")
    if unknown := columns - set(REQUIRED) - set(OPTIONAL):
        raise RadiogazeError(
            f"{path}: unknown column {', '.join(sorted(unknown))}; allowed:"
            f" {', '.join((*REQUIRED, *OPTIONAL))}"
        )
    allowed = {"class": FR_CLASSES, "confidence": CONFIDENCES, "split": SPLITS}
    taken: set[str] = set()
    for row in rows:
        for column, values in allowed.items():
            if column in row and row[column] not in values:
                raise RadiogazeError(
                    f"{path}: {row['name']}: {column}: found {row[column]!r}, allowed:"
                    f" {', '.join(values)}"
                )
        if row["name"] in taken:
            raise RadiogazeError(f"{path}: {row['name']} is listed twice; keep one row")
        taken.add(row["name"])
        for column in ("redshift", "extent_arcsec"):
            if row.get(column):
                number_between(row, column, f"{path}: {row['name']}", 0)
    return rows


def _read_sources(
    folder: Path,
    rows: list[dict[str, str]],
    labels: Path,
    pixel_arcsec: float | None,
    notice: Callable[[str], None],
) -> dict[str, RadioSource]:
    """Read the images that have a label; every label must have a usable image."""
    labelled = {row["name"] for row in rows}
    sources: dict[str, RadioSource] = {}
    files = expand([folder])
    chosen = [file for file in files if kind_of(file) == "array" or name_of(file) in labelled]
    unlabelled = len(files) - len(chosen)
    for found in read_files(chosen, pixel_arcsec):
        if isinstance(found, Failure):
            raise RadiogazeError(f"{found.reason}; a data set needs every image")
        if found.name not in labelled:
            unlabelled += 1
        elif found.cutout is None:
            raise RadiogazeError(f"{found.notices[-1]}; a data set needs every image")
        else:
            sources[found.name] = found
            if found.flags:
                notice(f"{found.origin}: {', '.join(found.flags)}")
    if missing := sorted(labelled - set(sources)):
        raise RadiogazeError(
            f"{labels}: {len(missing)} labels without an image in {folder}:"
            f" {', '.join(missing[:NAMES_SHOWN])}; a name is that of the file without its ending"
        )
    if unlabelled:
        notice(f"{folder}: {unlabelled} images without a label in {labels} are left out")
    return sources


def _label(row: dict[str, str]) -> int:
    """Return MiraBest's label for a class and confidence, with standard morphology."""
    confidence = row.get("confidence", CONFIDENCES[0])
    kind = (row["class"], confidence, "standard")
    labels = RELEASES["mirabest"].labels
    return [(x.fr_class, x.confidence, x.morphology) for x in labels].index(kind)


def _random_split(classes: "pd.Series[str]", fraction: float, seed: int) -> list[str]:
    """Choose a fraction of each class for the test, at least two sources of four or more."""
    rng = np.random.default_rng(seed)
    split = np.full(len(classes), SPLITS[0], dtype=object)
    for name in FR_CLASSES:
        members = np.flatnonzero(classes == name)
        count = max(round(fraction * len(members)), min(MIN_PER_CLASS, len(members) // 2))
        split[rng.permutation(members)[:count]] = SPLITS[1]
    return list(split)


def _check_splits(table: pd.DataFrame, labels: Path) -> None:
    """Refuse a split with too few sources of a class to train or test on."""
    for split in SPLITS:
        for name in CLASSES:
            count = int(((table["split"] == split) & (table["class"] == name)).sum())
            if count < MIN_PER_CLASS:
                raise RadiogazeError(
                    f"{labels}: {count} {name} in the split {split}, expected at least"
                    f" {MIN_PER_CLASS}; add sources"
                )


def _check_neighbours(
    table: pd.DataFrame, sources: list[RadioSource], notice: Callable[[str], None]
) -> None:
    """Report test sources that lie in the cutout of a training source."""
    positions = [source.position for source in sources]
    known = np.array([position is not None for position in positions])
    sky = [np.flatnonzero(known & (table["split"] == split).to_numpy()) for split in SPLITS]
    if not all(len(rows) for rows in sky):
        return
    train, test = (_coordinates(positions, rows) for rows in sky)
    near = test.match_to_catalog_sky(train)[1] < CUTOUT[0] / 2 * PIXEL_ARCSEC * u.arcsec
    if near.any():
        names = table["name"].to_numpy()[sky[1][near]]
        notice(
            f"{near.sum()} test sources lie in the cutout of a training source, so the test is too"
            f" optimistic: {', '.join(names[:NAMES_SHOWN])}; give them the same split"
        )


def _coordinates(positions: list[Any], rows: NDArray[np.int64]) -> SkyCoord:
    """Return the coordinates of the sources in some rows."""
    degrees = [(positions[row].ra_deg, positions[row].dec_deg) for row in rows]
    return SkyCoord(*np.transpose(degrees) * u.deg)


def _stack(sources: list[RadioSource]) -> NDArray[np.uint8]:
    """Return the cutouts, uint8 [N, 150, 150]."""
    return np.stack([source.cutout for source in sources if source.cutout is not None])


def _catalogue(table: pd.DataFrame, sources: list[RadioSource]) -> pd.DataFrame:
    """Return the catalogue with the columns of a prepared data set."""
    positions = [source.position for source in sources]
    numbers = {
        name: pd.to_numeric(table[name]) if name in table else np.nan
        for name in ("redshift", "extent_arcsec")
    }
    test = table["split"] == "test"
    catalogue = pd.DataFrame(
        {
            "index": np.arange(len(table)),
            "source_name": table["name"],
            "ra_deg": [np.nan if sky is None else sky.ra_deg for sky in positions],
            "dec_deg": [np.nan if sky is None else sky.dec_deg for sky in positions],
            **numbers,
            "label": table["label"],
            "class": table["class"],
            "confidence": table["confidence"] if "confidence" in table else CONFIDENCES[0],
            "morphology": "standard",
            "split": table["split"],
            "batch": np.where(test, "test_batch", "data_batch_1"),
            "position": table.groupby("split").cumcount(),
        }
    )
    return catalogue[list(COLUMNS)]
