"""Dropout and initialisation as functions of their coordinates, not of a hidden generator."""

import torch
from torch import Tensor, nn

from radiogaze.augmentation.counter_rng import Stream, uniform
from radiogaze.campaigns.variants import Variant
from radiogaze.models import build


class CounterDropout(nn.Dropout):
    """Dropout whose mask is a function of (seed, step, call in the step, position in the batch).

    The engine puts it in place of a network's ``nn.Dropout`` modules, counts ``step`` and sets
    ``call`` back to 0 before each step.

    Parameters
    ----------
    p
        The probability to drop an element.
    seed
        Of the training.
    step
        The number of updates before this one, an int64 tensor of no dimensions; the owner
        changes it in place.
    """

    def __init__(self, p: float, seed: int, step: Tensor) -> None:
        super().__init__(p)
        self._seed = seed
        self._step = step
        self.call = 0

    def forward(self, x: Tensor) -> Tensor:
        """Drop elements of x with probability ``p`` in training; the rest grow by 1 / (1 - p)."""
        if not self.training or self.p == 0:
            return x
        words = -(-x.numel() // 4)  # each counter gives four numbers
        index = torch.arange(words, device=x.device)
        draws = uniform(Stream.DROPOUT, self._seed, self._step, self.call, index)
        self.call += 1
        kept = (draws.flatten()[: x.numel()] >= self.p).view(x.shape)
        return x * kept.to(x.dtype) / (1 - self.p)


def install_dropout(model: nn.Module, seed: int, step: Tensor) -> list[CounterDropout]:
    """Replace every ``nn.Dropout`` of a network, and return the replacements.

    ``seed`` and ``step`` are those of :class:`CounterDropout`.
    """
    found = []
    for parent in list(model.modules()):
        for name, child in parent.named_children():
            if isinstance(child, nn.Dropout):
                dropout = CounterDropout(child.p, seed, step)
                setattr(parent, name, dropout)
                found.append(dropout)
    return found


def initialise(variant: Variant, seed: int, redraw: int) -> nn.Module:
    """Build a variant's network with weights that are a function of (seed, redraw) alone.

    The weights are drawn on the CPU; torch's own generator is left as it was.
    """
    words = uniform(Stream.INITIALISATION, seed, 0, redraw, torch.zeros(1, dtype=torch.int64))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(int(words[0, 0] * 2**32) << 32 | int(words[1, 0] * 2**32))
        return build(variant)
