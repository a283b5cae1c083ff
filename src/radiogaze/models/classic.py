"""The Classic CNN of Tang et al. (2019), the baseline of the gating paper's Table 6."""

import torch.nn.functional as F
from torch import Tensor, nn

from radiogaze.models.aggregation import OUTPUTS
from radiogaze.models.batch_norm import BatchNorm
from radiogaze.models.view import check_images

# input channels, output channels, kernel, padding; then the pool that follows (None: no pool)
_LAYERS = (
    (1, 6, 11, 5, 2),
    (6, 16, 5, 2, 3),
    (16, 24, 3, 1, None),
    (24, 24, 3, 1, None),
    (24, 16, 3, 1, 5),
)
_HIDDEN = 256


class ClassicCNN(nn.Module):
    """Five convolutions (ReLU, then batch norm) and three fully connected layers.

    As in the published code the middle fully connected layer is applied twice with the same
    weights, which gives 184,442 parameters; the paper's "250 k" is two separate layers.

    Parameters
    ----------
    dropout
        Probability after each hidden fully connected layer, in training.
    """

    def __init__(self, dropout: float = 0.5) -> None:
        super().__init__()
        self.convs = nn.ModuleList(
            nn.Conv2d(inputs, outputs, kernel, padding=padding)
            for inputs, outputs, kernel, padding, _ in _LAYERS
        )
        self.norms = nn.ModuleList(BatchNorm(outputs) for _, outputs, *_ in _LAYERS)
        self.fc1 = nn.Linear(400, _HIDDEN)
        self.fc2 = nn.Linear(_HIDDEN, _HIDDEN)
        self.fc3 = nn.Linear(_HIDDEN, OUTPUTS)
        self.dropout = nn.Dropout(dropout)

    def forward(self, images: Tensor) -> Tensor:
        """Return logits [N, 2] of images [N, 1, 150, 150] in [-1, 1]."""
        check_images(images)
        x = images
        for conv, norm, (*_, pool) in zip(self.convs, self.norms, _LAYERS, strict=True):
            x = norm(F.relu(conv(x)))
            if pool is not None:
                x = F.max_pool2d(x, pool)
        x = x.flatten(1)
        for layer in (self.fc1, self.fc2, self.fc2):
            x = self.dropout(F.relu(layer(x)))
        return self.fc3(x)

    def attention_maps(self, images: Tensor) -> list[Tensor]:
        """Return no maps: this network has no gates."""
        check_images(images)
        return []
