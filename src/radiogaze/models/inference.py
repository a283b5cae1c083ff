"""Fast, exact inference of a gated network: the same logits and maps, more images a second.

What pays on a CPU (benchmarks/inference.py measures it): batch norm folded into its convolution,
channels-last layout, and gates whose 64-channel sum is not stored (:mod:`radiogaze.models.fused`).

The trunk and the gates' scores of an image do not depend on the other images of its batch; only
the minimum and maximum of range and standardisation do. Both are linear in the scores, so the sums
that the readout needs follow from four numbers and vectors an image (:class:`GateSums`), and one
pass over the images serves every composition of the batches.
"""

import copy
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from radiogaze.errors import RadiogazeError
from radiogaze.models.agcnn import GatedNetwork
from radiogaze.models.gates import MIN_MAX_NORMALISATIONS, AttentionGate, check_scores
from radiogaze.models.posterior import EvaluationDropout

# Images in memory at once; of the results, it changes only which elements MC dropout drops. Twice
# as many leave a core's cache, and the network of two zooms then classifies 0.6 times as many a
# second.
CHUNK = 8


@dataclass(frozen=True)
class GateSums:
    """What one gate's readout needs of each image.

    Attributes
    ----------
    weighted
        For range and standardisation: sum of (score - low) x feature, [N, C]. For other
        normalisations: the summed gated features themselves (Equation 9).
    plain
        Sum of the features, [N, C]; None unless minimum and maximum are used.
    low, high
        Minimum and maximum of the scores, [N]; None unless minimum and maximum are used.
    """

    weighted: Tensor
    plain: Tensor | None = None
    low: Tensor | None = None
    high: Tensor | None = None


@dataclass(frozen=True)
class Summary:
    """What the readout needs of N images, independent of how they are batched."""

    gates: list[GateSums]
    logits: Tensor | None = None

    def __len__(self) -> int:
        """Return the number of images."""
        return len(self.gates[0].weighted if self.logits is None else self.logits)

    @staticmethod
    def concatenate(parts: list["Summary"]) -> "Summary":
        """Join the summaries of consecutive chunks of images."""

        def join(tensors: list[Tensor | None]) -> Tensor | None:
            given = [t for t in tensors if t is not None]
            return torch.cat(given) if given else None

        gates = [
            GateSums(
                torch.cat([g.weighted for g in same]),
                join([g.plain for g in same]),
                join([g.low for g in same]),
                join([g.high for g in same]),
            )
            for same in zip(*(part.gates for part in parts), strict=True)
        ]
        return Summary(gates, join([part.logits for part in parts]))


class FastAGCNN:
    """A gated network in evaluation mode, prepared for inference.

    Parameters
    ----------
    model
        The network, which is put into evaluation mode; its weights must not change from then on,
        as some of them are copied.

    Raises
    ------
    RadiogazeError
        If a gate overrides more of the published gate than how it scores positions.
    """

    def __init__(self, model: GatedNetwork) -> None:
        for kind in map(type, model.gates):
            for name in ("forward", "summed"):
                if getattr(kind, name, None) is not getattr(AttentionGate, name):
                    raise RadiogazeError(
                        f"gate {kind.__name__}: has its own {name}, which fast inference does not"
                        " call; override compatibility alone, or call the network itself"
                    )
        model = model.eval()
        self.model = model
        self.units = {name: _fold(unit) for name, unit in model.units.items()}

    @torch.inference_mode()
    def summarise(self, images: Tensor) -> Summary:
        """Run trunk and gates on images [N, 1, 150, 150] in [-1, 1].

        N bounds the memory (about 10 MB an image), not the result.
        """
        x = images.contiguous(memory_format=torch.channels_last)
        features = self.model.features(x, self.units)
        if not self.model.gates:
            pooled = self.model.pool(features.top).contiguous().flatten(1)
            return Summary([], self.model.readout(pooled))
        gates = []
        for gate, x in self.model.gated(features):
            c, flat = self._scores(gate, x, features.top)
            gates.append(_sums(gate, c, flat))
        return Summary(gates)

    @torch.inference_mode()
    def classify(self, summary: Summary, batches: list[Tensor]) -> Tensor:
        """Return logits [N, 2] as if the images had gone through the network in these batches.

        Parameters
        ----------
        summary
            Of all N images.
        batches
            Positions of the images of each batch, int64; together a permutation of 0..N-1.
        """
        if summary.logits is not None:
            return summary.logits
        position = torch.cat(batches).to(summary.gates[0].weighted.device)
        number = torch.cat([torch.full_like(batch, n) for n, batch in enumerate(batches)])
        members = torch.empty_like(position).index_copy_(0, position, number.to(position.device))
        features = [
            _normalise(gate, sums, members, len(batches))
            for gate, sums in zip(self.model.gates, summary.gates, strict=True)
        ]
        # as in the network's own forward pass; in evaluation nothing, unless dropout is kept on,
        # which is then the same for every composition of the batches
        if isinstance(self.model.dropout, EvaluationDropout):
            self.model.dropout.repeat()
        return self.model.readout([self.model.dropout(f) for f in features])

    def logits(self, images: Tensor) -> Tensor:
        """Return logits [N, 2] of one batch of images [N, 1, 150, 150] in [-1, 1]."""
        return self.classify(self.summarise(images), [torch.arange(len(images))])

    def _scores(self, gate: AttentionGate, x: Tensor, g: Tensor) -> tuple[Tensor, Tensor]:
        """Return the scores [N, H*W] and the features [N, H*W, C] that they belong to."""
        count, channels, height, width = x.shape
        flat = x.permute(0, 2, 3, 1).reshape(count, height * width, channels)
        own = type(gate).compatibility is not AttentionGate.compatibility
        # on a GPU, one launch over the batch beats the cache
        score = gate.compatibility if own or x.is_cuda else gate.compatibility_fused
        return check_scores(score(x, g)).flatten(1), flat


