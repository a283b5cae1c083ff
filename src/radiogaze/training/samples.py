"""The cutouts of a training on its device, and the batches of every pass."""

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd
import torch
from torch import Tensor

from radiogaze.augmentation import transform as augment
from radiogaze.augmentation.counter_rng import Stream, permutation
from radiogaze.data.store import Cutouts
from radiogaze.data.subsets import FRII


@dataclass(frozen=True)
class Pool:
    """All cutouts of an archive on the device, shared by every seed of a job.

    Attributes
    ----------
    images
        uint8 [N, 150, 150]; 28 MB for MiraBest.
    """

    images: Tensor

    @classmethod
    def of(cls, cutouts: Cutouts, device: str) -> "Pool":
        """Copy the cutouts to a device."""
        return cls(torch.from_numpy(cutouts.images).to(device))


class Samples:
    """Training and validation sources of one seed.

    Every batch is a function of (seed, epoch, pass, number of the batch).

    Parameters
    ----------
    pool
        The cutouts.
    split
        A table of :func:`radiogaze.data.splits.draw_split`.
    seed
        Of order and augmentation.
    batch
        Images in a batch; the last of a pass holds what is left.
    augmentation
        A key of ``radiogaze.augmentation.transform.SCHEMES``.
    """

    def __init__(
        self,
        pool: Pool,
        split: pd.DataFrame,
        seed: int,
        batch: int,
        augmentation: str = augment.DEFAULT,
    ) -> None:
        self._pool = pool
        self._augmentation = augmentation
        self._seed = seed
        self._batch = batch
        device = pool.images.device
        train = split["split"] == "train"
        rows, labels = torch.tensor(split["index"]), torch.tensor(split["class"] == "FRII") * FRII
        self._train = rows[torch.tensor(train)].to(device)
        self._train_labels = labels[torch.tensor(train)].to(device)
        # A fixed order that mixes the classes: the catalogue is sorted by label, and batch-wide
        # normalisation would see batches that training never shows.
        order = permutation(Stream.VALIDATION_ORDER, seed, 0, 0, int((~train).sum()))
        self._validation = rows[torch.tensor(~train)][order].to(device)
        self.validation_labels = labels[torch.tensor(~train)][order].to(device)
        self._order: tuple[tuple[int, int], Tensor] | None = None

    @property
    def training_count(self) -> int:
        """Sources in the training set."""
        return len(self._train)

    @property
    def batches(self) -> int:
        """Batches in a pass over the training set: 54, 37 and 28 for the published sets."""
        return -(-len(self._train) // self._batch)

    def training_batch(self, epoch: int, pass_: int, number: int) -> tuple[Tensor, Tensor]:
        """Return augmented cutouts, uint8 [n, 150, 150], and labels [n] of one batch."""
        if self._order is None or self._order[0] != (epoch, pass_):
            count = len(self._train)
            order = permutation(Stream.TRAIN_ORDER, self._seed, epoch, pass_, count)
            self._order = (epoch, pass_), order.to(self._train.device)
        chosen = self._order[1][number * self._batch : (number + 1) * self._batch]
        return self._augmented(self._train[chosen], epoch, pass_), self._train_labels[chosen]

    def validation_batches(self, epoch: int, pass_: int) -> Iterator[Tensor]:
        """Yield augmented cutouts, uint8 [n, 150, 150], of one pass over the validation set."""
        for index in self._validation.split(self._batch):
            yield self._augmented(index, epoch, pass_)

    def _augmented(self, index: Tensor, epoch: int, pass_: int) -> Tensor:
        transform = augment.draw(self._seed, epoch, pass_, index, self._augmentation)
        return augment.apply(self._pool.images[index], transform)
