"""What a recipe decides of a training: loss, rates, labels, averaged weights."""

from dataclasses import replace

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from radiogaze.augmentation.transform import to_network_input
from radiogaze.data.splits import draw_split
from radiogaze.training.optimiser import WeightAverage, learning_rates
from radiogaze.training.samples import BatchSampler, DeviceImages
from radiogaze.training.state import StateFolder
from radiogaze.training.stepper import LOSS_INPUTS, Stepper
from training_tools import few_cutouts, small_job, small_run


def test_the_loss_is_what_the_recipe_says():
    logits, labels = torch.tensor([[3.0, -1.0], [0.5, 2.0]]), torch.tensor([0, 0])
    p = logits.exp() / logits.exp().sum(1, keepdim=True)
    published = -(p[:, 0] - (p.exp().sum(1)).log()).mean()
    assert torch.isclose(F.cross_entropy(LOSS_INPUTS["probabilities"](logits), labels), published)
    written = -p[:, 0].log().mean()
    assert torch.isclose(F.cross_entropy(LOSS_INPUTS["logits"](logits), labels), written)
    run = small_run()
    pixels, labels = run.samples.training_batch(0, 0, 0)
    losses = {}
    for name in LOSS_INPUTS:
        job = replace(run.job, recipe=replace(run.job.recipe, loss_input=name))
        stepper = Stepper(job, 8, 1, 0)
        losses[name] = stepper.train_step(pixels, labels, 0).item()
    assert 0.3132 < losses["probabilities"] < 1.3133
    assert losses["logits"] != losses["probabilities"]


def test_the_loss_of_an_epoch_is_the_mean_over_its_images():
    """Batches of 6, 6 and 4."""
    run, twin = (small_run(batch=6, epochs=1, max_redraws=0) for _ in "ab")
    losses = []
    for number in range(3):
        pixels, labels = twin.samples.training_batch(0, 0, number)
        losses += [twin.stepper.train_step(pixels, labels, number).item()] * len(labels)
    while not run.finished:
        run.advance()
    assert len(losses) == 16
    assert run.record.history[0]["train_loss"] == pytest.approx(np.mean(losses))


def test_a_recipe_may_have_no_warm_up():
    recipe = replace(small_job(recipe="modern").recipe, warm_up=0)
    rates = learning_rates(recipe, 20)
    assert rates == sorted(rates, reverse=True)
    assert rates[0] == pytest.approx(recipe.learning_rate, rel=0.01)


MODERN = {"recipe": "modern", "head": "linear", "pooling": "mean", "scope": "image", "size": 56}


def test_the_modern_recipe_resumes_bit_by_bit(tmp_path):
    """Average, schedule and the statistics of batch norm included, stopped while it validates."""
    job = small_job(**MODERN, validation_passes=2, calibration_batches=2)
    runs = [small_run(**MODERN, validation_passes=2, calibration_batches=2) for _ in "ab"]
    whole, broken = runs
    while not whole.finished:
        whole.advance()
    while broken.position.validation_pass != 1:
        broken.advance()
    state = StateFolder(tmp_path, job.settings(0))
    state.save(broken.stepper.tensors(), {**broken.document(), "checkpoints": {}})
    resumed = small_run(**MODERN, validation_passes=2, calibration_batches=2)
    resumed.restore(*state.load(pytest.fail))
    while not resumed.finished:
        resumed.advance()
    assert resumed.record.history == whole.record.history
    ours, theirs = resumed.stepper.weights(), whole.stepper.weights()
    assert all(torch.equal(value, theirs[name]) for name, value in ours.items())


def test_the_average_is_kept_and_its_statistics_are_those_of_the_training_images():
    run = small_run(**MODERN, calibration_batches=1)
    while not run.finished:
        run.advance()
    averaged, last = run.stepper.weights(), run.stepper.model.state_dict()
    assert not torch.equal(averaged["units.1a.conv.weight"], last["units.1a.conv.weight"])
    assert run.record.kept == [0, 1]
    images = next(run.samples.calibration_batches(1, run.job.recipe.passes))
    network = run.stepper.result.train()
    with torch.no_grad():
        x = network.units["1a"].conv(network.view(to_network_input(images)))
    assert torch.allclose(averaged["units.1a.norm.running_mean"], x.mean((0, 2, 3)), atol=1e-5)


def test_the_rate_follows_one_cycle():
    """As the optimiser has it, step by step."""
    run = small_run(**MODERN, learning_rate=1.0, epochs=5, warm_up=0.5)
    rates = []
    while not run.finished:
        run.advance()
        rates.append(run.stepper._optimiser.param_groups[0]["lr"])
    assert max(rates) == pytest.approx(1, abs=0.05)
    assert rates[0] == pytest.approx(1 / 25)
    assert 1 / 100 < rates[-1] < rates[0]


@pytest.mark.parametrize(("steps", "warm_up"), [(3, 0.25), (9, 0.1), (19, 0.05)])
def test_a_warm_up_of_exactly_the_first_step_starts_at_the_highest_rate(steps, warm_up):
    recipe = small_job(**MODERN, learning_rate=1.0, warm_up=warm_up).recipe
    rates = learning_rates(recipe, steps)
    assert rates[0] == pytest.approx(1) == max(rates)
    assert len(rates) == steps and rates == sorted(rates, reverse=True)


def test_smoothed_labels_share_weight_by_confidence():
    cutouts = few_cutouts()
    cutouts.catalogue["confidence"] = ["certain", "uncertain"] * 12
    split = draw_split(cutouts, "mirabest", 0)
    job = small_job(recipe="modern")
    samples = BatchSampler(DeviceImages.of(cutouts, "cpu"), split, 0, job.recipe)
    _, labels = samples.training_batch(0, 0, 0)
    assert labels.sum(1).tolist() == pytest.approx([1] * len(labels))
    # sources of one class are certain, of the other not
    assert {round(row[0], 4) for row in labels.tolist()} == {0.975, 0.1}


def test_an_exhausted_learning_rate_changes_nothing_of_the_published_recipe():
    """No schedule, no average, running statistics."""
    stepper = small_run().stepper
    assert stepper._rates is None
    assert stepper.result is stepper.model


def test_the_average_is_that_of_torch():
    """Bit for bit, over several updates; the running statistics are the network's last ones."""
    torch.manual_seed(0)
    network = torch.nn.Sequential(torch.nn.Conv2d(1, 3, 3), torch.nn.BatchNorm2d(3))
    ours = WeightAverage(network, 0.9)
    theirs = AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(0.9))
    for _ in range(4):
        network(torch.randn(2, 1, 5, 5))
        with torch.no_grad():
            for parameter in network.parameters():
                parameter.add_(torch.randn_like(parameter))
        ours.update()
        theirs.update_parameters(network)
    ours.copy_buffers()
    for name, value in theirs.module.state_dict().items():
        assert torch.equal(ours.module.state_dict()[name], value), name
