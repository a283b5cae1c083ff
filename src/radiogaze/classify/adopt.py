"""Your own labelled images as a data set of the workflow, in the form of the prepared MiraBest."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import astropy.units as u
import numpy as np
import pandas as pd
from astropy.coordinates import SkyCoord
from numpy.typing import NDArray

from radiogaze.classify.images.read import expand, kind_of, name_of, read_files
from radiogaze.classify.images.source import Failure, Reading, Source
from radiogaze.data.catalogue import CUTOUT, RELEASES
from radiogaze.data.preprocess import PIXEL_ARCSEC
from radiogaze.data.store import COLUMNS, Cutouts
from radiogaze.errors import RadiogazeError
from radiogaze.files.rows import read_rows

REQUIRED = ("name", "class")
OPTIONAL = ("confidence", "split", "redshift", "extent_arcsec")
CLASSES = ("FRI", "FRII", "hybrid")
CONFIDENCES = ("certain", "uncertain")
SPLITS = ("train", "test")
LEAST = 2  # sources of FRI and of FRII in each split
SHOWN = 3  # names in a message


def adopt(
    folder: Path,
    labels: Path,
    reading: Reading,
    *,
    test_share: float = 0.2,
    seed: int = 0,
    notice: Callable[[str], None],
) -> Cutouts:
    """Turn a folder of images and a table of labels into images and a catalogue.

    Parameters
    ----------
    folder
        Images as `radiogaze classify` reads them; a source's name is its file's.
    labels
        CSV with the columns ``name`` and ``class`` (FRI, FRII, hybrid) and perhaps ``confidence``
        (certain, uncertain; certain by default), ``split`` (train, test; drawn by default),
        ``redshift`` and ``extent_arcsec``.
    reading
        The pixels' scale of images without coordinates.
    test_share
        Share of each class that is drawn for the test, where the table has no ``split``.
    seed
        Of that drawing.
    notice
        Called with one line about what is unusual and no error.

    Returns
    -------
    Cutouts
        Training sources, then test sources, each sorted by label as MiraBest is, with MiraBest's
        labels.

    Raises
    ------
    RadiogazeError
        If a label has no image or an image cannot be used, a cell is not allowed, or a split
        lacks sources of a class. Nothing is adopted in part.
    """
    rows = _read_labels(labels)
    sources = _read_sources(folder, rows, labels, reading, notice)
    table = pd.DataFrame(rows)
    table["label"] = [_label(row) for row in rows]
    if "split" not in table:
        table["split"] = _draw_split(table["class"], test_share, seed)
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
    allowed = {"class": CLASSES, "confidence": CONFIDENCES, "split": SPLITS}
    taken: set[str] = set()
    for row in rows:
        for column, values in allowed.items():
            if column in row and row[column] not in values:
                raise RadiogazeError(
                    f"{path}: {row['name']}: {column}: found {row[column]!r}, allowed:"
                    f" {', '.join(values)}"
                )
        if row["name"] in taken:
            raise RadiogazeError(f"{path}: {row['name']} stands twice; keep one row")
        taken.add(row["name"])
        for column in ("redshift", "extent_arcsec"):
            _number(row.get(column, ""), path, row["name"], column)
    return rows


def _number(text: str, path: Path, name: str, column: str) -> float | None:
    """Read a cell that is empty or a number not below zero."""
    try:
        value = float(text) if text else None
    except ValueError:
        value = np.nan
    if value is not None and not 0 <= value < np.inf:
        raise RadiogazeError(
            f"{path}: {name}: {column}: found {text!r}, expected a number from 0, or nothing"
        )
    return value


def _read_sources(
    folder: Path,
    rows: list[dict[str, str]],
    labels: Path,
    reading: Reading,
    notice: Callable[[str], None],
) -> dict[str, Source]:
    """Read the images that have a label; every label must have one that can be used."""
    wanted = {row["name"] for row in rows}
    sources: dict[str, Source] = {}
    files = expand([folder])
    named = [file for file in files if kind_of(file) == "array" or name_of(file) in wanted]
    without = len(files) - len(named)
    for found in read_files(named, reading):
        if isinstance(found, Failure):
            raise RadiogazeError(f"{found.reason}; a data set needs every image")
        if found.name not in wanted:
            without += 1
        elif found.cutout is None:
            raise RadiogazeError(f"{found.notices[-1]}; a data set needs every image")
        else:
            sources[found.name] = found
            if found.flags:
                notice(f"{found.origin}: {', '.join(found.flags)}")
    if lost := sorted(wanted - set(sources)):
        raise RadiogazeError(
            f"{labels}: {len(lost)} labels without an image in {folder}:"
            f" {', '.join(lost[:SHOWN])}; a name is the file's without its ending"
        )
    if without:
        notice(f"{folder}: {without} images without a label in {labels} are left out")
    return sources


def _label(row: dict[str, str]) -> int:
    """Return MiraBest's label of a class and confidence, of standard morphology."""
    confidence = row.get("confidence", CONFIDENCES[0])
    wanted = (row["class"], confidence, "standard")
    labels = RELEASES["mirabest"].labels
    return [(x.fr_class, x.confidence, x.morphology) for x in labels].index(wanted)


