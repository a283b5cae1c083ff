"""Weights set to zero, those first that matter least."""

import copy

import torch
from torch import Tensor, nn

from radiogaze.models.posterior import LOG_SD, posterior_of

# By |mean|, or by |mean| / standard deviation (Blundell et al. 2015, Section 5.1).
MAGNITUDE, SIGNAL_TO_NOISE = "magnitude", "signal-to-noise"
ORDERS = (MAGNITUDE, SIGNAL_TO_NOISE)


@torch.no_grad()
def prune(network: nn.Module, order: str, fraction: float) -> nn.Module:
    """Return a copy of a network with a fraction of its weights at zero, and without spread.

    The weights are those of convolutions and linear layers; biases and batch norms stay.

    Parameters
    ----------
    network
        The network; for the order by signal-to-noise with a posterior of these weights.
    order
        One of ``ORDERS``.
    fraction
        From 0 to 1, over all layers together.
    """
    pruned = copy.deepcopy(network)
    log_sd = posterior_of(pruned)
    weights = {
        name: parameter
        for name, parameter in pruned.named_parameters()
        if parameter.ndim > 1 and not name.endswith(LOG_SD)
    }

    def rank(name: str) -> Tensor:
        size = weights[name].abs().flatten()
        return size if order == MAGNITUDE else size / log_sd[name].exp().flatten()

    scores = torch.cat([rank(name) for name in weights])
    lowest = torch.argsort(scores, stable=True)[: round(fraction * len(scores))]
    kept = torch.ones_like(scores, dtype=torch.bool)
    kept[lowest] = False
    for (name, weight), part in zip(
        weights.items(), kept.split([weight.numel() for weight in weights.values()]), strict=True
    ):
        gone = ~part.view(weight.shape)
        weight[gone] = 0
        if name in log_sd:
            log_sd[name][gone] = -torch.inf
    return pruned
