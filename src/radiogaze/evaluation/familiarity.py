"""A flag for sources unlike those of a training, with a stated rate of false alarms.

A source is as unlike as the Mahalanobis distance of what the network pools of it from what it pools
of the training sources (Lee et al. 2018, Section 2.1, with one mean of all classes).
"""

from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.covariance import LedoitWolf

from radiogaze.errors import RadiogazeError
from radiogaze.evaluation.confidence import SPLITS, conformal_rank, sources_needed
from radiogaze.evaluation.resampling import Floats
from radiogaze.files.npz import ArraySpec, load_arrays, save_arrays
from radiogaze.files.reading import reading

RATE = 0.05


@dataclass(frozen=True)
class Familiarity:
    """The fit by which features unlike those of the training sources are flagged.

    Attributes
    ----------
    mean, precision
        Of the features of the training sources, float32 [F] and [F, F].
    threshold
        A source further away than this is flagged.
    rate
        Fraction of sources like the held-out ones that are flagged, at most.
    sources
        Held-out sources that the threshold is from.
    measured, measured_sd
        Mean and standard deviation of the fraction that is flagged over ``SPLITS`` random halves of
        the held-out sources which the threshold is not from.
    """

    mean: NDArray[np.float32]
    precision: NDArray[np.float32]
    threshold: float
    rate: float
    sources: int
    measured: float
    measured_sd: float

    def unlike(self, features: Floats) -> NDArray[np.bool_]:
        """Tell which sources are unlike the training ones, [N], of features [N, F]."""
        return _distances(features, self.mean, self.precision) > self.threshold


def _distances(
    features: Floats, mean: NDArray[np.float32], precision: NDArray[np.float32]
) -> Floats:
    """Return the Mahalanobis distance of each source, [N]."""
    away = features.astype(np.float64) - mean
    return np.sqrt(((away @ precision.astype(np.float64)) * away).sum(1))


def fit_familiarity(train: Floats, held_out: Floats, rate: float = RATE) -> Familiarity:
    """Fit the flag, and measure its rate of false alarms on halves that are left out.

    The covariance is shrunk (Ledoit & Wolf 2004), because there may be few sources for as many
    features. The threshold is that of split conformal prediction (Vovk et al. 2005): of a further
    source like the held-out ones, the probability to be flagged is at most ``rate``.

    Parameters
    ----------
    train
        Features of the sources that the network was trained on, [N, F].
    held_out
        Features of sources that neither training nor this fit saw, [M, F].
    rate
        Between 0 and 1.

    Raises
    ------
    RadiogazeError
        If features are not finite, or there are too few sources.
    """
    if not 0 < rate < 1:
        raise RadiogazeError(f"rate {rate}: expected a fraction between 0 and 1, such as {RATE}")
    needed = sources_needed(1 - rate)
    if len(train) < 2 or len(held_out) < needed:  # noqa: PLR2004
        raise RadiogazeError(
            f"features: found {len(train)} training and {len(held_out)} held-out sources, expected"
            f" at least 2 and {needed} for a rate of false alarms of {rate}"
        )
    if not (np.isfinite(train).all() and np.isfinite(held_out).all()):
        raise RadiogazeError("features: found some that are not finite numbers")
    fitted = LedoitWolf().fit(train)
    # rounded before the threshold is taken, as they are written
    mean, precision = (x.astype(np.float32) for x in (fitted.location_, fitted.get_precision()))
    away = _distances(held_out, mean, precision)
    rng, found = np.random.default_rng(0), []
    for _ in range(SPLITS):
        fit, rest = np.array_split(rng.permutation(len(away)), 2)
        found.append((away[rest] > _threshold(away[fit], rate)).mean())
    measured, sd = float(np.mean(found)), float(np.std(found, ddof=1))
    return Familiarity(mean, precision, _threshold(away, rate), rate, len(away), measured, sd)


def _threshold(distances: Floats, rate: float) -> float:
    """Return the distance that a further source exceeds with a probability of at most ``rate``."""
    return float(np.sort(distances)[conformal_rank(len(distances), 1 - rate) - 1])


def write_familiarity(familiarity: Familiarity, path: Path) -> None:
    """Write as npz, whole or not at all.

    Raises
    ------
    RadiogazeError
        If the file cannot be written.
    """
    save_arrays(path, asdict(familiarity))


def read_familiarity(path: Path) -> Familiarity:
    """Read what `write_familiarity` wrote.

    Raises
    ------
    RadiogazeError
        If the file is missing, broken, or its arrays do not belong together.
    """
    numbers = ("threshold", "rate", "measured", "measured_sd")
    specs = {name: ArraySpec(np.float64, ()) for name in numbers}
    specs |= {"mean": ArraySpec(np.float32, (None,)), "sources": ArraySpec(np.int64, ())}
    specs |= {"precision": ArraySpec(np.float32, (None, None))}
    with reading(path, "the fit of a flag for unlike sources", "familiarity"):
        found = load_arrays(path, specs)
        if found["precision"].shape != 2 * found["mean"].shape:
            raise ValueError("mean and precision of other numbers of features")
        return Familiarity(
            mean=found["mean"],
            precision=found["precision"],
            sources=int(found["sources"]),
            **{name: float(found[name]) for name in numbers},
        )
