"""What a steerable network computes in its own way in training on a CPU."""

import torch
from torch import nn

from radiogaze.models.steerable import Group, InnerBatchNorm


def gradients_agree(found, plain, inputs, atol):
    gradient = torch.randn_like(plain)
    pairs = (torch.autograd.grad(y, inputs, gradient) for y in (found, plain))
    return all(torch.allclose(a, b, atol=atol) for a, b in zip(*pairs, strict=True))


def test_inner_batch_norm_is_that_of_volumes():
    """One channel a field, with the group's elements as a third axis."""
    torch.manual_seed(0)
    group, fields = Group.named("d4"), 3
    inner, volumes = InnerBatchNorm(group, fields), nn.BatchNorm3d(fields)
    for parameter in inner.parameters():
        nn.init.normal_(parameter)
    volumes.load_state_dict(inner.state_dict())
    inner.double(), volumes.double()
    x = torch.randn(4, 24, 9, 9, dtype=torch.float64, requires_grad=True)
    found = inner(x)
    plain = volumes(x.unflatten(1, (8, 3)).transpose(1, 2)).transpose(1, 2).flatten(1, 2)
    assert torch.allclose(found, plain, atol=1e-12)
    assert gradients_agree(found, plain, x, 1e-10)
    for (name, a), b in zip(inner.named_buffers(), volumes.buffers(), strict=True):
        assert torch.allclose(a, b), name


def test_statistics_of_many_pixels_are_exact():
    torch.manual_seed(0)
    x = torch.randn(4, 24, 150, 150).relu_().to(memory_format=torch.channels_last)
    norm, exact = (InnerBatchNorm(Group.named("d4"), 3) for _ in range(2))
    norm.momentum = exact.momentum = 1.0
    norm(x), exact.double()(x.double())
    assert torch.allclose(norm.running_var.double(), exact.running_var, rtol=1e-5)
    assert torch.allclose(norm.running_mean.double(), exact.running_mean, rtol=1e-6)
