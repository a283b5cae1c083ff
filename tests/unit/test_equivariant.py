"""The equivariant paper's networks."""

from dataclasses import asdict, replace

import pytest
import torch
import torch.nn.functional as F

from radiogaze.attention.extract import attention_network, scale
from radiogaze.data.splits import draw_split
from radiogaze.errors import RadiogazeError
from radiogaze.evaluation.evaluate import evaluate
from radiogaze.evaluation.predict import EvaluationSettings, predict, predict_unaugmented
from radiogaze.models import E2Attention
from radiogaze.models.lenet import LeNet, ScaifePorterLeNet
from radiogaze.models.load import load_variant, save_weights
from radiogaze.models.steerable import Group, RegularConv
from radiogaze.training.run import SeedRun
from radiogaze.training.samples import BatchSampler, DeviceImages
from radiogaze.training.state import StateFolder
from radiogaze.training.stepper import Stepper
from training_tools import few_cutouts, small_job


def sources(count: int = 3) -> torch.Tensor:
    """Images with a few bright pixels on blank background, different under every rotation."""
    torch.manual_seed(4)
    return torch.rand(count, 1, 150, 150) ** 8 * 2 - 1


def settled(model):
    """Give the batch norms statistics of these images, and evaluate."""
    with torch.no_grad():
        for _ in range(5):
            model.train()(sources())
    return model.eval()


def narrow(group: str, size: int = 152, **choice) -> E2Attention:
    torch.manual_seed(1)
    g = Group.named(group)
    return E2Attention(g, width_divisor=g.order, size=size, **choice)


def test_lenet_drops_what_its_last_layer_reads():
    """Of a dropout of one, nothing but that layer's bias is left."""
    network = LeNet(dropout=1.0).train()
    assert torch.equal(network(sources(2)), network.fc3.bias.expand(2, 2))


def test_the_lenet_of_scaife_and_porter_sees_a_row_and_a_column_more_below_and_right():
    network, images = ScaifePorterLeNet(), sources(2)
    seen = network.framed(images)
    assert seen.shape == (2, 1, 151, 151)
    assert torch.equal(seen[..., :150, :150], network.view(images))
    blank = network.view(torch.full((1, 1, 150, 150), -1.0)).unique()
    edges = torch.cat([seen[..., 150, :].flatten(), seen[..., 150].flatten()])
    torch.testing.assert_close(edges, blank.expand(len(edges)))


def errors(model, transform):
    """Return how much logits and maps change when the image is moved."""
    images = sources()
    with torch.no_grad():
        logits = (model(images) - model(transform(images))).abs().max().item()
        pairs = zip(
            model.attention_maps(images), model.attention_maps(transform(images)), strict=True
        )
        return logits, max((transform(a) - b).abs().max().item() for a, b in pairs)


def quarter_turn(x):
    return x.rot90(1, (-2, -1))


def mirror(x):
    return x.flip(-1)


@pytest.mark.parametrize(
    ("group", "size"), [("c8", 152), ("d4", 152), ("c4", 80), ("d4", 56), ("d8", 56)]
)
def test_quarter_turns_change_nothing_where_no_row_is_dropped(group, size):
    model = settled(narrow(group, size))
    logits, maps = errors(model, quarter_turn)
    assert maps < 1e-5
    spread = model(sources()).std().item()
    assert logits < 1e-4 * spread
    assert (errors(model, mirror)[1] < 1e-5) == group.startswith("d")


def test_the_published_size_breaks_the_equivariance():
    """150 -> 75 -> 37 -> 18: rows and columns are dropped on one side only."""
    logits, maps = errors(settled(narrow("c8", 150)), quarter_turn)
    assert maps > 0.1
    assert logits > 1


def test_recomputing_gives_the_same_gradients_and_statistics():
    images, labels = sources(4), torch.tensor([0, 1, 1, 0])
    plain, saving = narrow("d4", 56, dropout=0.0), narrow("d4", 56, dropout=0.0)
    saving.save_memory()
    kept = {}
    for name, model in (("plain", plain), ("saving", saving)):
        sizes = []
        with torch.autograd.graph.saved_tensors_hooks(
            lambda t, sizes=sizes: (sizes.append(t.numel()), t)[1], lambda t: t
        ):
            loss = F.cross_entropy(model.train()(images), labels)
        kept[name] = sum(sizes)
        loss.backward()
    assert kept["saving"] < kept["plain"]
    for (name, a), b in zip(plain.named_parameters(), saving.parameters(), strict=True):
        assert torch.equal(a.grad, b.grad), name
    for (name, a), b in zip(plain.named_buffers(), saving.buffers(), strict=True):
        assert torch.equal(a, b), name


def test_filters_are_made_once_a_step_also_when_recomputing(monkeypatch):
    calls = []
    made = RegularConv._combine
    monkeypatch.setattr(RegularConv, "_combine", lambda *a: (calls.append(1), made(*a))[1])
    model = narrow("c4", 56)
    model.save_memory()
    model.train()(sources(2)).sum().backward()
    assert len(calls) == 10


def test_kept_filters_follow_the_weights():
    model = narrow("c4", 56).eval()
    conv = model.units["2a"].conv
    with torch.no_grad():
        first = conv.filters()
        assert conv.filters() is first
        conv.weight.mul_(2)
        assert torch.allclose(conv.filters(), 2 * first)
        other = narrow("c8", 56).state_dict()
        assert not any("filter" in name or "basis" in name for name in other)
        twin = narrow("c4", 56)
        model.load_state_dict(twin.state_dict())
        assert torch.equal(conv.filters(), twin.eval().units["2a"].conv.filters())
        kept = conv.filters()
        model.train().eval()
        assert conv.filters() is not kept
    assert conv.filters().requires_grad


