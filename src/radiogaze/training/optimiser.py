"""The optimiser, the schedule and the average of the weights that a recipe asks for."""

import copy
import math
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.optim.lr_scheduler import OneCycleLR

from radiogaze.campaigns.recipes import IVON, Recipe
from radiogaze.training import ivon

OPTIMISERS: dict[str, Callable[..., torch.optim.Optimizer]] = {
    "adam": torch.optim.Adam,
    "adamw": torch.optim.AdamW,
}
# Of the learning rate of one cycle: at its first step, and where the step after its last would be.
_FIRST, _LAST = 1 / 25, 1 / 100


def make_optimiser(
    model: nn.Module, recipe: Recipe, device: str, sources: int
) -> torch.optim.Optimizer:
    """Return the optimiser for a network; biases and batch norms do not decay."""
    matrices = [p for p in model.parameters() if p.ndim > 1]
    vectors = [p for p in model.parameters() if p.ndim <= 1]
    on_gpu = device.startswith("cuda")
    # a captured step reads the rate from the device
    rate = torch.tensor(recipe.learning_rate, device=device) if on_gpu else recipe.learning_rate
    if recipe.posterior and recipe.optimiser == IVON:
        return ivon.IVON(model.parameters(), rate, recipe.posterior, sources)
    return OPTIMISERS[recipe.optimiser](
        [
            {"params": matrices, "weight_decay": recipe.weight_decay},
            {"params": vectors, "weight_decay": 0.0},
        ],
        lr=rate,
        fused=True,
        **({"capturable": True} if on_gpu else {}),
    )


def learning_rates(recipe: Recipe, steps: int) -> list[float] | None:
    """Return the learning rate of every step of a training; None if it is constant."""
    if recipe.schedule == "constant":
        return None
    warm_up = recipe.warm_up
    if warm_up * (steps + 1) == 1:  # a first phase of no step, by whose length torch divides
        warm_up = math.nextafter(warm_up, 0)
    optimiser = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=recipe.learning_rate)
    schedule = OneCycleLR(
        optimiser,
        max_lr=recipe.learning_rate,
        total_steps=steps + 1,
        pct_start=float(warm_up),  # torch refuses a whole number
        cycle_momentum=False,
        div_factor=1 / _FIRST,
        final_div_factor=_FIRST / _LAST,
    )
    rates = []
    for _ in range(steps):
        rates.append(schedule.get_last_lr()[0])
        optimiser.step()
        schedule.step()
    return rates


class WeightAverage:
    """The exponential average of a network's weights, as torch's ``AveragedModel`` makes it.

    One call a step over all weights, the same arithmetic: torch's own looks at every tensor, and
    copies every buffer, in Python.

    Parameters
    ----------
    model
        The network that is trained.
    decay
        A step.
    """

    def __init__(self, model: nn.Module, decay: float) -> None:
        self.module = copy.deepcopy(model)
        self._model = model
        self._updates = 0
        self._rest = 1 - decay
        self._own = list(self.module.parameters())
        self._current = [parameter.detach() for parameter in model.parameters()]

    @torch.no_grad()
    def update(self) -> None:
        """Take in the weights after a step; the first replace those that it began with."""
        if self._updates == 0:
            torch._foreach_copy_(self._own, self._current)
        else:
            torch._foreach_lerp_(self._own, self._current, self._rest)
        self._updates += 1

    @torch.no_grad()
    def copy_buffers(self) -> None:
        """Take over the running statistics, which are not averaged."""
        for own, current in zip(self.module.buffers(), self._model.buffers(), strict=True):
            own.copy_(current)

    def state_dict(self) -> dict[str, Tensor]:
        """Return the average and the number of its updates."""
        state = {f"module.{name}": value for name, value in self.module.state_dict().items()}
        return {**state, "n_averaged": torch.tensor(self._updates)}

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        """Take up what `state_dict` gave."""
        state = dict(state)
        self._updates = int(state.pop("n_averaged"))
        self.module.load_state_dict({n.removeprefix("module."): t for n, t in state.items()})
