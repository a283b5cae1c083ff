"""The compatibility scores of an attention gate without its 64-channel tensor, with gradients.

A gate's sum theta(x) + up(phi(g)) has 64 channels at the size of x: as a stored tensor, with what
autograd keeps of it, it is most of the memory traffic of a training step. Up-sampling along one
axis is a small matrix product, and so is a 1x1 convolution. Along one row of the image both
together are one product [W, w + C] @ [w + C, 64], taken a few rows at a time in a buffer that
stays in cache. The backward pass forms the sum again instead of reading it back.
"""

from functools import lru_cache
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd.function import once_differentiable

_BUFFER_BYTES = 2**20  # of the 64-channel sum in flight; what an L2 cache holds


def fused_scores(x: Tensor, low: Tensor, theta: Tensor, psi: Tensor) -> Tensor:
    """Return psi(ReLU(theta(x) + up(low))) without psi's bias (gating paper, Equation 7).

    Parameters
    ----------
    x
        Features [N, C, H, W], best in channels-last layout.
    low
        phi(g) at its own size, [N, h, w, K].
    theta
        Weights [K, C] of the 1x1 convolution of x.
    psi
        Weights [K] of the 1x1 convolution to one channel.

    Returns
    -------
    Tensor
        Scores [N, H * W]. All four arguments have gradients.
    """
    count, channels, height, width = x.shape
    flat = x.permute(0, 2, 3, 1).reshape(count, height, width, channels)
    tall = upsampling(low.shape[1], height, low.dtype, low.device) @ low.flatten(2)
    columns = upsampling(low.shape[2], width, low.dtype, low.device)
    return _Scores.apply(flat, tall.view(count, height, *low.shape[2:]), columns, theta, psi)


@lru_cache(maxsize=32)
def upsampling(small: int, large: int, dtype: torch.dtype, device: torch.device) -> Tensor:
    """Return the matrix [large, small] of bilinear up-sampling along one axis."""
    with torch.inference_mode(False), torch.no_grad():
        identity = torch.eye(small, dtype=dtype, device=device)[None]
        grown = F.interpolate(identity, size=large, mode="linear", align_corners=False)
        return grown[0].T.contiguous()


class _Scores(torch.autograd.Function):
    """Scores [N, H * W] of x [N, H, W, C], up-sampled rows [N, H, w, K], theta and psi."""

    @staticmethod
    def forward(
        ctx: Any, flat: Tensor, tall: Tensor, columns: Tensor, theta: Tensor, psi: Tensor
    ) -> Tensor:
        ctx.save_for_backward(flat, tall, columns, theta, psi)
        count, height, width, _ = flat.shape
        scores = flat.new_empty(count, height, width)
        rows = _Rows(flat, tall, columns, theta)
        for image in range(count):
            for span in rows.spans:
                _, _, total = rows.sum(image, span)
                torch.mv(total.relu_().flatten(0, 1), psi, out=scores[image, span].view(-1))
        return scores.flatten(1)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        """Differentiate.

        With the mask m of the ReLU, the sum's gradient is dc m psi: never formed, as dc (a number
        a position) and psi (a number a channel) can be multiplied into the narrow factors.
        """
        flat, tall, columns, theta, psi = ctx.saved_tensors
        small = tall.shape[2]
        gradient = gradient.reshape(*flat.shape[:3], 1)
        d_flat, d_tall = torch.empty_like(flat), torch.empty_like(tall)
        d_theta, d_psi = torch.zeros_like(theta), torch.zeros_like(psi)
        weighted_theta = (psi[:, None] * theta).mT.contiguous()
        rows = _Rows(flat, tall, columns, theta)
        for image in range(len(flat)):
            for span in rows.spans:
                left, right, total = rows.sum(image, span)
                mask = total.gt_(0)
                dc = gradient[image, span]
                part = torch.bmm((left * dc).mT, mask)  # [rows, w + C, K], still without psi
                d_psi += (part * right).sum((0, 1))
                d_tall[image, span] = part[:, :small] * psi
                d_theta += (part[:, small:].sum(0) * psi).T
                # Tall and narrow products are slow, short and wide ones are not.
                across = (weighted_theta @ mask.flatten(0, 1).mT).mul_(dc.view(-1))
                d_flat[image, span] = across.mT.view(d_flat[image, span].shape)
        return d_flat, d_tall, None, d_theta, d_psi


class _Rows:
    """Forms theta(x) + up(phi(g)) for a few rows of an image at a time, in one buffer."""

    def __init__(self, flat: Tensor, tall: Tensor, columns: Tensor, theta: Tensor) -> None:
        _, height, width, channels = flat.shape
        small, wide = tall.shape[2:]
        step = max(1, _BUFFER_BYTES // (width * wide * flat.element_size()))
        self.spans = [slice(y, min(y + step, height)) for y in range(0, height, step)]
        self._flat, self._tall, self._small = flat, tall, small
        step = min(step, height)
        self._left = flat.new_empty(step, width, small + channels)
        self._left[..., :small] = columns
        self._right = flat.new_empty(step, small + channels, wide)
        self._right[:, small:] = theta.T
        self._total = flat.new_empty(step, width, wide)

    def sum(self, image: int, span: slice) -> tuple[Tensor, Tensor, Tensor]:
        """Return the two factors and the sum [rows, W, K]; the next call overwrites them."""
        count = span.stop - span.start
        left, right = self._left[:count], self._right[:count]
        left[..., self._small :] = self._flat[image, span]
        right[:, : self._small] = self._tall[image, span]
        return left, right, torch.bmm(left, right, out=self._total[:count])
