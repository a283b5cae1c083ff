"""Networks that are sampled: each pass of an evaluation takes new weights, or another dropout.

A network with a posterior has, beside the mean of a weight ``name``, the logarithm of its standard
deviation under ``name_log_sd``: a parameter where it is trained, a buffer where it is loaded. Its
weights are independent normal variables. Whatever does not sample uses the means.
"""

import copy
from collections.abc import Mapping

import torch
from torch import Tensor, nn

from radiogaze.augmentation.counter_rng import Stream, normal, uniform
from radiogaze.errors import RadiogazeError

LOG_SD = "_log_sd"


def posterior_of(network: nn.Module) -> dict[str, Tensor]:
    """Return the log standard deviation of each weight that has one, by the weight's name."""
    named = {**dict(network.named_parameters()), **dict(network.named_buffers())}
    return {
        name.removesuffix(LOG_SD): value.detach()
        for name, value in named.items()
        if name.endswith(LOG_SD)
    }


def attach_posterior(network: nn.Module, log_sd: Mapping[str, Tensor]) -> None:
    """Give weights of a network a log standard deviation each, as buffers.

    Parameters
    ----------
    network
        The network, which has the means.
    log_sd
        Name of a weight -> tensor of its shape.

    Raises
    ------
    AttributeError, RuntimeError
        If the network has no such weight, or in another shape.
    """
    for name, value in log_sd.items():
        owner, _, own = name.rpartition(".")
        shape = network.get_parameter(name).shape
        if value.shape != shape:
            raise RuntimeError(f"{name}{LOG_SD} is {list(value.shape)}, expected {list(shape)}")
        network.get_submodule(owner).register_buffer(f"{own}{LOG_SD}", value)


class EvaluationDropout(nn.Dropout):
    """Dropout that stays on in evaluation (Gal & Ghahramani 2016).

    The random numbers are a function of the seed, the pass, the layer and the position.

    Parameters
    ----------
    p
        The probability to drop an element.
    seed, layer
        Of the random numbers.
    """

    def __init__(self, p: float, seed: int, layer: int) -> None:
        super().__init__(p)
        self._seed, self._layer = seed, layer
        self._pass = self._used = 0

    def begin(self, pass_: int) -> None:
        """Start a pass."""
        self._pass = pass_
        self.repeat()

    def repeat(self) -> None:
        """Start the same pass again: what is dropped is the same."""
        self._used = 0

    def forward(self, x: Tensor) -> Tensor:
        """Drop elements of x with probability ``p``; the rest grow by 1 / (1 - p)."""
        words = -(-x.numel() // 4)  # each counter gives four numbers
        index = torch.arange(self._used, self._used + words, device=x.device)
        self._used += words
        draws = uniform(Stream.EVALUATION_DROPOUT, self._seed, self._layer, self._pass, index)
        kept = (draws.flatten()[: x.numel()] >= self.p).view(x.shape)
        return x * kept.to(x.dtype) / (1 - self.p)


def keep_dropout(network: nn.Module, p: float, seed: int) -> nn.Module:
    """Return a copy of a network whose dropout stays on in evaluation.

    Raises
    ------
    RadiogazeError
        If the network has none.
    """
    network = copy.deepcopy(network)
    places = [
        (parent, name)
        for parent in network.modules()
        for name, child in parent.named_children()
        if isinstance(child, nn.Dropout)
    ]
    if not places:
        raise RadiogazeError(
            f"{type(network).__name__}: has no dropout to keep on; leave --dropout out"
        )
    for layer, (parent, name) in enumerate(places):
        setattr(parent, name, EvaluationDropout(p, seed, layer))
    return network


def is_sampled(network: nn.Module) -> bool:
    """Whether two passes of the same images differ."""
    dropout = any(isinstance(module, EvaluationDropout) for module in network.modules())
    return dropout or bool(posterior_of(network))


@torch.no_grad()
def draw_network(network: nn.Module, seed: int, number: int) -> nn.Module:
    """Return a copy of a network with a sample of its weights and of its dropout.

    Parameters
    ----------
    network
        With means and log standard deviations, or `keep_dropout`.
    seed, number
        Which sample; the same for the same two numbers.
    """
    drawn = copy.deepcopy(network)
    for module in drawn.modules():
        if isinstance(module, EvaluationDropout):
            module.begin(number)
    weights = dict(drawn.named_parameters())
    for place, (name, log_sd) in enumerate(posterior_of(drawn).items()):
        noise = normal(Stream.WEIGHTS, seed, number, place, log_sd.numel(), log_sd.device)
        weights[name].add_(log_sd.exp() * noise.to(log_sd.dtype).view_as(log_sd))
    return drawn
