"""Train the seeds of a job side by side, save their state, and write what they found."""

import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import pandas as pd
import torch
from torch import Tensor

from radiogaze.data.splits import check_folds, draw_split, use_fold
from radiogaze.data.store import Cutouts
from radiogaze.errors import RadiogazeError
from radiogaze.models.load import save_weights
from radiogaze.provenance.record import sha256_of
from radiogaze.terms import REST
from radiogaze.training.job import Job
from radiogaze.training.outputs import INITIAL, check_replaced, write_outputs
from radiogaze.training.progress import Progress
from radiogaze.training.run import SeedRun
from radiogaze.training.samples import BatchSampler, DeviceImages
from radiogaze.training.state import StateFolder, held


class InterruptedTraining(Exception):  # noqa: N818
    """A signal asked the training to stop; its state is saved.

    Parameters
    ----------
    number
        The signal.
    """

    def __init__(self, number: int) -> None:
        super().__init__(f"stopped by {signal.Signals(number).name}")
        self.number = number


class _Seed:
    """One seed's run with its split, its saved state and the checkpoints that it has written."""

    def __init__(
        self,
        job: Job,
        seed: int,
        fold: int | None,
        pool: DeviceImages,
        cutouts: Cutouts,
        state: Path,
        unlabelled: Tensor | None,
    ) -> None:
        self.settings = settings = job.settings(seed, fold)
        if fold is not None:
            check_folds(cutouts, fold)
            cutouts = use_fold(cutouts, fold)
        self.split: pd.DataFrame = draw_split(
            cutouts,
            job.variant.dataset,
            settings["split_seed"],
            job.variant.split,
            job.variant.labels,
        )
        if job.variant.unlabelled == REST:
            rest = self.split["index"][self.split["split"] == "unlabelled"]
            unlabelled = pool.images[torch.tensor(rest.to_numpy())]
        samples = BatchSampler(
            pool, self.split, seed, job.recipe, job.variant.augmentation, unlabelled
        )
        self.run = SeedRun(job, seed, samples, fold)
        self.state = StateFolder(state / self.run.name, settings)
        self._checkpoints: dict[str, str] = {}
        self._saved = time.monotonic()

    def resume(self, progress: Progress) -> None:
        """Go on from the saved state, if there is one."""
        saved = self.state.load(progress.note)
        if saved is not None:
            tensors, document = saved
            self._checkpoints = document.pop("checkpoints")
            self.run.restore(tensors, document)
            progress.resumed(self.run)

    def save(self) -> None:
        """Save the state."""
        with self.run.stepper.stream():
            document = {**self.run.document(), "checkpoints": self._checkpoints}
            self.state.save(self.run.stepper.tensors(), document)
        self._saved = time.monotonic()

    def save_when_due(self) -> None:
        """Save when the last saved state is ``save_every`` seconds old."""
        if time.monotonic() - self._saved >= self.run.job.save_every:
            self.save()

    def advance(self, progress: Progress, provenance: dict[str, Any]) -> None:
        """Do one unit of work and report it."""
        run = self.run
        redraws, epochs = run.position.redraws, len(run.record.history)
        progress.advanced(run, run.advance())
        if run.position.redraws > redraws:
            progress.note(f"{run.name}: vanishing gradient, initialised again")
        if len(run.record.history) > epochs:
            if run.record.kept[-1:] == [run.record.history[-1]["epoch"]]:
                self.keep(provenance)
            progress.epoch(run)

    def keep(self, provenance: dict[str, Any]) -> None:
        """Keep the weights of the epoch that was just closed."""
        epoch = self.run.record.history[-1]["epoch"]
        path = self._write_weights(epoch, self.run.stepper.weights(), provenance)
        self._checkpoints[str(epoch)] = sha256_of(path)

    def close(self, progress: Progress, provenance: dict[str, Any]) -> None:
        """Say why a training was stopped; keep the initial weights where no epoch's could be."""
        if failure := self.run.record.failure:
            progress.note(f"{self.run.name}: loss not finite, stopped: {failure}")
        if not self.run.record.kept:
            self._write_weights(INITIAL, self.run.initial_weights(), provenance)

    def _write_weights(
        self, epoch: int | str, weights: dict[str, Tensor], provenance: dict[str, Any]
    ) -> Path:
        path = self.state.checkpoints / f"{epoch}.safetensors"
        description = {
            "variant": self.run.job.variant.cells,
            "seed": self.run.seed,
            "epoch": epoch,
            "provenance": provenance,
        }
        save_weights(path, weights, description)
        return path


