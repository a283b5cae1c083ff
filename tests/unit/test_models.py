import dataclasses
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from radiogaze.augmentation.transform import to_network_input
from radiogaze.campaigns.variants import find_variant, load_sheet
from radiogaze.errors import RadiogazeError
from radiogaze.models import AGCNN, ClassicCNN, build, count_parameters, load_released
from radiogaze.models.agcnn import UNIT_ORDERS
from radiogaze.models.gates import MAP_NORMALISATIONS, MIN_MAX_NORMALISATIONS, Normaliser
from radiogaze.models.load import load_variant
from radiogaze.models.released import parse_folder
from radiogaze.models.summary import summarise_gate, summarise_network
from sky_tools import own_weights

MAIN = "0709Exp1-range_norm-MiraBestNOHYBRIDAdam-AGRadGalNetft-5e-05"
REFERENCES = [MAIN, "0709Exp2-softmax-MiraBestNOHYBRIDAdam-AGRadGalNetconcat-5e-05"]


@pytest.mark.parametrize(
    ("gates", "aggregation", "parameters"),
    [
        (3, "ft", 101_447),
        (3, "mean", 101_433),
        (3, "concat", 101_429),
        (3, "deepsup", 101_543),
        (2, "ft", 96_884),
        (1, "ft", 91_661),
        (0, None, 95_750),
    ],
)
def test_parameter_counts(gates, aggregation, parameters):
    assert count_parameters(AGCNN(gates=gates, aggregation=aggregation)) == parameters


def test_classic_cnn_has_the_parameters_of_the_published_code():
    model = ClassicCNN().eval()
    assert count_parameters(model) == 184_442
    assert model(torch.zeros(2, 1, 150, 150)).shape == (2, 2)
    assert model.attention_maps(torch.zeros(2, 1, 150, 150)) == []


@pytest.mark.parametrize("folder", REFERENCES)
def test_released_models_give_the_authors_outputs(folder, mirror, fixtures, mirabest):
    reference = np.load(fixtures / "reference_outputs" / f"{folder}.npz")
    epoch = json.loads(str(reference["meta"]))["epoch"]
    model = load_released(mirror / "weights" / folder / f"{epoch}.pt")
    test = mirabest.catalogue["split"].to_numpy() == "test"
    images = to_network_input(torch.from_numpy(mirabest.images[test]))
    with torch.inference_mode():
        # one batch of FRI sources, and the last of the file, which holds the hybrids
        for rows in (slice(0, 16), slice(144, 153)):
            logits = model(images[rows.start : rows.start + 16])[: rows.stop - rows.start]
            expected = reference["logits_b16"][rows]
            scale = np.abs(reference["logits_b16"]).max()
            assert np.abs(logits.numpy() - expected).max() < 1e-4 * scale
            probabilities = torch.softmax(logits, 1).numpy()
            assert np.abs(probabilities - reference["prob_b16"][rows]).max() < 1e-4
        for row, index in enumerate(reference["att_source_index"]):
            maps = model.attention_maps(images[[index]])
            assert [list(m.shape) for m in maps] == [[1, 1, s, s] for s in (37, 75, 150)]
            for gate, found in enumerate(maps, start=1):
                expected = reference[f"att{gate}_b1"][row]
                assert np.abs(found[0, 0].numpy() - expected).max() < 1e-4
        grouped = model.attention_maps(images[:16])
        for gate in (1, 2):
            expected = reference[f"att{gate}_b16"]
            rows = grouped[gate - 1][reference["att_source_index"], 0].numpy()
            assert np.abs(rows - expected).max() < 1e-4


def test_every_released_model_of_the_sheet_loads(mirror, root):
    variants = load_sheet(root / "experiments/gating.tsv").values()
    released = [variant for variant in variants if variant.released_file]
    assert len(released) == 22
    for variant in released:
        model = load_variant(variant, mirror / "weights" / str(variant.released_file))
        assert not model.training
        assert sum(p.numel() for p in model.parameters()) == count_parameters(build(variant))


def test_weights_of_another_variant_or_none_are_refused(mirror, root, tmp_path):
    sheet = load_sheet(root / "experiments/gating.tsv")
    other = mirror / "weights" / str(sheet["mirabest-softmax-ft-3g"].released_file)
    with pytest.raises(RadiogazeError, match=r"normalisation softmax, but variant .* has range$"):
        load_variant(sheet["mirabest-range-ft-3g"], other)
    row = sheet["mirabest-softmax-ft-3g"]
    for column, cell in {"head": "linear", "size": 80, "unit_order": "relu_bn"}.items():
        with pytest.raises(RadiogazeError, match=f"released with {column} .* has {cell}$"):
            load_variant(dataclasses.replace(row, **{column: cell}), other)
    with pytest.raises(RadiogazeError, match=r"README\.md: expected weights: model\.safetensors"):
        load_variant(sheet["mirabest-range-ft-3g"], root / "README.md")
    own = own_weights(tmp_path / "model.safetensors", 0, "softmax")
    message = "with variant mirabest-softmax-ft-3g, but variant mirabest-range-ft-3g was asked for"
    with pytest.raises(RadiogazeError, match=message):
        load_variant(sheet["mirabest-range-ft-3g"], own)


