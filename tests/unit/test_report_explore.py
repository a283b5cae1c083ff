"""What `radiogaze explore` keeps of a network, and what it refuses."""

import base64
import io
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image

from radiogaze.attention.examples import MapSettings, extract_examples
from radiogaze.attention.gradcam import grad_cam
from radiogaze.attention.resize import to_cutout
from radiogaze.augmentation.transform import to_network_input
from radiogaze.campaigns.variants import Variant, load_sheet
from radiogaze.data.store import Cutouts
from radiogaze.errors import RadiogazeError
from radiogaze.models import AGCNN
from radiogaze.models.registry import build
from radiogaze.report.explore import Passes, explore, read_passes, read_scores
from radiogaze.report.network_file import read_network, to_sheet, write_network


@pytest.fixture(scope="module")
def main(root) -> Variant:
    return load_sheet(root / "experiments/gating.tsv")["mirabest-range-ft-3g"]


@pytest.fixture(scope="module")
def cutouts() -> Cutouts:
    """Two FRI, a FRII and a hybrid, which is not scored."""
    catalogue = pd.DataFrame(
        {
            "index": range(10, 14),
            "position": range(4),
            "source_name": ["a", "b", "c", "d"],
            "label": [0, 3, 5, 8],
            "class": ["FRI", "FRI", "FRII", "hybrid"],
            "confidence": ["certain", "uncertain", "certain", "certain"],
            "morphology": "standard",
            "split": "test",
            "ra_deg": 10.0,
            "dec_deg": np.nan,
            "redshift": 0.1,
            "extent_arcsec": np.nan,
        }
    )
    images = np.zeros((4, 150, 150), np.uint8)
    images[:, 50:90, 60:80] = np.random.default_rng(0).integers(1, 256, (4, 40, 20))
    return Cutouts(images, catalogue)


@pytest.fixture(scope="module")
def model() -> AGCNN:
    torch.manual_seed(0)
    return AGCNN(gates=3, normalisation="range", aggregation="ft").eval()


PASSES = Passes(np.array([10, 11, 12]), np.array([[0.1, 0.9, 1.0], [0.2, 0.4, 1.0]]), "file")


def tile(layer, index) -> np.ndarray:
    """A tile of a sheet in the units of its map."""
    data = base64.b64decode(layer["png"].partition(",")[2])
    sheet = np.asarray(Image.open(io.BytesIO(data)), dtype=float)
    side, columns = layer["side"], layer["columns"]
    top, left = index // columns * side, index % columns * side
    low, high = layer["low"][index], layer["high"][index]
    return low + sheet[top : top + side, left : left + side] / 255 * (high - low)


def test_maps_are_those_of_single_sources_to_8_bits(main, cutouts, model, tmp_path):
    write_network(explore(main, model, cutouts, PASSES, {}), tmp_path / "a.js")
    found = read_network(tmp_path / "a.js")
    layers = {layer["key"]: layer for layer in found["layers"]}
    assert list(layers) == ["image", "mean", "gate1", "gate2", "gate3", "cam0", "cam1"]
    settings = MapSettings(resize="plain")
    for place in range(3):
        alone = extract_examples(main, model, cutouts, {place: ""}, settings, {})
        assert np.array_equal(tile(layers["image"], place).round(), alone.images[0])
        gate = to_cutout(torch.from_numpy(alone.gates[0])[:, None], model.view, "plain")[0]
        blocks = gate.view(75, 2, 75, 2).mean((1, 3)).numpy()
        for key, expected in [("mean", alone.maps[0]), ("gate1", blocks)]:
            step = np.ptp(expected) / 255
            assert np.abs(tile(layers[key], place) - expected).max() < 0.51 * step + 1e-3


def test_a_gate_of_a_framed_image_is_shown_over_the_cutout_alone(main, cutouts):
    """With one gate, its map is the mean map but for its resolution."""
    variant = replace(main, gates=1, size=80)
    torch.manual_seed(0)
    layers = explore(variant, build(variant).eval(), cutouts, PASSES, {})["layers"]
    shown = {layer["key"]: tile(layer, 0) for layer in layers}
    blocks = shown["mean"].reshape(75, 2, 75, 2).mean((1, 3))
    assert shown["gate1"] == pytest.approx(blocks, abs=0.01 * float(np.ptp(blocks)))


