"""The cutouts of a training on its device, and the batches of every pass."""

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd
import torch
from torch import Tensor

from radiogaze.augmentation import transform as augment
from radiogaze.augmentation.counter_rng import Stream, permutation
from radiogaze.campaigns.recipes import Recipe
from radiogaze.data.store import Cutouts
from radiogaze.data.subsets import FRII
from radiogaze.training.fixmatch import UnlabelledBatches

_CALIBRATION_BATCH = 64
# Images that are augmented together: a GPU takes a pass at once, a CPU what its caches hold.
_TOGETHER = {"cpu": 64, "cuda": 4096}
_CERTAIN = "certain"


@dataclass(frozen=True)
class DeviceImages:
    """All cutouts of an archive on the device, shared by every seed of a job.

    Attributes
    ----------
    images
        uint8 [N, 150, 150]; 28 MB for MiraBest.
    certain
        Whether a cutout's label is certain, bool [N].
    """

    images: Tensor
    certain: Tensor

    @classmethod
    def of(cls, cutouts: Cutouts, device: str) -> "DeviceImages":
        """Copy the cutouts to a device."""
        certain = (cutouts.catalogue["confidence"] == _CERTAIN).to_numpy(dtype=bool)
        return cls(
            torch.from_numpy(cutouts.images).to(device), torch.tensor(certain, device=device)
        )


class BatchSampler:
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
    recipe
        Batch, label smoothing and augmentation of the training images.
    validation_augmentation
        A key of ``radiogaze.augmentation.transform.SCHEMES``: that of the evaluation.
    unlabelled
        Images for FixMatch, uint8 [U, 150, 150] on the device; None without.
    """

    def __init__(
        self,
        pool: DeviceImages,
        split: pd.DataFrame,
        seed: int,
        recipe: Recipe,
        validation_augmentation: str = augment.DEFAULT,
        unlabelled: Tensor | None = None,
    ) -> None:
        self._pool = pool
        self._recipe = recipe
        self._validation_augmentation = validation_augmentation
        self._seed = seed
        device = pool.images.device
        train, validation = (torch.tensor(split["split"] == n) for n in ("train", "validation"))
        rows, labels = torch.tensor(split["index"]), torch.tensor(split["class"] == "FRII") * FRII
        self._train = rows[train].to(device)
        self._train_labels = self._smoothed(labels[train].to(device))
        # A fixed order that mixes the classes: the catalogue is sorted by label, and batch-wide
        # normalisation would see batches that training never shows.
        order = permutation(Stream.VALIDATION_ORDER, seed, 0, 0, int(validation.sum()))
        self._validation = rows[validation][order].to(device)
        self.validation_labels = labels[validation][order].to(device)
        self._unlabelled = (
            None if unlabelled is None else UnlabelledBatches(unlabelled, seed, recipe)
        )
        self._pass: tuple[tuple[int, int], Tensor, Tensor] | None = None

    def _smoothed(self, labels: Tensor) -> Tensor:
        """Return the labels as they are, or each class's weight, float32 [N, 2]."""
        smoothing = self._recipe.label_smoothing
        if not any(smoothing.values()):
            return labels
        certain = self._pool.certain[self._train]
        shared = torch.where(certain, smoothing[_CERTAIN], smoothing["uncertain"])[:, None]
        return torch.nn.functional.one_hot(labels, 2) * (1 - shared) + shared / 2

    @property
    def training_count(self) -> int:
        """Sources in the training set."""
        return len(self._train)

    @property
    def batches(self) -> int:
        """Batches in a pass over the training set: 54, 37 and 28 for the published sets."""
        return -(-len(self._train) // self._recipe.batch)

    def training_batch(self, epoch: int, pass_: int, number: int) -> tuple[Tensor, Tensor]:
        """Return augmented cutouts, uint8 [n, 150, 150], and labels of one batch.

        Labels are int64 [n], or with label smoothing the weights of both classes, float32 [n, 2].
        With FixMatch more cutouts follow, without a label: m strongly augmented, and the same
        weakly.
        """
        if self._pass is None or self._pass[0] != (epoch, pass_):
            order = self._order(epoch, pass_)
            images = torch.cat(list(self._training(order, epoch, pass_)))
            self._pass = (epoch, pass_), images, self._train_labels[order]
        _, images, labels = self._pass
        batch = self._recipe.batch
        chosen = slice(number * batch, (number + 1) * batch)
        if self._unlabelled is None:
            return images[chosen], labels[chosen]
        step = (epoch * self._recipe.passes + pass_) * self.batches + number
        return torch.cat([images[chosen], self._unlabelled.batch(step)]), labels[chosen]

    def _order(self, epoch: int, pass_: int) -> Tensor:
        order = permutation(Stream.TRAIN_ORDER, self._seed, epoch, pass_, len(self._train))
        return order.to(self._train.device)

    def _training(self, order: Tensor, epoch: int, pass_: int) -> Iterator[Tensor]:
        return self._augmented(self._train[order], epoch, pass_, self._recipe.augmentation)

    def calibration_batches(self, epoch: int, first_pass: int) -> Iterator[Tensor]:
        """Yield augmented training cutouts, uint8 [64, 150, 150], to estimate statistics over.

        As many as the recipe says, from passes beyond those that train.
        """
        left, pass_ = self._recipe.calibration_batches, first_pass
        while left:
            order = self._order(epoch, pass_)
            for chosen in order.split(_CALIBRATION_BATCH)[:left]:
                yield torch.cat(list(self._training(chosen, epoch, pass_)))
                left -= 1
            pass_ += 1

    def validation_chunks(self, epoch: int, pass_: int) -> Iterator[Tensor]:
        """Yield augmented cutouts, uint8 [n, 150, 150], of one pass over the validation set."""
        return self._augmented(self._validation, epoch, pass_, self._validation_augmentation)

    def _augmented(
        self, index: Tensor, epoch: int, pass_: int, augmentation: str
    ) -> Iterator[Tensor]:
        for part in index.split(_TOGETHER[index.device.type]):
            transform = augment.draw(self._seed, epoch, pass_, part, augmentation)
            yield augment.apply(self._pool.images[part], transform)
