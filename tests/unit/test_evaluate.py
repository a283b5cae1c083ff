import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from radiogaze.campaigns.variants import load_sheet
from radiogaze.data.store import Cutouts, save_cutouts
from radiogaze.data.subsets import SUBSETS
from radiogaze.evaluation.evaluate import evaluate
from radiogaze.evaluation.predict import EvaluationSettings, predict, predict_unaugmented
from radiogaze.models import build, load_released

FILE = EvaluationSettings(("file",), batch=16, seed=0)
ALL = EvaluationSettings(("file", "shuffled", "single"), batch=16, seed=0)


@pytest.fixture(scope="module")
def sheet(root):
    return load_sheet(root / "experiments/gating.tsv")


@pytest.fixture(scope="module")
def few(mirabest):
    """The first 18 test sources of each class, FRI first, in the order of the file."""
    test = mirabest.catalogue[mirabest.catalogue["split"] == "test"]
    rows = pd.concat([test[test["class"] == c].head(18) for c in ("FRI", "FRII")])
    return Cutouts(mirabest.images[rows.index], rows.reset_index(drop=True))


@pytest.fixture(scope="module")
def main_model(sheet, mirror):
    return load_released(mirror / "weights" / sheet["mirabest-range-ft-3g"].released_file)


def test_the_main_model_classifies_as_published(sheet, main_model, mirabest):
    """Un-augmented, in file order, the published code reaches 84.3 % (129 of 153)."""
    test = (mirabest.catalogue["split"] == "test").to_numpy()
    labels = SUBSETS["mirabest"].binary_labels(mirabest.catalogue[test])
    logits = predict_unaugmented(main_model, mirabest.images[test], FILE)["file"][0]
    assert (logits.argmax(-1) == labels)[labels >= 0].sum() == 129


def test_an_evaluation_holds_every_scored_source(sheet, main_model, few):
    found = evaluate(sheet["mirabest-range-ft-3g"], main_model, few, ALL, range(2))
    assert found.metrics["sources"] == {"FRI": 18, "FRII": 18}
    assert len(found.predictions) == 3 * 36
    assert found.logits["logits_file"].shape == (2, 36, 2)
    file = found.predictions[found.predictions["order"] == "file"]
    margin = np.diff(found.logits["logits_file"], axis=-1)[..., 0]
    assert np.allclose(file["logit_mean"], margin.mean(0))
    wrong = (margin > 0) != (file["class"] == "FRII").to_numpy()
    assert np.allclose(file["misclassification_rate"], wrong.mean(0))


def test_over_the_symmetries_a_turned_test_file_gives_the_same(sheet, few):
    torch.manual_seed(0)
    row = sheet["mirabest-softmax-ft-3g"]  # an image's logits do not depend on its batch
    network, settings = build(row), replace(FILE, symmetries=True)
    turned = Cutouts(np.rot90(few.images, 1, (1, 2)).copy(), few.catalogue)
    one, other = (
        evaluate(row, network, cutouts, settings, range(8)).logits["logits_file"]
        for cutouts in (few, turned)
    )
    assert abs(one.mean(0) - other.mean(0)).max() < abs(one[0] - other[0]).max() / 100
    assert len(np.unique(one[:, 0, 0])) == 8


def test_hybrids_pass_through_the_network_unscored(sheet, main_model, few):
    """A hybrid in a batch changes the others' maps by its minimum and maximum."""
    catalogue = few.catalogue.copy()
    catalogue.loc[0, ["label", "class"]] = [8, "hybrid"]
    images = few.images.copy()
    runs = []
    for brightest in (0, 255):  # of the hybrid's own pixels
        images[0] = np.random.default_rng(0).integers(0, brightest, (150, 150), endpoint=True)
        cutouts = Cutouts(images.astype(np.uint8), catalogue)
        run = evaluate(sheet["mirabest-range-ft-3g"], main_model, cutouts, FILE, range(1))
        assert run.metrics["sources"] == {"FRI": 17, "FRII": 18}
        runs.append(run.logits["logits_file"][0])
    assert not np.allclose(runs[0][:15], runs[1][:15], rtol=1e-3)  # its batch of 16
    assert np.allclose(runs[0][15:], runs[1][15:])


