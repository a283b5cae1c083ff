import math

import numpy as np
import pytest
import torch
from PIL import Image

from radiogaze.augmentation import transform as augment


def pillow(image: np.ndarray, affine: augment.Affine, i: int) -> np.ndarray:
    """The published transform: one Pillow affine, the library of that time's centre of rotation."""
    centre = 75.5
    angle, scale = affine.angle[i].item(), affine.scale[i].item()
    dx, dy = affine.shift_x[i].item(), affine.shift_y[i].item()
    a, b = math.cos(angle) / scale, math.sin(angle) / scale
    x, y = -centre - dx, -centre - dy
    matrix = (a, b, a * x + b * y + centre, -b, a, -b * x + a * y + centre)
    moved = Image.fromarray(image).transform(
        (150, 150), Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR, fillcolor=0
    )
    return np.array(moved).astype(int)


def assert_like_pillow(images: np.ndarray) -> None:
    affine = augment.draw(seed=0, epoch=0, pass_=0, index=torch.arange(len(images)))
    ours = augment.apply(torch.from_numpy(images), affine).numpy()
    differing = 0
    for i, image in enumerate(images):
        difference = np.abs(ours[i] - pillow(image, affine, i))
        assert difference.max() <= 1
        differing += (difference > 0).sum()
    assert differing < 0.01 * images.size


def test_equals_pillow_on_noise():
    """Every pixel counts there, the edges too."""
    noise = np.random.default_rng(0).integers(0, 256, (20, 150, 150), dtype=np.uint8)
    assert_like_pillow(noise)


def test_equals_pillow_on_real_cutouts(mirabest):
    assert_like_pillow(mirabest.images[-20:])


def test_an_image_is_moved_alike_in_any_company():
    images = torch.from_numpy(
        np.random.default_rng(1).integers(0, 256, (5, 150, 150), dtype=np.uint8)
    )
    index = torch.arange(5)
    together = augment.apply(images, augment.draw(3, 2, 1, index))
    alone = augment.apply(images[4:], augment.draw(3, 2, 1, index[4:]))
    assert torch.equal(together[4:], alone)


def test_draws_follow_the_published_distributions():
    affine = augment.draw(0, 0, 0, torch.arange(50_000))
    assert affine.angle.abs().max() <= math.pi
    assert affine.angle.mean().abs() < 0.03
    assert 0.9 <= affine.scale.min() < 0.901
    assert 1.099 < affine.scale.max() <= 1.1
    assert affine.scale.mean() == pytest.approx(1, abs=1e-3)
    for shift in (affine.shift_x, affine.shift_y):
        values, counts = shift.unique(return_counts=True)
        assert values.tolist() == [-2, -1, 0, 1, 2]
        shares = counts / len(shift)
        assert torch.allclose(shares, torch.tensor([1, 2, 2, 2, 1]) / 8, atol=0.01)


def test_the_wide_augmentation_scales_and_shifts_further():
    affine = augment.draw(0, 0, 0, torch.arange(5000), "flip-rotate-scale-shift-wide")
    ends = float(affine.scale.min()), float(affine.scale.max())
    assert ends == pytest.approx((0.85, 1.18), abs=1e-3)
    for shift in (affine.shift_x, affine.shift_y):
        assert shift.unique().tolist() == [-3, -2, -1, 0, 1, 2, 3]
    assert 0.47 < affine.flip.double().mean() < 0.53


def test_another_augmentation_changes_no_draw_that_both_have():
    index = torch.arange(5000)
    gating = augment.draw(7, 2, 1, index)
    for name in ("flip-rotate-scale", "rotate"):
        other = augment.draw(7, 2, 1, index, name)
        assert torch.equal(other.angle, gating.angle)
        assert not other.shift_x.any()
        assert not other.shift_y.any()
    flipped = augment.draw(7, 2, 1, index, "flip-rotate-scale")
    assert torch.equal(flipped.scale, gating.scale)
    assert 0.47 < flipped.flip.double().mean() < 0.53
    both = augment.draw(7, 2, 1, index, "flip-rotate-scale-shift")
    assert torch.equal(both.shift_x, gating.shift_x)
    assert both.shift_x[both.flip].mean().abs() < 0.1  # a mirror image is shifted to no side
    assert gating.flip is None
    assert augment.draw(7, 2, 1, index, "rotate").scale.unique().tolist() == [1]


def assert_alike(found: torch.Tensor, expected: torch.Tensor) -> None:
    """Float rounding may cost one of 255 levels, as in :func:`assert_like_pillow`."""
    difference = (found.int() - expected.int()).abs()
    assert difference.max() <= 1
    assert (difference > 0).float().mean() < 0.05


def test_the_equivariant_augmentation_mirrors_first_and_turns_about_the_centre():
    image = torch.randint(0, 256, (1, 150, 150), dtype=torch.uint8)
    quarter = torch.full((1,), math.pi / 2, dtype=torch.float64)
    one, none = torch.ones(1, dtype=torch.float64), torch.zeros(1, dtype=torch.float64)
    turned = augment.apply(image, augment.Affine(quarter, one, none, none, centre=0.0))
    assert_alike(turned, image.rot90(-1, (-2, -1)))
    flip = torch.tensor([True])
    both = augment.apply(image, augment.Affine(quarter, one, none, none, flip, centre=0.0))
    assert_alike(both, image.flip(-2).rot90(-1, (-2, -1)))


def test_the_strong_augmentation_changes_the_contrast_and_then_blanks_a_square():
    image = torch.full((1, 150, 150), 64, dtype=torch.uint8)
    one, none = torch.ones(1, dtype=torch.float64), torch.zeros(1, dtype=torch.float64)
    affine = augment.Affine(
        none, one, none, none, exponent=one / 2, hole=torch.stack([none, one]), hole_side=40
    )
    expected = torch.full_like(image, 127)  # 255 * sqrt(64 / 255)
    expected[:, :40, 110:] = 0  # at the top, on the right
    assert_alike(augment.apply(image, affine), expected)


def test_the_eight_symmetries_are_those_of_the_square():
    image = torch.arange(4).view(1, 2, 2)
    assert torch.equal(augment.symmetry(image, 0), image)
    found = {tuple(augment.symmetry(image, n).flatten().tolist()) for n in range(8)}
    assert len(found) == 8


def test_input_scaling():
    pixels = torch.tensor([[[0, 51], [204, 255]]], dtype=torch.uint8)
    scaled = augment.to_network_input(pixels)
    assert scaled.shape == (1, 1, 2, 2)
    assert scaled.flatten().tolist() == pytest.approx([-1, -0.6, 0.6, 1])
