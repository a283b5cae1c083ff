"""What float32 rounding does to a network's output, simulated in float64: the bound of tests.

A tolerance that was read off one machine fails on the next. The rounding of a sum of terms t is of
the order of u sum |t|, with u = 2**-24; here each sum of a float64 network is moved by that much
at random, and what comes out at the end is how much rounding may change it, whatever the order of
the terms. Blank background makes most positions of a map equal, hence their rounding too: one
random number serves all positions of a channel.
"""

import copy
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from radiogaze.models.agcnn import GatedNetwork

UNIT = 2.0**-24
DRAWS = 2
FACTOR = 10  # between a draw's largest error and what is never exceeded


def logits(model: GatedNetwork, images: Tensor) -> Tensor:
    """Return the logits of a batch, to be given as ``run``."""
    return model(images)


def maps(model: GatedNetwork, images: Tensor) -> Tensor:
    """Return all gates' maps of each image in one row, to be given as ``run``."""
    return torch.cat([each.flatten(1) for each in model.attention_maps(images)], dim=1)


class Rounding:
    """How far float32 may move any element of ``run(model, images)`` from float64.

    Parameters
    ----------
    model
        In evaluation mode.
    images
        [N, 1, 150, 150] in [-1, 1].
    run
        Gives a tensor of both.
    """

    def __init__(
        self, model: GatedNetwork, images: Tensor, run: Callable[..., Tensor] = logits
    ) -> None:
        with torch.inference_mode():
            self.exact = run(copy.deepcopy(model).double(), images.double())
            moved = [run(_noisy(model, seed), images.double()) for seed in range(DRAWS)]
        own = UNIT * self.exact.abs().max()  # of writing the result as float32
        self.bound = FACTOR * max(own, *((other - self.exact).abs().max() for other in moved))

    def allows(self, found: Tensor) -> bool:
        """Return whether an output is that of the network, up to rounding."""
        return bool((found.double() - self.exact).abs().max() < self.bound)


def _noisy(model: GatedNetwork, seed: int) -> GatedNetwork:
    noisy = copy.deepcopy(model).double()
    generator = torch.Generator().manual_seed(seed)

    def move(value: Tensor, terms: Tensor) -> Tensor:
        shape = value.shape[:2] + (1,) * (value.ndim - 2)
        return value + UNIT * terms * torch.randn(shape, generator=generator, dtype=value.dtype)

    def linear(module: nn.Module, arguments: tuple[Tensor, ...], value: Tensor) -> Tensor:
        x, weight = arguments[0].abs(), module.weight.abs()
        bias = None if module.bias is None else module.bias.abs()
        if isinstance(module, nn.Conv2d):
            return move(value, F.conv2d(x, weight, bias, module.stride, module.padding))
        return move(value, F.linear(x, weight, bias))

    for module in noisy.modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            module.register_forward_hook(linear)
    for gate in noisy.gates:

        def summed(x: Tensor, g: Tensor, gate: nn.Module = gate) -> Tensor:
            products = gate.normaliser(gate.compatibility_plain(x, g)) * x
            # a sum over H x W positions, row by row
            return move(products.sum((2, 3)), x.shape[-1] * products.abs().sum((2, 3)))

        gate.summed = summed
    return noisy
