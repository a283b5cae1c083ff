"""A list of fitted components, as of the catalogue of VLA FIRST, turned into masks of cutouts."""

from pathlib import Path

import astropy.units as u
import numpy as np
import pandas as pd
from astropy.coordinates import SkyCoord
from numpy.typing import NDArray

from radiogaze.data.catalogue import CUTOUT
from radiogaze.errors import RadiogazeError
from radiogaze.files.sky_table import read_table, text
from radiogaze.terms import PIXEL_ARCSEC

UNITS = {"ra": u.deg, "dec": u.deg, "major": u.arcsec, "minor": u.arcsec, "angle": u.deg}
NUMBERS = tuple(UNITS)
_ORDER = "RA from 0 to 360, Dec from -90 to 90 degrees, and axes 0 <= minor <= major in arcsec"

Masks = NDArray[np.bool_]


def read_components(path: Path) -> pd.DataFrame:
    """Read a list of components, several to a source.

    Parameters
    ----------
    path
        CSV, TSV, VOTable or FITS with the columns ``name`` (the source's, as in the catalogue of
        the cutouts), ``ra`` and ``dec`` (J2000, degrees), ``major`` and ``minor`` (full width at
        half maximum, deconvolved or fitted, arcsec) and ``angle`` (of the major axis, degrees
        east of north). Other columns are ignored, and so is the case of their names.

    Returns
    -------
    DataFrame
        These columns, one row a component.

    Raises
    ------
    RadiogazeError
        If the table cannot be read, lacks a column, states another unit of one, or has a row with
        other values.
    """
    table = read_table(path, "components")
    by_name = {str(column).lower(): str(column) for column in table.colnames}
    if missing := [name for name in ("name", *NUMBERS) if name not in by_name]:
        raise RadiogazeError(
            f"{path}: expected the column {missing[0]}, found {', '.join(by_name.values())[:200]}"
        )
    for name, expected in UNITS.items():
        unit = table[by_name[name]].unit  # none in a CSV; and not every list spells it as astropy
        known = not isinstance(unit, u.UnrecognizedUnit) and unit not in (None, u.one)
        if known and unit != expected:
            raise RadiogazeError(
                f"{path}: column {by_name[name]}: found the unit {unit}, expected {expected};"
                " convert the column"
            )
    cells = {name: [text(cell) for cell in table[by_name[name]]] for name in ("name", *NUMBERS)}
    found = pd.DataFrame(cells)
    found[list(NUMBERS)] = found[list(NUMBERS)].apply(pd.to_numeric, errors="coerce")
    ordered = (found["minor"] >= 0) & (found["minor"] <= found["major"])
    inside = found["ra"].between(0, 360) & found["dec"].between(-90, 90) & ordered
    valid = inside.to_numpy() & np.isfinite(found[list(NUMBERS)].to_numpy(float)).all(1)
    if not valid.all():
        row = int(np.argmin(valid))
        given = ", ".join(f"{name} {cells[name][row][:20]}" for name in NUMBERS)
        raise RadiogazeError(f"{path}: row {row + 1}: expected {_ORDER}, found {given}")
    return found


def component_masks(components: pd.DataFrame, sources: pd.DataFrame) -> Masks:
    """Return where each source's cutout is inside one of its components at half maximum.

    A component is an ellipse whose axes are its widths; the pixel nearest to its centre always
    counts, so that an unresolved one has a pixel. Rows go north and columns west, as in
    FIRST's images; the source's position is the centre of the cutout.

    Parameters
    ----------
    components
        Of :func:`read_components`; those of other sources are ignored.
    sources
        N rows of a catalogue, with ``source_name``, ``ra_deg`` and ``dec_deg``.

    Returns
    -------
    ndarray
        bool [N, 150, 150].

    Raises
    ------
    RadiogazeError
        If a source has no position, or no component within its cutout.
    """
    groups = dict(list(components.groupby("name")))
    masks = []
    for source in sources[["source_name", "ra_deg", "dec_deg"]].itertuples(index=False):
        name, ra, dec = str(source[0]), float(source[1]), float(source[2])
        if not np.isfinite([ra, dec]).all():
            raise RadiogazeError(f"components of {name}: its catalogue has no position of it")
        mask = _mask(groups[name], ra, dec) if name in groups else np.zeros(CUTOUT, bool)
        if not mask.any():
            raise RadiogazeError(
                f"components of {name}: expected one or more within its cutout, found"
                f" {len(groups.get(name, ()))} in the list and none there"
            )
        masks.append(mask)
    return np.stack(masks)


def _mask(components: pd.DataFrame, ra: float, dec: float) -> Masks:
    """Return the pixels in the components around a cutout's centre (J2000, degrees)."""
    centre = SkyCoord(ra * u.deg, dec * u.deg)
    positions = SkyCoord(components["ra"].to_numpy() * u.deg, components["dec"].to_numpy() * u.deg)
    offsets = [offset.to_value(u.arcsec) for offset in centre.spherical_offsets_to(positions)]
    rows, columns = np.indices(CUTOUT) - np.reshape([(side - 1) / 2 for side in CUTOUT], (2, 1, 1))
    mask = np.zeros(CUTOUT, bool)
    shapes = components[["major", "minor", "angle"]].to_numpy()
    for east, north, (major, minor, angle) in zip(*offsets, shapes, strict=True):
        x, y = -columns * PIXEL_ARCSEC - east, rows * PIXEL_ARCSEC - north
        sine, cosine = np.sin(np.radians(angle)), np.cos(np.radians(angle))
        along, across = x * sine + y * cosine, x * cosine - y * sine
        widths = np.maximum([major, minor], 1e-6)  # of an unresolved one: none but its pixel
        mask |= (along / widths[0]) ** 2 + (across / widths[1]) ** 2 <= 1 / 4
        mask |= (np.abs(x) <= PIXEL_ARCSEC / 2) & (np.abs(y) <= PIXEL_ARCSEC / 2)
    return mask
