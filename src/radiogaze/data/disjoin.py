"""Leave out the sources of one data set whose image is in the test set of another."""

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from radiogaze.data.store import Cutouts
from radiogaze.errors import RadiogazeError

SAME = 0.99  # correlation above which two images show one source
_CENTRE = slice(25, 125)  # pixels that are compared, in bins of 2 x 2
_SHIFT = 6  # bins, 22 arcsec: catalogues place one source differently
_PADDED = 64  # larger than 50 bins and a shift, so that no shift wraps around


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
        float64 [N], from 0 to 1: over all others and shifts of at most 12 pixels, of the central
        100 x 100 pixels in bins of 2 x 2.
    """
    spectra = fft.rfft2(_normalised(others), (_PADDED, _PADDED))
    return np.array([_peak(image, spectra) for image in _normalised(images)])


def _peak(image: NDArray[np.float64], others: NDArray[np.complex128]) -> float:
    spectrum = fft.rfft2(image, (_PADDED, _PADDED))
    found = fft.irfft2(others * spectrum.conj(), (_PADDED, _PADDED))
    near = np.r_[0 : _SHIFT + 1, _PADDED - _SHIFT : _PADDED]
    return float(found[:, near][:, :, near].max())


def _normalised(images: NDArray[np.uint8]) -> NDArray[np.float64]:
    centre = images[:, _CENTRE, _CENTRE].astype(np.float64)
    side = centre.shape[1] // 2
    binned = centre.reshape(len(centre), side, 2, side, 2).mean((2, 4))
    norm = np.sqrt((binned**2).sum((1, 2), keepdims=True))
    return np.divide(binned, norm, out=np.zeros_like(binned), where=norm > 0)
