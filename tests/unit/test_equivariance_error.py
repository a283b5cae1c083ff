"""What rotations do to networks, and maps of framed images."""

from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner

from cutout_tools import cutouts_of
from radiogaze.attention.aggregate import aggregate_attention, full_turn
from radiogaze.attention.examples import MapSettings
from radiogaze.augmentation import transform as augment
from radiogaze.augmentation.transform import to_network_input
from radiogaze.campaigns.variants import Variant, load_sheet
from radiogaze.cli.equivariance import command
from radiogaze.data.store import Cutouts, save_cutouts
from radiogaze.errors import RadiogazeError
from radiogaze.evaluation.equivariance import equivariance_errors, transform
from radiogaze.evaluation.equivariance_errors import (
    EquivarianceMeasurement,
    read_errors,
    summarise,
    write_errors,
)
from radiogaze.models.load import save_weights
from radiogaze.models.registry import build


@pytest.fixture(scope="module")
def cutouts() -> Cutouts:
    """Six test sources: blobs off the centre, inside the disc."""
    rows, columns = np.indices((150, 150)) - 74.5
    images = []
    for number in range(6):
        x, y = 22 * np.cos(number), 22 * np.sin(number) + 5
        blob = np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (20 + 10 * number))
        images.append((200 * blob).astype(np.uint8))
    return cutouts_of(np.stack(images), [0, 5, 0, 5, 0, 5])


def narrow(root: Path, name: str) -> Variant:
    return load_sheet(root / "tests/fixtures/narrow.tsv")[name]


def untrained(variant: Variant) -> torch.nn.Module:
    torch.manual_seed(3)
    return build(variant).eval()


def errors_of(root, cutouts, name, angles=(90.0, 180.0, 270.0)):
    variant = narrow(root, name)
    return equivariance_errors(variant, untrained(variant), cutouts, 6, angles)


@pytest.mark.parametrize(("name", "mirrors"), [("c4-attention", False), ("d4-attention", True)])
def test_quarter_turns_are_exact_only_where_the_size_halves_evenly(root, cutouts, name, mirrors):
    errors = errors_of(root, cutouts, name)
    turns = [e for e in errors if not e.mirrored]
    exact, broken = ([e for e in turns if e.padded == padded] for padded in (True, False))
    assert {e.size for e in exact} == {80}
    assert {e.size for e in broken} == {75}
    assert max(e.map_max for e in exact) < 1e-4
    assert max(e.logits for e in exact) < 1e-3
    assert min(e.map_max for e in broken) > 1e-2
    (mirror,) = [e for e in errors if e.mirrored and e.padded]
    assert (mirror.map_max < 1e-4) == mirrors


def test_a_plain_network_is_not_equivariant_at_any_size(root, cutouts):
    errors = errors_of(root, cutouts, "attention", (90.0,))
    assert min(e.map_max for e in errors) > 1e-2
    assert all(e.sources == 6 for e in errors)


def test_a_network_without_gates_has_no_maps_and_one_size(root, cutouts):
    errors = errors_of(root, cutouts, "lenet", (90.0, 45.0))
    assert {(e.size, e.map_rms, e.map_max) for e in errors} == {(80, None, None)}
    assert all(e.padded for e in errors)
    assert [(e.angle, e.mirrored) for e in errors] == [(90, False), (45, False), (0, True)]


def test_errors_of_the_logits_are_those_of_the_turned_images_by_hand(root, cutouts):
    variant = narrow(root, "lenet")
    model, inputs = untrained(variant), to_network_input(torch.from_numpy(cutouts.images))

    def margins(images):
        with torch.no_grad():
            return torch.diff(model(images))[:, 0].double()

    model.fc3.bias.data[1] -= margins(inputs).mean()  # so that both classes are predicted
    plain, moved = margins(inputs), margins(inputs.rot90(1, (2, 3)))
    (error, *_) = equivariance_errors(variant, model, cutouts, 6, (90.0,))
    expected = ((moved - plain) ** 2).mean().sqrt() / np.std(plain.numpy(), ddof=1)
    assert error.logits == pytest.approx(float(expected), rel=1e-4)
    assert error.changed == pytest.approx(float(((moved > 0) != (plain > 0)).double().mean()))
    assert error.changed != 0.5


def test_constant_logits_have_no_relative_error(root, cutouts):
    variant = narrow(root, "lenet")
    model = untrained(variant)
    torch.nn.init.zeros_(model.fc3.weight)
    assert equivariance_errors(variant, model, cutouts, 6, (90.0,))[0].logits is None


def test_what_is_not_finite_is_refused(root, cutouts):
    variant = narrow(root, "lenet")
    model = untrained(variant)
    torch.nn.init.constant_(model.fc3.bias, float("nan"))
    with pytest.raises(RadiogazeError, match="lenet: logits or maps are not finite at 90 degrees"):
        equivariance_errors(variant, model, cutouts, 6, (90.0,))


