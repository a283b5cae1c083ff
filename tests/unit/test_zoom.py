"""The network of two zooms: what it reads, where its maps lie, training on every source."""

import copy
import json
from dataclasses import replace

import pandas as pd
import pytest
import torch

from radiogaze.attention.extract import attention_network
from radiogaze.attention.gradcam import grad_cam
from radiogaze.campaigns.variants import load_sheet
from radiogaze.data.splits import draw_split, use_fold
from radiogaze.errors import RadiogazeError
from radiogaze.models import build, count_parameters
from radiogaze.models.inference import prepare
from radiogaze.models.zoom import ZoomNetwork, merge_zooms
from radiogaze.terms import FOLDS, NONE_VALIDATES
from radiogaze.training.engine import train
from radiogaze.training.run import SeedRun
from radiogaze.training.samples import BatchSampler, DeviceImages
from training_tools import PROVENANCE, ROOT, few_cutouts, small_job

SHEET = load_sheet(ROOT / "experiments/own.tsv")


@pytest.fixture(scope="module")
def images():
    """Blank fields with one bright square each, off the centre by a number of pixels."""
    images = torch.full((3, 1, 150, 150), -1.0)
    for number, shift in enumerate((0, 20, 60)):
        images[number, :, 72:78, 72 + shift : 78 + shift] = 1
    return images


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    return ZoomNetwork().eval()


def test_it_is_smaller_than_the_networks_of_the_papers():
    ours, theirs = (count_parameters(build(SHEET[name])) for name in ("zoom", "ag-cnn"))
    assert (ours, theirs) == (68_661, 101_447)


def test_the_maps_of_an_image_sum_to_one_and_lie_over_the_field(network, images):
    maps = network.attention_maps(images)
    assert [tuple(each.shape) for each in maps] == [(3, 1, side, side) for side in (20, 40, 80)]
    for each in maps:
        assert torch.allclose(each.sum((1, 2, 3)), torch.ones(3), atol=1e-5)


def test_without_gates_there_are_no_maps(images):
    assert build(SHEET["zoom-average"]).eval().attention_maps(images) == []


def test_features_are_not_shifted_against_the_image():
    """What a blob in the middle changes lies in the middle, as a mean over initial weights."""
    blank = torch.full((1, 1, 150, 150), -1.0)
    blob = blank.clone()
    blob[:, :, 70:80, 70:80] = 1
    shifts = []
    for seed in range(20):
        torch.manual_seed(seed)
        network = ZoomNetwork(zooms=1).eval()
        with torch.no_grad():
            pairs = zip(network.features(blob), network.features(blank), strict=True)
            changes = [(seen - empty).abs().sum((0, 1, 2)) for seen, empty in pairs]
        places = [torch.arange(len(change)) - (len(change) - 1) / 2 for change in changes]
        found = zip(changes, places, strict=True)
        shifts.append([float((change * at).sum() / change.sum()) for change, at in found])
    assert torch.tensor(shifts).mean(0).abs().max() < 0.1  # cells


def test_classes_follow_from_nothing_but_what_the_gates_pool(network, images):
    """With each map on one cell of the field's edge, which is blank, all images look alike."""

    class Corner(torch.nn.Module):
        def forward(self, scores):
            chosen = torch.zeros_like(scores)
            chosen[..., 0, 0] = 1
            return chosen

    before = network(images).std(0).max()
    assert before > 1e-4
    gated = copy.deepcopy(network)
    for gate in gated.gates:
        gate.normaliser = Corner()
    assert gated(images).std(0).max() < before / 100


def test_the_second_zoom_sees_the_centre_alone(network, images):
    views = network.views(images)
    whole, centre = views.split(3)
    assert (whole.sum((1, 2, 3)) > 1).all()
    assert [bool(v.sum() > 1) for v in centre] == [True, True, False]
    assert torch.isfinite(views).all() and views.min() == 0


@pytest.mark.parametrize(("pixel", "cell"), [(35, 0), (74, 39), (114, 79)])
def test_the_second_zoom_is_the_middle_of_the_field_to_the_pixel(network, pixel, cell):
    image = torch.full((1, 1, 150, 150), -1.0)
    image[..., pixel, pixel] = 1
    assert torch.nonzero(network.views(image)[1, 0]).tolist() == [[cell, cell]]


def test_the_map_of_the_second_zoom_lies_in_the_middle_of_that_of_the_field():
    """Two images; every map is 1 in one cell, which for the field is four finer cells."""
    maps = torch.zeros(4, 1, 20, 20)
    for number, at in enumerate([(3, 4), (0, 0), (10, 10), (19, 0)]):
        maps[number, 0][at] = 1
    for merged, (row, column), centre in zip(
        merge_zooms(maps, 2)[:, 0], [(6, 8), (0, 0)], [(20, 20), (29, 10)], strict=True
    ):
        expected = torch.zeros(40, 40)
        expected[row : row + 2, column : column + 2] = 1 / 8
        expected[centre] = 1 / 2
        assert torch.equal(merged, expected)


