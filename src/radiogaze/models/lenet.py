"""The two LeNets: the equivariant paper's first row, and that of Scaife & Porter (2021)."""

import torch.nn.functional as F
from torch import Tensor, nn

from radiogaze.models.aggregation import OUTPUTS
from radiogaze.models.view import View
from radiogaze.terms import CUTOUT_PIXELS

_CHANNELS = (6, 16)
_HIDDEN = (120, 84)
_MASK_MARGIN = 0.01


class LeNet(nn.Module):
    """Two convolutions and three fully connected layers behind a circular mask.

    Weights keep PyTorch's default initialisation.

    Parameters
    ----------
    kernel
        Pixels along a side, odd.
    dropout
        Probability before the last layer, in training.
    size, pixel_scaling
        See :class:`radiogaze.models.view.View`.
    """

    def __init__(
        self,
        kernel: int = 5,
        dropout: float = 0.5,
        size: int = CUTOUT_PIXELS,
        pixel_scaling: str = "standardised",
    ) -> None:
        super().__init__()
        self.view = View(size, pixel_scaling, mask_margin=_MASK_MARGIN)
        self._build(kernel, kernel // 2, dropout, size // 2 // 2)

    def _build(self, kernel: int, padding: int, dropout: float, pooled: int) -> None:
        first, second = _CHANNELS
        self.conv1 = nn.Conv2d(1, first, kernel, padding=padding)
        self.conv2 = nn.Conv2d(first, second, kernel, padding=padding)
        self.fc1 = nn.Linear(second * pooled**2, _HIDDEN[0])
        self.fc2 = nn.Linear(*_HIDDEN)
        self.fc3 = nn.Linear(_HIDDEN[1], OUTPUTS)
        self.dropout = nn.Dropout(dropout)

    def forward(self, images: Tensor) -> Tensor:
        """Return logits [N, 2] of images [N, 1, 150, 150] in [-1, 1]."""
        x = self.framed(images)
        for conv in (self.conv1, self.conv2):
            x = F.max_pool2d(F.relu(conv(x)), 2)
        x = F.relu(self.fc1(x.flatten(1)))
        return self.fc3(self.dropout(F.relu(self.fc2(x))))

    def framed(self, images: Tensor) -> Tensor:
        """Return what the first convolution sees of images [N, 1, 150, 150]."""
        return self.view(images)

    def attention_maps(self, images: Tensor) -> list[Tensor]:
        """Return no maps: this network has no gates."""
        self.view(images)
        return []


class ScaifePorterLeNet(LeNet):
    """The LeNet of Scaife & Porter (2021), as their released code has it.

    One row and column of blank background right and below (151 pixels), convolutions padded by
    one, no mask.

    Parameters
    ----------
    dropout
        Probability before the last layer, in training.
    pixel_scaling
        See :class:`radiogaze.models.view.View`.
    """

    def __init__(self, dropout: float = 0.5, pixel_scaling: str = "standardised") -> None:
        nn.Module.__init__(self)
        self.view = View(CUTOUT_PIXELS, pixel_scaling)
        kernel, padding = 5, 1
        pooled = CUTOUT_PIXELS + 1
        for _ in _CHANNELS:
            pooled = (pooled + 2 * padding - kernel + 1) // 2
        self._build(kernel, padding, dropout, pooled)

    def framed(self, images: Tensor) -> Tensor:
        """Return what the first convolution sees of images [N, 1, 150, 150]."""
        return F.pad(self.view(images), (0, 1, 0, 1), value=self.view.sky)
