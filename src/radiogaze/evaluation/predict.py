"""Logits of a test set over augmented passes (gating paper, Section 4.3)."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from radiogaze.augmentation import transform as augment
from radiogaze.augmentation.counter_rng import Stream, permutation
from radiogaze.models.inference import CHUNK, FastAGCNN, PlainNetwork, Summary, prepare
from radiogaze.models.posterior import draw_network, is_sampled, keep_dropout

BATCH = 16  # cutouts in a batch of the published evaluations


@dataclass(frozen=True)
class EvaluationSettings:
    """How a test file goes through a network.

    Attributes
    ----------
    orders
        Some of ``radiogaze.terms.ORDERS``; each gives logits of its own. The composition of the
        batches matters for batch-wide normalisation: as the file has it (published; it is sorted
        by label), in a new random order each pass, or single images.
    batch
        Images in a batch.
    seed
        Of the augmentation and of the shuffled order.
    device
        A torch device.
    augmentation
        A key of ``radiogaze.augmentation.transform.SCHEMES``: that of the variant's row.
    symmetries
        Whether pass 0 to 7 is a symmetry of the square in place of a random augmentation.
    dropout
        Probability of the network's dropout that stays on (MC dropout); None for none.
    """

    orders: tuple[str, ...]
    batch: int
    seed: int
    device: str = "cpu"
    augmentation: str = augment.DEFAULT
    symmetries: bool = False
    dropout: float | None = None

    def batches(self, order: str, count: int, pass_: int) -> list[Tensor]:
        """Return the positions that are together in each batch of a pass, int64 tensors."""
        if order == "single":
            return list(torch.arange(count).split(1))
        if order == "shuffled":
            shuffled = permutation(Stream.TEST_ORDER, self.seed, 0, pass_, count)
            return list(shuffled.split(self.batch))
        return list(torch.arange(count).split(self.batch))


def predict(
    model: nn.Module,
    images: NDArray[np.uint8],
    settings: EvaluationSettings,
    passes: Iterable[int],
) -> dict[str, NDArray[np.float32]]:
    """Classify a whole test file over augmented passes, under several orders of its batches.

    Every order sees the same augmented images, so that they differ by the order alone.

    Parameters
    ----------
    model
        A network of :func:`radiogaze.models.build`. With a posterior, each pass takes a sample of
        its weights.
    images
        uint8 [N, 150, 150], **all** cutouts of the test file in its order: those that are not
        scored pass through too, as in the published evaluation.
    settings
        Orders, batch size, seed and device.
    passes
        The passes' numbers, e.g. ``range(360)``, perhaps wrapped by a progress bar.

    Returns
    -------
    dict
        For every order the logits, float32 [passes, N, 2].
    """
    pixels = torch.from_numpy(images).to(settings.device)
    of_pass = networks(model, settings)
    rows = [_classify(of_pass(p), _augmented(pixels, settings, p), settings, p) for p in passes]
    return {order: np.stack([row[order] for row in rows]) for order in settings.orders}


def networks(
    model: nn.Module, settings: EvaluationSettings
) -> Callable[[int], FastAGCNN | PlainNetwork]:
    """Return the function from the number of a pass to its network.

    That is a sample of the weights or of the dropout, where the network has such, else the network.

    Raises
    ------
    RadiogazeError
        If dropout is to stay on in a network without any.
    """
    if settings.dropout is not None:
        model = keep_dropout(model, settings.dropout, settings.seed)
    if is_sampled(model):
        return lambda p: prepare(draw_network(model, settings.seed, p), settings.device)
    network = prepare(model, settings.device)
    return lambda _: network


def predict_unaugmented(
    model: nn.Module, images: NDArray[np.uint8], settings: EvaluationSettings
) -> dict[str, NDArray[np.float32]]:
    """Classify a whole test file as it is; see :func:`predict`. Logits [1, N, 2] an order.

    A network that is sampled has its mean weights here, and no dropout.
    """
    pixels = torch.from_numpy(images).to(settings.device)
    logits = _classify(prepare(model, settings.device), pixels.split(CHUNK), settings, 0)
    return {order: values[None] for order, values in logits.items()}


def _classify(
    network: FastAGCNN | PlainNetwork,
    chunks: Iterable[Tensor],
    settings: EvaluationSettings,
    pass_: int,
) -> dict[str, NDArray[np.float32]]:
    """Return logits [N, 2] an order of the images in these chunks, uint8 [n, 150, 150]."""
    summary = Summary.concatenate(
        [network.summarise(augment.to_network_input(chunk)) for chunk in chunks]
    )
    return {
        order: network.classify(summary, settings.batches(order, len(summary), pass_)).cpu().numpy()
        for order in settings.orders
    }


def _augmented(pixels: Tensor, settings: EvaluationSettings, pass_: int) -> Iterator[Tensor]:
    """Yield the augmented images of one pass in chunks, uint8 [n, 150, 150]."""
    for index in torch.arange(len(pixels), device=pixels.device).split(CHUNK):
        if settings.symmetries:
            yield augment.symmetry(pixels[index], pass_)
            continue
        yield augment.apply(
            pixels[index], augment.draw(settings.seed, 0, pass_, index, settings.augmentation)
        )
