"""Convolutions by way of the Fourier transform, for wide layers on a CPU.

With C channels in and O out, a kernel of k pixels a side costs k^2 C O multiplications a pixel. In
the Fourier domain a convolution is one product of matrices [N, C] and [C, O] a frequency: about
4 C O a pixel, and with 5 x 5 kernels that outweighs the transforms where C and O are large.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

_BUFFER_BYTES = 2**24  # of the filters' transform in flight; what a last-level cache holds
_MANY, _WIDE, _LARGE, _SIDE = 8, 64, 5, 18
# The sides of transforms: products of small primes.
_SIDES = (8, 10, 12, 16, 20, 24, 30, 32, 36, 40, 48, 60, 64, 72, 80, 90, 96, 120, 128, 144, 160)


def fourier_pays(x: Tensor, filters: Tensor) -> bool:
    """Whether the way by Fourier is the faster one for this step of training on a CPU.

    Measured on one thread with batches of 16: with fewer channels or images the transforms of
    features or filters outweigh what they save.
    """
    outputs, inputs, kernel, _ = filters.shape
    plain = x.is_cpu and x.dtype == torch.float32 and not torch.is_autocast_enabled("cpu")
    large = len(x) >= _MANY and min(x.shape[-2:]) >= _SIDE and kernel >= _LARGE
    return plain and large and torch.is_grad_enabled() and min(outputs, inputs) >= _WIDE


def fourier_conv(x: Tensor, filters: Tensor) -> Tensor:
    """Return ``F.conv2d(x, filters, padding=k // 2)`` within float rounding, with gradients.

    Parameters
    ----------
    x
        Features [N, C, H, W], best in channels-last layout.
    filters
        [O, C, k, k], k odd.
    """
    return _FourierConv.apply(x, filters)


class _FourierConv(torch.autograd.Function):
    """The convolution with its gradients; keeps nothing but its arguments."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, filters: Tensor) -> Tensor:
        ctx.save_for_backward(x, filters)
        plan = _Plan(x, filters)
        found = plan.transform(x)
        out = found.new_empty(len(found), x.shape[0], filters.shape[0])
        for span, spectrum in plan.filter_spectra():
            product = torch.bmm(_stacked(found[span]), spectrum)
            out[span] = _complex(product)
        return plan.restore(out)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, Tensor]:
        x, filters = ctx.saved_tensors
        plan = _Plan(x, filters)
        found, back = plan.transform(x), plan.transform(gradient)
        d_x = torch.empty_like(found)
        d_taps = filters.new_zeros(plan.taps.shape)
        channels = x.shape[1]
        for span, spectrum in plan.filter_spectra():
            part = torch.cat([back[span].real, back[span].imag], 1)  # [f, 2 N, O]
            blocks = torch.bmm(part, spectrum.mT).unflatten(1, (2, -1)).unflatten(3, (2, channels))
            d_x[span] = torch.complex(
                blocks[:, 0, :, 0] + blocks[:, 1, :, 1], blocks[:, 1, :, 0] - blocks[:, 0, :, 1]
            )
            products = torch.bmm(_stacked(found[span]).mT, part)  # [f, 2 C, O]
            d_taps.addmm_(plan.inverse(span).T, products.view(-1, d_taps.shape[1]))
        kernel = filters.shape[-1]
        d_filters = d_taps.view(kernel, kernel, channels, -1).permute(3, 2, 0, 1)
        return plan.restore(d_x), d_filters


def _stacked(z: Tensor) -> Tensor:
    """Return the complex [f, N, C] as the real [f, 2 N, 2 C] that multiplies (real; imaginary)."""
    real, imaginary = z.real, z.imag
    return torch.cat([torch.cat([real, -imaginary], 2), torch.cat([imaginary, real], 2)], 1)


def _complex(z: Tensor) -> Tensor:
    half = z.shape[1] // 2
    return torch.complex(z[:, :half], z[:, half:])


class _Plan:
    """The transforms of one convolution: frequencies first, so that each has a matrix."""

    def __init__(self, x: Tensor, filters: Tensor) -> None:
        self.height, self.width = x.shape[-2:]
        kernel = filters.shape[-1]
        needed = max(self.height, self.width) + kernel // 2  # what wraps around is zero
        self.side = next((side for side in _SIDES if side >= needed), needed)
        self.waves, self.weights = _waves(self.side, kernel, x.dtype)
        self.taps = filters.permute(2, 3, 1, 0).reshape(kernel**2, -1)  # [k^2, C O]
        self._shape = filters.shape[:2]

    def transform(self, x: Tensor) -> Tensor:
        """Transform [N, C, H, W] to [frequencies, N, C]."""
        z = torch.fft.rfft2(x.contiguous(), (self.side, self.side))
        return z.flatten(2).permute(2, 0, 1).contiguous()

    def restore(self, z: Tensor) -> Tensor:
        """Transform [frequencies, N, C] back, channels last."""
        whole = z.permute(1, 2, 0).unflatten(2, (self.side, -1))
        values = torch.fft.irfft2(whole, (self.side, self.side))
        cut = values[..., : self.height, : self.width]
        return cut.contiguous(memory_format=torch.channels_last)

    def filter_spectra(self) -> Iterator[tuple[slice, Tensor]]:
        """Yield a few frequencies at a time, and the filters' transform there, [f, 2 C, O]."""
        outputs, inputs = self._shape
        each = 2 * inputs * outputs
        count = max(1, _BUFFER_BYTES // (each * self.taps.element_size()))
        total = len(self.waves) // 2
        buffer = self.taps.new_empty(min(count, total) * 2, self.taps.shape[1])
        for start in range(0, total, count):
            stop = min(start + count, total)
            rows = buffer[: 2 * (stop - start)]
            torch.mm(self.waves[2 * start : 2 * stop], self.taps, out=rows)
            yield slice(start, stop), rows.view(stop - start, 2 * inputs, outputs)

    def inverse(self, span: slice) -> Tensor:
        """Return what takes the products of some frequencies back to taps, [2 f, k^2]."""
        return self.weights[2 * span.start : 2 * span.stop]


@lru_cache(maxsize=32)
def _waves(side: int, kernel: int, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    """Return cosines and sines [2 * frequencies, k^2] of the taps, also as the inverse's."""
    with torch.inference_mode(False), torch.no_grad():
        tap = torch.arange(kernel, dtype=torch.float64) - kernel // 2
        tall = torch.arange(side, dtype=torch.float64) / side
        wide = torch.arange(side // 2 + 1, dtype=torch.float64) / side
        down, across = tall[:, None] * tap, wide[:, None] * tap
        phase = 2 * torch.pi * (down[:, None, :, None] + across[None, :, None, :])
        waves = torch.stack([phase.cos(), phase.sin()], 2).flatten(0, 1)  # [f, 2, k, k]
        twice = torch.full((side // 2 + 1,), 2.0, dtype=torch.float64)  # and their conjugates
        twice[0] = 1
        if side % 2 == 0:
            twice[-1] = 1
        factor = (twice / side**2).repeat(side)[:, None, None, None]
        inverse = waves * factor
        return waves.flatten(0, 1).flatten(1).to(dtype), inverse.flatten(0, 1).flatten(1).to(dtype)
