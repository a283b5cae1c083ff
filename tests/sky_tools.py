"""Small fields with a double source in the centre, and files of every kind made from them."""

import numpy as np
from astropy.io import fits
from astropy.wcs import WCS

NOISE = 1.5e-4


def double(side=300, scale=1.8, *, apart=30.0, shift=(0.0, 0.0), seed=0):
    """Two lobes ``apart`` arcsec from one another, in noise; float32 [side, side]."""
    rng = np.random.default_rng(seed)
    offsets = (np.arange(side) - (side - 1) / 2) * scale
    x, y = offsets - shift[0], offsets[:, None] - shift[1]
    image = rng.normal(0, NOISE, (side, side))
    for offset in (-apart / 2, apart / 2):
        image += 0.02 * np.exp(-((x - offset) ** 2 + (y - offset / 3) ** 2) / (2 * 4.0**2))
    return image.astype(np.float32)


def header(shape, scale=1.8, centre=(180.0, 30.0), **cards):
    """A tangential projection around ``centre``, north up and east left."""
    wcs = WCS(naxis=2)
    wcs.wcs.ctype = ["RA---TAN", "DEC--TAN"]
    wcs.wcs.crval = list(centre)
    wcs.wcs.crpix = [(shape[-1] + 1) / 2, (shape[-2] + 1) / 2]
    wcs.wcs.cdelt = [-scale / 3600, scale / 3600]
    made = wcs.to_header()
    made.update(cards)
    return made


def write_fits(path, image=None, **options):
    """Write an image with coordinates; returns the path."""
    image = double() if image is None else image
    fits.writeto(path, image, header(image.shape, **options), overwrite=True)
    return path


def npy_head(shape, kind="<f4"):
    """The header of a NumPy array that is not there."""
    text = f"{{'descr': {kind!r}, 'fortran_order': False, 'shape': {shape!r}, }}".ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode()


def own_weights(path, seed, normalisation, **columns):
    """Write an untrained network of three gates as `radiogaze train` would."""
    import dataclasses

    import torch

    from radiogaze.campaigns.variants import find_variant
    from radiogaze.files.packaged import packaged_table
    from radiogaze.models.load import save_weights
    from radiogaze.models.registry import build

    row = find_variant(packaged_table("gating.tsv"), f"mirabest-{normalisation}-ft-3g")
    row = dataclasses.replace(row, **columns)
    torch.manual_seed(seed)
    description = {"variant": dataclasses.asdict(row)}
    save_weights(path, build(row).state_dict(), description)
    return path
