"""Training steps from a CUDA graph: one launch a step in place of hundreds.

At batch 16 the network's kernels are so short that launching them takes several times as long as
running them. A graph captures a whole step (forward, backward, Adam) once and replays it. Each
seed has a stream of its own, so that the graphs of several seeds fill one device.
"""

from contextlib import AbstractContextManager
from dataclasses import dataclass

import click
import torch
from torch import Tensor

from radiogaze.files.broken_bytes import one_line
from radiogaze.training.job import Job
from radiogaze.training.stepper import Stepper

_WARM_UPS = 3  # eager steps before a capture, in which libraries choose kernels and take memory


def make_stepper(job: Job, steps: int, seed: int, redraw: int, sources: int) -> Stepper:
    """Return the stepper that is right for the job's device; see `Stepper` for the arguments."""
    kind = GraphStepper if job.device.startswith("cuda") else Stepper
    return kind(job, steps, seed, redraw, sources)


@dataclass(frozen=True)
class _Captured:
    """A graph with the places that it reads from and writes to."""

    graph: torch.cuda.CUDAGraph
    pixels: Tensor
    labels: Tensor
    loss: Tensor


class GraphStepper(Stepper):
    """Computes the steps of one seed from CUDA graphs, one for each size of batch.

    Where a step cannot be captured, it says so in one line and computes eagerly.
    """

    _drop_gradients = False  # a graph knows its gradients by their place

    def __init__(self, job: Job, steps: int, seed: int, redraw: int, sources: int = 1) -> None:
        super().__init__(job, steps, seed, redraw, sources)
        self._captured: dict[int, _Captured] = {}
        self.mode = "cuda-graph"
        self._pool = torch.cuda.graph_pool_handle()  # of memory, for the graphs of all batch sizes
        self._stream = torch.cuda.Stream(job.device)
        self._stream.wait_stream(torch.cuda.current_stream(job.device))  # for the initial weights

    def stream(self) -> AbstractContextManager[object]:
        """Return the context of this seed's stream."""
        return torch.cuda.stream(self._stream)

    def train_step(self, pixels: Tensor, labels: Tensor, step: int) -> Tensor:
        """Update the weights once; see :meth:`Stepper.train_step`. To be called in the stream."""
        if self.mode == "cuda-graph" and len(pixels) not in self._captured:
            self._capture(pixels, labels)
        if self.mode != "cuda-graph":
            return super().train_step(pixels, labels, step)
        captured = self._captured[len(pixels)]
        captured.pixels.copy_(pixels)
        captured.labels.copy_(labels)
        self._begin(step)
        captured.graph.replay()
        self._follow()
        return captured.loss.clone()

    def _capture(self, pixels: Tensor, labels: Tensor) -> None:
        """Capture a step on a batch of this size, and leave weights and optimiser as they were."""
        self.model.train()
        before = self.tensors()
        pixels, labels = pixels.clone(), labels.clone()
        for parameter in self.model.parameters():
            if parameter.grad is None:
                parameter.grad = torch.zeros_like(parameter)
        for _ in range(_WARM_UPS):  # what fails here fails without a graph too
            self._update(pixels, labels)
        graph = torch.cuda.CUDAGraph()
        try:
            with torch.cuda.graph(graph, pool=self._pool, stream=self._stream):
                loss = self._update(pixels, labels)
            self._captured[len(pixels)] = _Captured(graph, pixels, labels, loss)
        except RuntimeError as error:
            reason = one_line(_cause(error))
            click.echo(f"no CUDA graph ({reason}): training step by step, slower", err=True)
            self.mode = f"eager, because no CUDA graph could be captured: {reason}"
        self._put_back(before)

    def _put_back(self, before: dict[str, Tensor]) -> None:
        """Write a state into the memory that the graphs know, where restoring would replace it."""
        for name, value in self.model.state_dict().items():
            value.copy_(before[f"model.{name}"])
        for name, parameter in self.model.named_parameters():
            for key, value in self._optimiser.state[parameter].items():
                saved = before.get(f"adam.{key}.{name}")
                value.zero_() if saved is None else value.copy_(saved)


def _cause(error: BaseException) -> BaseException:
    """Return what failed first: to end a failed capture fails too, and says only that."""
    while error.__context__ is not None:
        error = error.__context__
    return error
