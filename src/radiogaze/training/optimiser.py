"""The optimiser, the schedule and the average of the weights that a recipe asks for."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim.lr_scheduler import LRScheduler, OneCycleLR
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from radiogaze.campaigns.recipes import Recipe

OPTIMISERS: dict[str, Callable[..., torch.optim.Optimizer]] = {
    "adam": torch.optim.Adam,
    "adamw": torch.optim.AdamW,
}
# Of the learning rate, at the first and at the last step of one cycle.
_FIRST, _LAST = 1 / 25, 1 / 100


def make_optimiser(model: nn.Module, recipe: Recipe, device: str) -> torch.optim.Optimizer:
    """Return torch's optimiser for a network; biases and batch norms do not decay."""
    matrices = [p for p in model.parameters() if p.ndim > 1]
    vectors = [p for p in model.parameters() if p.ndim <= 1]
    on_gpu = device.startswith("cuda")
    return OPTIMISERS[recipe.optimiser](
        [
            {"params": matrices, "weight_decay": recipe.weight_decay},
            {"params": vectors, "weight_decay": 0.0},
        ],
        # a captured step reads the rate from the device
        lr=torch.tensor(recipe.learning_rate, device=device) if on_gpu else recipe.learning_rate,
        fused=True,
        **({"capturable": True} if on_gpu else {}),
    )


def make_schedule(
    optimiser: torch.optim.Optimizer, recipe: Recipe, steps: int
) -> LRScheduler | None:
    """Return the schedule of a training of this many steps; None for a constant rate."""
    if recipe.schedule == "constant":
        return None
    return OneCycleLR(
        optimiser,
        max_lr=recipe.learning_rate,
        total_steps=steps + 1,  # it is asked for the rate after the last step too
        pct_start=recipe.warm_up,
        cycle_momentum=False,
        div_factor=1 / _FIRST,
        final_div_factor=_FIRST / _LAST,
    )


def make_average(model: nn.Module, recipe: Recipe) -> AveragedModel | None:
    """Return the exponential average of a network's weights; None if there is to be none."""
    if recipe.weight_average is None:
        return None
    return AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(recipe.weight_average))


def schedule_state(schedule: LRScheduler) -> dict[str, Any]:
    """Return what `restore_schedule` needs, as JSON values."""
    return {"steps": schedule.last_epoch, "rates": [float(rate) for rate in schedule.get_last_lr()]}


def restore_schedule(schedule: LRScheduler, state: dict[str, Any]) -> None:
    """Put a schedule and the rates of its optimiser where they were."""
    schedule.load_state_dict(
        {
            "last_epoch": state["steps"],
            "_step_count": state["steps"] + 1,
            "_last_lr": state["rates"],
        }
    )
    for group, rate in zip(schedule.optimizer.param_groups, state["rates"], strict=True):
        if isinstance(group["lr"], Tensor):
            group["lr"].fill_(rate)
        else:
            group["lr"] = rate
