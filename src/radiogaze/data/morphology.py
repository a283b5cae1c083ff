"""Radio galaxies as sums of round Gaussians: cores, jets, plumes, lobes and hot spots.

Only the look of the two classes of Fanaroff & Riley (1974) is meant, not their physics: FRIs are
brightest near the core and fade outwards, FRIIs are brightest at their outer ends.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Kind = Literal["FRI", "FRII"]
STEPS = 48  # Gaussians along one arm
FWHM = 2 * np.sqrt(2 * np.log(2))

# Gaussians, float64 [K, 4]: x and y from the core [pixels], flux, and sigma [pixels].
Blobs = NDArray[np.float64]


@dataclass(frozen=True)
class Shape:
    """What decides the look of a source.

    Attributes
    ----------
    arms
        The kind of each of the two arms; they differ in a hybrid.
    morphology
        One of the morphologies of `radiogaze.data.catalogue`.
    contrast
        How typical the source is, from 0 (the classes cannot be distinguished) to 1.
    reach
        Length of an arm in pixels.
    """

    arms: tuple[Kind, Kind]
    morphology: str
    contrast: float
    reach: float


def galaxy(rng: np.random.Generator, shape: Shape) -> Blobs:
    """Draw a source of a given shape, in a random orientation.

    Returns
    -------
    ndarray of float64, shape [K, 4]
        The source's Gaussians; the flux of the brighter arm is about 1.
    """
    heading = rng.uniform(0, 2 * np.pi)
    side = rng.choice([-1.0, 1.0])  # to which side both arms bend
    ratio = np.exp(rng.normal(0, 0.5 if "FRI" in shape.arms else 0.3))
    parts = [_core(rng, shape)]
    for number, kind in enumerate(shape.arms):
        sign = 1 - 2 * number
        x, y = _path(rng, shape, kind, heading + np.pi * number, sign * side)
        arm = _fri_arm(rng, shape, x, y) if kind == "FRI" else _frii_arm(rng, shape, x, y)
        arm[:, 2] *= ratio**sign
        parts.append(arm)
    if shape.morphology == "double-double":
        parts += _inner_double(rng, shape, heading)
    return np.concatenate(parts)


def evidence_of(shape: Shape, blobs: Blobs) -> list[Blobs]:
    """Return the parts of a source that show its class.

    Parameters
    ----------
    shape
        With arms of one kind, and without an inner double.
    blobs
        Of :func:`galaxy`, wherever they were moved.

    Returns
    -------
    list of ndarray
        FRI: the core, and the inner third of each jet. FRII: the hot spots of each lobe.
    """
    arms = np.split(blobs[1:], 2)
    if shape.arms[0] == "FRI":
        return [blobs[:1], *(arm[: STEPS // 3] for arm in arms)]
    return [arm[STEPS:] for arm in arms]


def _core(rng: np.random.Generator, shape: Shape) -> Blobs:
    """Draw the core: mostly strong in FRIs and weak in FRIIs, but quasars have strong ones too."""
    bright = rng.random() < (0.6 if "FRI" in shape.arms else 0.5)
    strength = rng.normal(-1.0 if bright else -3.5, 0.8)
    return np.array([[0, 0, np.exp(strength), 0.3]])


def _path(
    rng: np.random.Generator, shape: Shape, kind: Kind, heading: float, side: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Draw the line of an arm, [STEPS] each; it bends by an angle around some distance."""
    t = np.linspace(0, 1, STEPS)
    wiggle = rng.normal(0, 0.12 if kind == "FRI" else 0.05)
    angle, where, width = rng.normal(0, 0.25 if kind == "FRI" else 0.08), 0.6, 0.25
    if shape.morphology == "wide-angle-tail":
        angle, where, width = side * rng.uniform(0.8, 1.3), rng.uniform(0.3, 0.5), 0.12
    elif shape.morphology == "head-tail":
        angle, where, width = side * rng.uniform(1.3, 1.5), rng.uniform(0.06, 0.12), 0.06
    direction = heading + angle / (1 + np.exp((where - t) / width * 2))
    direction += wiggle * np.sin(2 * np.pi * t * rng.uniform(0.5, 1.2) + rng.uniform(0, 6))
    reach = shape.reach * np.exp(rng.normal(0, 0.12 if kind == "FRII" else 0.2))
    # an uneven spacing would show as knots
    x, y = (np.cumsum(f(direction)) * reach / STEPS for f in (np.cos, np.sin))
    return x, y


