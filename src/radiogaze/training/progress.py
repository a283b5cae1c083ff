"""How a training reports its progress: a bar on a terminal, otherwise one line an epoch."""

import sys

import click
from tqdm import tqdm

from radiogaze.training.job import Job
from radiogaze.training.run import SeedRun


class Progress:
    """A bar of images (training and validation) with epoch, losses, images/s and ETA.

    Parameters
    ----------
    job
        What is trained.
    images
        Images that go through the network in one epoch of one seed.
    """

    def __init__(self, job: Job, images: int) -> None:
        self._name = job.variant.variant
        self._per_epoch = images
        self._several = len(job.trainings) > 1
        self._bar = tqdm(
            total=images * job.recipe.epochs * len(job.trainings),
            desc=self._name,
            unit="image",
            unit_scale=True,
            disable=not sys.stderr.isatty(),
            smoothing=0.05,
        )

    def close(self) -> None:
        """Leave the bar as it is."""
        self._bar.close()

    def resumed(self, run: SeedRun) -> None:
        """Say where a seed goes on."""
        p = run.position
        self.note(f"{self._of(run)} goes on at epoch {p.epoch}, step {p.step}")
        if not self._bar.disable:
            done = self._per_epoch * p.epoch + p.train_images
            self._bar.initial += done  # not counted in the images/s
            self._bar.update(done)

    def advanced(self, run: SeedRun, images: int) -> None:
        """Count the images of one step or validation pass."""
        self._bar.set_description(f"{self._of(run)} epoch {run.position.epoch}", refresh=False)
        self._bar.update(images)

    def epoch(self, run: SeedRun) -> None:
        """Report a closed epoch."""
        row, timing = run.record.history[-1], run.record.timing[-1]
        text = f"loss {row['train_loss']:.4f}"
        if row["validation_loss"] is not None:
            text += f", validation {row['validation_loss']:.4f}"
            text += f", accuracy {row['validation_accuracy']:.3f}"
        self._bar.set_postfix_str(text, refresh=False)
        if self._bar.disable:
            marks = (
                ", best so far" if row["improved"] else "",
                ", constant predictions" if row["constant_predictions"] else "",
            )
            click.echo(
                f"{self._of(run)} epoch {row['epoch']}: {text}, {timing['images_per_s']:.0f}"
                f" images/s, {timing['seconds']:.1f} s{''.join(marks)}"
            )

    def note(self, text: str) -> None:
        """Print one line without breaking the bar."""
        tqdm.write(text, file=sys.stderr)

    def _of(self, run: SeedRun) -> str:
        return f"{self._name} {run.name}" if self._several else self._name
