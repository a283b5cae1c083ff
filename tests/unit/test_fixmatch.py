"""FixMatch inside the step of every training: its loss, its batches, stopping and going on."""

import math
from dataclasses import replace

import pandas as pd
import pytest
import torch
import torch.nn.functional as F

from radiogaze.augmentation import transform as augment
from radiogaze.campaigns.recipes import load_recipes
from radiogaze.data.splits import draw_split
from radiogaze.errors import RadiogazeError
from radiogaze.training import engine
from radiogaze.training.engine import InterruptedTraining, train
from radiogaze.training.fixmatch import UnlabelledBatches, consistency_loss
from radiogaze.training.job import Job
from radiogaze.training.samples import BatchSampler, DeviceImages
from radiogaze.training.stepper import Stepper
from training_tools import PROVENANCE, ROOT, contents, few_cutouts, small_job

SETTINGS = {"threshold": 0.9, "weight": 0.5, "ratio": 2}


def job(**changes) -> Job:
    return small_job(
        "mirabest-fc-0g",
        recipe="modern",
        **{"fixmatch": SETTINGS, "unlabelled": "rest", "labels": 8, **changes},
    )


def test_the_loss_of_a_case_by_hand():
    """Probabilities 0.95, 0.9 and 0.8 of a class: the first two count, and N stays three."""
    p = torch.tensor([[0.95, 0.05], [0.1, 0.9], [0.2, 0.8]], dtype=torch.float64)
    strong = torch.tensor([[0.7, 0.3], [0.6, 0.4], [0.5, 0.5]], dtype=torch.float64)
    for threshold, expected in (
        (0.9 - 1e-9, -(math.log(0.7) + math.log(0.4)) / 3),
        (0.94, -math.log(0.7) / 3),
        (0.99, 0.0),
    ):
        found = consistency_loss(p.log(), strong.log(), threshold)
        assert float(found) == pytest.approx(expected, abs=1e-12)


def test_a_step_adds_the_weighted_loss_and_no_gradient_of_the_weak_form():
    whole = job(dropout=0.0)
    cutouts = few_cutouts()
    split = draw_split(cutouts, "mirabest", 0, labels=8)
    pool = DeviceImages.of(cutouts, "cpu")
    rest = pool.images[torch.tensor(split["index"][split["split"] == "unlabelled"].to_numpy())]
    samples = BatchSampler(pool, split, 0, whole.recipe, unlabelled=rest)
    pixels, labels = samples.training_batch(0, 0, 1)
    assert (len(pixels), len(labels)) == (4 + 2 * 8, 4)
    stepper = Stepper(whole, 4, 0, 0)
    stepper.model.train()
    images = augment.to_network_input(pixels)
    logits = stepper.model(images[:12])
    weak = stepper.model(images[12:]).detach()
    expected = F.cross_entropy(logits[:4], labels)
    expected = expected + 0.5 * consistency_loss(weak, logits[4:], 0.9)
    expected.backward()
    gradients = [p.grad.clone() for p in stepper.model.parameters()]
    fresh = Stepper(whole, 4, 0, 0)
    loss = fresh._loss(pixels, labels)
    loss.backward()
    assert torch.allclose(loss, expected)
    for found, wanted in zip(fresh.model.parameters(), gradients, strict=True):
        assert torch.allclose(found.grad, wanted, atol=1e-6)


def test_unlabelled_images_come_once_a_pass_in_two_forms():
    images = torch.zeros(9, 150, 150, dtype=torch.uint8)
    images[:, 55:95, 55:95] = torch.arange(20, 29, dtype=torch.uint8)[:, None, None] * 5
    recipe = job(batch=2, augmentation="rotate").recipe
    batches = UnlabelledBatches(images, 3, recipe)
    labelled = augment.apply(images, augment.draw(3, 0, 0, torch.arange(9), "rotate"))
    seen = []
    for step in (0, 1):
        strong, weak = batches.batch(step).chunk(2)
        assert strong.shape == weak.shape == (4, 150, 150)
        assert not torch.equal(strong, weak)
        # turned by other angles than if they had a label
        assert not any(torch.equal(one, other) for one in weak for other in labelled)
        seen += weak.flatten(1).max(1).values.tolist()
    assert len(set(seen)) == 8
    assert set(seen) <= {5 * value - 1 for value in range(20, 29)} | set(range(100, 145, 5))
    assert torch.equal(batches.batch(1), UnlabelledBatches(images, 3, recipe).batch(1))
    assert not torch.equal(batches.batch(2), batches.batch(0))  # another pass, another order


