"""Classifiers without a network: the rule of Fanaroff & Riley, and a regression on shape measures.

What a network is worth is what it does better than these, on the same sources and folds.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial.distance import pdist
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from radiogaze.terms import BEAM

Floats = NDArray[np.float64]

FR_RATIO = 0.5  # Fanaroff & Riley (1974): below it a source is of class I
# Which islands are the source's: chosen among 24 pairs by cross-validation over MiraBest's training
# batches. A field of 4.5 arcmin holds noise peaks and neighbours, 24 islands on average.
_NEAR = 50  # pixels from the centre of the field to the island's
_LEAST_FLUX = 0.2  # of the brightest such island's
_CORE = 5  # pixels around the centre in which a core is looked for
_CONNECTED = np.ones((3, 3))


class Shape(NamedTuple):
    """Measures of one cutout, of its non-zero pixels; lengths in pixels.

    Attributes
    ----------
    fr_ratio
        Distance of the brightest peaks on either side of the centre over the total extent, along
        the major axis.
    extent
        Largest distance between two pixels.
    axis_ratio
        Minor over major axis of the second moments of the flux.
    filled
        Number of pixels over the square of the extent.
    core
        Highest value near the centre over the highest value.
    flux_radius
        Mean distance of the flux from the centre over half the extent.
    inner_flux
        Fraction of the flux within a quarter of the extent from the centre.
    flux_asymmetry, peak_asymmetry
        Difference over sum of flux and peak on the two sides of the centre.
    bend
        Angle in radians between the two sides' centroids as seen from the centre, from straight.
    peaks, islands
        Local maxima at the resolution of the beam; connected regions.
    gini
        Gini coefficient of the pixel values.
    """

    fr_ratio: float
    extent: float
    axis_ratio: float
    filled: float
    core: float
    flux_radius: float
    inner_flux: float
    flux_asymmetry: float
    peak_asymmetry: float
    bend: float
    peaks: float
    islands: float
    gini: float


def measure_shape(cutout: NDArray[np.uint8]) -> Shape:
    """Measure a cutout, uint8 [H, W], whose background is 0; a blank one gives zeros."""
    values = cutout.astype(float)
    rows, columns = np.nonzero(cutout)
    if len(rows) == 0:
        return Shape(*(0.0 for _ in Shape._fields))
    height, width = cutout.shape
    points = np.stack([columns - (width - 1) / 2, rows - (height - 1) / 2], axis=1)
    flux = values[rows, columns]
    minor, major, axis = _moments(points, flux)
    along, radius = points @ axis, np.hypot(*points.T)
    extent = _largest_distance(points)
    maxima = (values == ndimage.maximum_filter(values, 2 * BEAM - 1))[rows, columns]
    sides = [along < 0, along >= 0]
    ends = [_brightest(along, flux, maxima & side) for side in sides]
    fluxes = [flux[side].sum() for side in sides]
    tops = [flux[side].max(initial=0) for side in sides]
    return Shape(
        fr_ratio=float((ends[1] - ends[0]) / max(np.ptp(along), 1)),
        extent=extent,
        axis_ratio=float(np.sqrt(minor / major)) if major > 0 else 1.0,
        filled=len(rows) / max(extent, 1) ** 2,
        core=float(flux[radius <= _CORE].max(initial=0) / flux.max()),
        flux_radius=float((flux * radius).sum() / flux.sum() / max(extent / 2, 1)),
        inner_flux=float(flux[radius <= extent / 4].sum() / flux.sum()),
        flux_asymmetry=float(abs(fluxes[0] - fluxes[1]) / flux.sum()),
        peak_asymmetry=float(abs(tops[0] - tops[1]) / (tops[0] + tops[1])),
        bend=_bend(points, flux, sides),
        peaks=float(maxima.sum()),
        islands=float(ndimage.label(cutout, _CONNECTED)[1]),
        gini=_gini(flux),
    )


def _moments(points: Floats, flux: Floats) -> tuple[float, float, Floats]:
    """Return the second moments along the minor and the major axis, and the latter's direction."""
    offsets = points - np.average(points, axis=0, weights=flux)
    (minor, major), axes = np.linalg.eigh((offsets * flux[:, None]).T @ offsets / flux.sum())
    return max(float(minor), 0.0), float(major), axes[:, 1]


