"""The classes' mean attention, one minus the other, and how lopsided it is (Figure 3).

Read without torch: figures need it too.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radiogaze.attention.storage import Aggregate
from radiogaze.errors import RadiogazeError
from radiogaze.files.atomic import atomic_path
from radiogaze.files.spreadsheet import escape_formula

Floats = NDArray[np.floating[Any]]
MARGIN = 0.02  # share of the radius that the published mask leaves out
COLUMNS = ("variant", "run", "transforms", "passes", "asymmetry", "asymmetry_of_image")


@dataclass(frozen=True)
class Difference:
    """Mean attention in FRI minus that in FRII.

    Attributes
    ----------
    attention
        Zero outside the disc, [150, 150].
    image
        The same of the mean images, pixel values 0..1; not masked.
    asymmetry, asymmetry_of_image
        See :func:`azimuthal_asymmetry`.
    """

    attention: Floats
    image: Floats
    asymmetry: float
    asymmetry_of_image: float


def class_difference(aggregate: Aggregate) -> Difference:
    """Return the class difference of an aggregate (equivariant paper, Figure 3).

    Raises
    ------
    RadiogazeError
        If it lacks a class, or the two classes' maps are the same.
    """
    fri, frii = aggregate.index("FRI"), aggregate.index("FRII")
    maps = aggregate.maps[fri].astype(np.float64) - aggregate.maps[frii]
    image = aggregate.images[fri].astype(np.float64) - aggregate.images[frii]
    attention = maps * disc(len(maps))
    return Difference(
        attention,
        image,
        azimuthal_asymmetry(attention, "class difference of the attention"),
        azimuthal_asymmetry(image, "class difference of the mean images"),
    )


def disc(side: int, margin: float = MARGIN) -> NDArray[np.bool_]:
    """Return the inside of the circular mask, bool [side, side].

    Its radius is that to the centres of the outermost pixels, less ``margin`` of it. The
    published mask falls to zero within a fraction of a pixel; ours is a step.
    """
    return _radii(side) <= (side - 1) / 2 * (1 - margin)


def azimuthal_asymmetry(values: Floats, what: str = "map") -> float:
    """Return the share of a map's power that is not in its azimuthal mean, from 0 to 1.

    ``sum((d - <d>)^2) / sum(d^2)`` over the disc, ``<d>`` being the mean over the ring, one pixel
    wide, that a pixel lies in. 0: nothing depends on the direction; 1: every ring's mean is zero.
    The measure is ours, the paper judges by the eye; rings of one pixel leave a floor well below
    0.01 for a smooth map.

    Parameters
    ----------
    values
        A signed map [side, side]; what lies outside the disc is ignored.
    what
        How an error calls it.

    Raises
    ------
    RadiogazeError
        If the map is not finite, or zero everywhere.
    """
    inside = disc(len(values))
    found = values[inside].astype(np.float64)
    power = float((found**2).sum())
    if not np.isfinite(power) or power == 0:
        raise RadiogazeError(f"{what}: zero everywhere or not finite; choose trained weights")
    rings = np.round(_radii(len(values))[inside]).astype(np.int64)
    means = np.bincount(rings, found) / np.maximum(np.bincount(rings), 1)
    return float(((found - means[rings]) ** 2).sum()) / power


def is_rotated(aggregate: Aggregate) -> bool:
    """Tell whether an aggregate is over fixed rotations, not random augmentation."""
    settings = aggregate.about.get("provenance", {}).get("settings", {})
    return bool(settings.get("rotations", False))


def transforms_of(aggregate: Aggregate) -> str:
    """Name what was done to the images of an aggregate: ``random`` or ``rotations``."""
    return "rotations" if is_rotated(aggregate) else "random"


def write_asymmetries(aggregates: Mapping[str, Aggregate], path: Path) -> list[dict[str, Any]]:
    """Write the asymmetry of every aggregate as CSV with the columns ``COLUMNS``.

    A name that a spreadsheet would run as a formula gets a leading apostrophe.

    Parameters
    ----------
    aggregates
        By ``<variant>/<run>`` or ``<variant>/<run>/<anything>``.
    path
        To be written, whole or not at all.

    Returns
    -------
    list of dict
        The rows.

    Raises
    ------
    RadiogazeError
        If there is none, one lacks a class or is blank, or the file cannot be written.
    """
    if not aggregates:
        raise RadiogazeError("--aggregate: expected at least one, found none")
    rows = [_row(name, aggregate) for name, aggregate in aggregates.items()]
    with atomic_path(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return rows


def _row(name: str, aggregate: Aggregate) -> dict[str, Any]:
    variant, _, run = name.partition("/")
    found = class_difference(aggregate)
    return {
        "variant": escape_formula(variant),
        "run": escape_formula(run.partition("/")[0]),
        "transforms": transforms_of(aggregate),
        "passes": aggregate.about["passes"],
        "asymmetry": f"{found.asymmetry:.4f}",
        "asymmetry_of_image": f"{found.asymmetry_of_image:.4f}",
    }


def _radii(side: int) -> Floats:
    """Return the distance of every pixel from the centre, in pixels, [side, side]."""
    axis = np.arange(side) - (side - 1) / 2
    return np.hypot(axis[:, None], axis)
