"""Dropout and initialisation as functions of their coordinates, not of a hidden generator."""

import torch
from torch import Tensor, nn

from radiogaze.augmentation.counter_rng import Stream, uniform
from radiogaze.campaigns.variants import Variant
from radiogaze.models import build


class DropoutNoise:
    """The random numbers of all dropout of a step, a function of (seed, step, call, position).

    They are drawn at once: from the second step of a batch size on, what each call needs is known.

    Parameters
    ----------
    seed
        Of the training.
    step
        The number of updates before this one, an int64 tensor of no dimensions; the owner
        changes it in place.
    """

    def __init__(self, seed: int, step: Tensor) -> None:
        self._seed = seed
        self._step = step
        self._layouts: dict[int, list[int]] = {}  # batch -> words of each call
        self._layout: list[int] = []
        self._counters: dict[int, tuple[Tensor, Tensor]] = {}  # batch -> call and word of each draw
        self._drawn: list[Tensor] = []
        self._call = 0

    def begin(self, batch: int) -> None:
        """Draw for a step with this many images."""
        self._layout, self._call = self._layouts.setdefault(batch, []), 0
        if not self._layout:
            self._drawn = []
            return
        if batch not in self._counters:  # kept: a captured step must not copy to the device
            calls = [torch.full((words,), n) for n, words in enumerate(self._layout)]
            index = [torch.arange(words) for words in self._layout]
            device = self._step.device
            self._counters[batch] = torch.cat(calls).to(device), torch.cat(index).to(device)
        draws = uniform(Stream.DROPOUT, self._seed, self._step, *self._counters[batch])
        self._drawn = list(draws.split(self._layout, dim=1))

    def take(self, count: int) -> Tensor:
        """Return ``count`` uniform numbers in [0, 1) for the next call of this step."""
        if self._call == len(self._drawn):  # the first step: what later ones need is noted
            words = -(-count // 4)  # each counter gives four numbers
            index = torch.arange(words, device=self._step.device)
            call = self._call
            self._drawn.append(uniform(Stream.DROPOUT, self._seed, self._step, call, index))
            self._layout.append(words)
        self._call += 1
        return self._drawn[self._call - 1].flatten()[:count]


class CounterDropout(nn.Dropout):
    """Dropout with the numbers of a `DropoutNoise`; none without gradients.

    Parameters
    ----------
    p
        The probability to drop an element.
    noise
        Shared by all dropout of a network.
    """

    def __init__(self, p: float, noise: DropoutNoise) -> None:
        super().__init__(p)
        self._noise = noise

    def forward(self, x: Tensor) -> Tensor:
        """Drop elements of x with probability ``p`` in training; the rest grow by 1 / (1 - p)."""
        if not self.training or self.p == 0 or not torch.is_grad_enabled():
            return x
        kept = (self._noise.take(x.numel()) >= self.p).view(x.shape)
        return x * kept.to(x.dtype) / (1 - self.p)


def install_dropout(model: nn.Module, p: float, noise: DropoutNoise) -> None:
    """Replace every ``nn.Dropout`` of a network by one with this probability and these numbers."""
    for parent in list(model.modules()):
        for name, child in parent.named_children():
            if isinstance(child, nn.Dropout):
                setattr(parent, name, CounterDropout(p, noise))


def initialise(variant: Variant, seed: int, redraw: int) -> nn.Module:
    """Build a variant's network with weights that are a function of (seed, redraw) alone.

    The weights are drawn on the CPU; torch's own generator is left as it was.
    """
    words = uniform(Stream.INITIALISATION, seed, 0, redraw, torch.zeros(1, dtype=torch.int64))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(int(words[0, 0] * 2**32) << 32 | int(words[1, 0] * 2**32))
        return build(variant)
