"""Batch norm whose statistics in training on a CPU are exact to float rounding.

PyTorch's own adds the values of a channel one after the other where channels lie last. Cutouts are
mostly blank background, so that a channel has one value nearly everywhere: over the 10^5 to 10^6
positions of a batch its float32 variance, and with it every gradient below, is wrong by several
per cent. Here an image's rows are summed first, the mean is subtracted before the squares, and the
sums over images are float64.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

_PART = 2**18  # values in flight; what an L2 cache holds in a few copies


class BatchNorm(nn.BatchNorm2d):
    """Batch norm of plain channels, or of regular fields (one mean and variance a field).

    Parameters
    ----------
    fields
        Fields, or plain channels.
    elements
        Channels of a field: the order of its group, 1 for plain channels.
    relu
        Whether a ReLU follows; in training on a CPU it is then part of the same pass.
    """

    def __init__(self, fields: int, elements: int = 1, relu: bool = False) -> None:
        super().__init__(fields)
        self.elements = elements
        self.relu = relu
        self._updates = True

    @contextmanager
    def statistics_kept(self) -> Iterator[None]:
        """Leave the running statistics as they are: for running the same batch once more."""
        self._updates = False
        try:
            yield
        finally:
            self._updates = True

    def forward(self, x: Tensor) -> Tensor:
        """Normalise features [N, elements * fields, H, W], all fields of one element first."""
        if self.training and x.is_cpu:
            y, *statistics = normalise(x, self.weight, self.bias, self.eps, self.relu)
            self._update(statistics, x.numel() // self.num_features)
            return y
        y = self._by_torch(x)
        return F.relu(y, inplace=True) if self.relu else y

    @torch.no_grad()
    def _update(self, statistics: list[Tensor], count: int) -> None:
        if not self._updates:
            return
        mean, variance = statistics
        self.num_batches_tracked.add_(1)
        # no momentum: the plain mean over all batches, as in torch
        factor = 1 / int(self.num_batches_tracked) if self.momentum is None else self.momentum
        self.running_mean.lerp_(mean, factor)
        self.running_var.lerp_(variance * (count / (count - 1)), factor)

    def _by_torch(self, x: Tensor) -> Tensor:
        if self.elements == 1:
            return self._normalise(x)
        count, _, height, width = x.shape
        wide = width * self.elements
        rows = x.permute(0, 2, 3, 1).reshape(count, height, wide, self.num_features)
        normalised = self._normalise(rows.permute(0, 3, 1, 2))
        pixels = normalised.permute(0, 2, 3, 1).reshape(count, height, width, -1)
        return pixels.permute(0, 3, 1, 2)

    def _normalise(self, x: Tensor) -> Tensor:
        if self._updates or not self.training:
            return super().forward(x)
        statistics = self.running_mean, self.running_var
        return F.batch_norm(
            x, *statistics, self.weight, self.bias, training=True, momentum=0.0, eps=self.eps
        )


def normalise(
    x: Tensor, weight: Tensor, bias: Tensor, eps: float, relu: bool = False
) -> tuple[Tensor, Tensor, Tensor]:
    """Normalise with the batch's own statistics, with gradients.

    Parameters
    ----------
    x
        Features [N, elements * fields, H, W], all fields of one element first; float32, float64,
        or bfloat16, which is computed with in float32.
    weight, bias
        Scale and shift of each field, [fields].
    eps
        Added to the variance.
    relu
        Whether negative results become 0.

    Returns
    -------
    tuple of Tensor
        The normalised features, and the fields' means and (biased) variances, without gradients.
    """
    return _Normalise.apply(x.permute(0, 2, 3, 1).contiguous(), weight, bias, eps, relu)


class _Normalise(torch.autograd.Function):
    """Works on a few image rows at a time, wide as [W * C]: in cache for all operations."""

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, weight: Tensor, bias: Tensor, eps: float, relu: bool
    ) -> tuple[Tensor, Tensor, Tensor]:
        fields = len(weight)
        count = x.numel() // fields
        kind = torch.promote_types(x.dtype, weight.dtype)
        parts = _parts(x)
        mean = sum(_by_field(part.to(kind), fields) for part in parts) / count
        near = mean.to(kind)  # what is subtracted below is not quite the mean
        row = _row(near, x)
        square = sum(_by_field((part.to(kind) - row).square_(), fields) for part in parts)
        variance = (square / count - (mean - near).square()).clamp(min=0)
        inverse = (variance + eps).rsqrt()
        scale = weight.double() * inverse
        # of what is left when the row is subtracted: no large terms that cancel
        shift = bias.double() - (mean - near) * scale
        rows = [_row(v.to(kind), x) for v in (shift, scale)]
        y = torch.empty_like(x)
        for part, out in zip(parts, _parts(y), strict=True):
            value = torch.addcmul(rows[0], part.to(kind) - row, rows[1])
            out.copy_(value.relu_() if relu else value)
        ctx.save_for_backward(x, y if relu else None, weight, mean, inverse)
        found = mean.to(weight.dtype), variance.to(weight.dtype)
        ctx.mark_non_differentiable(*found)
        return y.permute(0, 3, 1, 2), *found

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor, *_: Tensor) -> tuple[Tensor | None, ...]:
        x, y, weight, mean, inverse = ctx.saved_tensors
        fields, kind = len(weight), torch.promote_types(x.dtype, weight.dtype)
        count = x.numel() // fields
        row = _row(mean.to(kind), x)
        passed = gradient.permute(0, 2, 3, 1).contiguous()
        if y is not None:  # where the ReLU let its value pass
            passed = torch.ops.aten.threshold_backward(passed, y, 0)
        d_bias = products = weight.new_zeros(fields, dtype=torch.float64)
        for part, g in zip(_parts(x), _parts(passed), strict=True):
            d_bias = d_bias + _by_field(g.to(kind), fields)
            products = products + _by_field((part.to(kind) - row).mul_(g), fields)
        d_weight = products * inverse
        scale = weight.double() * inverse
        slope = -scale * inverse * d_weight / count
        rows = [_row(v.to(kind), x) for v in (-scale * d_bias / count, slope, scale)]
        d_x = torch.empty_like(x)
        for part, g, out in zip(_parts(x), _parts(passed), _parts(d_x), strict=True):
            value = torch.addcmul(rows[0], part.to(kind) - row, rows[1])
            out.copy_(value.addcmul_(g.to(kind), rows[2]))
        return d_x, d_weight.to(weight.dtype), d_bias.to(weight.dtype), None, None


def _parts(x: Tensor) -> tuple[Tensor, ...]:
    """Return x [N, H, W, C] as a few rows [W * C] at a time."""
    rows = x.flatten(0, 1).flatten(1)
    return rows.split(max(1, _PART // rows.shape[1]))


def _row(by_field: Tensor, x: Tensor) -> Tensor:
    """Repeat a number a field for every element and column of x [N, H, W, C]: [W * C]."""
    return by_field.repeat(x.shape[2] * x.shape[3] // len(by_field))


def _by_field(part: Tensor, fields: int) -> Tensor:
    """Sum rows [R, W * C] by field, float64 [fields]: short sums first."""
    return part.sum(0).view(-1, fields).double().sum(0)
