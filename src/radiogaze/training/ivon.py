"""IVON: the improved variational online Newton method (Shen et al. 2024, Algorithm 1).

Each step takes the gradient at a sample of the weights, and from gradient and perturbation an
estimate of the curvature, which sets the spread of the next sample. Written from the paper.
"""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor

from radiogaze.augmentation.counter_rng import to_normal
from radiogaze.campaigns.recipes import Posterior

MOMENTUM = 0.9  # beta_1, the paper's
# beta_2. The paper's 0.99999 remembers 100,000 steps; a training here has two thousand.
CURVATURE_DECAY = 0.9995


class IVON(torch.optim.Optimizer):
    """The optimiser of a normal posterior over all weights.

    Its prior is normal with standard deviation ``prior_scale``; the effective sample size is
    lambda = sources / temperature, the weight decay delta = 1 / (lambda prior_scale^2), so that the
    variance of a weight is 1 / (lambda (h + delta)). Learning rates are multiplied by h_0 + delta,
    as the paper suggests.

    Parameters
    ----------
    params
        Groups or tensors, as for every optimiser of torch.
    lr
        Learning rate.
    posterior
        Prior, temperature and the standard deviation that every weight begins with, which must be
        below the prior's.
    sources
        Training sources.
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor,
        posterior: Posterior,
        sources: int,
    ) -> None:
        self.effective = sources / posterior.temperature
        self.decay = 1 / (self.effective * posterior.prior_scale**2)
        self.initial = 1 / (self.effective * posterior.initial_sd**2) - self.decay
        super().__init__(params, {"lr": lr, "eps": 1e-8})
        for parameter in self._parameters():
            self.state[parameter] = {
                "step": torch.zeros((), device=parameter.device),
                "momentum": torch.zeros_like(parameter),
                "curvature": torch.full_like(parameter, self.initial),
            }
        self._means: list[Tensor] = []

    def _parameters(self) -> list[Tensor]:
        return [parameter for group in self.param_groups for parameter in group["params"]]

    def sd(self, parameter: Tensor) -> Tensor:
        """Return the standard deviation of a weight's posterior."""
        return (self.effective * (self.state[parameter]["curvature"] + self.decay)) ** -0.5

    @torch.no_grad()
    def perturb(self, take: Callable[[int], Tensor]) -> None:
        """Put a sample in place of the means, until `step`.

        Parameters
        ----------
        take
            Number -> as many uniform numbers in [0, 1).
        """
        parameters = self._parameters()
        self._means = [parameter.clone() for parameter in parameters]
        noise = to_normal(take(sum(parameter.numel() for parameter in parameters)))
        for parameter, part in zip(
            parameters, noise.split([p.numel() for p in parameters]), strict=True
        ):
            parameter.add_(self.sd(parameter) * part.to(parameter.dtype).view_as(parameter))

    @torch.no_grad()
    def step(self, closure: None = None) -> None:
        """Update mean and curvature by the gradients at the sample; the means are back then."""
        means = iter(self._means)
        for group in self.param_groups:
            rate = group["lr"] * (self.initial + self.decay)
            for parameter in group["params"]:
                mean, gradient = next(means), parameter.grad
                if gradient is None:
                    parameter.copy_(mean)
                else:
                    self._update(parameter, mean, gradient, rate)
        self._means = []

    def _update(
        self, parameter: Tensor, mean: Tensor, gradient: Tensor, rate: float | Tensor
    ) -> None:
        """Update one tensor, as Algorithm 1 does after the gradient."""
        state = self.state[parameter]
        momentum, curvature = state["momentum"], state["curvature"]
        estimate = gradient * (parameter - mean) * self.effective * (curvature + self.decay)
        momentum.lerp_(gradient, 1 - MOMENTUM)
        rest = 1 - CURVATURE_DECAY
        correction = 0.5 * rest**2 * (curvature - estimate) ** 2 / (curvature + self.decay)
        curvature.mul_(CURVATURE_DECAY).add_(rest * estimate + correction)
        state["step"] += 1
        unbiased = momentum / (1 - MOMENTUM ** state["step"])
        parameter.copy_(mean - rate * (unbiased + self.decay * mean) / (curvature + self.decay))