def _draw_split(classes: "pd.Series[str]", share: float, seed: int) -> list[str]:
    """Draw the same share of each class for the test, at least two sources if there are four."""
    rng = np.random.default_rng(seed)
    split = np.full(len(classes), SPLITS[0], dtype=object)
    for name in CLASSES:
        members = np.flatnonzero(classes == name)
        count = max(round(share * len(members)), min(LEAST, len(members) // 2))
        split[rng.permutation(members)[:count]] = SPLITS[1]
    return list(split)


def _check_splits(table: pd.DataFrame, labels: Path) -> None:
    """Refuse splits that nothing can be trained or tested on."""
    for split in SPLITS:
        for name in CLASSES[:2]:
            count = int(((table["split"] == split) & (table["class"] == name)).sum())
            if count < LEAST:
                raise RadiogazeError(
                    f"{labels}: {count} {name} in the split {split}, expected at least {LEAST};"
                    " add sources"
                )


def _check_neighbours(
    table: pd.DataFrame, sources: list[Source], notice: Callable[[str], None]
) -> None:
    """Tell of test sources that stand in the cutout of a training source too."""
    places = [source.place for source in sources]
    known = np.array([place is not None for place in places])
    sky = [np.flatnonzero(known & (table["split"] == split).to_numpy()) for split in SPLITS]
    if not all(len(rows) for rows in sky):
        return
    train, test = (_positions(places, rows) for rows in sky)
    near = test.match_to_catalog_sky(train)[1] < CUTOUT[0] / 2 * PIXEL_ARCSEC * u.arcsec
    if near.any():
        names = table["name"].to_numpy()[sky[1][near]]
        notice(
            f"{near.sum()} test sources lie in the cutout of a training source, which flatters the"
            f" test: {', '.join(names[:SHOWN])}; give them the same split"
        )


def _positions(places: list[Any], rows: NDArray[np.int64]) -> SkyCoord:
    """Return the positions of some sources."""
    degrees = [(places[row].ra_deg, places[row].dec_deg) for row in rows]
    return SkyCoord(*np.transpose(degrees) * u.deg)


def _stack(sources: list[Source]) -> NDArray[np.uint8]:
    """Return the cutouts, uint8 [N, 150, 150]."""
    return np.stack([source.cutout for source in sources if source.cutout is not None])


def _catalogue(table: pd.DataFrame, sources: list[Source]) -> pd.DataFrame:
    """Put what is known into the columns of a prepared data set."""
    places = [source.place for source in sources]
    numbers = {
        name: pd.to_numeric(table[name]) if name in table else np.nan
        for name in ("redshift", "extent_arcsec")
    }
    test = table["split"] == "test"
    catalogue = pd.DataFrame(
        {
            "index": np.arange(len(table)),
            "source_name": table["name"],
            "ra_deg": [np.nan if place is None else place.ra_deg for place in places],
            "dec_deg": [np.nan if place is None else place.dec_deg for place in places],
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
