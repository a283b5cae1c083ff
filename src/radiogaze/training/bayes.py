"""Bayes by backprop: convolutions and linear layers that learn a mean and a spread of each weight.

The posterior is a product of normal distributions (Blundell et al. 2015, Section 3.2). In training
each image has its own perturbation of the weights. A linear layer samples what it gives in place of
its weights (Kingma et al. 2015, Section 2.3), exactly. For a convolution that would draw noise at
each position, as if positions did not share weights, and whatever pools over positions would
average it away; convolutions have Flipout (Wen et al. 2018, Equations 3 and 4), whose
perturbation an image's positions share.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.distributions import Distribution, Laplace, Normal, kl_divergence

from radiogaze.augmentation.counter_rng import to_normal
from radiogaze.campaigns.recipes import Posterior
from radiogaze.models.posterior import LOG_SD
from radiogaze.training.randomness import DropoutNoise

PRIORS: dict[str, type[Distribution]] = {"gaussian": Normal, "laplace": Laplace}
_TINY = 1e-12  # keeps the slope of the square root finite where all inputs of a unit are zero
_HALF = 0.5


class _Noisy:
    """What both kinds of layer share: the standard deviations, and noise in training."""

    weight: Tensor
    weight_log_sd: nn.Parameter
    noise: DropoutNoise

    @property
    def sd(self) -> Tensor:
        return self.weight_log_sd.exp()

    @property
    def samples(self) -> bool:
        """Whether the layer adds noise: in a training step alone."""
        return self.training and torch.is_grad_enabled()  # type: ignore[attr-defined]

    def _normal(self, like: Tensor) -> Tensor:
        return to_normal(self.noise.take(like.numel())).to(like.dtype).view(like.shape)

    def _signs(self, x: Tensor, channels: int) -> Tensor:
        draws = self.noise.take(len(x) * channels)
        return torch.where(draws < _HALF, -1.0, 1.0).to(x.dtype).view(len(x), channels, 1, 1)


class MeanFieldLinear(_Noisy, nn.Linear):
    """A linear layer with a local reparametrisation."""

    def forward(self, x: Tensor) -> Tensor:
        """Return the layer's output of x [..., inputs]: a sample in training, else of the means."""
        mean = F.linear(x, self.weight, self.bias)
        if not self.samples:
            return mean
        variance = F.linear(x**2, self.sd**2)
        return mean + (variance + _TINY).sqrt() * self._normal(mean)


class MeanFieldConv2d(_Noisy, nn.Conv2d):
    """A convolution with Flipout."""

    def forward(self, x: Tensor) -> Tensor:
        """Return the layer's output of x [N, C, H, W]: a sample in training, else of the means."""
        mean = super().forward(x)
        if not self.samples:
            return mean
        weight = self.sd * self._normal(self.weight)
        signed = x * self._signs(x, x.shape[1])
        rest = (self.stride, self.padding, self.dilation, self.groups)
        noise = F.conv2d(signed, weight, None, *rest)
        return mean + noise * self._signs(mean, mean.shape[1])


_KINDS = {nn.Conv2d: MeanFieldConv2d, nn.Linear: MeanFieldLinear}


def install_posterior(model: nn.Module, posterior: Posterior, noise: DropoutNoise) -> None:
    """Give every convolution and linear layer of a network a standard deviation of its weights.

    Parameters
    ----------
    model
        The network; its weights become the means.
    posterior
        What the recipe says of it.
    noise
        The random numbers of each step.
    """
    for module in model.modules():
        kind = _KINDS.get(type(module))
        if kind is None:
            continue
        module.__class__ = kind
        start = torch.full_like(module.weight, math.log(posterior.initial_sd))
        module.register_parameter(f"weight{LOG_SD}", nn.Parameter(start))
        module.noise = noise


def divergence(model: nn.Module, posterior: Posterior) -> Tensor:
    """Return the Kullback-Leibler divergence of the posterior from the prior, in nats."""
    parts = []
    for layer in model.modules():
        if not isinstance(layer, _Noisy):
            continue
        zero = torch.zeros((), device=layer.weight.device)
        prior = PRIORS[posterior.prior](zero, zero + posterior.prior_scale, validate_args=False)
        found = Normal(layer.weight, layer.sd, validate_args=False)
        parts.append(kl_divergence(found, prior).sum())
    return torch.stack(parts).sum()
