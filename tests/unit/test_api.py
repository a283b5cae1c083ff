"""Trained networks in Python: `radiogaze.load`, and their export."""

import io
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch
from skimage.transform import resize
from torch import nn

import radiogaze
from radiogaze.classify.api import read_cutouts
from radiogaze.classify.export import Exportable, compare, export
from radiogaze.data.preprocess import preprocess
from radiogaze.errors import RadiogazeError
from sky_tools import double, own_weights, write_fits


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    return own_weights(tmp_path_factory.mktemp("w") / "model.safetensors", 0, "range")


def test_importing_the_package_imports_no_library():
    code = (
        "import sys, radiogaze; print({'torch', 'astropy', 'pandas'} & set(sys.modules));"
        "print('load' in dir(radiogaze), callable(radiogaze.load), 'torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:2] == ["set()", "True True True"]
    with pytest.raises(AttributeError, match="no attribute 'lode'"):
        _ = radiogaze.lode


def test_arrays_and_files_of_the_same_source_agree(weights, tmp_path):
    model = radiogaze.load(weights, passes=2, device="cpu")
    image = double()
    path = write_fits(tmp_path / "a.fits", image)
    cutout = preprocess(image)
    found = [model.predict(what) for what in (cutout, cutout[None], image, path, [str(path)])]
    for one in found:
        assert one.p_frii.shape == (1,)
        assert one.classes[0] in ("FRI", "FRII")
        np.testing.assert_array_equal(one.logits, found[0].logits)
    assert model.predict(np.stack([cutout] * 3)).logits.shape == (1, 2, 3, 2)
    assert model.variants[0].variant == "mirabest-range-ft-3g"


def test_masked_pixels_are_no_data():
    image = double()
    image[:, 200:] = 1.0  # an artefact, brighter than the source
    masked = np.ma.masked_array(image, image == 1)
    missing = np.where(image == 1, np.nan, image)
    np.testing.assert_array_equal(read_cutouts(masked, 1.8), read_cutouts(missing, 1.8))


@pytest.mark.parametrize("turned", [lambda x: np.rot90(x, 1), lambda x: np.rot90(x, 2), np.fliplr])
def test_averaged_over_its_symmetries_an_image_has_one_prediction(weights, turned):
    cutout = preprocess(double())
    plain, symmetric = (  # untrained: too sure for its probabilities to differ
        radiogaze.load(weights, **chosen, device="cpu").predict(np.stack([cutout, turned(cutout)]))
        for chosen in ({"passes": 0}, {"symmetries": True})
    )
    (one, other), (same, again) = (found.logits.mean((0, 1)) for found in (plain, symmetric))
    assert abs(one - other).max() > 1
    np.testing.assert_allclose(same, again, rtol=1e-5)
    assert symmetric.logits.shape[1] == 8


def test_attention_maps_have_the_stated_shapes(weights):
    model = radiogaze.load(str(weights), device="cpu")
    seen = model.attention(np.stack([double(), double(seed=1)]))
    assert seen.mean.shape == seen.cutouts.shape == (2, 150, 150)
    assert [gate.shape for gate in seen.gates] == [(2, s, s) for s in (37, 75, 150)]
    for gate in seen.gates:
        np.testing.assert_allclose([gate.min(), gate.max()], [0, 1], atol=1e-6)


def test_attention_of_a_framed_image_is_cut_to_the_cutout(tmp_path):
    """A network of 56 pixels sees 9 pixels of background around the cutout, binned by 3."""
    framed = own_weights(tmp_path / "model.safetensors", 0, "range", size=56)
    seen = radiogaze.load(framed, device="cpu").attention(double())
    assert [gate.shape for gate in seen.gates] == [(1, s, s) for s in (14, 28, 56)]
    whole = [resize(gate[0], (168, 168), order=1, mode="constant") for gate in seen.gates]
    expected = np.mean(whole, axis=0)[9:-9, 9:-9]
    np.testing.assert_allclose(seen.mean[0], expected, atol=1e-5)


def test_what_cannot_be_predicted_is_one_line(weights, tmp_path):
    model = radiogaze.load(weights, device="cpu")
    bad = {
        "nothing to classify": np.zeros((150, 150), np.uint8),
        "at least 150 × 150": np.zeros((2, 100, 100)),
        "two axes": np.zeros((2, 2, 150, 150)),
        "no such file": tmp_path / "none.fits",
        "none given": [],
    }
    for match, images in bad.items():
        with pytest.raises(RadiogazeError, match=match) as caught:
            model.predict(images)
        assert "\n" not in str(caught.value)
    with pytest.raises(RadiogazeError, match="expected 0 or more, found -1"):
        radiogaze.load(weights, passes=-1)
    with pytest.raises(RadiogazeError, match="given twice"):
        radiogaze.load(weights, weights)


def test_an_export_agrees_with_the_evaluation(weights, tmp_path):
    model = radiogaze.load(weights, passes=0, device="cpu")
    path = tmp_path / "m.pt2"
    assert export(model._classifier.members, path) < 1e-5
    assert list(tmp_path.iterdir()) == [path]
    cutouts = np.stack([preprocess(double(seed=seed)) for seed in range(3)])
    with torch.no_grad():
        probabilities, logits = torch.export.load(path).module()(torch.from_numpy(cutouts))
    expected = model.predict(cutouts)
    np.testing.assert_allclose(logits, expected.logits[0, 0], rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(probabilities[:, 1], expected.p_frii, atol=1e-4)
    other = radiogaze.load(own_weights(tmp_path / "other.safetensors", 1, "range"))
    networks = [member.network for member in other._classifier.members]
    with pytest.raises(RadiogazeError, match=r"differs from the original .* nothing was"):
        compare(Exportable(networks).eval(), io.BytesIO(path.read_bytes()))
    with pytest.raises(RadiogazeError, match=r"ends in \.pt2"):
        export(model._classifier.members, tmp_path / "m.onnx")


class Constant(nn.Module):
    """The same two logits for every image."""

    def __init__(self, *logits):
        super().__init__()
        self.logits = torch.tensor(logits)

    def forward(self, images):
        return self.logits.expand(len(images), 2)


def test_an_ensemble_is_exported_as_the_mean_of_its_probabilities():
    """Not as the probabilities of its mean logits: half and half, of a sure and an unsure one."""
    networks = [Constant(0.0, 40.0), Constant(0.0, 0.0)]
    probabilities, logits = Exportable(networks)(torch.zeros(3, 150, 150, dtype=torch.uint8))
    assert probabilities.tolist() == [[0.25, 0.75]] * 3
    assert logits.tolist() == [[0, 20]] * 3


class Brightest(nn.Module):
    """Two logits of an image, fast."""

    def forward(self, images):
        return images.amax((2, 3)) * torch.tensor([1.0, -1.0])


def test_an_export_takes_any_number_of_cutouts(weights, tmp_path):
    member = replace(radiogaze.load(weights)._classifier.members[0], network=Brightest())
    export([member], tmp_path / "m.pt2")
    cutouts = torch.zeros(4097, 150, 150, dtype=torch.uint8)
    probabilities, logits = torch.export.load(tmp_path / "m.pt2").module()(cutouts)
    assert probabilities.shape == (4097, 2)
    assert (logits == torch.tensor([-1.0, 1.0])).all()
