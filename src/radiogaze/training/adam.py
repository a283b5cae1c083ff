"""Adam (Kingma & Ba 2015), as torch computes it, without what torch's class of it imports.

``torch.optim.Adam`` imports torch's compiler as soon as it is built: a second and a half of CPU
time in every job that trains. Its functional form, which does the same arithmetic, does not.
"""

from collections.abc import Iterable

import torch
from torch import Tensor
from torch.optim.adam import adam

_BETAS = (0.9, 0.999)
EPSILON = 1e-8


class Adam:
    """Updates parameters in place with torch's fused kernel.

    Parameters
    ----------
    parameters
        Of a network, on one device.
    learning_rate
        Of every step.

    Attributes
    ----------
    state
        By parameter: ``step`` (float32, a scalar), ``exp_avg`` and ``exp_avg_sq`` (of the
        parameter's shape); nothing of a parameter that never had a gradient.
    """

    def __init__(self, parameters: Iterable[Tensor], learning_rate: float) -> None:
        self._parameters = list(parameters)
        self._learning_rate = learning_rate
        self.state: dict[Tensor, dict[str, Tensor]] = {p: {} for p in self._parameters}

    def zero_grad(self, *, set_to_none: bool) -> None:
        """Forget the gradients, or set them to zero where they lie."""
        for parameter in self._parameters:
            if set_to_none:
                parameter.grad = None
            elif parameter.grad is not None:
                parameter.grad.zero_()

    @torch.no_grad()
    def step(self) -> None:
        """Update every parameter that has a gradient."""
        moved = [p for p in self._parameters if p.grad is not None]
        if not moved:
            return
        states = [self._state_of(p) for p in moved]
        adam(
            moved,
            [p.grad for p in moved if p.grad is not None],
            [state["exp_avg"] for state in states],
            [state["exp_avg_sq"] for state in states],
            [],
            [state["step"] for state in states],
            fused=True,
            capturable=moved[0].is_cuda,
            amsgrad=False,
            beta1=_BETAS[0],
            beta2=_BETAS[1],
            lr=self._learning_rate,
            weight_decay=0.0,
            eps=EPSILON,
            maximize=False,
        )

    def _state_of(self, parameter: Tensor) -> dict[str, Tensor]:
        state = self.state[parameter]
        if not state:
            state["step"] = torch.zeros((), device=parameter.device)
            state["exp_avg"] = torch.zeros_like(parameter)
            state["exp_avg_sq"] = torch.zeros_like(parameter)
        return state