def test_a_pass_depends_on_seed_and_pass_alone(sheet, mirabest):
    torch.manual_seed(0)
    model = build(sheet["mirabest-range-ft-3g"])
    images = mirabest.images[-20:]
    three = predict(model, images, FILE, range(3))["file"]
    assert np.array_equal(predict(model, images, FILE, [1, 2])["file"], three[1:])
    other = predict(model, images, replace(FILE, seed=6), range(1))["file"]
    assert not np.allclose(other, three[:1])
    assert not np.allclose(three[0], three[1])


def test_batches_of_each_order():
    assert [len(b) for b in ALL.batches("file", 20, 0)] == [16, 4]
    assert torch.equal(torch.cat(ALL.batches("file", 20, 0)), torch.arange(20))
    shuffled = torch.cat(ALL.batches("shuffled", 20, 0))
    assert torch.equal(shuffled.sort().values, torch.arange(20))
    assert not torch.equal(shuffled, torch.cat(ALL.batches("shuffled", 20, 1)))
    assert [len(b) for b in ALL.batches("single", 3, 0)] == [1, 1, 1]


def test_networks_without_gates_are_evaluated_too(sheet, mirabest):
    torch.manual_seed(0)
    images = mirabest.images[-5:]
    for name in ("frdeep-classic", "mirabest-fc-0g"):
        model = build(sheet[name])
        found = predict(model, images, replace(ALL, batch=2), range(1))
        assert np.array_equal(found["file"], found["single"])


def test_the_command_writes_all_three_files_alike_each_time(run_cli, mirror, few, tmp_path):
    images, catalogue = tmp_path / "images.npz", tmp_path / "catalogue.csv"
    save_cutouts(few, images, catalogue)
    name = "mirabest-fc-0g"
    weights = mirror / "weights/0719Exp30-range_norm-MiraBestNOHYBRIDAdam-AGRadGalNetft-5e-05/95.pt"

    outputs = {"metrics": "metrics.json", "predictions": "predictions.csv", "logits": "logits.npz"}

    def run(folder):
        given = [f"--{key}={folder / file}" for key, file in outputs.items()]
        inputs = ["--images", images, "--catalogue", catalogue, "--weights", weights]
        done = run_cli("evaluate", name, *inputs, "--passes", 1, "--order", "file", *given)
        assert done.returncode == 0, done.stderr
        return [(folder / file).read_bytes() for file in outputs.values()]

    first = run(tmp_path / "a")
    assert run(tmp_path / "b") == first
    metrics = json.loads(first[0])
    assert metrics["provenance"]["settings"] == {"passes": 1, "orders": ["file"], "seed": 0}
    assert set(metrics["provenance"]["inputs"]) == {"images", "catalogue", "weights"}


def test_a_users_mistakes_are_one_line(run_cli, tmp_path):
    weights = tmp_path / "0719Exp30-range_norm-MiraBestNOHYBRIDAdam-AGRadGalNetft-5e-05/95.pt"
    files = [f"--{o}={tmp_path / o}" for o in ("images", "catalogue")] + [f"--weights={weights}"]
    outputs = [f"--{o}={tmp_path / o}" for o in ("metrics", "predictions", "logits")]
    unknown = run_cli("evaluate", "mirabest-rnage-ft-3g", *files, *outputs)
    missing = run_cli("evaluate", "mirabest-fc-0g", *files, *outputs)
    for done, word in ((unknown, "no variant mirabest-rnage-ft-3g"), (missing, str(weights))):
        assert done.returncode == 1
        assert done.stderr.startswith("radiogaze: error: ")
        assert done.stderr.count("\n") == 1
        assert word in done.stderr
    assert not list(tmp_path.iterdir())