class PlainNetwork:
    """A network whose images do not influence one another, with FastAGCNN's interface."""

    def __init__(self, model: nn.Module) -> None:
        self.model = model.eval()

    @torch.inference_mode()
    def summarise(self, images: Tensor) -> Summary:
        """Return the logits of network inputs [N, 1, H, W] as a summary."""
        return Summary([], self.model(images))

    def classify(self, summary: Summary, batches: list[Tensor]) -> Tensor:
        """Return the logits [N, 2]; they do not depend on the batches.

        Raises
        ------
        ValueError
            If the summary is of a `FastAGCNN`.
        """
        if summary.logits is None:
            raise ValueError(f"a summary of another network, in {len(batches)} batches")
        return summary.logits


def prepare(model: nn.Module, device: str) -> FastAGCNN | PlainNetwork:
    """Move a network to a device and return its fastest form for evaluation."""
    model = model.to(device)
    return FastAGCNN(model) if isinstance(model, GatedNetwork) else PlainNetwork(model)


def _fold(unit: nn.Module) -> nn.Module:
    """Return the unit with its batch norm folded into the convolution, where the order allows.

    Other units keep their filters in evaluation mode.
    """
    if unit.order != "bn_relu":
        return unit
    # In double precision: the network amplifies what rounding does to these few weights.
    exact = copy.deepcopy(unit).double()
    conv = fuse_conv_bn_eval(exact.conv, exact.norm).to(unit.conv.weight.dtype)
    return nn.Sequential(conv.to(memory_format=torch.channels_last), nn.ReLU(inplace=True))


def _sums(gate: AttentionGate, c: Tensor, flat: Tensor) -> GateSums:
    """Reduce scores [N, HW] and features [N, HW, C] to what the readout needs."""
    if gate.normaliser.uses_min_max:
        low, high = c.amin(1), c.amax(1)
        weights = torch.stack([c - low[:, None], torch.ones_like(c)], dim=1)
        both = weights @ flat  # [N, 2, C]
        return GateSums(both[:, 0], both[:, 1], low, high)
    side = int(c.shape[1] ** 0.5)
    a = gate.normaliser(c.view(len(c), 1, side, side)).view(len(c), 1, -1)
    return GateSums((a @ flat)[:, 0])


def _normalise(gate: AttentionGate, sums: GateSums, members: Tensor, batches: int) -> Tensor:
    """Return the summed gated features [N, C], normalised within each image's batch, int64 [N]."""
    if sums.plain is None or sums.low is None or sums.high is None:
        return sums.weighted
    low, high = sums.low.double(), sums.high.double()
    if gate.normaliser.scope == "batch":
        none = low.new_empty(batches)  # its values do not count
        low = none.scatter_reduce(0, members, low, "amin", include_self=False)[members]
        high = none.scatter_reduce(0, members, high, "amax", include_self=False)[members]
    normalise = MIN_MAX_NORMALISATIONS[gate.normaliser.name]
    # a(c) = a(own) + slope (c - own), own being the image's lowest score; hence
    # sum(a x) = slope sum((c - own) x) + a(own) sum(x).
    own = sums.low.double()
    at_own = normalise(own, low, high)
    slope = normalise(own + 1, low, high) - at_own
    features = slope[:, None] * sums.weighted.double() + at_own[:, None] * sums.plain.double()
    return features.float()
