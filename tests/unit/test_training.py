"""What a training does, and what it says of one that goes wrong."""

import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch

from radiogaze.data.splits import draw_split
from radiogaze.errors import RadiogazeError
from radiogaze.models.load import load_variant, read_weights
from radiogaze.provenance.record import hardware
from radiogaze.training.engine import round_robin, train
from radiogaze.training.outputs import write_outputs
from radiogaze.training.randomness import CounterDropout, DropoutNoise, initialise
from radiogaze.training.run import FIRST_STEPS
from training_tools import PROVENANCE, contents, few_cutouts, run_small, small_job, small_run


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """Two seeds trained in one job."""
    folder = tmp_path_factory.mktemp("pair")
    results = run_small(folder / "state", folder / "out", seeds=(0, 3))
    return folder / "out", results


def test_packed_seeds_are_bit_equal_to_training_each_alone(pair, tmp_path):
    out, _ = pair
    run_small(tmp_path / "state", tmp_path / "out", seeds=(3,))
    assert contents(tmp_path / "out/seed-3") == contents(out / "seed-3")
    different = contents(out / "seed-0")["model.safetensors"]
    assert different != contents(out / "seed-3")["model.safetensors"]


def test_two_threads_select_the_same_epoch_with_the_same_metrics(pair, tmp_path):
    """Products are summed in another order, so that losses agree to rounding, not bit by bit."""
    out, results = pair
    try:
        (other,) = run_small(tmp_path / "state", tmp_path / "out", threads=2)
    finally:
        torch.set_num_threads(1)
    assert other["selected"]["epoch"] == results[0]["selected"]["epoch"]
    one, two = (pd.read_csv(f / "seed-0/history.csv") for f in (out, tmp_path / "out"))
    assert one["validation_accuracy"].equals(two["validation_accuracy"])
    assert np.allclose(one["validation_loss"], two["validation_loss"], rtol=1e-3)


def test_outputs_hold_five_improving_epochs_and_the_last_of_them_as_the_model(pair):
    out, results = pair
    for seed, result in zip((0, 3), results, strict=True):
        folder = out / f"seed-{seed}"
        history = pd.read_csv(folder / "history.csv")
        running = history["validation_loss"].cummin()
        assert history["improved"].equals(history["validation_loss"] <= running)
        improving = history["epoch"][history["improved"]].tolist()
        assert improving[0] == 0
        assert improving == result["improving_epochs"]
        stages = [folder / f"stages/{n}.safetensors" for n in range(1, 6)]
        epochs = [read_weights(stage)[1]["epoch"] for stage in stages]
        assert (epochs[0], epochs[-1]) == (improving[0], improving[-1])
        assert (folder / "model.safetensors").read_bytes() == stages[-1].read_bytes()
        assert sorted((folder / "stages").iterdir()) == stages
        assert result == json.loads((folder / "result.json").read_text())
        assert result["steps"] == 2 * 4
        assert pd.read_csv(folder / "timing.csv")["hardware"].tolist() == [hardware()] * 2


def test_the_selected_model_is_loaded_for_its_variant_only(pair):
    out, results = pair
    row, path = small_job().variant, out / "seed-0/model.safetensors"
    model = load_variant(row, path)
    assert not model.training
    run = small_run()
    run.stepper.model.load_state_dict(model.state_dict())
    chunks = run.samples.validation_chunks(results[0]["selected"]["epoch"], 0)
    total, *_ = run.stepper.validator()(chunks, run.samples.validation_labels).tolist()
    count = len(run.samples.validation_labels)
    assert abs(total / count - results[0]["selected"]["validation_loss"]) < 1e-6
    for other in (replace(row, scope="image"), replace(row, variant="another")):
        with pytest.raises(RadiogazeError, match="trained with"):
            load_variant(other, path)
    with pytest.raises(RadiogazeError, match=r"expected weights, found .*; make it again"):
        broken = out / "broken.safetensors"
        broken.write_bytes(path.read_bytes()[:100])
        load_variant(row, broken)


@pytest.mark.parametrize("redraws", [10, 0])
def test_a_vanishing_gradient_is_initialised_again_or_kept_and_recorded(redraws):
    """Seed 0 of this variant starts with a saturated output and a gradient of exactly zero."""
    run = small_run(name="mirabest-sigmoid-concat-3g", max_redraws=redraws)
    for _ in range(FIRST_STEPS):
        run.advance()
    if redraws:
        assert run.position.redraws == 1
        assert run.position.step == 0
        again = initialise(run.job.variant, 0, 1).state_dict()
        assert all(torch.equal(v, again[k]) for k, v in run.stepper.weights().items())
        assert not run.record.vanishing_gradient
    else:
        assert run.position.redraws == 0
        assert run.position.step == FIRST_STEPS
        assert run.record.vanishing_gradient


@pytest.mark.parametrize("save_every", [0, 3600])
def test_a_loss_that_is_no_number_stops_the_seed_and_is_reported(tmp_path, capfd, save_every):
    changes = {"learning_rate": 1e30, "save_every": save_every}
    (result,) = run_small(tmp_path / "state", tmp_path / "out", **changes)
    assert capfd.readouterr().err.count("seed-0: loss not finite, stopped: {") == 1
    assert result["status"] == "not-finite"
    assert result["not_finite"]["loss"] == "training"
    assert result["not_finite"]["epoch"] == 0
    assert 0 < result["not_finite"]["step"] < 4
    assert result["selected"] is None
    weights, _ = read_weights(tmp_path / "out/seed-0/model.safetensors")
    initial = initialise(small_job().variant, 0, 0).state_dict()
    assert all(torch.equal(value, initial[name]) for name, value in weights.items())


