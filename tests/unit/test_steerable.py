"""Groups, steerable filters, and what a network makes of its image."""

import math

import pytest
import torch

from radiogaze.attention.extract import scale
from radiogaze.models.steerable import Group, LiftConv, RegularConv, group_max
from radiogaze.models.view import FRAMINGS, View, circular_mask


@pytest.mark.parametrize("group", ["c4", "d4", "c8", "d8", "c16"])
def test_a_group_is_one(group):
    g = Group.named(group)
    matrices, quotients = g.matrices(), g.quotients()
    assert len(matrices) == g.order
    for a in range(g.order):
        assert sorted(quotients[a].tolist()) == list(range(g.order))
        assert torch.allclose(matrices[a] @ matrices[quotients[a]], matrices, atol=1e-12)


@pytest.mark.parametrize(("kernel", "functions"), [(3, 6), (5, 11), (7, 18), (9, 31)])
def test_filters_are_combinations_of_as_many_functions_as_published(kernel, functions):
    conv = LiftConv(Group.named("d8"), 1, 1, kernel)
    assert conv.weight.shape == (1, 1, functions)
    basis = conv.basis[0].double()
    assert torch.linalg.matrix_rank(basis) == functions
    assert torch.allclose(basis.norm(dim=1), torch.ones(functions, dtype=torch.float64))


@pytest.mark.parametrize("group", ["c4", "d4"])
def test_regular_fields_turn_with_the_image_and_permute(group):
    """Every channel of the turned image is a turned channel of the image."""
    g = Group.named(group)
    torch.manual_seed(0)
    lift, regular = LiftConv(g, 1, 2, 5), RegularConv(g, 2, 3, 5)
    image = torch.randn(1, 1, 20, 20)
    with torch.no_grad():
        one = regular(lift(image))
        other = regular(lift(image.rot90(1, (-2, -1)))).rot90(-1, (-2, -1))
    assert (one - other).abs().max() > 0.1
    fields, moved = (x.view(g.order, 3, 20, 20) for x in (one, other))
    found = [
        next(h for h in range(g.order) if torch.allclose(moved[a], fields[h], atol=1e-5))
        for a in range(g.order)
    ]
    assert sorted(found) == list(range(g.order))
    assert torch.allclose(group_max(one, g.order), group_max(other, g.order), atol=1e-5)


def test_filters_are_drawn_with_the_variance_of_generalised_he():
    """Weights of variance 1 / (channels x functions): then filters keep the size of features."""
    torch.manual_seed(0)
    conv = RegularConv(Group.named("c4"), 16, 32, 5)
    assert conv.weight.std().item() == pytest.approx((16 * 4 * 11) ** -0.5, rel=0.02)
    assert conv.weight.mean().item() == pytest.approx(0, abs=0.001)


def test_raw_pixels_reach_the_first_convolution_as_published():
    """Figure 2 feeds 0..255 to networks of standardised pixels."""
    pixels = torch.randint(0, 256, (2, 150, 150), dtype=torch.uint8)
    view = View(150, "standardised")
    seen = view(scale(pixels, "raw", view))[:, 0]
    assert torch.allclose(seen, pixels.float(), atol=1e-3)
    black = torch.full((1, 1, 150, 150), -1.0)
    assert view(black).unique().item() == pytest.approx(-0.0886, abs=1e-4)


@pytest.mark.parametrize("size", FRAMINGS)
def test_a_view_keeps_the_sky_where_it_is(size):
    """Blank background stays blank, a central source stays central and as bright on average."""
    image = torch.full((1, 1, 150, 150), -1.0)
    image[..., 60:90, 60:90] = 0.5
    seen = View(size)(image)[0, 0]
    assert seen.shape == (size, size)
    assert torch.allclose(seen, seen.flip(0), atol=1e-6)
    assert torch.allclose(seen, seen.T, atol=1e-6)
    binning = FRAMINGS[size].binning
    assert ((seen + 1).sum() * binning**2).item() == pytest.approx(1.5 * 900)


def test_the_mask_is_a_disc_that_reaches_the_images_edge():
    mask = circular_mask(150, 150, 0)
    assert mask[75, 0] > 0.9
    assert mask[0, 0] == 0
    assert mask[20:130, 40:110].min() == 1
    # by hand: 74.5 and 0.5 pixels from the centre, where the disc has a radius of 74.5 - 7.45
    assert mask[75, 0].item() == pytest.approx(math.exp(-(0.5**2) / 4))
    inner = circular_mask(150, 150, 0.1)
    assert inner[75, 7].item() == pytest.approx(math.exp((67.05**2 - 67.5**2 - 0.5**2) / 4))
    padded = circular_mask(152, 150, 0)
    assert torch.equal(padded[1:-1, 1:-1], mask)
