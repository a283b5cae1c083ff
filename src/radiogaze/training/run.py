"""One seed's training, a unit of work at a time, so that it can stop and go on anywhere."""

import math
import time
from dataclasses import asdict, dataclass, field
from typing import Any

import torch
from torch import Tensor

from radiogaze.models.equivariant import E2Attention
from radiogaze.training.graph import make_stepper
from radiogaze.training.job import Job
from radiogaze.training.samples import Samples
from radiogaze.training.stepper import Stepper

# A start is dead if the gradient vanishes in each of its first steps.
DEAD_STEPS = 3


@dataclass
class Position:
    """Where a training stands, and what it has summed up since the epoch began."""

    redraws: int = 0
    step: int = 0
    epoch: int = 0
    pass_: int = 0
    batch: int = 0
    validation_pass: int = 0
    vanished: int = 0
    train_loss_sum: float = 0.0
    train_images: int = 0
    validation_loss_sum: float = 0.0
    validation_correct: int = 0
    validation_frii: int = 0
    train_seconds: float = 0.0
    validation_seconds: float = 0.0


@dataclass
class Record:
    """What a training has found so far; everything but ``timing`` is reproducible.

    Attributes
    ----------
    history
        One row an epoch: epoch, train_loss, validation_loss, validation_accuracy, improved,
        constant_predictions. The losses are true means over the images; the published code
        recorded them times 0.974 (training) and 0.969 (validation) for MiraBest.
    timing
        One row an epoch: epoch, seconds, images_per_s, validation_images_per_s.
    best_loss, best_epoch
        The lowest validation loss and the last epoch that reached it.
    failure
        Where the loss stopped being a finite number, None if it never did.
    dead_start
        Whether the weights that were trained had a dead start, for want of redraws.
    """

    history: list[dict[str, Any]] = field(default_factory=list)
    timing: list[dict[str, Any]] = field(default_factory=list)
    best_loss: float | None = None
    best_epoch: int | None = None
    failure: dict[str, Any] | None = None
    dead_start: bool = False


class SeedRun:
    """The training of one seed.

    Parameters
    ----------
    job
        The job that it belongs to.
    seed
        Decides the split's shuffle, initialisation, order, augmentation and dropout.
    samples
        Its training and validation sources.
    """

    def __init__(self, job: Job, seed: int, samples: Samples) -> None:
        self.job = job
        self.seed = seed
        self.samples = samples
        self.position = Position()
        self.record = Record()
        self.stepper = self._fresh_stepper()
        self._pending: list[tuple[Tensor, int]] = []
        self._validate: Any = None

    @property
    def finished(self) -> bool:
        """Whether all epochs are done, patience is at its end, or the loss is not a number."""
        epoch, record = self.position.epoch, self.record
        if record.failure is not None or epoch >= self.job.budget.epochs:
            return True
        patience = self.job.variant.patience
        waited = epoch - record.best_epoch if record.best_epoch is not None else 0
        return patience is not None and waited >= patience

    def advance(self) -> int:
        """Do the next training step or validation pass, and close the epoch after its last.

        Returns
        -------
        int
            The images that went through the network.
        """
        budget, position = self.job.budget, self.position
        start = time.perf_counter()
        if position.pass_ < budget.passes:
            images = self._train()
            position.train_seconds += time.perf_counter() - start
            return images
        self._validate_pass()
        position.validation_seconds += time.perf_counter() - start
        if position.validation_pass == budget.validation_passes and not self.finished:
            self._close_epoch()
        return len(self.samples.validation_labels)

    def _train(self) -> int:
        """Do one training step, and return the images in it."""
        p = self.position
        pixels, labels = self.samples.training_batch(p.epoch, p.pass_, p.batch)
        loss = self.stepper.train_step(pixels, labels, p.step)
        self._pending.append((loss, len(labels)))
        p.step += 1
        p.batch += 1
        dead = p.step <= DEAD_STEPS and self._is_dead()
        if p.batch == self.samples.batches and not dead:
            self.settle()
            p.pass_, p.batch = p.pass_ + 1, 0
        return len(labels)

    def _is_dead(self) -> bool:
        """Count first steps with a vanishing gradient, and begin anew when all were so."""
        p = self.position
        p.vanished += self.stepper.gradient_vanishes()
        if p.vanished < DEAD_STEPS:
            return False
        if p.redraws >= self.job.max_redraws:
            self.record.dead_start = True
            return False
        self.position = Position(redraws=p.redraws + 1)
        self._pending = []
        self.stepper = self._fresh_stepper()
        return True

    def _fresh_stepper(self) -> Stepper:
        job = self.job
        stepper = make_stepper(
            job.variant, self.seed, self.position.redraws, job.device, job.effective_precision
        )
        if job.save_memory and isinstance(stepper.model, E2Attention):
            stepper.model.save_memory()
        return stepper

    def settle(self) -> None:
        """Fetch the losses that wait on the device; the sum does not depend on when this is."""
        p = self.position
        if not self._pending:
            return
        losses = torch.stack([loss for loss, _ in self._pending]).tolist()
        first = p.step - len(losses)
        for number, (loss, (_, count)) in enumerate(zip(losses, self._pending, strict=True)):
            if not math.isfinite(loss):
                self._fail("training", step=first + number)
                break
            p.train_loss_sum += loss * count
            p.train_images += count
        self._pending = []

    def _fail(self, where: str, **place: int) -> None:
        self.record.failure = {"loss": where, "epoch": self.position.epoch, **place}

    def _validate_pass(self) -> None:
        p = self.position
        if self._validate is None:
            self._validate = self.stepper.validator()
        labels = self.samples.validation_labels
        batches = self.samples.validation_batches(p.epoch, p.validation_pass)
        losses, predicted = self._validate(batches, labels)
        total = float(losses.sum())
        if not math.isfinite(total):
            self._fail("validation", step=p.step)
            return
        p.validation_loss_sum += total
        p.validation_correct += int((predicted == labels).sum())
        p.validation_frii += int(predicted.sum())
        p.validation_pass += 1

    def _close_epoch(self) -> None:
        """Write the epoch's row, choose the model so far, and begin the next epoch."""
        p, record = self.position, self.record
        seen = len(self.samples.validation_labels) * p.validation_pass
        loss = p.validation_loss_sum / seen
        improved = record.best_loss is None or loss <= record.best_loss
        if improved:
            record.best_loss, record.best_epoch = loss, p.epoch
        record.history.append(
            {
                "epoch": p.epoch,
                "train_loss": p.train_loss_sum / p.train_images,
                "validation_loss": loss,
                "validation_accuracy": p.validation_correct / seen,
                "improved": improved,
                "constant_predictions": p.validation_frii in (0, seen),
            }
        )
        record.timing.append(
            {
                "epoch": p.epoch,
                "seconds": p.train_seconds + p.validation_seconds,
                "images_per_s": p.train_images / p.train_seconds,
                "validation_images_per_s": seen / p.validation_seconds,
            }
        )
        self._validate = None
        self.position = Position(redraws=p.redraws, step=p.step, epoch=p.epoch + 1)

    def document(self) -> dict[str, Any]:
        """Return what must be saved beside the stepper's tensors, as JSON values."""
        self.settle()
        return {"position": asdict(self.position), "record": asdict(self.record)}

    def restore(self, tensors: dict[str, Tensor], document: dict[str, Any]) -> None:
        """Take up a saved training where it stood."""
        self.position = Position(**document["position"])
        self.record = Record(**document["record"])
        self.stepper = self._fresh_stepper()
        with self.stepper.lane():
            self.stepper.restore(tensors)
        self._pending, self._validate = [], None
