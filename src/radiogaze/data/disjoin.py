"""Leave out the sources of one data set whose image is in the test set of another."""

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from radiogaze.data.store import Cutouts
from radiogaze.errors import RadiogazeError
from radiogaze.terms import CUTOUT_PIXELS

# Correlation above which two images show the same sky: of one source, cut out of one survey twice,
# it is at least 0.9996; compact sources that are others reach 0.998. Some
# pairs have less: MiraBest's neighbours 45 and 48, in each other's cutout, 0.978.
SAME = 0.999
_PADDED = 2 * CUTOUT_PIXELS  # so that no shift wraps around


def disjoin(cutouts: Cutouts, tested: Cutouts) -> Cutouts:
    """Return the cutouts without those of which the test set of others shows the same source.

    Parameters
    ----------
    cutouts
        To be chosen from; they need no sky positions.
    tested
        A data set with a test split.

    Returns
    -------
    Cutouts
        Their rows renumbered.

    Raises
    ------
    RadiogazeError
        If there is no test source, or no cutout is left.
    """
    test = tested.images[tested.test.index.to_numpy()]
    if not len(test):
        raise RadiogazeError("the other data set has no test source; expected a test split")
    kept = highest_correlations(cutouts.images, test) <= SAME
    if not kept.any():
        raise RadiogazeError(
            f"all {len(kept)} sources are in the test set of the other data set; expected another"
            " data set than its own"
        )
    table = cutouts.catalogue[kept].reset_index(drop=True)
    return Cutouts(cutouts.images[kept], table.assign(index=table.index))


def highest_correlations(
    images: NDArray[np.uint8], others: NDArray[np.uint8]
) -> NDArray[np.float64]:
    """Return of each image the highest normalised cross-correlation with any other.

    Parameters
    ----------
    images, others
        uint8 [N, 150, 150] and [M, 150, 150].

    Returns
    -------
    ndarray
        float64 [N], from 0 to 1: where two images fit best, of the pixels that both have there.
        Catalogues place one source differently, and a neighbour may be the brighter one.
    """
    spectra = fft.rfft2(others.astype(np.float32), (_PADDED, _PADDED))
    return np.array([_highest(image, others, spectra) for image in images.astype(np.float32)])


def _highest(
    image: NDArray[np.float32], others: NDArray[np.uint8], spectra: NDArray[np.complex64]
) -> float:
    spectrum = fft.rfft2(image, (_PADDED, _PADDED))
    products = fft.irfft2(spectra * spectrum.conj(), (_PADDED, _PADDED))
    best = products.reshape(len(others), -1).argmax(1)
    shifts = np.stack(np.unravel_index(best, (_PADDED, _PADDED)), 1)
    shifts[shifts >= CUTOUT_PIXELS] -= _PADDED
    return max(_correlation(image, *pair) for pair in zip(others, shifts, strict=True))


def _correlation(
    image: NDArray[np.float32], other: NDArray[np.uint8], shift: NDArray[np.intp]
) -> float:
    """Correlate what two images share if the second is the first moved by a shift."""
    there = tuple(slice(max(0, s), CUTOUT_PIXELS + min(0, s)) for s in shift)
    here = tuple(slice(max(0, -s), CUTOUT_PIXELS + min(0, -s)) for s in shift)
    a, b = image[here].astype(np.float64), other[there].astype(np.float64)
    norm = np.sqrt((a**2).sum() * (b**2).sum())
    return float((a * b).sum() / norm) if norm > 0 else 0.0
