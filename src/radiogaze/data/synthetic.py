"""A synthetic radio sky in the shape of the prepared MiraBest, for trying everything offline.

Every source is drawn by `radiogaze.data.morphology`, seen through the beam and the noise of VLA
FIRST, and goes through the real preprocessing. Nothing in it is an observation.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd
from astropy.io import fits
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from radiogaze import __version__
from radiogaze.data.catalogue import MEASURED, RELEASES, Label
from radiogaze.data.morphology import FWHM, Blobs, Kind, Shape, galaxy, render
from radiogaze.data.preprocess import FIELD, preprocess, tangential
from radiogaze.data.store import COLUMNS, Cutouts
from radiogaze.errors import RadiogazeError
from radiogaze.files.atomic import atomic_path
from radiogaze.terms import BEAM, PIXEL_ARCSEC

NOISE = 1.5e-4  # Jy/beam (Becker et al. 1995)
FAINTEST, BRIGHTEST = 4e-3, 0.15  # peak of a source, Jy/beam
OFFSET = 2.5  # pixels; a catalogued position is seldom that of the core
NEIGHBOURS = 1.2  # in a field, on average
MINIMUM = 20  # sources of a split, so that every label has one


@dataclass(frozen=True)
class SyntheticSource:
    """One synthetic source.

    Attributes
    ----------
    name
        ``synthetic_<number>``, from 1.
    image
        float32 [300, 300], Jy/beam, 1.8 arcsec a pixel.
    ra_deg, dec_deg
        Its sky position (J2000), the centre of the image.
    redshift, extent_arcsec
        As a catalogue would list them.
    """

    name: str
    image: NDArray[np.float32]
    ra_deg: float
    dec_deg: float
    redshift: float
    extent_arcsec: float


def synthesise(train: int, test: int, seed: int, archive: str = "mirabest") -> Cutouts:
    """Make a synthetic data set.

    Parameters
    ----------
    train, test
        Sources in each split, at least 20. Their labels are as frequent as the archive's, but
        each occurs at least once; every batch is sorted by label, as the published ones are.
    seed
        A non-negative integer. A source is a function of (seed, its index, its label) alone.
    archive
        Whose labels the sources have: ``mirabest`` or ``frdeep``.

    Returns
    -------
    Cutouts
        uint8 images [train + test, 150, 150] and their catalogue.

    Raises
    ------
    RadiogazeError
        If a split is too small.
    """
    labels = RELEASES[archive].labels
    rows = _rows(train, "train", labels) + _rows(test, "test", labels)
    images = []
    for index, row in enumerate(rows):
        source = draw(seed, index, labels[row["label"]])
        images.append(preprocess(source.image, source.name))
        row |= {
            "index": index,
            "source_name": source.name,
            **{key: getattr(source, key) for key in MEASURED},
        }
    return Cutouts(np.stack(images), pd.DataFrame(rows)[list(COLUMNS)])


def draw(seed: int, index: int, label: Label) -> SyntheticSource:
    """Draw one source with its neighbours and noise.

    Parameters
    ----------
    seed, index
        Non-negative integers that decide everything random.
    label
        A label of an archive; what it means decides the morphology.
    """
    rng = np.random.default_rng(np.random.SeedSequence([seed, index]))
    shape, _, image, peak = draw_alone(rng, label)
    image += _neighbours(rng, peak)
    image += noise(rng)
    return SyntheticSource(
        name=f"synthetic_{index + 1:04d}",
        image=image.astype(np.float32),
        # FIRST's northern field
        ra_deg=round(rng.uniform(120, 250), 3),
        dec_deg=round(rng.uniform(-5, 60), 3),
        redshift=round(rng.uniform(0.03, 0.5), 4),
        extent_arcsec=round(2 * shape.reach * PIXEL_ARCSEC, 2),
    )


def draw_alone(
    rng: np.random.Generator, label: Label
) -> tuple[Shape, Blobs, NDArray[np.float64], float]:
    """Draw a source without neighbours and noise: shape, Gaussians in any unit, image
    [300, 300] and its peak, Jy/beam.
    """
    shape = shape_of(rng, label)
    blobs = galaxy(rng, shape)
    blobs[:, :2] += rng.normal(0, OFFSET, 2)
    image = render(blobs, FIELD, BEAM)
    peak = np.exp(rng.uniform(np.log(FAINTEST), np.log(BRIGHTEST)))
    image *= peak / image.max()
    return shape, blobs, image, peak


def write_fields(
    catalogue: pd.DataFrame, seed: int, archive: str, folder: Path, count: int
) -> None:
    """Write the whole fields of the first test sources as FITS, ``<source name>.fits``.

    Parameters
    ----------
    catalogue
        Of `synthesise`.
    seed, archive
        That it was made with.
    folder
        Where to write.
    count
        How many; the first is a certain FRI.

    Raises
    ------
    RadiogazeError
        If a file cannot be written.
    """
    test = catalogue[catalogue["split"] == "test"].head(count)
    labels = RELEASES[archive].labels
    for index, label in zip(test["index"], test["label"], strict=True):
        source = draw(seed, int(index), labels[int(label)])
        write_source(source, folder / f"{source.name}.fits")


def write_source(source: SyntheticSource, path: Path) -> None:
    """Write a source as a FITS image like those of the survey services.

    Raises
    ------
    RadiogazeError
        If the file cannot be written.
    """
    wcs = tangential((FIELD, FIELD), PIXEL_ARCSEC, source.ra_deg, source.dec_deg)
    wcs.wcs.radesys, wcs.wcs.equinox = "FK5", 2000.0
    header = wcs.to_header()
    header["BUNIT"] = "JY/BEAM"
    header["OBJECT"] = source.name
    header["ORIGIN"] = f"radiogaze {__version__}"
    header["COMMENT"] = "Synthetic sky: no observation is in this image."
    with atomic_path(path) as temporary:
        fits.PrimaryHDU(source.image, header).writeto(temporary, overwrite=True)


def _rows(count: int, split: str, labels: tuple[Label, ...]) -> list[dict[str, Any]]:
    """List label and batch of every source of a split."""
    if count < MINIMUM:
        raise RadiogazeError(
            f"synthetic sky: {split}: expected at least {MINIMUM} sources, so that each of the"
            f" {len(labels)} labels has one, found {count}"
        )
    order = np.repeat(np.arange(len(labels)), _frequencies(count, split, labels))
    batches = -(-count // RELEASES["mirabest"].per_batch) if split == "train" else 1
    rows = []
    for number in range(batches):
        # interleaved, so that the batches are alike and each is sorted
        for position, label in enumerate(order[number::batches]):
            rows.append(
                {
                    "label": int(label),
                    **labels[label].cells,
                    "split": split,
                    "batch": f"data_batch_{number + 1}" if split == "train" else "test_batch",
                    "position": position,
                }
            )
    return rows


def _frequencies(count: int, split: str, labels: tuple[Label, ...]) -> NDArray[np.int64]:
    """Return how often each label occurs among ``count`` sources, in the archive's proportions."""
    published = np.array([getattr(label, split) for label in labels])
    exact = published * (count - len(labels)) / published.sum()
    found = np.floor(exact).astype(np.int64) + 1
    missing = count - found.sum()
    found[np.argsort(np.floor(exact) - exact, kind="stable")[:missing]] += 1
    return found


