import pytest
import torch

from radiogaze.augmentation.transform import to_network_input
from radiogaze.campaigns.variants import load_sheet
from radiogaze.errors import RadiogazeError
from radiogaze.models import AGCNN, load_released
from radiogaze.models.gates import (
    MAP_NORMALISATIONS,
    MIN_MAX_NORMALISATIONS,
    AttentionGate,
    Normaliser,
)
from radiogaze.models.inference import FastAGCNN, Summary
from radiogaze.models.view import View
from rounding import Rounding


@pytest.mark.parametrize("gates", [0, 1, 2, 3])
@pytest.mark.parametrize("name", [*MAP_NORMALISATIONS, *MIN_MAX_NORMALISATIONS])
def test_fast_inference_gives_the_networks_logits(gates, name):
    torch.manual_seed(gates)
    model = AGCNN(gates=gates, normalisation=name, scope="batch", aggregation="concat").eval()
    for unit in model.units.values():  # statistics as after training, so that folding matters
        unit.norm.running_mean.normal_()
        unit.norm.running_var.uniform_(0.5, 2)
    images = torch.rand(2, 1, 150, 150) * 2 - 1
    fast = FastAGCNN(model)
    with torch.inference_mode():
        rounding = Rounding(model, images)
        assert rounding.allows(fast.logits(images))
        assert rounding.allows(model(images))


def test_other_choices_are_kept():
    for choice in ({"unit_order": "relu_bn"}, {"scope": "image"}, {"head": "linear"}):
        torch.manual_seed(0)
        model = AGCNN(**choice).eval()
        images = torch.rand(2, 1, 150, 150)
        with torch.inference_mode():
            assert Rounding(model, images).allows(FastAGCNN(model).logits(images))


class _OwnScores(AttentionGate):
    def compatibility(self, x, g):
        return self.psi(torch.relu(self.theta(x)))


class _OwnSum(AttentionGate):
    def summed(self, x, g):
        return 2 * super().summed(x, g)


def test_a_gate_of_ones_own_is_evaluated_as_it_is_or_refused():
    torch.manual_seed(0)
    model = AGCNN(gates=1)
    images = torch.rand(2, 1, 150, 150)
    model.gates[0] = _OwnScores(32, 64, Normaliser("range", "image"))
    with torch.inference_mode():
        assert Rounding(model.eval(), images).allows(FastAGCNN(model).logits(images))
    model.gates[0] = _OwnSum(32, 64, Normaliser("range", "image"))
    with pytest.raises(RadiogazeError, match="gate _OwnSum: has its own summed, which fast"):
        FastAGCNN(model)


class _OfEachChannel(AttentionGate):
    def compatibility(self, x, g):
        return x


class _Squeezed(AttentionGate):
    def compatibility(self, x, g):
        return super().compatibility(x, g).squeeze(1)


@pytest.mark.parametrize(("kind", "shape"), [(_OfEachChannel, "3, 32, 14"), (_Squeezed, "3, 14")])
def test_scores_of_another_shape_are_refused_wherever_the_gate_is_used(kind, shape):
    model = AGCNN(gates=1, normalisation="softmax", view=View(56))
    model.gates[0] = kind(32, 64, Normaliser("softmax"))
    images = torch.rand(3, 1, 150, 150)
    for use in (model, model.attention_maps, FastAGCNN(model).logits):
        message = rf"compatibility scores: found shape \[{shape}, 14\], expected \[N, 1, H, W\]"
        with pytest.raises(RadiogazeError, match=message):
            use(images)


def test_one_pass_serves_every_composition_of_the_batches():
    """The logits of any batching follow from the summaries of images taken in any chunks."""
    torch.manual_seed(0)
    images = torch.rand(7, 1, 150, 150)
    for name in MIN_MAX_NORMALISATIONS:
        model = AGCNN(normalisation=name).eval()
        fast = FastAGCNN(model)
        summary = Summary.concatenate([fast.summarise(chunk) for chunk in images.split(3)])
        batches = list(torch.tensor([6, 0, 3, 1, 5, 2, 4]).split(4))
        found = fast.classify(summary, batches)
        with torch.inference_mode():
            for batch in batches:
                assert Rounding(model, images[batch]).allows(found[batch])


def test_every_released_model_gives_the_logits_of_float64(mirror, root, mirabest):
    test = mirabest.catalogue["split"].to_numpy() == "test"
    images = to_network_input(torch.from_numpy(mirabest.images[test][:2]))
    for variant in load_sheet(root / "experiments/gating.tsv").values():
        if variant.released_file is None:
            continue
        model = load_released(mirror / "weights" / variant.released_file)
        with torch.inference_mode():
            rounding = Rounding(model, images)
            assert rounding.allows(FastAGCNN(model).logits(images)), variant.variant
            assert rounding.allows(model(images)), variant.variant