def _fri_arm(
    rng: np.random.Generator, shape: Shape, x: NDArray[np.float64], y: NDArray[np.float64]
) -> Blobs:
    """Draw a jet that is bright near the core, widens and fades into a plume."""
    t = np.linspace(0, 1, STEPS)
    tailed = shape.morphology in ("wide-angle-tail", "head-tail")
    decline = rng.uniform(0.3, 0.5) if tailed else rng.uniform(0.15, 0.35)
    flare = rng.uniform(0.03, 0.3)  # jets brighten where they decelerate, after a gap
    density = np.exp(-t / decline) + rng.uniform(0.02, 0.1)
    density *= 1 - np.exp(-((t / flare) ** 3))
    density *= np.exp(_smooth_noise(rng, 0.6))
    density = _dilute(density, t, shape.contrast)
    spread = rng.uniform(0.06, 0.2) * (0.7 if tailed else 1)
    sigma = 0.5 + spread * shape.reach * t ** rng.uniform(0.8, 1.3)
    arm = _line(x, y, density, sigma, rng)
    warm = (1 - shape.contrast) * rng.uniform(0, 0.5)  # a warm spot makes the class unclear
    return np.vstack([arm, [x[-6], y[-6], warm, 1.0]])


def _frii_arm(
    rng: np.random.Generator, shape: Shape, x: NDArray[np.float64], y: NDArray[np.float64]
) -> Blobs:
    """Draw a lobe that brightens outwards and ends in a hot spot."""
    t = np.linspace(0, 1, STEPS)
    start = rng.uniform(0.1, 0.6)
    rise = np.clip((t - start) / (1 - start), 0, 1)
    density = rise ** rng.uniform(0.8, 2.5) * np.exp(_smooth_noise(rng, 0.3))
    density = _dilute(density, t, shape.contrast)
    # the lobe swells behind the hot spot and is round at its end
    body = np.sqrt(np.clip(rise * (1.15 - rise), 0.02, None))
    sigma = 0.4 + rng.uniform(0.1, 0.24) * shape.reach * body
    lobe = _line(x, y, density, sigma, rng)
    lobe[:, 2] *= rng.uniform(0.5, 1.5)
    hot = rng.uniform(0.35, 1.1) * (0.25 + 0.75 * shape.contrast)
    spots = [
        [x[-1], y[-1], hot, rng.uniform(0.3, 1.2)],
        [x[-5] + rng.normal(0, 0.06 * shape.reach), y[-5], 0.4 * hot, rng.uniform(0.8, 2)],
    ]
    return np.vstack([lobe, spots])


def _inner_double(rng: np.random.Generator, shape: Shape, heading: float) -> list[Blobs]:
    """Draw the inner, younger pair of lobes of a double-double."""
    pair = []
    for sign in (-1, 1):
        reach = sign * shape.reach * rng.uniform(0.3, 0.45)
        x, y = reach * np.cos(heading), reach * np.sin(heading)
        pair.append(np.array([[x, y, rng.uniform(0.3, 0.6), 0.6], [0.8 * x, 0.8 * y, 0.2, 1.5]]))
    return pair


def _dilute(
    density: NDArray[np.float64], t: NDArray[np.float64], contrast: float
) -> NDArray[np.float64]:
    """Normalise a profile along an arm and mix it with one that belongs to neither class."""
    neutral = np.exp(-(((t - 0.5) / 0.35) ** 2))
    return contrast * density / density.sum() + (1 - contrast) * neutral / neutral.sum()


def _line(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    density: NDArray[np.float64],
    sigma: NDArray[np.float64],
    rng: np.random.Generator,
) -> Blobs:
    """Put Gaussians along a line, a little off it where it is wide."""
    jitter = rng.normal(0, 0.35, (2, STEPS)) * sigma
    return np.column_stack([x + jitter[0], y + jitter[1], density, sigma])


def _smooth_noise(rng: np.random.Generator, scale: float) -> NDArray[np.float64]:
    """Draw noise along an arm that has knots rather than grains, [STEPS]."""
    noise = np.convolve(rng.normal(0, 1, STEPS + 6), np.hanning(7), "valid")
    return scale * noise / np.sqrt((np.hanning(7) ** 2).sum())


def render(blobs: Blobs, size: int, beam: float) -> NDArray[np.float64]:
    """Draw Gaussians as a beam sees them.

    Parameters
    ----------
    blobs
        Positions from the image's centre, fluxes and sigmas, float64 [K, 4].
    size
        Pixels along a side.
    beam
        FWHM of the round beam in pixels.

    Returns
    -------
    ndarray of float64, shape [size, size]
        Brightness, flux per beam.
    """
    axis = np.arange(size) - (size - 1) / 2
    x, y, flux, intrinsic = blobs.T[:, :, None]
    squared = intrinsic**2 + (beam / FWHM) ** 2
    columns = np.exp(-((axis - x) ** 2) / (2 * squared))
    rows = np.exp(-((axis - y) ** 2) / (2 * squared)) * flux * (beam / FWHM) ** 2 / squared
    # einsum's own loop gives the same bits whatever the number of threads
    return np.einsum("ki,kj->ij", rows, columns)
