"""Probabilities of single sources, independent of the others in a call."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import softmax
from torch import Tensor, nn

from radiogaze.augmentation import transform as augment
from radiogaze.campaigns.variants import Variant
from radiogaze.errors import RadiogazeError
from radiogaze.evaluation.confidence import Confidence
from radiogaze.evaluation.familiarity import Familiarity
from radiogaze.evaluation.features import mean_features, readout_inputs
from radiogaze.models.inference import CHUNK, prepare
from radiogaze.terms import CLASSES

PASSES = 8

Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Member:
    """One trained network.

    Attributes
    ----------
    variant
        Its row of the experiment sheet.
    file
        Its weights.
    network
        In evaluation mode, on the CPU.
    """

    variant: Variant
    file: Path
    network: nn.Module


@dataclass(frozen=True)
class Predictions:
    """Predictions of an ensemble for N sources.

    Attributes
    ----------
    p_fri, p_frii
        Mean softmax over members and test-time augmentation (TTA) passes, float64 [N]; they sum
        to 1. Read them as scores: they are not calibrated.
    spread_augmentation
        Standard deviation of p_frii over the TTA passes, averaged over the members, [N]; NaN
        with one pass or without augmentation.
    spread_seeds
        Standard deviation of the members' mean p_frii, [N]; NaN with one member.
    logits
        float32 [members, passes, N, 2]; without augmentation one pass, of the image as it is.
    unlike
        Which sources are unlike those that the first member was trained on, bool [N]; None where
        the `Classifier` has no ``familiarity``. It tells nothing of a class being right.
    """

    p_fri: Floats
    p_frii: Floats
    spread_augmentation: Floats
    spread_seeds: Floats
    logits: NDArray[np.float32]
    unlike: NDArray[np.bool_] | None = None

    @property
    def classes(self) -> NDArray[np.str_]:
        """``FRI`` or ``FRII``, the more probable, [N]."""
        return np.where(self.p_frii > self.p_fri, CLASSES[1], CLASSES[0])


class Classifier:
    """An ensemble of trained networks.

    Range and standardisation are normalised per image, as in the evaluation's batch composition
    ``single``, and every image gets the same augmentations: a prediction does not depend on the
    other images.

    Parameters
    ----------
    members
        The trained networks; each gets the augmentation of its variant's row.
    passes
        TTA passes; 0 classifies the image as it is.
    seed
        Of the augmentation.
    device
        A torch device.
    symmetries
        In place of random passes, the four quarter turns of the image and of its mirror image:
        a prediction then is the same for all eight.
    confidence
        What makes calibrated probabilities and sets of its scores, if that is known.
    familiarity
        What tells which sources are unlike those of the training, fitted on the first member; it
        needs ``symmetries``.
    fitted
        The files of ``confidence`` and ``familiarity``, by role.
    """

    def __init__(
        self,
        members: Sequence[Member],
        passes: int = PASSES,
        seed: int = 0,
        device: str = "cpu",
        *,
        symmetries: bool = False,
        confidence: Confidence | None = None,
        familiarity: Familiarity | None = None,
        fitted: Mapping[str, Path] | None = None,
    ) -> None:
        if passes < 0:
            raise RadiogazeError(f"passes: expected 0 or more, found {passes}")
        self.passes, self.seed, self.device = passes, seed, device
        self.symmetries = symmetries
        self.members, self.confidence = list(members), confidence
        self.familiarity = familiarity
        self._fitted = dict(fitted or {})
        self._networks = [prepare(member.network, device) for member in members]
        self._schemes = [member.variant.augmentation for member in members]

    @property
    def files(self) -> dict[str, Path]:
        """The files that the predictions depend on, by role, for the record of an output."""
        weights = {f"weights_{n}": member.file for n, member in enumerate(self.members)}
        return weights | self._fitted

    @property
    def augmentation(self) -> dict[str, Any]:
        """What is averaged over, for the record of an output."""
        return (
            {"symmetries": True} if self.symmetries else {"passes": self.passes, "seed": self.seed}
        )

    def predict(self, cutouts: NDArray[np.uint8]) -> Predictions:
        """Classify cutouts, uint8 [N, 150, 150].

        Raises
        ------
        RadiogazeError
            If a logit is not finite.
        """
        if self.familiarity is None:
            return self._predict(cutouts)
        with readout_inputs(self.members[0].network) as seen:
            found = self._predict(cutouts)
        return replace(found, unlike=self.familiarity.unlike(mean_features(seen)))

    def _predict(self, cutouts: NDArray[np.uint8]) -> Predictions:
        chunks = [self._logits(chunk) for chunk in torch.from_numpy(cutouts.copy()).split(CHUNK)]
        return summarise(np.concatenate(chunks, axis=2))

    def _logits(self, pixels: Tensor) -> NDArray[np.float32]:
        """Return logits [members, passes, n, 2] of a few images."""
        pixels = pixels.to(self.device)
        singles = list(torch.arange(len(pixels)).split(1))
        inputs = {scheme: self._augmented(pixels, scheme) for scheme in set(self._schemes)}
        found = [
            [network.classify(network.summarise(images), singles) for images in inputs[scheme]]
            for network, scheme in zip(self._networks, self._schemes, strict=True)
        ]
        return torch.stack([torch.stack(of_member) for of_member in found]).cpu().numpy()

    def _augmented(self, pixels: Tensor, scheme: str) -> list[Tensor]:
        """Return the network's input in each pass, [n, 1, 150, 150]."""
        if self.symmetries:
            return [
                augment.to_network_input(augment.symmetry(pixels, number))
                for number in range(augment.SYMMETRIES)
            ]
        if not self.passes:
            return [augment.to_network_input(pixels)]
        # every image is image 0 of the random sequence, and so gets the same augmentations
        index = torch.zeros(len(pixels), dtype=torch.int64, device=self.device)
        return [
            augment.to_network_input(
                augment.apply(pixels, augment.draw(self.seed, 0, pass_, index, scheme))
            )
            for pass_ in range(self.passes)
        ]


def summarise(logits: NDArray[np.float32]) -> Predictions:
    """Turn logits [members, passes, N, 2] into probabilities and their spreads.

    Raises
    ------
    RadiogazeError
        If a logit is not finite.
    """
    if not np.isfinite(logits).all():
        raise RadiogazeError(
            "logits are not finite: the network's normalisation is degenerate (zero range) on an"
            " image; choose other weights"
        )
    p = softmax(logits.astype(np.float64), axis=-1)
    members, passes, count, _ = logits.shape
    unknown = np.full(count, np.nan)
    mean = p.mean((0, 1))
    return Predictions(
        p_fri=mean[:, 0],
        p_frii=mean[:, 1],
        spread_augmentation=p[..., 1].std(1).mean(0) if passes > 1 else unknown,
        spread_seeds=p[..., 1].mean(1).std(0) if members > 1 else unknown,
        logits=logits,
    )