def test_unlabelled_images_go_on_from_pass_to_pass_and_epoch_to_epoch():
    cutouts, recipe = few_cutouts(), job(passes=2).recipe
    split, rest = draw_split(cutouts, "mirabest", 0, labels=8), torch.from_numpy(cutouts.images)
    pool = DeviceImages.of(cutouts, "cpu")
    samples = BatchSampler(pool, split, 3, recipe, unlabelled=rest)
    steps = [(e, p, n) for e in range(2) for p in range(2) for n in range(samples.batches)]
    for step, at in enumerate(steps):
        pixels, labels = samples.training_batch(*at)
        expected = UnlabelledBatches(rest, 3, recipe).batch(step)
        assert torch.equal(pixels[len(labels) :], expected), at


def test_the_strong_form_blanks_a_square_and_changes_the_contrast():
    image = torch.full((64, 150, 150), 128, dtype=torch.uint8)
    transform = augment.draw(0, 0, 0, torch.arange(64), "strong")
    still = replace(
        transform,
        angle=torch.zeros(64, dtype=torch.float64),
        scale=torch.ones(64, dtype=torch.float64),
        shift_x=torch.zeros(64, dtype=torch.float64),
        shift_y=torch.zeros(64, dtype=torch.float64),
        centre=0.0,
    )
    found = augment.apply(image, still)
    assert (found == 0).sum((1, 2)).tolist() == [40 * 40] * 64
    levels = found.flatten(1).max(1).values / 255
    exponents = torch.log(levels) / math.log(128 / 255)
    assert float(exponents.min()) == pytest.approx(math.exp(-0.5), abs=0.05)
    assert float(exponents.max()) == pytest.approx(math.exp(0.5), abs=0.05)
    top = (found == 0).any(2).int().argmax(1)
    assert int(top.min()) <= 5
    assert 105 <= int(top.max()) <= 110
    left = (found == 0).any(1).int().argmax(1)
    # three draws of their own: where the square is has nothing to do with the contrast
    together = torch.stack([exponents.log(), top.double(), left.double()])
    assert torch.corrcoef(together).triu(1).abs().max() < 0.35  # 64 images: 1 of 200


def test_a_stopped_training_goes_on_to_the_same_bytes(tmp_path, monkeypatch):
    cutouts = few_cutouts(30)
    whole = tmp_path / "whole"
    train(job(), cutouts, whole / "state", whole / "out", PROVENANCE)
    taken = []

    def stop_after_three(seeds, together):
        for seed in reference(seeds, together):
            yield seed
            taken.append(seed)
            if len(taken) == 3:
                raise InterruptedTraining(15)

    reference = engine.round_robin
    part = tmp_path / "part"
    with monkeypatch.context() as patched:
        patched.setattr(engine, "round_robin", stop_after_three)
        with pytest.raises(InterruptedTraining):
            train(job(), cutouts, part / "state", part / "out", PROVENANCE)
    assert not (part / "out").exists()
    assert (part / "state/seed-0").is_dir()
    train(job(), cutouts, part / "state", part / "out", PROVENANCE)
    assert contents(part / "out") == contents(whole / "out")
    split = pd.read_csv(part / "out/seed-0/split.csv")["split"].value_counts().to_dict()
    assert split == {"train": 8, "unlabelled": 16, "validation": 6}


def test_another_data_set_without_labels_changes_the_training(tmp_path):
    cutouts, others = few_cutouts(), few_cutouts(40)
    results = {}
    for name, other in (("rest", None), ("frdeep", others)):
        out = tmp_path / name
        changed = job(unlabelled=name)
        train(changed, cutouts, out / "state", out, PROVENANCE, other)
        results[name] = (out / "seed-0/history.csv").read_bytes()
    assert results["rest"] != results["frdeep"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"fixmatch": None}, "unlabelled is rest, but fixmatch of its recipe modern is none"),
        ({"unlabelled": None}, "unlabelled is none, but fixmatch of its recipe modern is {"),
        ({"unlabelled": "frdeep", "folds": (1,)}, "may have sources that --fold 1 tests on"),
    ],
)
def test_a_row_and_a_recipe_that_do_not_fit_are_one_line(changes, words):
    with pytest.raises(RadiogazeError) as error:
        job(**changes)
    assert words in str(error.value)
    assert "\n" not in str(error.value)


def test_too_few_unlabelled_sources_are_one_line(tmp_path):
    with pytest.raises(RadiogazeError, match=r"^4 unlabelled sources, expected at least 8"):
        train(job(labels=12), few_cutouts(), tmp_path / "state", tmp_path / "out", PROVENANCE)
    assert not (tmp_path / "out").exists()


def test_the_recipes_of_the_campaign_have_the_settings_of_the_protocol():
    recipes = load_recipes(ROOT / "experiments/recipes.yaml")
    for count, steps in ((36, 240), (73, 300), (145, 400), (292, 500), (583, 760)):
        recipe = recipes[f"labels-{count}"]
        assert -(-count // recipe.batch) * recipe.passes * recipe.epochs == steps
        if count < 583:
            semi = recipes[f"fixmatch-{count}"]
            assert semi.fixmatch == {"threshold": 0.9, "weight": 1, "ratio": 1}
            assert replace(semi, name=recipe.name, fixmatch=None) == recipe
