"""The training step against float64: torch's own batch norm gives gradients wrong by 1 to 20 %."""

import copy
import statistics

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from radiogaze.augmentation.transform import to_network_input
from radiogaze.models import AGCNN, ClassicCNN
from radiogaze.models.batch_norm import BatchNorm
from radiogaze.models.equivariant import E2Attention
from radiogaze.models.lenet import LeNet
from radiogaze.models.steerable import Group
from radiogaze.models.view import View

BATCHES = 5
NETWORKS = {
    "bn_relu": lambda: AGCNN(head="linear", pooling="mean", dropout=0, view=View(80)),
    "relu_bn": lambda: AGCNN(
        head="linear", pooling="mean", dropout=0, view=View(80), unit_order="relu_bn", kernel=5
    ),
    "150 pixels": lambda: AGCNN(head="linear", pooling="mean", dropout=0),
    "c4": lambda: E2Attention(
        Group.named("c4"), width_divisor=4, size=80, head="linear", pooling="mean", dropout=0
    ),
    "d4": lambda: E2Attention(
        Group.named("d4"), width_divisor=8, size=80, head="linear", pooling="mean", dropout=0
    ),
    "classic": lambda: ClassicCNN(dropout=0),
    "lenet": lambda: LeNet(5, 0.0, 80, "standardised"),
}


def gradient(model, images, labels):
    """All gradients in one vector, but for biases that the next layer cancels."""
    model.train()
    F.cross_entropy(model(images), labels).backward()
    parts = [
        p.grad.double().flatten()
        for name, p in model.named_parameters()
        if p.grad is not None and not name.endswith(("conv.bias", "psi.bias"))
    ]
    return torch.cat(parts)


@pytest.mark.parametrize("name", NETWORKS)
def test_the_gradient_of_real_images_is_that_of_float64(name, mirabest):
    """The median of some batches: where rounding moves a unit across zero, the gradient jumps."""
    errors = []
    for seed in range(BATCHES):
        torch.manual_seed(seed)
        model = NETWORKS[name]()
        chosen = torch.randint(len(mirabest.images), (16,)).numpy()
        images = to_network_input(torch.from_numpy(mirabest.images[chosen]))
        labels = torch.arange(16) % 2
        exact = gradient(copy.deepcopy(model).double(), images.double(), labels)
        found = gradient(model.to(memory_format=torch.channels_last), images, labels)
        errors.append(((found - exact).norm() / exact.norm()).item())
    assert statistics.median(errors) < 1e-3


@pytest.mark.parametrize(("elements", "fields"), [(1, 6), (8, 3)])
@pytest.mark.parametrize("relu", [True, False])
def test_it_is_torchs_in_double_precision(elements, fields, relu):
    """One channel a field, with the group's elements as a third axis."""
    torch.manual_seed(0)
    ours, theirs = BatchNorm(fields, elements, relu), nn.BatchNorm3d(fields)
    for parameter in ours.parameters():
        nn.init.normal_(parameter)
    theirs.load_state_dict(ours.state_dict())
    ours.double(), theirs.double()
    x = torch.randn(4, elements * fields, 9, 9, dtype=torch.float64, requires_grad=True)
    for momentum in (0.1, None):  # None: the plain mean over the batches
        ours.momentum = theirs.momentum = momentum
        found = ours(x)
        plain = theirs(x.unflatten(1, (elements, fields)).transpose(1, 2))
        plain = plain.transpose(1, 2).flatten(1, 2)
        plain = F.relu(plain) if relu else plain
        torch.testing.assert_close(found, plain)
        upstream = torch.randn_like(plain)
        gradients = [
            torch.autograd.grad(y, (x, *module.parameters()), upstream)
            for y, module in ((found, ours), (plain, theirs))
        ]
        torch.testing.assert_close(*gradients)
        for (name, mine), other in zip(ours.named_buffers(), theirs.buffers(), strict=True):
            torch.testing.assert_close(mine, other, msg=name)


def test_recomputing_a_batch_leaves_the_running_statistics():
    norm = BatchNorm(3, elements=4)
    x = torch.randn(2, 12, 5, 5)
    norm(x)
    before = copy.deepcopy(norm.state_dict())
    with norm.statistics_kept():
        norm(2 * x)
    assert all(torch.equal(before[key], value) for key, value in norm.state_dict().items())


def test_evaluation_takes_the_running_statistics():
    norm = BatchNorm(2, elements=2, relu=True).eval()
    norm.running_mean.copy_(torch.tensor([1.0, -1.0]))
    y = norm(torch.ones(1, 4, 2, 2))
    assert y[0, :, 0, 0].tolist() == pytest.approx([0, 2, 0, 2], rel=1e-4)
