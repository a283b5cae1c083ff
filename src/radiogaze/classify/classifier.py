"""Probabilities of single sources, whatever else is classified beside them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import softmax
from torch import Tensor, nn

from radiogaze.augmentation import transform as augment
from radiogaze.errors import RadiogazeError
from radiogaze.evaluation.predict import CHUNK, prepare

CLASSES = ("FRI", "FRII")
PASSES = 8

Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Predictions:
    """What an ensemble says of N sources.

    Attributes
    ----------
    p_fri, p_frii
        Mean softmax over members and augmented copies, float64 [N]; they sum to 1. The networks
        were trained to be certain: read them as a score, not as a calibrated probability.
    spread_augmentation
        Standard deviation of p_frii over the augmented copies, averaged over the members, [N];
        NaN without copies.
    spread_seeds
        Standard deviation over the members of each one's mean p_frii, [N]; NaN with one member.
    logits
        float32 [members, copies, N, 2]; without copies one, the image as it is.
    """

    p_fri: Floats
    p_frii: Floats
    spread_augmentation: Floats
    spread_seeds: Floats
    logits: NDArray[np.float32]

    @property
    def classes(self) -> NDArray[np.str_]:
        """``FRI`` or ``FRII``, the more probable, [N]."""
        return np.where(self.p_frii > self.p_fri, CLASSES[1], CLASSES[0])


class Classifier:
    """An ensemble of trained networks.

    Range and standardisation are normalised over each image by itself, as in the evaluation's
    order ``single``, and every image is augmented in the same ways: what is said of an image does
    not depend on the others.

    Parameters
    ----------
    networks
        Trained networks of `radiogaze.models`.
    passes
        Augmented copies of each image; 0 takes the image as it is.
    seed
        Of the augmentation.
    device
        A torch device.
    augmentations
        How each network's copies are made, keys of
        `radiogaze.augmentation.transform.SCHEMES`: that of its variant's row. By default the
        gating paper's for all.
    """

    def __init__(
        self,
        networks: Sequence[nn.Module],
        passes: int = PASSES,
        seed: int = 0,
        device: str = "cpu",
        augmentations: Sequence[str] | None = None,
    ) -> None:
        if passes < 0:
            raise RadiogazeError(f"passes: expected 0 or more augmented copies, found {passes}")
        self.passes, self.seed, self.device = passes, seed, device
        self._members = [prepare(network, device) for network in networks]
        self._schemes = list(augmentations or [augment.DEFAULT] * len(networks))

    def predict(
        self, cutouts: NDArray[np.uint8], index: NDArray[np.int64] | None = None
    ) -> Predictions:
        """Classify cutouts.

        Parameters
        ----------
        cutouts
            uint8 [N, 150, 150].
        index
            Which images of the augmentation's random sequence they are, int64 [N]; the
            evaluation's are the places in the test file. By default all are image 0.

        Raises
        ------
        RadiogazeError
            If a logit is not finite.
        """
        numbers = torch.zeros(len(cutouts), dtype=torch.int64)
        if index is not None:
            numbers = torch.from_numpy(np.asarray(index, dtype=np.int64))
        chunks = [
            self._logits(torch.from_numpy(cutouts[here].copy()), numbers[here])
            for here in _slices(len(cutouts))
        ]
        return summarise(np.concatenate(chunks, axis=2), augmented=self.passes > 0)

    def _logits(self, pixels: Tensor, numbers: Tensor) -> NDArray[np.float32]:
        """Return logits [members, copies, n, 2] of a few images."""
        pixels, numbers = pixels.to(self.device), numbers.to(self.device)
        alone = list(torch.arange(len(pixels)).split(1))
        copies = {scheme: self._copies(pixels, numbers, scheme) for scheme in set(self._schemes)}
        found = [
            [member.classify(member.summarise(copy), alone) for copy in copies[scheme]]
            for member, scheme in zip(self._members, self._schemes, strict=True)
        ]
        return torch.stack([torch.stack(of_member) for of_member in found]).cpu().numpy()

    def _copies(self, pixels: Tensor, numbers: Tensor, scheme: str) -> list[Tensor]:
        """Return the augmented copies as the network's input, each [n, 1, 150, 150]."""
        if not self.passes:
            return [augment.to_network_input(pixels)]
        return [
            augment.to_network_input(
                augment.apply(pixels, augment.draw(self.seed, 0, pass_, numbers, scheme))
            )
            for pass_ in range(self.passes)
        ]


def _slices(count: int) -> list[slice]:
    """Cut a batch into pieces that bound the memory; always at least one."""
    return [slice(start, start + CHUNK) for start in range(0, max(count, 1), CHUNK)]


def summarise(logits: NDArray[np.float32], *, augmented: bool) -> Predictions:
    """Turn logits [members, copies, N, 2] into probabilities and their spreads.

    Raises
    ------
    RadiogazeError
        If a logit is not finite.
    """
    if not np.isfinite(logits).all():
        raise RadiogazeError(
            "logits are not finite numbers: the network's normalisation is singular on an image;"
            " choose other weights"
        )
    p = softmax(logits.astype(np.float64), axis=-1)
    members, _, count, _ = logits.shape
    unknown = np.full(count, np.nan)
    mean = p.mean((0, 1))
    return Predictions(
        p_fri=mean[:, 0],
        p_frii=mean[:, 1],
        spread_augmentation=p[..., 1].std(1).mean(0) if augmented else unknown,
        spread_seeds=p[..., 1].mean(1).std(0) if members > 1 else unknown,
        logits=logits,
    )