def test_each_grad_cam_is_of_its_class(main, cutouts, model):
    layers = explore(main, model, cutouts, PASSES, {})["layers"]
    found = {layer["key"]: (layer["label"], tile(layer, 2)) for layer in layers}
    cams = grad_cam(model, to_network_input(torch.from_numpy(cutouts.images[2:3])))[0]
    for number, name in enumerate(("FRI", "FRII")):
        label, cam = found[f"cam{number}"]
        assert label == f"Grad-CAM of {name}"
        blocks = cams[number].view(50, 3, 50, 3).mean((1, 3)).numpy()
        assert cam == pytest.approx(blocks, abs=0.01 * float(blocks.max()))


def test_passes_are_the_probabilities_of_frii(tmp_path):
    logits = np.log([[[0.9, 0.1], [0.2, 0.8]]])
    np.savez(tmp_path / "logits.npz", index=[10, 11], logits_file=logits)
    assert read_passes(tmp_path / "logits.npz", "file").p_frii.tolist() == [
        pytest.approx([0.1, 0.8])
    ]


def test_predictions_are_summed_up_by_source(main, cutouts, model):
    found = explore(main, model, cutouts, PASSES, {})["sources"]
    assert [one["name"] for one in found] == ["a", "b", "c"]
    assert [one["wrong"] for one in found] == [0.0, 0.5, 0.0]
    assert [one["p_frii"] for one in found] == [0.15, 0.65, 1.0]
    assert [sum(one["histogram"]) for one in found] == [2, 2, 2]
    assert found[2]["histogram"][-1] == 2, "p = 1 is in the last bin"
    assert np.flatnonzero(found[0]["histogram"]).tolist() == [2, 4]  # 0.1 and 0.2
    assert found[0]["dec_deg"] is None


def test_a_network_without_gates_has_grad_cam_alone(main, cutouts):
    torch.manual_seed(0)
    plain = AGCNN(gates=0, normalisation="range", aggregation="ft").eval()
    variant = replace(main, gates=0)
    found = explore(variant, plain, cutouts, PASSES, {})
    assert [layer["key"] for layer in found["layers"]] == ["image", "cam0", "cam1"]


def test_predictions_of_other_sources_are_refused(main, cutouts, model):
    other = replace(PASSES, index=np.array([10, 11, 13]))
    with pytest.raises(RadiogazeError, match="sources that are not the 3 scored ones"):
        explore(main, model, cutouts, other, {})


def test_tiles_fill_one_row_after_the_other():
    arrays = np.random.default_rng(0).random((15, 6, 6))
    sheet = to_sheet(arrays)
    for number in (0, 1, 12, 13, 14):
        assert tile(sheet, number) == pytest.approx(arrays[number], abs=3e-3)


def test_a_constant_map_is_drawn_as_its_minimum():
    layer = to_sheet(np.full((1, 37, 37), 0.25))
    assert (layer["low"], layer["high"]) == ([0.25], [0.25])
    assert not tile({**layer, "low": [0], "high": [255]}, 0).any()


def test_logits_that_are_not_there_are_one_line(tmp_path):
    with pytest.raises(RadiogazeError, match="no such file; make it with radiogaze evaluate"):
        read_passes(tmp_path / "logits.npz", "file")
    np.savez(tmp_path / "logits.npz", index=[1], logits_single=np.zeros((1, 1, 2)))
    with pytest.raises(RadiogazeError, match="expected logits of the order file, found"):
        read_passes(tmp_path / "logits.npz", "file")


def test_sources_that_were_scored_have_their_scores(main, cutouts, model, tmp_path):
    scores = pd.DataFrame(
        {
            "position": [0, 0, 2, 2],
            "class": "FRI",
            "map": ["attention", "random", "attention", "brightness"],
            "deletion": [0.1234, 0.2, 0.3, 0.4],
            "insertion": 0.5,
            "rank": 0.25,
            "pointing": [np.nan, 0, 1, 1],
        }
    )
    scores.to_csv(tmp_path / "gaze.csv", index=False)
    given = read_scores(tmp_path / "gaze.csv")
    found = explore(main, model, cutouts, PASSES, {}, given)["sources"]
    assert found[0]["scores"] == [{"label": "Attention map", "values": [0.123, 0.5, 0.25, None]}]
    assert found[1]["scores"] == []
    assert [one["label"] for one in found[2]["scores"]] == ["Attention map", "Brightness"]
    with pytest.raises(RadiogazeError, match=r"gaze.csv: .*deletion"):
        scores.drop(columns="deletion").to_csv(tmp_path / "gaze.csv", index=False)
        read_scores(tmp_path / "gaze.csv")
