"""Your own labelled images as a data set of the workflow, in the format of prepared MiraBest."""

from collections.abc import Callable
from itertools import product
from pathlib import Path

import astropy.units as u
import numpy as np
import pandas as pd
from astropy.coordinates import SkyCoord

from radiogaze.classify.images.files import expand, kind_of, name_of, read_files
from radiogaze.classify.radio_source import Failure, RadioSource, distinct
from radiogaze.data.catalogue import CUTOUT, RELEASES
from radiogaze.data.store import COLUMNS, Cutouts
from radiogaze.errors import RadiogazeError
from radiogaze.files.rows import read_rows
from radiogaze.files.schema import load_schema, validate_table
from radiogaze.terms import CLASSES, CONFIDENCES, FR_CLASSES, PIXEL_ARCSEC

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
    table = _read_labels(labels)
    sources = _read_sources(folder, set(table["source_name"]), labels, pixel_arcsec, notice)
    if "split" not in table:
        table["split"] = _random_split(table["class"], test_fraction, seed)
    _check_splits(table, labels)
    table = table.sort_values(["split", "label"], ascending=[False, True], kind="stable")
    chosen = [sources[name] for name in table["source_name"]]
    catalogue = _catalogue(table, chosen)
    _check_neighbours(catalogue, notice)
    return Cutouts(np.array([source.cutout for source in chosen]), catalogue)


def _read_labels(path: Path) -> pd.DataFrame:
    """Read and check the table of labels; give it all columns but the split."""
    rows = read_rows(path, ",")
    validate_table(rows, load_schema("labels"), path, "name")
    table = pd.DataFrame(rows).rename(columns={"name": "source_name"})
    for name in table["source_name"][table["source_name"].duplicated()]:
        raise RadiogazeError(f"{path}: {name} is listed twice; keep one row")
    for column in ("redshift", "extent_arcsec"):
        table[column] = pd.to_numeric(table[column]) if column in table else np.nan
    if "confidence" not in table:
        table["confidence"] = CONFIDENCES[0]
    table["morphology"] = "standard"
    labels = [(x.fr_class, x.confidence, x.morphology) for x in RELEASES["mirabest"].labels]
    kinds = table[["class", "confidence", "morphology"]].itertuples(index=False, name=None)
    return table.assign(label=[labels.index(kind) for kind in kinds])


def _read_sources(
    folder: Path,
    labelled: set[str],
    labels: Path,
    pixel_arcsec: float | None,
    notice: Callable[[str], None],
) -> dict[str, RadioSource]:
    """Read the images that have a label; every label must have a usable image."""
    if not folder.exists():
        raise RadiogazeError(f"{folder}: no such folder; expected the one with the images")
    sources: dict[str, RadioSource] = {}
    files = expand([folder])
    chosen = [file for file in files if kind_of(file) == "array" or name_of(file) in labelled]
    unlabelled = len(files) - len(chosen)
    for found in distinct(read_files(chosen, pixel_arcsec)):
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


def _random_split(classes: "pd.Series[str]", fraction: float, seed: int) -> list[str]:
    """Choose a fraction of each class for the test, at least two sources of four or more."""
    rng = np.random.default_rng(seed)
    split = np.full(len(classes), "train", dtype=object)
    for name in FR_CLASSES:
        members = np.flatnonzero(classes == name)
        count = max(round(fraction * len(members)), min(MIN_PER_CLASS, len(members) // 2))
        split[rng.permutation(members)[:count]] = "test"
    return list(split)


def _check_splits(table: pd.DataFrame, labels: Path) -> None:
    """Refuse a split with too few sources of a class to train or test on."""
    counts = table.groupby(["split", "class"]).size()
    for split, name in product(("train", "test"), CLASSES):
        if (count := counts.get((split, name), 0)) < MIN_PER_CLASS:
            raise RadiogazeError(
                f"{labels}: {count} {name} in the split {split}, expected at least"
                f" {MIN_PER_CLASS}; add sources"
            )


def _check_neighbours(catalogue: pd.DataFrame, notice: Callable[[str], None]) -> None:
    """Report test sources that lie in the cutout of a training source."""
    known = catalogue.dropna(subset=["ra_deg"])
    train, test = (known[known["split"] == split] for split in ("train", "test"))
    if train.empty or test.empty:
        return
    skies = (SkyCoord(part["ra_deg"], part["dec_deg"], unit=u.deg) for part in (test, train))
    _, separation, _ = next(skies).match_to_catalog_sky(next(skies))
    near = test["source_name"][separation < CUTOUT[0] / 2 * PIXEL_ARCSEC * u.arcsec]
    if len(near):
        notice(
            f"{len(near)} test sources lie in the cutout of a training source, so the test is too"
            f" optimistic: {', '.join(near[:NAMES_SHOWN])}; give them the same split"
        )


def _catalogue(table: pd.DataFrame, sources: list[RadioSource]) -> pd.DataFrame:
    """Return the catalogue with the columns of a prepared data set."""
    catalogue = table.assign(
        index=np.arange(len(table)),
        ra_deg=[source.position.ra_deg for source in sources],
        dec_deg=[source.position.dec_deg for source in sources],
        batch=np.where(table["split"] == "test", "test_batch", "data_batch_1"),
        position=table.groupby("split").cumcount(),
    )
    return catalogue[list(COLUMNS)].reset_index(drop=True)