def test_a_turn_by_a_little_less_than_a_quarter_is_nearly_one():
    rows = torch.linspace(-1, 1, 150)
    images = torch.exp(-((rows[:, None] - 0.3) ** 2 + (rows - 0.1) ** 2) * 9)[None, None]
    for angle in (90.0, 180.0, 270.0):
        exact, nearly = transform(images, angle, False), transform(images, angle - 1e-4, False)
        assert (exact - nearly).abs().max() < 1e-3
        assert (exact - images).abs().max() > 0.1


def test_a_full_turn_is_made_of_equal_steps_about_the_centre():
    turn = full_turn(180)
    index = torch.arange(3)
    steps = [turn(pass_, index) for pass_ in (0, 1, 45, 179)]
    degrees = [torch.rad2deg(step.angle).tolist() for step in steps]
    assert degrees == [pytest.approx([angle] * 3) for angle in (0, 2, 90, 358)]
    images = torch.arange(3 * 150 * 150).remainder(251).to(torch.uint8).view(3, 150, 150)

    def difference(one, other):  # one count: 8-bit truncation of a float that rounding moved
        return int((one.int() - other.int()).abs().max())

    assert difference(augment.apply(images, steps[0]), images) <= 1
    quarter = augment.apply(images, steps[2])
    assert min(difference(quarter, images.rot90(k, (1, 2))) for k in (1, 3)) <= 1


def test_mean_maps_over_a_full_turn_are_symmetric(root, cutouts):
    """Of an equivariant network, and the mean images of any; random passes are another thing."""
    variant = narrow(root, "c4-attention")
    model, extraction = untrained(variant), MapSettings(resize="plain")
    quarters = aggregate_attention(
        variant, model, cutouts, extraction, 0, range(4), {}, full_turn(4)
    )
    assert quarters.maps.shape == quarters.images.shape == (6, 150, 150)
    for values in (quarters.maps, quarters.images):
        assert np.abs(values - np.rot90(values, axes=(1, 2))).max() < 0.01
    random = aggregate_attention(variant, model, cutouts, extraction, 7, range(2), {})
    assert np.abs(random.images - np.rot90(random.images, axes=(1, 2))).max() > 0.1
    own = aggregate_attention(
        variant, model, cutouts, extraction, 0, range(2), {},
        lambda pass_, index: augment.draw(7, 0, pass_, index, "flip-rotate-scale"),
    )  # fmt: skip
    assert np.array_equal(own.maps, random.maps)


ERROR = EquivarianceMeasurement(152, True, 90.0, False, 32, 1.3e-6, 0.0, 2e-7, 1.5e-6)


def test_errors_survive_the_file(tmp_path):
    lenet = EquivarianceMeasurement(150, False, 45.0, True, 32, None, 0.25, None, None)
    write_errors([ERROR, lenet], tmp_path / "e.csv")
    assert read_errors(tmp_path / "e.csv") == [ERROR, lenet]
    lines = summarise([ERROR, lenet])
    logits = "quarter turns: logits change by up to 1.3e-06 of their spread"
    assert lines == [
        f"152 pixels, {logits}, maps by up to 1.5e-06",
        "150 pixels, quarter turns: not measured",
    ]
    plain = EquivarianceMeasurement(150, False, 90.0, False, 32, 1.3e-6, 0.25, None, None)
    assert summarise([plain]) == [f"150 pixels, {logits}"]  # a network without maps


@pytest.mark.parametrize(
    "text", ["size,padded\n150,True\n", "a\n1\n", "size,padded,angle\n150,perhaps,1\n"]
)
def test_another_table_is_refused_in_one_line(tmp_path, text):
    path = tmp_path / "e.csv"
    path.write_text(text)
    with pytest.raises(RadiogazeError, match="make it again with radiogaze equivariance") as caught:
        read_errors(path)
    assert "\n" not in str(caught.value)


def test_the_verb_measures_every_step(root, cutouts, tmp_path):
    images, catalogue, weights = (tmp_path / n for n in ("i.npz", "c.csv", "m.safetensors"))
    save_cutouts(cutouts, images, catalogue)
    variant = narrow(root, "lenet")
    save_weights(weights, untrained(variant).state_dict(), {"variant": vars(variant)})
    arguments = ["lenet", "--sheet", root / "tests/fixtures/narrow.tsv", "--images", images]
    arguments += ["--catalogue", catalogue, "--weights", weights, "--device", "cpu"]
    arguments += ["--steps", 4, "--sources", 4, "--out", tmp_path / "e.csv"]
    done = CliRunner().invoke(command, list(map(str, arguments)), catch_exceptions=False)
    assert done.exit_code == 0
    assert "quarter turns" in done.output
    found = read_errors(tmp_path / "e.csv")
    assert [(e.angle, e.mirrored, e.sources) for e in found] == [
        (90, False, 4), (180, False, 4), (270, False, 4), (0, True, 4)
    ]  # fmt: skip