def _largest_distance(points: Floats) -> float:
    """Return the largest distance of two pixels, of which only the ends of rows can have it."""
    order = np.lexsort((points[:, 0], points[:, 1]))
    ordered = points[order]
    new = np.diff(ordered[:, 1]) != 0
    ends = ordered[np.r_[True, new] | np.r_[new, True]]
    return float(pdist(ends).max(initial=0))


def _brightest(along: Floats, flux: Floats, among: NDArray[np.bool_]) -> float:
    """Return where along the axis the brightest of some pixels is; 0, the centre, without any."""
    return float(along[among][flux[among].argmax()]) if among.any() else 0.0


def _bend(points: Floats, flux: Floats, sides: list[NDArray[np.bool_]]) -> float:
    if not all(side.any() for side in sides):
        return 0.0
    one, other = (np.average(points[side], axis=0, weights=flux[side]) for side in sides)
    angle = np.arctan2(one[0] * other[1] - one[1] * other[0], one @ other)
    return float(np.pi - abs(angle))


def _gini(flux: Floats) -> float:
    ordered, count = np.sort(flux), len(flux)
    if count == 1:
        return 0.0
    weights = 2 * np.arange(1, count + 1) - count - 1
    return float((weights * ordered).sum() / (ordered.sum() * (count - 1)))


def isolate(cutout: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Blank the islands that are faint or far from the centre; the rest is taken for the source."""
    labels, count = ndimage.label(cutout, _CONNECTED)
    numbers = np.arange(1, count + 1)
    centre = (np.array(cutout.shape) - 1) / 2
    places = np.array(ndimage.center_of_mass(cutout, labels, numbers)).reshape(-1, 2)
    near = np.hypot(*(places - centre).T) < _NEAR
    flux = ndimage.sum_labels(cutout, labels, numbers)
    kept = near & (flux >= _LEAST_FLUX * flux[near].max(initial=0))
    return np.where(np.isin(labels, numbers[kept]), cutout, 0).astype(np.uint8)


def within(cutout: NDArray[np.uint8], extent: float) -> NDArray[np.uint8]:
    """Blank what is outside a disc of the source's extent in pixels; NaN blanks nothing.

    The extent is listed in the catalogue of MiraBest, measured by its experts: a classifier that
    uses it has seen more than the image.
    """
    rows, columns = np.indices(cutout.shape) - (np.array(cutout.shape)[:, None, None] - 1) / 2
    outside = np.hypot(rows, columns) > extent / 2 + BEAM
    return np.where(outside, 0, cutout).astype(np.uint8)


def measure_shapes(images: NDArray[np.uint8], extents: Sequence[float] | None = None) -> Floats:
    """Measure the sources of cutouts.

    Parameters
    ----------
    images
        uint8 [N, H, W].
    extents
        Listed ones in pixels, [N]; without them the source is isolated by `isolate`.

    Returns
    -------
    ndarray
        [N, 13] in the order of :class:`Shape`.
    """
    if extents is None:
        sources = [isolate(image) for image in images]
    else:
        sources = [within(*pair) for pair in zip(images, extents, strict=True)]
    return np.array([measure_shape(source) for source in sources], dtype=float)


def by_rule(shapes: Floats) -> NDArray[np.int64]:
    """Classify by the rule of Fanaroff & Riley (1974): 1 (FRII) above the ratio, int64 [N]."""
    return (shapes[:, Shape._fields.index("fr_ratio")] > FR_RATIO).astype(np.int64)


def make_regression() -> Pipeline:
    """Return an unfitted logistic regression on standardised shape measures."""
    return make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