def test_a_file_under_the_wrong_folder_name_is_refused(mirror, tmp_path):
    wrong = tmp_path / MAIN.replace("ft-5e-05", "concat-5e-05") / "26.pt"
    wrong.parent.mkdir()
    shutil.copy(mirror / "weights" / MAIN / "26.pt", wrong)
    with pytest.raises(RadiogazeError, match="does not fit its folder's name"):
        load_released(wrong)


class Gadget:
    """Runs a command when a careless reader unpickles it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


@pytest.mark.parametrize("state", [{1: torch.zeros(2)}, {"conv1a.weight": 3}, [torch.zeros(2)]])
def test_a_weights_file_of_anything_but_tensors_by_name_is_one_line(tmp_path, state):
    path = tmp_path / MAIN / "26.pt"
    path.parent.mkdir()
    torch.save(state, path)
    with pytest.raises(RadiogazeError, match=r"26\.pt: holds a (dict|list), expected tensors by"):
        load_released(path)


def test_code_in_a_weights_file_is_never_run(tmp_path):
    trap = tmp_path / "touched"
    path = tmp_path / MAIN / "26.pt"
    path.parent.mkdir()
    torch.save({"conv1a.weight": Gadget(trap)}, path)
    with pytest.raises(RadiogazeError, match=r"expected a file of weights, found .*; make"):
        load_released(path)
    assert not trap.exists()


@pytest.mark.parametrize("content", [b"", b"not weights", b"PK\x03\x04 broken zip"])
def test_broken_weights_are_one_line(content, tmp_path):
    path = tmp_path / MAIN / "26.pt"
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(RadiogazeError) as caught:
        load_released(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_missing_weights_and_foreign_folders(tmp_path):
    with pytest.raises(RadiogazeError, match="no such file"):
        load_released(tmp_path / MAIN / "26.pt")
    with pytest.raises(RadiogazeError, match="not the name of a released model"):
        parse_folder("my-model")


def test_batch_scope_couples_images_and_image_scope_does_not():
    torch.manual_seed(0)
    images = torch.rand(4, 1, 150, 150)
    for scope, coupled in (("batch", True), ("image", False)):
        torch.manual_seed(1)
        model = AGCNN(normalisation="range", scope=scope).eval()
        with torch.inference_mode():
            together, alone = model(images)[:1], model(images[:1])
        assert torch.allclose(together, alone, rtol=1e-3, atol=1e-3) is not coupled


def test_a_normalisation_of_another_shape_is_refused(monkeypatch):
    monkeypatch.setitem(MAP_NORMALISATIONS, "flat", lambda c: c.flatten(2).softmax(-1))
    with pytest.raises(RadiogazeError, match=r"normalisation flat: gives shape \[2, 1, 12\] for"):
        Normaliser("flat")(torch.rand(2, 1, 3, 4))


@pytest.mark.parametrize("function", [lambda _: None, lambda _: 1.0, lambda c: c.topk(300)[0]])
def test_a_normalisation_that_gives_no_map_is_refused_in_one_line(monkeypatch, function):
    monkeypatch.setitem(MAP_NORMALISATIONS, "none", function)
    with pytest.raises(RadiogazeError, match="normalisation none: expected a function") as raised:
        Normaliser("none")
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    "of_range",
    [
        lambda r: r**2,
        lambda r: r.clamp(0.1, 0.9),
        lambda r: torch.sigmoid(8 * (r - 0.5)),
        lambda r: r**2 * (3 - 2 * r),
        lambda r: r - r.mean((1, 2, 3), keepdim=True),
        lambda r: (r * 90 - 40).clamp(min=-30),  # linear from 1 to 3 only
    ],
)
def test_a_normalisation_that_is_not_linear_in_the_scores_is_refused(monkeypatch, of_range):
    """Fast inference would compute another network; most of these are straight at three points."""
    formula = lambda c, low, high: of_range((c - low) / (high - low))  # noqa: E731
    monkeypatch.setitem(MIN_MAX_NORMALISATIONS, "bent", formula)
    with pytest.raises(RadiogazeError, match="normalisation bent: is not linear"):
        Normaliser("bent", "image")


@pytest.mark.parametrize(
    "over",
    [
        lambda c: c / c.max(),
        lambda c: c / c.abs().max(),
        lambda c: c / c.square().mean().sqrt(),
        lambda c: c.softmax(0),
    ],
)
def test_a_normalisation_in_which_maps_depend_on_others_is_refused(monkeypatch, over):
    """Fast inference would take such a maximum over a chunk of images, whatever their batch."""
    monkeypatch.setitem(MAP_NORMALISATIONS, "peak", lambda c: c / c.amax((1, 2, 3), keepdim=True))
    assert Normaliser("peak")(torch.rand(2, 1, 3, 4)).amax((1, 2, 3)).tolist() == [1, 1]
    monkeypatch.setitem(MAP_NORMALISATIONS, "over", over)
    with pytest.raises(RadiogazeError, match="normalisation over: gives a map other values"):
        Normaliser("over")


@pytest.mark.parametrize("name", [*MAP_NORMALISATIONS, *MIN_MAX_NORMALISATIONS])
def test_normalisations_follow_their_formulas(name):
    c = torch.tensor([[1.0, 2.0, 4.0], [0.5, 3.0, 2.5]]).view(2, 1, 1, 3)
    expected = {
        "softmax": torch.softmax(c, dim=-1),
        "sigmoid": 1 / (1 + torch.exp(-c)),
        "tanh": torch.tanh(c),
        "standardisation-as-written": (c - 0.5) / 0.25,
        "uniform": torch.ones(2, 1, 1, 3),
        "range": (c - 0.5) / 3.5,
        "standardisation": ((c - 0.5) / 4 - 0.5) / 0.25,
    }
    assert torch.allclose(Normaliser(name, "batch")(c), expected[name])


def test_a_normalisation_that_sheets_allow_and_no_module_has_is_one_line(monkeypatch, root):
    row = find_variant(root / "experiments/gating.tsv", "mirabest-softmax-ft-3g")
    monkeypatch.delitem(MAP_NORMALISATIONS, "softmax")
    with pytest.raises(
        RadiogazeError, match=r"mirabest-softmax-ft-3g: normalisation 'softmax', exp"
    ):
        build(row)
    monkeypatch.setattr(AGCNN, "reset_parameters", lambda _: int("a fault of the code"))
    with pytest.raises(ValueError, match="a fault of the code"):  # is not one of the sheet
        build(find_variant(root / "experiments/gating.tsv", "mirabest-range-ft-3g"))


def test_the_order_of_batch_norm_and_relu_is_a_choice():
    torch.manual_seed(0)
    x = torch.randn(1, 1, 8, 8)
    for order in UNIT_ORDERS:
        unit = AGCNN(unit_order=order).eval().units["1a"]
        norm = nn.BatchNorm2d(6).eval()
        norm.load_state_dict(unit.norm.state_dict())
        with torch.inference_mode():
            y = unit.conv(x)
            expected = norm(y.relu()) if order == "relu_bn" else norm(y).relu()
            assert torch.equal(unit(x), expected)


def test_the_linear_head_is_equation_13():
    torch.manual_seed(0)
    model = AGCNN(head="linear")
    features = [torch.randn(5, n) for n in (32, 16, 6)]
    votes = [layer(f) for layer, f in zip(model.readout.per_gate, features, strict=True)]
    expected = model.readout.combined(torch.cat(votes, 1))
    assert torch.equal(model.readout(features), expected)
    assert not torch.equal(AGCNN(head="relu").readout(features), expected)


@pytest.mark.parametrize("gates", [1, 2, 3])
def test_mean_pooling_reads_means_over_the_positions_of_each_gate(gates):
    torch.manual_seed(0)
    model = AGCNN(gates=gates, normalisation="sigmoid", pooling="mean").eval()
    plain = AGCNN(gates=gates, normalisation="sigmoid").readout
    plain.load_state_dict(model.readout.state_dict())
    images = torch.rand(2, 1, 150, 150) * 2 - 1
    with torch.inference_mode():
        features = model.features(images)
        means = [gate(x, features.top)[0].mean((2, 3)) for gate, x in model.gated(features)]
        torch.testing.assert_close(model(images), plain(means), rtol=1e-4, atol=1e-5)


def test_published_initialisation():
    torch.manual_seed(0)
    model = AGCNN()
    assert all(gate.psi.bias.item() == 10 for gate in model.gates)
    weight = model.units["4b"].conv.weight
    assert weight.std().item() == pytest.approx((2 / (64 * 9)) ** 0.5, rel=0.02)
    norms = torch.cat([unit.norm.weight for unit in model.units.values()])
    assert norms.mean().item() == pytest.approx(1, abs=0.01)
    assert norms.std().item() == pytest.approx(0.02, rel=0.2)


def test_dropout_acts_in_training_only():
    torch.manual_seed(0)
    images = torch.rand(2, 1, 150, 150)
    model = AGCNN().eval()
    with torch.no_grad():
        assert torch.equal(model(images), model(images))
        model.dropout.train()
        assert not torch.equal(model(images), model(images))


@pytest.mark.parametrize("shape", [(0, 1, 150, 150), (1, 3, 150, 150), (150, 150), (1, 1, 64, 64)])
def test_images_of_another_shape_are_refused(shape):
    with pytest.raises(ValueError, match=r"expected \[N, 1, 150, 150\]"):
        AGCNN()(torch.zeros(shape))


def test_summaries_add_up_to_the_network():
    model = AGCNN()
    *rows, total = summarise_network(model)
    assert sum(row.parameters for row in rows) == total.parameters == count_parameters(model)
    gate = summarise_gate(model, 1)
    assert sum(row.parameters for row in gate[2:-1]) == gate[-1].parameters == 6209
