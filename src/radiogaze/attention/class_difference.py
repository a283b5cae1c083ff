"""The classes' mean attention, one minus the other, and how asymmetric it is (Figure 3).

Read without torch: figures need it too.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radiogaze.attention.storage import Aggregate
from radiogaze.errors import RadiogazeError
from radiogaze.files.spreadsheet import escape_formula

Floats = NDArray[np.floating[Any]]
MARGIN = 0.02  # fraction of the radius that the published mask leaves out


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


def disc(side: int) -> NDArray[np.bool_]:
    """Return the inside of the circular mask, bool [side, side].

    Its radius is that to the centres of the outermost pixels, less ``MARGIN`` of it. The
    published mask falls to zero within a fraction of a pixel; ours is a step.
    """
    return _radii(side) <= (side - 1) / 2 * (1 - MARGIN)


def azimuthal_asymmetry(values: Floats, what: str = "map") -> float:
    """Return the fraction of a map's power that is not in its azimuthal mean, from 0 to 1.

    ``sum((d - <d>)^2) / sum(d^2)`` over the disc, ``<d>`` being the mean over the ring, one pixel
    wide, that a pixel lies in. 0: nothing depends on the direction; 1: every ring's mean is zero.
    The measure is ours, the paper judges visually; rings of one pixel leave a floor well below
    0.01 for a smooth map.

    Parameters
    ----------
    values
        A signed map [side, side]; what lies outside the disc is ignored.
    what
        Its name in an error.

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


def transforms_of(aggregate: Aggregate) -> str:
    """Return ``rotations`` for an aggregate over fixed rotations, ``random`` for any other."""
    settings = aggregate.about.get("provenance", {}).get("settings", {})
    return "rotations" if settings.get("rotations") else "random"


def asymmetry_row(name: str, aggregate: Aggregate) -> dict[str, Any]:
    """Return the asymmetry of an aggregate as a row of a table.

    A name that a spreadsheet would run as a formula gets a leading apostrophe.

    Parameters
    ----------
    name
        ``<variant>/<run>`` or ``<variant>/<run>/<anything>``.
    aggregate
        Of this variant and run.

    Raises
    ------
    RadiogazeError
        If it lacks a class or is blank.
    """
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