def test_an_image_has_the_same_logits_in_any_company(network, images):
    alone = torch.cat([network(image) for image in images.split(1)])
    assert torch.allclose(network(images), alone, atol=1e-5)
    assert alone.std(0).max() > 1e-4


def test_the_slope_at_the_blank_background_is_finite(network, images):
    inputs = images.clone().requires_grad_()
    network(inputs).sum().backward()
    assert torch.isfinite(inputs.grad).all()


def test_evaluation_gives_the_networks_own_logits(network, images):
    fast = prepare(network, "cpu")
    summary = fast.summarise(images)
    assert torch.allclose(fast.classify(summary, [torch.arange(3)]), network(images), atol=1e-6)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"gates": 2}, "gates is 2, expected 0 or 3 for zoom"),
        ({"normalisation": None}, "normalisation must be given"),
        ({"size": 80}, "size is 80, expected 150 for zoom"),
        ({"architecture": "lenet", "gates": None}, "zooms is 2, expected 1 for lenet"),
    ],
)
def test_a_row_that_cannot_be_built_is_refused(tmp_path, changes, message):
    row = replace(SHEET["zoom"], **changes)
    cells = {k: "none" if v is None or v == () else str(v) for k, v in vars(row).items()}
    path = tmp_path / "sheet.tsv"
    path.write_text("\t".join(cells) + "\n" + "\t".join(cells.values()) + "\n")
    with pytest.raises(RadiogazeError, match=message):
        load_sheet(path)


def small(**changes):
    job = small_job(recipe="zoom", **changes)
    return replace(job, variant=replace(SHEET["zoom"], recipe="zoom"))


def test_split_all_trains_on_every_source(tmp_path):
    cutouts = few_cutouts()
    whole = train(small(), cutouts, tmp_path / "state", tmp_path / "whole", PROVENANCE)
    split = pd.read_csv(tmp_path / "whole/seed-0/split.csv")
    assert set(split["split"]) == {"train"} and len(split) == 20
    history = pd.read_csv(tmp_path / "whole/seed-0/history.csv")
    assert history["validation_loss"].isna().all() and history["train_loss"].notna().all()
    result = json.loads((tmp_path / "whole/seed-0/result.json").read_text())
    assert result == json.loads(json.dumps(whole[0]))
    assert (result["selected"]["epoch"], result["collapsed"]) == (1, False)


def test_it_goes_on_where_it_stopped():
    def fresh():
        cutouts, job = few_cutouts(), small()
        split = draw_split(cutouts, "mirabest", 0, NONE_VALIDATES)
        samples = BatchSampler(DeviceImages.of(cutouts, "cpu"), split, 0, job.recipe)
        return SeedRun(job, 0, samples)

    whole, continued = fresh(), fresh()
    for _ in range(3):
        whole.advance()
    continued.restore(whole.stepper.tensors(), json.loads(json.dumps(whole.document())))
    for run in (whole, continued):
        while not run.finished:
            run.advance()
    assert whole.record.history == continued.record.history
    for name, weight in whole.stepper.weights().items():
        assert torch.equal(weight, continued.stepper.weights()[name]), name


def test_a_recipe_that_selects_by_validation_is_refused_without_validation():
    with pytest.raises(RadiogazeError, match="split all leaves no source to validate"):
        small(selection="lowest-validation-loss")


def test_folds_beyond_the_ninth_are_another_cross_validation(mirabest):
    def tested(fold):
        split = use_fold(mirabest, fold).catalogue["split"]
        return frozenset(split.index[split == "test"])

    first, second = ([tested(FOLDS * repeat + n) for n in range(FOLDS)] for repeat in (0, 1))
    assert frozenset().union(*first) == frozenset().union(*second)
    assert sum(map(len, second)) == 1222
    assert not set(first) & set(second)
    split = draw_split(use_fold(mirabest, 10), "mirabest", 0, NONE_VALIDATES)
    assert set(split["split"]) == {"train"}


def test_logits_and_maps_of_one_pass_are_those_of_two(network, images):
    found = attention_network(network, "zoom")
    summary, maps = found.attend(images)
    assert torch.allclose(found.classify(summary, []), network(images), atol=1e-5)
    for one, other in zip(maps, network.attention_maps(images), strict=True):
        assert torch.allclose(one, other, atol=1e-6)


def test_grad_cam_is_over_the_field_too(network, images):
    cams = grad_cam(network, images)
    assert cams.shape == (3, 2, 150, 150)
    assert torch.isfinite(cams).all()
