"""Sources read from image files, and how alike their cutouts are."""

import numpy as np

from radiogaze.classify.images.files import read_files


def read(path, **options):
    """The one source of a file."""
    (source,) = read_files([path], **options)
    return source


def similar(one, other):
    """Correlation of the pixels of two cutouts."""
    return np.corrcoef(one.astype(float).ravel(), other.astype(float).ravel())[0, 1]
