import pytest
import torch

from radiogaze.augmentation.transform import to_network_input
from radiogaze.campaigns.variants import load_sheet
from radiogaze.models import AGCNN, load_released
from radiogaze.models.gates import EXTREMES_NORMALISATIONS, MAP_NORMALISATIONS
from radiogaze.models.inference import FastAGCNN, Summary


def relative(found: torch.Tensor, expected: torch.Tensor) -> float:
    return ((found - expected).abs().max() / expected.abs().max()).item()


@pytest.mark.parametrize("gates", [0, 1, 2, 3])
@pytest.mark.parametrize("name", [*MAP_NORMALISATIONS, *EXTREMES_NORMALISATIONS])
def test_fast_inference_gives_the_networks_logits_and_maps(gates, name):
    torch.manual_seed(gates)
    model = AGCNN(gates=gates, normalisation=name, scope="batch", aggregation="concat").eval()
    for unit in model.units.values():  # statistics as after training, so that folding matters
        unit.norm.running_mean.normal_()
        unit.norm.running_var.uniform_(0.5, 2)
    images = torch.rand(3, 1, 150, 150) * 2 - 1
    fast = FastAGCNN(model)
    with torch.inference_mode():
        assert relative(fast.logits(images), model(images)) < 1e-4
        for found, expected in zip(
            fast.attention_maps(images), model.attention_maps(images), strict=True
        ):
            assert relative(found, expected) < 1e-4


def test_other_choices_are_kept():
    for choice in ({"unit_order": "relu_bn"}, {"scope": "image"}, {"head": "linear"}):
        torch.manual_seed(0)
        model = AGCNN(**choice).eval()
        images = torch.rand(3, 1, 150, 150)
        with torch.inference_mode():
            assert relative(FastAGCNN(model).logits(images), model(images)) < 1e-4


def test_one_pass_serves_every_composition_of_the_batches():
    """The logits of any batching follow from the summaries of images taken in any chunks."""
    torch.manual_seed(0)
    images = torch.rand(7, 1, 150, 150)
    for name in EXTREMES_NORMALISATIONS:
        model = AGCNN(normalisation=name).eval()
        fast = FastAGCNN(model)
        summary = Summary.concatenate([fast.summarise(chunk) for chunk in images.split(3)])
        batches = list(torch.tensor([6, 0, 3, 1, 5, 2, 4]).split(4))
        found = fast.classify(summary, batches)
        with torch.inference_mode():
            for batch in batches:
                assert relative(found[batch], model(images[batch])) < 1e-4


def test_every_released_model_gives_the_plain_forms_logits(mirror, root, mirabest):
    test = mirabest.catalogue["split"].to_numpy() == "test"
    images = to_network_input(torch.from_numpy(mirabest.images[test][:4]))
    for variant in load_sheet(root / "experiments/gating.tsv").values():
        if variant.released_file is None:
            continue
        model = load_released(mirror / "weights" / variant.released_file)
        # The published standardisation adds large terms of both signs over all pixels.
        tolerance = 5e-4 if variant.normalisation == "standardisation" else 1e-4
        with torch.inference_mode():
            error = relative(FastAGCNN(model).logits(images), model(images))
        assert error < tolerance, variant.variant
