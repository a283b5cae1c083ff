"""Families of uncertain networks: what they predict of each source, read and pooled."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit, softmax

from radiogaze.campaigns.doubt import ENSEMBLE
from radiogaze.data.subsets import FRII
from radiogaze.errors import RadiogazeError
from radiogaze.evaluation.confidence import CLOSEST, fit_temperature, log_odds
from radiogaze.evaluation.probe import VALIDATION, read_probe
from radiogaze.evaluation.readers import read_tested
from radiogaze.evaluation.resampling import Floats, Integers
from radiogaze.evaluation.uncertainty import Uncertainty, measure_uncertainty, wrong
from radiogaze.files.reading import reading

_ORDER = "file"


@dataclass(frozen=True)
class Network:
    """What one network, or an ensemble, predicts: logits [passes, N, 2].

    Attributes
    ----------
    test
        Of the test sources.
    sets
        By name those of the sets of ``radiogaze probe``, and the labels of the validation sources.
    """

    test: NDArray[np.float32]
    sets: Mapping[str, NDArray[Any]]

    @property
    def p(self) -> Floats:
        """The mean probability of FRII of each test source, [N]."""
        return probabilities(self.test).mean(0)

    def uncertainty(self, name: str | None = None, passes: int | None = None) -> Uncertainty:
        """Measure the uncertainty of the test sources or of a set, over all or the first passes."""
        return measure_uncertainty(probabilities(self.logits(name)[:passes]))

    def logits(self, name: str | None) -> NDArray[np.float32]:
        """Return the logits of the test sources, or of a set."""
        return self.test if name is None else self.sets[f"logits_{name}"]

    @property
    def scaled(self) -> Floats:
        """As ``p``, with the temperature that fits the validation sources."""
        p = probabilities(self.logits(VALIDATION)).mean(0)
        temperature = fit_temperature(p, self.sets[f"labels_{VALIDATION}"])
        return expit(log_odds(self.p) / temperature)


@dataclass(frozen=True)
class Families:
    """All networks by family, on the same test sources.

    Attributes
    ----------
    networks
        Family -> its networks, one a seed.
    labels, certain
        Of the test sources, [N].
    """

    networks: Mapping[str, Sequence[Network]]
    labels: Integers
    certain: NDArray[np.bool_]

    def per_source(self, family: str, measure: str) -> Floats:
        """Return a loss of each source, a mean over the seeds, [N]."""
        losses = [source_losses(network.p, self.labels) for network in self.networks[family]]
        return np.mean([loss[measure] for loss in losses], axis=0)


def probabilities(logits: NDArray[np.float32]) -> Floats:
    """Return probabilities of FRII, float64, of logits [..., 2]."""
    found: Floats = softmax(logits.astype(np.float64), axis=-1)[..., FRII]
    return found


def source_losses(p: Floats, labels: Integers) -> dict[str, Floats]:
    """Return error, negative log likelihood and Brier score of each source; p is of FRII, [N]."""
    of_label = np.where(labels == FRII, p, 1 - p)
    return {
        "error": wrong(p, labels),
        "nll": -np.log(np.maximum(of_label, CLOSEST)),  # as in a temperature's fit
        "brier": (1 - of_label) ** 2,
    }


def collect(
    logits: Mapping[str, Path],
    predictions: Mapping[str, Path],
    probes: Mapping[str, Path],
    ensembles: Sequence[str],
) -> Families:
    """Read what all networks predict, and pool the ensembles.

    Parameters
    ----------
    logits, predictions, probes
        ``<family>/<run>`` -> ``logits.npz`` and ``predictions.csv`` of ``radiogaze evaluate``, and
        the file of ``radiogaze probe``.
    ensembles
        Families whose networks together are one more, ``<family>-ensemble``.

    Raises
    ------
    RadiogazeError
        If a file is missing or broken, networks have not the same test sources, or there is no
        such family.
    """
    networks: dict[str, list[Network]] = {}
    first: pd.DataFrame | None = None
    for name, path in logits.items():
        for option, given in (("predictions", predictions), ("probe", probes)):
            if name not in given:
                raise RadiogazeError(f"--{option}: none of {name}; expected one of each network")
        test, rows = read_tested(path, predictions[name], _ORDER)
        first = rows if first is None else first
        if not rows.index.equals(first.index):
            raise RadiogazeError(f"{path}: other test sources than {next(iter(logits))} has")
        networks.setdefault(name.partition("/")[0], []).append(
            Network(test, read_probe(probes[name]))
        )
    if first is None:
        raise RadiogazeError("--logits: expected at least one, found none")
    for family in ensembles:
        if family not in networks:
            raise RadiogazeError(f"--ensemble {family}: there are: {', '.join(networks)}")
        networks[f"{family}{ENSEMBLE}"] = [_pool(networks[family], family)]
    with reading(predictions[next(iter(logits))], "the column confidence", "evaluate"):
        certain = (first["confidence"] == "certain").to_numpy(dtype=bool)
    return Families(networks, first["label"].to_numpy(), certain)


def _pool(members: Sequence[Network], family: str) -> Network:
    """Return the ensemble of some networks: their passes, of the sets that all have, are its."""
    labels = f"labels_{VALIDATION}"
    shared = [name for name in members[0].sets if all(name in m.sets for m in members)]
    sets = {name: [member.sets[name] for member in members] for name in shared}
    found = sets.pop(labels, [])
    if any(not np.array_equal(one, found[0]) for one in found):
        raise RadiogazeError(
            f"--ensemble {family}: its networks have other validation sources each; train them on"
            " one split"
        )
    pooled = {name: _in_turn(values) for name, values in sets.items()}
    known = {labels: found[0]} if found else {}
    return Network(_in_turn([member.test for member in members]), pooled | known)


def _in_turn(passes: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
    """Return the passes of all members, the first of each first: the first n are of all alike."""
    number = np.concatenate([np.arange(len(of_member)) for of_member in passes])
    return np.concatenate(passes)[np.argsort(number, kind="stable")]
