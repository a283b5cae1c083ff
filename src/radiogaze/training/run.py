"""One seed's training, a unit of work at a time, so that it can stop and go on anywhere."""

import math
import time
from dataclasses import asdict, dataclass, field
from typing import Any

import torch
from torch import Tensor

from radiogaze.models.equivariant import E2Attention
from radiogaze.provenance.record import hardware
from radiogaze.training.graph import make_stepper
from radiogaze.training.job import Job
from radiogaze.training.samples import BatchSampler
from radiogaze.training.stepper import Stepper, Validate

# A network is initialised again if the gradient vanishes in each of its first steps.
FIRST_STEPS = 3


@dataclass
class TrainingCursor:
    """Where a training is, and what it has summed up since the epoch began."""

    redraws: int = 0
    step: int = 0
    epoch: int = 0
    pass_: int = 0
    batch: int = 0
    validation_pass: int = 0
    validated: int = 0
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
        constant_predictions. Without validation sources nothing is known of them: None.
        The losses are true means over the images; the published code
        recorded them times 0.974 (training) and 0.969 (validation) for MiraBest.
    timing
        One row an epoch: epoch, seconds, images_per_s, validation_images_per_s, and on which
        hardware: on another kind of processor a training with the same seed is another one.
    best_loss, best_epoch
        The lowest validation loss and the last epoch that reached it.
    failure
        Where the loss stopped being a finite number, None if it never did.
    vanishing_gradient
        Whether the weights that were trained had a vanishing gradient at the start, because no
        further initialisation was allowed.
    kept
        The epochs whose weights are kept: those that improved, or all where the last is selected.
    """

    history: list[dict[str, Any]] = field(default_factory=list)
    timing: list[dict[str, Any]] = field(default_factory=list)
    best_loss: float | None = None
    best_epoch: int | None = None
    failure: dict[str, Any] | None = None
    vanishing_gradient: bool = False
    kept: list[int] = field(default_factory=list)


class SeedRun:
    """The training of one seed.

    Parameters
    ----------
    job
        The job that it belongs to.
    seed
        Decides initialisation, order, augmentation and dropout; the split is that of ``samples``.
    samples
        Its training and validation sources.
    fold
        Of the cross-validation that the samples are of.
    """

    def __init__(self, job: Job, seed: int, samples: BatchSampler, fold: int | None = None) -> None:
        self.job = job
        self.seed = seed
        self.name = f"seed-{seed}" if fold is None else f"fold-{fold}"
        self.samples = samples
        self.position = TrainingCursor()
        self.record = Record()
        self.stepper = self._fresh_stepper()
        self._losses: list[tuple[Tensor, int]] = []  # of training steps, still on the device
        self._validated: list[Tensor] = []  # likewise of validation passes
        self._validate: Validate | None = None

    @property
    def finished(self) -> bool:
        """Whether all epochs are done, patience has run out, or the loss is not a number."""
        epoch, record = self.position.epoch, self.record
        if record.failure is not None or epoch >= self.job.recipe.epochs:
            return True
        patience = self.job.recipe.patience
        waited = epoch - record.best_epoch if record.best_epoch is not None else 0
        return patience is not None and waited >= patience

    def advance(self) -> int:
        """Do the next training step or validation pass, and close the epoch after its last.

        Returns
        -------
        int
            The images that went through the network.
        """
        recipe, position = self.job.recipe, self.position
        start = time.perf_counter()
        if position.pass_ < recipe.passes:
            images = self._train()
            position.train_seconds += time.perf_counter() - start
            if position.pass_ == recipe.passes and not len(self.samples.validation_labels):
                self._end_without_validation()
            return images
        self._validate_pass()
        position.validation_seconds += time.perf_counter() - start
        if position.validation_pass == recipe.validation_passes:
            self.collect_losses()
            if not self.finished:
                self._close_epoch()
        return len(self.samples.validation_labels)

    def _end_without_validation(self) -> None:
        """Close an epoch of a training without validation sources."""
        if not self.finished:
            self._prepare_validation()  # which estimates the statistics that are kept
            self._close_epoch()

    def _train(self) -> int:
        """Do one training step, and return the images in it."""
        p = self.position
        pixels, labels = self.samples.training_batch(p.epoch, p.pass_, p.batch)
        loss = self.stepper.train_step(pixels, labels, p.step)
        self._losses.append((loss, len(labels)))
        p.step += 1
        p.batch += 1
        again = p.step <= FIRST_STEPS and self._has_vanished()
        if p.batch == self.samples.batches and not again:
            p.pass_, p.batch = p.pass_ + 1, 0
            if p.pass_ == self.job.recipe.passes:  # not before: to fetch them waits for the device
                self.collect_losses()
        return len(labels)

    def _has_vanished(self) -> bool:
        """Count first steps with a vanishing gradient, and initialise again when all were so."""
        p = self.position
        p.vanished += self.stepper.gradient_vanishes()
        if p.vanished < FIRST_STEPS:
            return False
        if p.redraws >= self.job.max_redraws:
            self.record.vanishing_gradient = True
            return False
        self.position = TrainingCursor(redraws=p.redraws + 1)
        self._losses = []
        self.stepper = self._fresh_stepper()
        return True

    def _fresh_stepper(self) -> Stepper:
        job = self.job
        steps = job.recipe.epochs * job.recipe.passes * self.samples.batches
        count = self.samples.training_count
        stepper = make_stepper(job, steps, self.seed, self.position.redraws, count)
        if job.save_memory and isinstance(stepper.model, E2Attention):
            stepper.model.save_memory()
        return stepper

    def initial_weights(self) -> dict[str, Tensor]:
        """Return the weights before the first step, on the CPU."""
        return self._fresh_stepper().weights()

    def collect_losses(self) -> None:
        """Fetch what waits on the device; the sums do not depend on when this is."""
        if self._losses:
            self._collect_training()
        if self._validated:
            self._collect_validation()

    def _collect_training(self) -> None:
        p = self.position
        losses = torch.stack([loss for loss, _ in self._losses]).tolist()
        first = p.step - len(losses)
        for number, (loss, (_, count)) in enumerate(zip(losses, self._losses, strict=True)):
            if not math.isfinite(loss):
                self._fail("training", step=first + number)
                p.step = first + number + 1  # what was done beyond depends on when this is seen
                break
            p.train_loss_sum += loss * count
            p.train_images += count
        self._losses = []

    def _collect_validation(self) -> None:
        p = self.position
        for loss, correct, frii in torch.stack(self._validated).tolist():
            if not math.isfinite(loss):
                self._fail("validation", step=p.step)
                break
            p.validation_loss_sum += loss
            p.validation_correct += int(correct)
            p.validation_frii += int(frii)
            p.validated += len(self.samples.validation_labels)
        self._validated = []

    def _fail(self, where: str, **numbers: int) -> None:
        self.record.failure = {"loss": where, "epoch": self.position.epoch, **numbers}

    def _prepare_validation(self) -> Validate:
        batches = self.samples.calibration_batches(self.position.epoch, self.job.recipe.passes)
        return self.stepper.validator(batches)

    def _validate_pass(self) -> None:
        p = self.position
        if self._validate is None:
            self._validate = self._prepare_validation()
        chunks = self.samples.validation_chunks(p.epoch, p.validation_pass)
        self._validated.append(self._validate(chunks, self.samples.validation_labels))
        p.validation_pass += 1

    def _close_epoch(self) -> None:
        """Write the epoch's row, choose the model so far, and begin the next epoch."""
        p, record = self.position, self.record
        seen = p.validated
        loss = p.validation_loss_sum / seen if seen else None
        best = record.best_loss
        improved = loss is not None and (best is None or loss <= best)
        if improved:
            record.best_loss, record.best_epoch = loss, p.epoch
        if improved or self.job.recipe.selection == "last":
            record.kept.append(p.epoch)
        record.history.append(
            {
                "epoch": p.epoch,
                "train_loss": p.train_loss_sum / p.train_images,
                "validation_loss": loss,
                "validation_accuracy": p.validation_correct / seen if seen else None,
                "improved": improved,
                "constant_predictions": bool(seen) and p.validation_frii in (0, seen),
            }
        )
        record.timing.append(
            {
                "epoch": p.epoch,
                "seconds": p.train_seconds + p.validation_seconds,
                "images_per_s": p.train_images / p.train_seconds,
                "validation_images_per_s": seen / p.validation_seconds if seen else None,
                "hardware": hardware(),
            }
        )
        self._validate = None
        self.position = TrainingCursor(redraws=p.redraws, step=p.step, epoch=p.epoch + 1)

    def document(self) -> dict[str, Any]:
        """Return what must be saved beside the stepper's tensors, as JSON values."""
        self.collect_losses()
        return {
            "position": asdict(self.position),
            "record": asdict(self.record),
        }

    def restore(self, tensors: dict[str, Tensor], document: dict[str, Any]) -> None:
        """Take up a saved training where it stood."""
        self.position = TrainingCursor(**document["position"])
        self.record = Record(**document["record"])
        self.stepper = self._fresh_stepper()
        with self.stepper.stream():
            self.stepper.restore(tensors)
        self._losses, self._validated, self._validate = [], [], None
