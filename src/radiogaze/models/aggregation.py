"""From the gates' summed features to logits (gating paper, Section 2.3)."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from radiogaze.errors import RadiogazeError
from radiogaze.terms import CLASSES

AGGREGATIONS = ("mean", "concat", "deepsup", "ft")
HEADS = ("relu", "linear")

OUTPUTS = len(CLASSES)


class Readout(nn.Module):
    """One of the four aggregations.

    Parameters
    ----------
    aggregation
        ``mean`` (Equation 10), ``concat`` (11), ``deepsup`` (deep supervised, 12) or ``ft``
        (fine tuned, 13).
    channels
        The number of summed features of each gate, gate 1 first.
    head
        For ``ft``: ``"relu"`` puts a ReLU between the two linear layers as the published code
        does, ``"linear"`` follows Equation 13. Other aggregations ignore it.
    scales
        Factors of each gate's features, gate 1 first; None for the sums as they are.
    """

    def __init__(
        self,
        aggregation: str,
        channels: tuple[int, ...],
        head: str | None,
        scales: tuple[float, ...] | None,
    ) -> None:
        super().__init__()
        self.scales = scales
        if aggregation not in AGGREGATIONS:
            raise RadiogazeError(f"aggregation {aggregation!r}, expected {', '.join(AGGREGATIONS)}")
        if aggregation == "ft" and head not in HEADS:
            raise RadiogazeError(f"head {head!r} of ft, expected {', '.join(HEADS)}")
        self.aggregation = aggregation
        self.head = head
        self.per_gate = nn.ModuleList(
            nn.Linear(width, OUTPUTS) for width in channels if aggregation != "concat"
        )
        combined_width = OUTPUTS * len(channels) if aggregation == "ft" else sum(channels)
        self.combined = nn.Linear(combined_width, OUTPUTS) if aggregation != "mean" else None

    def forward(self, features: list[Tensor]) -> Tensor:
        """Return logits [N, 2] from one tensor [N, C_n] a gate."""
        if self.scales is not None:
            features = [f * scale for f, scale in zip(features, self.scales, strict=True)]
        votes = [layer(f) for layer, f in zip(self.per_gate, features, strict=False)]
        if self.combined is None:
            return torch.stack(votes).mean(0)
        if self.aggregation == "ft":
            joined = torch.cat(votes, dim=1)
            return self.combined(F.relu(joined) if self.head == "relu" else joined)
        together = self.combined(torch.cat(features, dim=1))
        return torch.stack([together, *votes]).mean(0)