def test_mean_pooling_divides_the_sums_by_the_positions():
    plain, mean = narrow("c4", 56, head="linear"), narrow("c4", 56, head="linear", pooling="mean")
    with torch.no_grad():
        for model in (plain, mean):
            model.readout.combined.weight.copy_(torch.eye(2).repeat(1, 3))
            for part in model.readout.modules():
                if isinstance(part, torch.nn.Linear):
                    part.bias.zero_()
        for number, side in enumerate((14, 28, 56)):
            mean.readout.per_gate[number].weight.mul_(side**2)
        images = sources(2)
        assert torch.allclose(plain.eval()(images), mean.eval()(images), rtol=1e-4)


@pytest.mark.parametrize("pooling", ["sum", "mean"])
def test_one_pass_serves_every_order_of_the_batches(pooling):
    model = settled(narrow("d4", 56, pooling=pooling))
    images = few_cutouts(8).images
    plan = EvaluationSettings(("file", "single"), batch=5, seed=0)
    found = predict_unaugmented(model, images, plan)
    inputs = scale(torch.from_numpy(images))
    with torch.no_grad():
        by_batch = torch.cat([model(part) for part in inputs.split(5)])
        alone = torch.cat([model(part) for part in inputs.split(1)])
    for order, expected in (("file", by_batch), ("single", alone)):
        error = (torch.from_numpy(found[order][0]) - expected).abs().max()
        assert error < 1e-4 * expected.abs().max(), order


def test_maps_of_many_images_are_those_of_each_by_itself():
    model = settled(narrow("c4", 56))
    images = sources(3)
    with torch.no_grad():
        _, maps = attention_network(model, "c4").attend(images)
        for number, image in enumerate(images):
            for many, one in zip(maps, model.attention_maps(image[None]), strict=True):
                assert torch.allclose(many[number], one[0], atol=1e-5)


def e2_run(**changes) -> SeedRun:
    job = small_job(
        architecture="e2-attention", group="c4", kernel=5, width_divisor="group", size=56,
        unit_order="relu_bn", loss_input="logits", pixel_scaling="standardised",
        augmentation="flip-rotate-scale", **changes,
    )  # fmt: skip
    cutouts, row = few_cutouts(), job.variant
    split = draw_split(cutouts, "mirabest", 0, row.split)
    pool = DeviceImages.of(cutouts, "cpu")
    return SeedRun(job, 0, BatchSampler(pool, split, 0, job.recipe, row.augmentation))


def test_training_stops_and_goes_on_bit_by_bit(tmp_path):
    whole, broken = e2_run(), e2_run()
    for _ in range(4):
        whole.advance()
    for _ in range(2):
        broken.advance()
    state = StateFolder(tmp_path, broken.job.settings(0))
    state.save(broken.stepper.tensors(), {**broken.document(), "checkpoints": {}})
    tensors, document = state.load(print)
    document.pop("checkpoints")
    again = e2_run()
    again.restore(tensors, document)
    for _ in range(2):
        again.advance()
    expected = whole.stepper.tensors()
    found = again.stepper.tensors()
    assert all(torch.equal(found[name], value) for name, value in expected.items())
    assert again.document()["position"]["step"] == 4


def test_a_trained_network_is_saved_and_loaded_for_its_row_only(tmp_path):
    run = e2_run()
    run.advance()
    row, path = run.job.variant, tmp_path / "model.safetensors"
    save_weights(path, run.stepper.weights(), {"variant": asdict(row)})
    model, images = load_variant(row, path), sources(2)
    with torch.no_grad():
        assert torch.equal(model(images), run.stepper.model.eval()(images))
    for other in (
        {"group": "d4"},
        {"width_divisor": "1"},
        {"size": 152},
        {"pixel_scaling": "symmetric"},
    ):
        with pytest.raises(RadiogazeError, match="trained with"):
            load_variant(replace(row, **other), path)


def test_patience_ends_a_training_like_the_published_curves():
    """Patience 500 ends each curve 499 epochs after its best one."""
    run = e2_run(patience=3)
    run.job = replace(run.job, recipe=replace(run.job.recipe, epochs=9))
    while not run.record.history:
        run.advance()
    run.record.best_loss = -1.0  # nothing can better it
    while not run.finished:
        run.advance()
    assert [row["epoch"] for row in run.record.history] == [0, 1, 2]


def test_a_step_computes_the_loss_of_the_whole_row():
    run = e2_run()
    pixels, labels = run.samples.training_batch(0, 0, 0)
    stepper = Stepper(run.job, 8, 0, 0)
    assert torch.isfinite(stepper.train_step(pixels, labels, 0))
    assert not stepper.gradient_vanishes()


def test_evaluation_augments_as_the_row_says():
    variant, cutouts = e2_run().job.variant, few_cutouts(4)
    model, plan = settled(narrow("c4", 56)), EvaluationSettings(("single",), batch=4, seed=3)
    found = evaluate(variant, model, cutouts, plan, range(2)).logits["logits_single"]
    test = cutouts.images[-4:]
    expected = predict(model, test, replace(plan, augmentation=variant.augmentation), range(2))
    assert torch.equal(torch.from_numpy(found), torch.from_numpy(expected["single"]))
    assert (found != predict(model, test, plan, range(2))["single"]).any()