def train(
    job: Job,
    cutouts: Cutouts,
    state: Path,
    out: Path,
    provenance: dict[str, Any],
    unlabelled: Cutouts | None = None,
) -> list[dict[str, Any]]:
    """Train every seed of a job, or go on where an earlier call was stopped.

    Parameters
    ----------
    job
        What to train.
    cutouts
        The archive that the variant's data set is a choice of; it goes to the device once.
    state
        A folder for the state of an unfinished training, which must outlive a failed job. It is
        removed when the outputs are written.
    out
        Each seed writes to ``<out>/seed-<n>/``, or a fold to ``<out>/fold-<n>/``; see
        :func:`radiogaze.training.outputs.write_outputs`.
    provenance
        See :func:`radiogaze.provenance.record.record`.
    unlabelled
        The data set that the variant's row names in its column ``unlabelled``, if it is another;
        its training sources are used.

    Returns
    -------
    list of dict
        The content of each seed's ``result.json``.

    Raises
    ------
    InterruptedTraining
        On SIGTERM or SIGINT, after the step is finished and the state saved.
    RadiogazeError
        If data or state are unusable, another training is at work on the state, a file cannot be
        written, or the outputs would replace the state, the weights to start from or those of
        another variant.
    """
    for folder, what in ((state, "the state"), (job.start, "the weights to start from")):
        if folder is not None and folder.resolve() == out.resolve():
            raise RadiogazeError(f"{out}: holds {what}; give the outputs a folder of their own")
    pool = DeviceImages.of(cutouts, job.device)
    others = None if unlabelled is None else _training_images(unlabelled, job.device)
    seeds = [_Seed(job, seed, fold, pool, cutouts, state, others) for seed, fold in job.trainings]
    for seed in seeds:
        check_replaced(out / seed.run.name, job.variant.variant)
    samples = seeds[0].run.samples
    images = (
        samples.training_count * job.recipe.passes
        + len(samples.validation_labels) * job.recipe.validation_passes
    )
    with closing(Progress(job, images)) as progress, held(state, progress.note):
        with _stop_signals() as stop:
            _work(seeds, job, progress, stop, provenance)
        for seed in seeds:
            seed.close(progress, provenance)
        results = [
            write_outputs(
                seed.run,
                seed.split,
                seed.state.checkpoints,
                out / seed.run.name,
                {**provenance, "settings": seed.settings},
            )
            for seed in seeds
        ]
        for seed in seeds:
            seed.state.remove()
    return results


def _training_images(cutouts: Cutouts, device: str) -> Tensor:
    of_training = (cutouts.catalogue["split"] == "train").to_numpy()
    return torch.from_numpy(cutouts.images[of_training]).to(device)


def _work(
    seeds: Sequence[_Seed],
    job: Job,
    progress: Progress,
    stop: list[int],
    provenance: dict[str, Any],
) -> None:
    """Bring every seed to its end, or save them all when a signal asks to stop."""
    for seed in seeds:
        seed.resume(progress)
    for seed in round_robin(seeds, together=job.device.startswith("cuda")):
        with seed.run.stepper.stream():
            seed.advance(progress, provenance)
        if stop:
            for each in seeds:
                each.save()
            raise InterruptedTraining(stop[0])
        seed.save_when_due()


def round_robin(seeds: Sequence[Any], together: bool) -> Iterator[Any]:
    """Yield whose turn it is for one unit of work; the order changes no result.

    Together, a unit of each seed in turn: on a GPU their streams then run side by side.
    Otherwise an epoch of each seed after the other, which keeps a CPU's caches warm.
    """
    while together and (unfinished := [seed for seed in seeds if not seed.run.finished]):
        yield from unfinished
    while unfinished := [seed for seed in seeds if not seed.run.finished]:
        epoch = min(seed.run.position.epoch for seed in unfinished)
        for seed in unfinished:
            while seed.run.position.epoch == epoch and not seed.run.finished:
                yield seed


@contextmanager
def _stop_signals() -> Iterator[list[int]]:
    """Give a list that holds the first SIGTERM or SIGINT; a second SIGINT acts as usual.

    A second SIGTERM is ignored: at a time limit, Slurm sends more than one to each process of a
    job, and the state must be saved all the same.
    """
    caught: list[int] = []
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

    def note(number: int, _frame: FrameType | None) -> None:
        caught.append(number)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGINT, before[signal.SIGINT])

    for number in before:
        signal.signal(number, note)
    try:
        yield caught
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
