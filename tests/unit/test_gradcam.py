import numpy as np
import pytest
import torch
import torch.nn.functional as F

from cutout_tools import cutouts_of
from radiogaze.attention.agreement import (
    Explained,
    agreement,
    choose_shown,
    class_means,
    compare_all,
)
from radiogaze.attention.examples import MapSettings, extract_examples
from radiogaze.attention.gradcam import grad_cam
from radiogaze.attention.storage import Explanations, load, save
from radiogaze.campaigns.variants import Variant, load_sheet
from radiogaze.data.store import Cutouts
from radiogaze.errors import RadiogazeError
from radiogaze.models import AGCNN


@pytest.fixture(scope="module")
def main(root) -> Variant:
    return load_sheet(root / "experiments/gating.tsv")["mirabest-range-ft-3g"]


@pytest.fixture(scope="module")
def cutouts() -> Cutouts:
    """Two FRI, a FRII and a hybrid, which is not scored."""
    images = np.zeros((4, 150, 150), np.uint8)
    images[:, 50:90, 60:80] = np.random.default_rng(0).integers(1, 256, (4, 40, 20))
    return cutouts_of(images, [0, 3, 5, 8])


def network() -> AGCNN:
    torch.manual_seed(0)
    return AGCNN(gates=2, aggregation="mean").eval()


def by_hand(model: AGCNN, image: torch.Tensor, target: int) -> torch.Tensor:
    """Grad-CAM as Selvaraju et al. 2017 write it: Equations 1 and 2."""
    kept = {}
    hook = model.units["4b"].register_forward_hook(lambda _, __, out: kept.update(out=out))
    logit = model(image)[0, target]
    hook.remove()
    gradient = torch.autograd.grad(logit, kept["out"])[0]
    weights = gradient.mean((2, 3), keepdim=True)
    cam = F.relu((weights * kept["out"]).sum(1, keepdim=True)).detach()
    # 18 cells of 8 pixels, and the rest of the 150 that is pooled away
    cells = F.interpolate(cam, size=(144, 144), mode="bilinear", align_corners=False)
    return F.pad(cells, (0, 6, 0, 6), mode="replicate")[0, 0]


def test_grad_cam_is_that_of_its_paper():
    model = network()
    images = torch.rand(2, 1, 150, 150) * 2 - 1
    found = grad_cam(model, images)
    assert found.shape == (2, 2, 150, 150)
    for number, image in enumerate(images):
        for target in (0, 1):
            expected = by_hand(model, image[None], target)
            assert torch.allclose(found[number, target], expected, rtol=1e-4, atol=1e-5)
    assert found.max() > 0
    assert not torch.allclose(found[:, 0], found[:, 1])


VALUES, OTHER = (np.random.default_rng(seed).random((20, 20)) for seed in (1, 2))
MASK = np.zeros((20, 20), dtype=bool)
MASK[5:15, 5:15] = True
TINY = np.zeros((20, 20), dtype=bool)
TINY[0, :5] = True
NAN = pytest.approx(np.nan, nan_ok=True)


@pytest.mark.parametrize(
    ("cam", "mask", "region", "spearman", "overlap"),
    [
        (VALUES * 3 + 1, MASK, "", pytest.approx(1), 1),
        (-VALUES, MASK, "", pytest.approx(-1), 0),
        (OTHER, MASK, "", pytest.approx(0, abs=0.2), pytest.approx(0.1, abs=0.1)),
        (np.where(MASK, VALUES, -VALUES), MASK, "_inside", pytest.approx(1), 1),
        (np.where(MASK, VALUES, -VALUES), MASK, "_outside", pytest.approx(-1), 0),
        (np.zeros((20, 20)), MASK, "", NAN, NAN),
        (VALUES, TINY, "_inside", NAN, NAN),
    ],
)
def test_agreement_of_two_maps(cam, mask, region, spearman, overlap):
    found = agreement(VALUES, cam, mask)
    assert (found[f"spearman{region}"], found[f"top_overlap{region}"]) == (spearman, overlap)