@pytest.mark.parametrize(("recipe", "kept"), [(None, 0), ("modern", None)])
def test_the_best_model_before_a_loss_that_is_no_number_is_kept(tmp_path, recipe, kept):
    """Where the last epoch is to be selected there is none: the training did not converge."""
    run = small_run(recipe=recipe)
    while run.position.epoch == 0:
        run.advance()
    (tmp_path / "checkpoints").mkdir()
    (tmp_path / "checkpoints/0.safetensors").write_bytes(b"weights of epoch 0")
    with torch.no_grad():
        next(run.stepper.model.parameters()).fill_(torch.nan)
    while not run.finished:
        run.advance()
    split = draw_split(few_cutouts(), "mirabest", 0)
    result = write_outputs(run, split, tmp_path / "checkpoints", tmp_path / "out", PROVENANCE)
    assert result["not_finite"] == {"loss": "training", "epoch": 1, "step": 4}
    assert (result["selected"] and result["selected"]["epoch"]) == kept
    assert (tmp_path / "out/model.safetensors").read_bytes() == b"weights of epoch 0"


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"split_seed": 7}, "split_seed"),
        ({"max_redraws": 3}, "max_redraws"),
        ({"epochs": 3}, "recipe.epochs"),
        ({"extra": {"images": "a"}}, "images"),
    ],
)
def test_whatever_decides_a_training_is_in_its_settings(change, key):
    """A saved state is refused by a training with others, and a result records them."""
    ours, other = (small_job(**changes).settings(0) for changes in ({}, change))
    assert {k for k in {*ours, *other} if ours.get(k) != other.get(k)} == {key}


def test_patience_is_counted_from_the_best_epoch():
    """Until as many epochs as it says are done since the best one, which counts."""
    run = small_run(patience=3, epochs=20)
    run.record.best_epoch = 4
    for epoch, finished in ((5, False), (6, False), (7, True)):
        run.position.epoch = epoch
        assert run.finished == finished


def test_a_collapsed_model_is_marked(tmp_path):
    """A saturated output gives every validation source one class."""
    job = small_job("mirabest-sigmoid-concat-3g", max_redraws=0, epochs=1)
    (result,) = train(job, few_cutouts(), tmp_path / "state", tmp_path / "out", PROVENANCE)
    assert result["collapsed"]
    assert result["constant_prediction_epochs"] == [0]
    assert result["vanishing_gradient"]


@pytest.mark.parametrize(("frii", "constant"), [(0, True), (4, True), (1, False)])
def test_predictions_of_one_class_are_marked_whichever_it_is(frii, constant):
    run = small_run(epochs=1, batch=16, max_redraws=0)
    while run.position.pass_ < run.job.recipe.passes:
        run.advance()
    assert len(run.samples.validation_labels) == 4
    run._validate = lambda *_: torch.tensor([2.0, 2.0, frii], dtype=torch.float64)
    while not run.finished:
        run.advance()
    assert run.record.history[0]["constant_predictions"] is constant


def test_every_pass_shows_each_training_source_once_in_a_new_order():
    samples = small_run().samples
    seen = [
        torch.cat([samples.training_batch(*at, b)[1] for b in range(samples.batches)])
        for at in ((0, 0), (0, 1), (1, 0))
    ]
    assert all(torch.equal(s.sort().values, seen[0].sort().values) for s in seen)
    assert len({tuple(s.tolist()) for s in seen}) == 3


def test_the_order_of_work_is_as_said_and_changes_no_result():
    def work(together):
        # without redraws, which would give seed 3 three steps more than seed 0
        seeds = [SimpleNamespace(run=small_run(seeds=(s,), max_redraws=0)) for s in (0, 3)]
        taken = []
        for each in round_robin(seeds, together):
            taken.append(each.run.seed)
            each.run.advance()
        return taken, [each.run for each in seeds]

    (taken, runs), (apart, alone) = work(together=True), work(together=False)
    units = len(taken) // 4  # of one seed's epoch: four steps and a validation pass
    assert taken == [0, 3] * 2 * units
    assert apart == ([0] * units + [3] * units) * 2
    for ours, other in zip(runs, alone, strict=True):
        assert ours.record.history == other.record.history
        assert all(
            torch.equal(a, b)
            for a, b in zip(
                ours.stepper.weights().values(), other.stepper.weights().values(), strict=True
            )
        )


def test_dropout_is_a_function_of_its_coordinates():
    x = torch.ones(16, 32)

    def masks(seed, step):
        noise = DropoutNoise(seed, torch.tensor(step))
        dropout = CounterDropout(0.5, noise)
        torch.manual_seed(step)  # of no effect
        drawn = []
        for _ in range(2):  # call by call, then all calls at once: the same numbers
            noise.begin(len(x))
            drawn.append([dropout(x), dropout(x)])
        assert all(map(torch.equal, *drawn))
        return drawn[0]

    first, second = masks(0, 1)
    assert torch.equal(first, masks(0, 1)[0])
    for other in (second, masks(0, 2)[0], masks(1, 1)[0]):
        assert not torch.equal(first, other)
    assert set(first.unique().tolist()) == {0.0, 2.0}
    assert 0.4 < (first > 0).float().mean() < 0.6
    dropout = CounterDropout(0.5, DropoutNoise(0, torch.tensor(0)))
    with torch.no_grad():
        assert torch.equal(dropout(x), x)
    assert torch.equal(dropout.eval()(x), x)


def test_initialisation_leaves_torchs_generator_alone():
    row = small_job().variant
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    first, again, redrawn = (initialise(row, 2, n).state_dict() for n in (0, 0, 1))
    assert torch.rand(1) == expected
    assert all(torch.equal(first[k], again[k]) for k in first)
    assert not torch.equal(first["units.1a.conv.weight"], redrawn["units.1a.conv.weight"])
