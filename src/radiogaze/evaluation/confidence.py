"""Probabilities that can be trusted: a temperature, and sets of classes with a stated coverage.

Both are fitted on sources that the network did not see, such as the folds of a cross-validation.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import expit, log_expit, logit

from radiogaze.data.subsets import FRII
from radiogaze.errors import RadiogazeError
from radiogaze.evaluation.resampling import Floats, Integers
from radiogaze.files.atomic import write_text
from radiogaze.files.reading import reading
from radiogaze.provenance.record import to_json
from radiogaze.provenance.sidecars import SIDECAR, settings_of
from radiogaze.terms import CLASSES

LEVEL = 0.9
SPLITS = 20  # on which the coverage, or the rate of a flag, is measured
_ROUNDING = 1e-9
CLOSEST = 1e-6  # to 0 and 1 that a probability counts


@dataclass(frozen=True)
class Averaging:
    """Whose scores, and over what they are averaged: a calibration is for these alone.

    Attributes
    ----------
    variant
        The networks' row of an experiment sheet.
    symmetries
        Of the square, all eight of them.
    passes
        Random augmented passes, in their place; 0 with them.
    """

    variant: str
    symmetries: bool
    passes: int

    def __str__(self) -> str:
        over = "the symmetries" if self.symmetries else f"{self.passes} random passes"
        return f"{self.variant}, averaged over {over}"


@dataclass(frozen=True)
class Confidence:
    """What turns the scores of a network, or of an ensemble, into statements of known reliability.

    Attributes
    ----------
    temperature
        That log odds are divided by (Guo et al. 2017).
    threshold
        A class is in the set of a source if its probability, at this temperature, is at least so
        high; the more probable class always is.
    level
        Fraction of the sources whose set is to contain their class.
    sources
        That both were fitted on.
    coverage, coverage_sd
        Mean and standard deviation of the fraction whose set contains their class, over ``SPLITS``
        random halves that were left out of the fit.
    both
        Mean fraction of the sources whose set has both classes.
    averaging
        What the scores were that both were fitted to; None if that is not known.
    """

    temperature: float
    threshold: float
    level: float
    sources: int
    coverage: float
    coverage_sd: float
    both: float
    averaging: Averaging | None = None

    def calibrated(self, p: Floats) -> Floats:
        """Return calibrated probabilities of FRII, [N], of scores [N]."""
        return expit(log_odds(p) / self.temperature)

    def sets(self, p: Floats) -> list[str]:
        """Return the set of each source, its classes joined by ``;``, of scores of FRII [N]."""
        members = _members(self.calibrated(p), self.threshold)
        return [";".join(np.array(CLASSES)[chosen]) for chosen in members]


def log_odds(p: Floats) -> Floats:
    """Return log(p / (1 - p)), finite."""
    return logit(np.clip(p, CLOSEST, 1 - CLOSEST))


def as_logits(p: Floats) -> NDArray[np.float32]:
    """Return logits of probabilities of FRII, [N]: of a single pass, float32 [1, N, 2]."""
    return np.stack([np.zeros(len(p)), log_odds(p)], axis=1)[None].astype(np.float32)


def negative_log_likelihood(p: Floats, labels: Integers) -> float:
    """Return the mean -log of the probability of the label; p is that of FRII, [N]."""
    z = log_odds(p)
    return float(-np.where(labels == FRII, log_expit(z), log_expit(-z)).mean())


def fit_temperature(p: Floats, labels: Integers) -> float:
    """Return the temperature of the lowest negative log likelihood (Guo et al. 2017)."""
    z = log_odds(p)

    def loss(log_temperature: float) -> float:
        return negative_log_likelihood(expit(z / np.exp(log_temperature)), labels)

    return float(np.exp(minimize_scalar(loss, bounds=(-3, 3)).x))


def fit_confidence(
    p: Floats, labels: Integers, level: float = LEVEL, averaging: Averaging | None = None
) -> Confidence:
    """Fit temperature and threshold, and measure the coverage on halves that are left out.

    The sets are those of split conformal prediction (Vovk et al. 2005; Angelopoulos & Bates 2023,
    Section 1): the score of a source is 1 minus the probability of its label.

    Parameters
    ----------
    p
        Scores of FRII of sources that the network did not see, [N].
    labels
        0 (FRI) or 1 (FRII), [N].
    level
        Between 0 and 1.
    averaging
        What the scores are.

    Raises
    ------
    RadiogazeError
        If a class is missing, or the sources are too few for the level.
    """
    counts = np.bincount(labels, minlength=2)
    if not 0 < level < 1:
        raise RadiogazeError(f"level {level}: expected a fraction between 0 and 1, such as {LEVEL}")
    needed = sources_needed(level)
    if counts.min() == 0 or len(p) < needed:
        raise RadiogazeError(
            f"calibration: {counts[0]} FRI and {counts[1]} FRII, expected both classes and at least"
            f" {needed} sources for a level of {level}"
        )
    rng, found, both = np.random.default_rng(0), [], []
    for _ in range(SPLITS):
        fit, rest = np.array_split(rng.permutation(len(p)), 2)
        temperature = fit_temperature(p[fit], labels[fit])
        scaled = expit(log_odds(p) / temperature)
        chosen = _members(scaled[rest], _threshold(scaled[fit], labels[fit], level))
        found.append(chosen[np.arange(len(rest)), labels[rest]].mean())
        both.append(chosen.all(1).mean())
    temperature = fit_temperature(p, labels)
    threshold = _threshold(expit(log_odds(p) / temperature), labels, level)
    coverage, sd = float(np.mean(found)), float(np.std(found, ddof=1))
    return Confidence(
        temperature, threshold, level, len(p), coverage, sd, float(np.mean(both)), averaging
    )


def conformal_rank(number: int, level: float) -> int:
    """Return which of the sorted scores, from 1, a further source is below with this probability.

    It and the ``number`` of sources that have the scores are exchangeable; the rank is above their
    number where they are too few for the level.
    """
    return int(np.ceil((number + 1) * level - _ROUNDING))


def sources_needed(level: float) -> int:
    """Return how many sources give a threshold of a level in each half of them."""
    return 2 * int(np.ceil(level / (1 - level) - _ROUNDING))


def _threshold(p: Floats, labels: Integers, level: float) -> float:
    """Return the probability of the label that a fraction ``level`` of the sources reaches."""
    of_label = np.sort(np.where(labels == FRII, p, 1 - p))
    rank = conformal_rank(len(p), level)
    return float(of_label[len(p) - rank]) if rank <= len(p) else 0.0


def _members(p: Floats, threshold: float) -> NDArray[np.bool_]:
    """Return which classes are in the set of each source, [N, 2]."""
    both = np.stack([1 - p, p], axis=1)
    return (both >= threshold) | (both == both.max(1, keepdims=True))


def write_confidence(confidence: Confidence, path: Path) -> None:
    """Write as JSON, whole or not at all.

    Raises
    ------
    RadiogazeError
        If the file cannot be written.
    """
    write_text(to_json(asdict(confidence)), path)


def read_confidence(path: Path) -> Confidence:
    """Read what `write_confidence` wrote.

    Raises
    ------
    RadiogazeError
        If the file is missing or not of this form.
    """
    with reading(path, "temperature and conformal threshold", "calibrate"):
        found = json.loads(path.read_text("utf-8"))
        averaging = found.pop("averaging", None)  # files of earlier versions have none
        confidence = Confidence(**found, averaging=averaging and _averaging(averaging))
        if not (confidence.temperature > 0 and 0 <= confidence.threshold <= 1):
            raise ValueError("no temperature and threshold")
        return confidence


def read_averaging(predictions: Sequence[Path]) -> Averaging:
    """Return what the scores in predictions of `radiogaze evaluate` are, by the sidecars beside.

    Raises
    ------
    RadiogazeError
        If a file has no sidecar, has scores with dropout, which `radiogaze classify` does not have,
        or other scores than the first.
    """
    found = []
    for path in predictions:
        settings = settings_of(path)
        if settings is None:
            raise RadiogazeError(
                f"{path}: expected the sidecar of its evaluation beside it (*{SIDECAR}), which says"
                " whose scores these are; copy it too"
            )
        with reading(path, "predictions of a variant", "evaluate"):
            found.append(_averaging(settings))
        if settings.get("dropout") is not None:
            raise RadiogazeError(f"{path}: expected scores without dropout, as those of classify")
        if found[-1] != found[0]:
            raise RadiogazeError(
                f"{path}: scores of {found[-1]}, but {predictions[0]} has those of {found[0]};"
                " a calibration is for one of them"
            )
    return found[0]


def _averaging(found: dict[str, Any]) -> Averaging:
    """Read what scores are, from a calibration or the settings of an evaluation."""
    symmetries = bool(found.get("symmetries"))
    return Averaging(str(found["variant"]), symmetries, 0 if symmetries else int(found["passes"]))