def test_every_scored_source_and_both_means_are_compared(main, cutouts, tmp_path):
    shown = choose_shown(cutouts, [0, 2], {1: "A"})
    assert shown == {0: "FRI at 0", 2: "FRII at 2", 1: "A (FRI)"}
    table, kept = compare_all(main, network(), cutouts, shown, MapSettings(), {"seed": 0})
    assert table["position"].tolist() == [0, 0, 1, 1, 2, 2, -1, -1, -1, -1]
    assert table["cam_of"].tolist() == ["FRI", "FRII"] * 5
    titles = ["FRI at 0", "FRII at 2", "A (FRI)", "mean FRI", "mean FRII"]
    assert kept.titles.tolist() == titles
    assert np.array_equal(kept.images[:3], cutouts.images[[0, 2, 1]])
    assert np.allclose(kept.attention[3], kept.attention[[0, 2]].mean(0), atol=1e-5)
    for title, numbers in zip(titles, kept.spearman, strict=True):
        rows = table[table["title"] == title]
        assert np.array_equal(rows["spearman"].to_numpy(), numbers, equal_nan=True)
    # by hand for the second: each class's Grad-CAM, inside and outside the source
    rows = table[table["title"] == titles[1]]
    for (_, row), cam in zip(rows.iterrows(), kept.cams[1], strict=True):
        expected = agreement(kept.attention[1], cam, kept.images[1] > 0)
        assert row[list(expected)].to_dict() == pytest.approx(expected, nan_ok=True)
    alone = extract_examples(main, network(), cutouts, {2: ""}, MapSettings(), {})
    assert np.allclose(kept.attention[1], alone.maps[0], atol=1e-5)
    assert set(rows["predicted"]) == {("FRI", "FRII")[alone.logits[0].argmax()]}
    save(kept, tmp_path / "gradcam.npz")
    assert np.array_equal(load(tmp_path / "gradcam.npz", Explanations).cams, kept.cams)


def test_a_source_counts_in_a_class_mean_by_the_shape_of_its_grad_cam_not_its_size():
    """One map is a hundred times the other, and one is zero everywhere."""
    cams = np.zeros((4, 2, 1, 2))
    cams[0, :, 0], cams[1, :, 0], cams[3, :, 0] = [1, 0], [50, 100], [0, 3]
    shown = np.full((4, 1, 2), 7, np.uint8)
    maps, logits = np.arange(8.0).reshape(4, 1, 2), np.zeros((4, 2))
    found = class_means(Explained(shown, maps, cams, logits), np.array(["FRI"] * 2 + ["FRII"] * 2))
    assert found.cams[:, 0, 0].tolist() == [[0.75, 0.5], [0, 0.5]]
    assert found.attention[:, 0].tolist() == [[1, 2], [5, 6]]


def test_what_cannot_be_explained_is_refused(main, cutouts):
    with pytest.raises(RadiogazeError, match="position 3: not a scored source"):
        compare_all(main, network(), cutouts, {3: "x"}, MapSettings(), {})
    with pytest.raises(RadiogazeError, match="position 4: the test file has 4 sources"):
        choose_shown(cutouts, [4], {})
    one_class = Cutouts(cutouts.images[:2], cutouts.catalogue[:2])
    with pytest.raises(RadiogazeError, match="2 FRI and 0 FRII, expected at least one"):
        compare_all(main, network(), one_class, {}, MapSettings(), {})
    with pytest.raises(RadiogazeError, match="has no attention gates"):
        compare_all(main, AGCNN(gates=0).eval(), cutouts, {}, MapSettings(), {})
    uniform = AGCNN(normalisation="uniform").eval()
    with pytest.raises(RadiogazeError, match="without maps block 4 reaches no logit"):
        compare_all(main, uniform, cutouts, {}, MapSettings(), {})
