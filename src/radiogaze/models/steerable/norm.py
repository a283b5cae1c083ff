"""The sums of an inner batch norm on a CPU: exact to float rounding, and few passes over memory.

PyTorch's batch norm adds the values of a channel one after the other where channels lie last: over
the 10^5 to 10^6 positions of a field, in float32, its variance is wrong by up to half a per cent.
"""

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable


def normalise(x: Tensor, weight: Tensor, bias: Tensor, eps: float) -> tuple[Tensor, Tensor, Tensor]:
    """Normalise with the batch's own statistics, with gradients.

    Parameters
    ----------
    x
        Features [N, order * fields, H, W], all fields of the first element first.
    weight, bias
        Scale and shift of each field.
    eps
        Added to the variance.

    Returns
    -------
    tuple of Tensor
        The normalised features, and the fields' means and (biased) variances, without gradients.
    """
    return _Normalise.apply(x.permute(0, 2, 3, 1).contiguous(), weight, bias, eps)


class _Normalise(torch.autograd.Function):
    """An image at a time, so that its values are read from memory once for several sums."""

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, weight: Tensor, bias: Tensor, eps: float
    ) -> tuple[Tensor, Tensor, Tensor]:
        fields = len(weight)
        count = x.numel() // fields
        mean = sum(_by_field(image, fields) for image in x) / count
        square = sum(_by_field(image * image, fields) for image in x) / count
        variance = (square - mean * mean).clamp(min=0)
        inverse = (variance + eps).rsqrt()
        scale = weight.double() * inverse
        shift = bias.double() - mean * scale
        y = torch.empty_like(x)
        spread = [v.to(x.dtype).repeat(x.shape[-1] // fields) for v in (scale, shift)]
        for image, out in zip(x, y, strict=True):
            torch.addcmul(spread[1], image, spread[0], out=out)
        ctx.save_for_backward(x, weight, mean, inverse)
        found = mean.to(x.dtype), variance.to(x.dtype)
        ctx.mark_non_differentiable(*found)
        return y.permute(0, 3, 1, 2), *found

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor, *_: Tensor) -> tuple[Tensor | None, ...]:
        x, weight, mean, inverse = ctx.saved_tensors
        gradient, fields = gradient.permute(0, 2, 3, 1), len(weight)
        count, elements = x.numel() // fields, x.shape[-1] // fields
        d_bias = sum(_by_field(g, fields) for g in gradient)
        products = sum(_by_field(g * v, fields) for g, v in zip(gradient, x, strict=True))
        d_weight = (products - mean * d_bias) * inverse
        scale = weight.double() * inverse
        slope = -scale * inverse * d_weight / count
        offset = -scale * d_bias / count - slope * mean
        by_channel = [v.to(x.dtype).repeat(elements) for v in (scale, slope, offset)]
        d_x = torch.empty_like(x)
        for g, v, out in zip(gradient, x, d_x, strict=True):
            torch.addcmul(by_channel[2], v, by_channel[1], out=out)
            out.addcmul_(g, by_channel[0])
        kind = weight.dtype
        return d_x, d_weight.to(kind), d_bias.to(kind), None


def _by_field(image: Tensor, fields: int) -> Tensor:
    """Sum [H, W, order * fields] by field, float64: short sums first."""
    return image.flatten(1).sum(0).view(-1, fields).double().sum(0)