def shape_of(rng: np.random.Generator, label: Label) -> Shape:
    """Draw what decides the look of a source with a label."""
    certain = label.confidence != "uncertain"
    arms: tuple[Kind, Kind] = ("FRI", "FRII")
    if label.fr_class != "hybrid":
        arms = cast(tuple[Kind, Kind], (label.fr_class,) * 2)
    # FRI arms are given longer, because their ends fade below the noise
    extent = np.clip(rng.lognormal(np.log(42 if arms[0] == "FRII" else 72), 0.5), 20, 220)
    if label.morphology == "double-double":
        extent = max(extent, 90.0)
    return Shape(
        arms=arms,
        morphology=label.morphology or "standard",
        contrast=rng.uniform(0.65, 1) if certain else rng.uniform(0.1, 0.65),
        reach=float(extent) / 2 / PIXEL_ARCSEC,
    )


def _neighbours(rng: np.random.Generator, peak: float) -> NDArray[np.float64]:
    """Draw other sources of the field: points and small doubles, seldom the brightest."""
    count = rng.poisson(NEIGHBOURS)
    blobs = np.zeros((2 * count, 4))
    for number in range(count):
        x, y = rng.uniform(-FIELD / 2, FIELD / 2, 2)
        flux = peak * np.exp(rng.normal(-1.2, 1.4))
        apart = rng.normal(0, 3, 2) if rng.random() < 1 / 3 else (0, 0)
        blobs[2 * number] = x, y, flux / 2, 0.4
        blobs[2 * number + 1] = x + apart[0], y + apart[1], flux / 2, 0.4
    return render(blobs, FIELD, BEAM)


def noise(rng: np.random.Generator) -> NDArray[np.float64]:
    """Draw noise that is correlated like a map's, over the beam."""
    smooth = gaussian_filter(rng.normal(size=(FIELD, FIELD)), BEAM / FWHM, mode="wrap")
    return NOISE * smooth / smooth.std()
