import pytest
import torch
import torch.nn.functional as F

from radiogaze.models import AGCNN
from radiogaze.models.fused import fused_scores, upsampling
from radiogaze.models.gates import AttentionGate, Normaliser

# float64 has 16 digits: far above what it rounds, far below any mistake
ROUNDING = 1e-10


def relative(found, expected):
    return ((found - expected).abs().max() / expected.abs().max()).item()


def test_gradcheck_in_double_precision():
    torch.manual_seed(0)
    shapes = ((2, 3, 7, 5), (2, 4, 3, 6), (6, 3), (6,))
    inputs = [torch.randn(shape, dtype=torch.float64, requires_grad=True) for shape in shapes]
    assert torch.autograd.gradcheck(fused_scores, inputs)


# the three gates' sizes; gate 3's rows don't fit the buffer at once
@pytest.mark.parametrize(("channels", "size"), [(32, 37), (16, 75), (6, 150)])
@pytest.mark.parametrize("layout", [torch.channels_last, torch.contiguous_format])
def test_scores_and_gradients_are_the_plain_forms(channels, size, layout):
    torch.manual_seed(size)
    gate = AttentionGate(channels, 64, Normaliser("range", "batch")).double()
    x, g, upstream = (
        torch.randn(shape, dtype=torch.float64)
        for shape in ((2, channels, size, size), (2, 64, 18, 18), (2, 1, size, size))
    )
    x, g = x.to(memory_format=layout).requires_grad_(), g.requires_grad_()
    inputs = (x, g, *gate.parameters())
    plain, fast = gate.compatibility_plain(x, g), gate.compatibility(x, g)
    assert plain.shape == fast.shape
    assert relative(fast, plain) < ROUNDING
    expected = torch.autograd.grad(plain, inputs, upstream)
    found = torch.autograd.grad(fast, inputs, upstream)
    for ours, theirs in zip(found, expected, strict=True):
        assert relative(ours, theirs) < ROUNDING
    gated, _ = gate(x, g)
    assert relative(gate.summed(x, g), gated.flatten(2).sum(-1)) < ROUNDING


def test_upsampling_along_an_axis_is_torchs():
    line = torch.randn(1, 1, 18)
    grown = F.interpolate(line, size=75, mode="linear", align_corners=False)
    matrix = upsampling(18, 75, line.dtype, line.device)
    assert torch.allclose(matrix @ line[0, 0], grown[0, 0], atol=1e-6)


def test_gradients_after_inference_mode():
    """A matrix first made in inference mode must serve training too."""
    model = AGCNN(gates=1)
    with torch.inference_mode():
        upsampling(18, 37, torch.float32, torch.device("cpu"))
        model(torch.zeros(1, 1, 150, 150))
    model(torch.rand(2, 1, 150, 150)).sum().backward()
    assert model.gates[0].theta.weight.grad is not None
