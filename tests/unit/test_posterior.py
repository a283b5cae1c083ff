"""Bayes by backprop, IVON, and networks that are sampled."""

from dataclasses import replace

import numpy as np
import pytest
import torch
import torch.nn.functional as F
import yaml
from torch import nn

from radiogaze.augmentation.transform import to_network_input
from radiogaze.campaigns.recipes import Posterior, load_recipes
from radiogaze.errors import RadiogazeError
from radiogaze.evaluation.predict import EvaluationSettings, predict
from radiogaze.models import AGCNN, build
from radiogaze.models.load import load_variant, start_from
from radiogaze.models.posterior import (
    EvaluationDropout,
    draw_network,
    keep_dropout,
    posterior_of,
)
from radiogaze.training.bayes import divergence, install_posterior
from radiogaze.training.ivon import CURVATURE_DECAY, IVON, MOMENTUM
from radiogaze.training.randomness import DropoutNoise
from radiogaze.training.run import SeedRun
from radiogaze.training.stepper import Stepper
from training_tools import ROOT, contents, few_cutouts, run_small, small_job

GAUSSIAN = Posterior("gaussian", prior_scale=0.5, temperature=1.0, initial_sd=0.2)
BAYES = {"recipe": "zoom-bayes", "architecture": "zoom", "scope": None, "aggregation": None}
BAYES |= {"head": None, "gates": 3, "normalisation": "softmax", "learning_rate": 1e-3}
# Of every family a network that learns in seconds.
KINDS = {
    "mean-field": BAYES,
    "ivon": {**BAYES, "recipe": "zoom-ivon"},
    "gates that are fused": {"recipe": "zoom-bayes", "scope": "image", "size": 80},
}


def many(layer, x, steps, images):
    """Outputs of a layer in training, one a row, and the gradients of their mean square."""
    step = torch.tensor(0)
    noise = DropoutNoise(0, step)
    install_posterior(layer, GAUSSIAN, noise)
    layer.train()
    outputs = []
    for number in range(steps):
        step.fill_(number)
        noise.begin(images)
        y = layer(x.expand(images, *x.shape[1:]))
        ((y**2).mean(0).sum() / steps).backward()
        outputs.append(y.detach())
    return torch.cat(outputs), layer[0].weight.grad, layer[0].weight_log_sd.grad


def by_weights(layer, x, draws):
    """The same from samples of the weights themselves, each image its own."""
    mean = layer[0].weight.detach().clone().requires_grad_()
    log_sd = torch.full_like(mean, np.log(GAUSSIAN.initial_sd)).requires_grad_()
    torch.manual_seed(1)
    outputs = []
    for _ in range(draws):
        w = mean + log_sd.exp() * torch.randn_like(mean)
        linear = isinstance(layer[0], nn.Linear)
        outputs.append(F.linear(x, w) if linear else F.conv2d(x, w))
    y = torch.cat(outputs)
    (y**2).mean(0).sum().backward()
    return y.detach(), mean.grad, log_sd.grad


@pytest.mark.parametrize(
    ("layer", "x"),
    [
        (nn.Linear(3, 2, bias=False), torch.tensor([[1.0, -2.0, 0.5]])),
        (nn.Conv2d(2, 2, 2, bias=False), torch.arange(18.0).view(1, 2, 3, 3) / 9 - 1),
    ],
    ids=["linear", "convolution"],
)
def test_noise_in_a_layer_is_that_of_sampled_weights(layer, x):
    """Mean, covariance over outputs (positions too), and gradients of mean and spread."""
    wrapped = nn.Sequential(layer)
    expected = by_weights(wrapped, x, 40_000)
    found = many(wrapped, x, 2000, 20)
    for ours, theirs in zip(found[1:], expected[1:], strict=True):
        assert torch.allclose(ours, theirs, atol=0.1 * float(theirs.abs().max()))
    flat = [y.flatten(1) for y in (found[0], expected[0])]
    assert torch.allclose(flat[0].mean(0), flat[1].mean(0), atol=0.02)
    covariances = [torch.cov(y.T) for y in flat]
    if isinstance(layer, nn.Linear):  # units are independent in both
        covariances = [torch.diag(torch.diag(c)) for c in covariances]
    scale = float(covariances[1].abs().max())
    assert torch.allclose(*covariances, atol=0.1 * scale)


@pytest.mark.parametrize("prior", ["gaussian", "laplace"])
def test_the_divergence_is_the_mean_log_ratio(prior):
    layer = nn.Sequential(nn.Linear(2, 1))
    posterior = replace(GAUSSIAN, prior=prior)
    install_posterior(layer, posterior, DropoutNoise(0, torch.tensor(0)))
    (mean, sd), scale = (layer[0].weight.detach()[0], layer[0].sd.detach()[0]), 0.5
    w = (mean + sd * torch.randn(400_000, 2, generator=torch.Generator().manual_seed(0))).double()
    log_q = (-0.5 * ((w - mean) / sd) ** 2 - sd.log()).sum(1) - np.log(2 * np.pi)
    log_p = {
        "gaussian": (-0.5 * (w / scale) ** 2 - np.log(scale)).sum(1) - np.log(2 * np.pi),
        "laplace": (-w.abs() / scale - np.log(2 * scale)).sum(1),
    }[prior]
    expected = float((log_q - log_p).mean())
    assert float(divergence(layer, posterior).detach()) == pytest.approx(expected, rel=0.01)


def test_the_divergence_counts_by_temperature_and_once_for_all_training_sources():
    """The same batch and noise: two losses differ by what the number of sources leaves of it."""
    job = small_job(**BAYES)
    pixels = torch.from_numpy(few_cutouts().images[:4])
    few, many_more = (Stepper(job, 8, 0, 0, sources) for sources in (10, 1000))
    nats = float(divergence(few.model, job.recipe.posterior).detach())
    losses = [float(s.train_step(pixels, torch.tensor([0, 1] * 2), 0)) for s in (few, many_more)]
    apart = job.recipe.posterior.temperature * nats * (1 / 10 - 1 / 1000)
    assert losses[0] - losses[1] == pytest.approx(apart, rel=1e-3)


def test_statistics_of_batch_norm_are_over_as_many_samples_as_batches():
    """Two equal batches: with one sample of the weights they would have the mean of one."""
    batch = torch.from_numpy(few_cutouts().images[:4])
    means = []
    for batches in ([batch], [batch, batch]):
        stepper = Stepper(small_job(**BAYES), 8, 0, 0)
        stepper.validator(batches)
        means.append(stepper.result.stem_norm.running_mean.clone())
    assert not torch.allclose(*means, rtol=1e-3)


def test_ivon_takes_the_steps_of_the_paper():
    """Two steps of Algorithm 1 by hand, in float64, on the loss 1.5 w^2."""
    w = nn.Parameter(torch.tensor([0.3], dtype=torch.float64))
    rate, sources = 0.1, 50
    posterior = Posterior("gaussian", prior_scale=2.0, temperature=0.5, initial_sd=0.1)
    optimiser = IVON([w], rate, posterior, sources)
    ess = sources / 0.5
    delta = 1 / (ess * 2.0**2)
    h = 1 / (ess * 0.1**2) - delta
    m, g, rate = 0.3, 0.0, rate * (h + delta)
    for t, uniform in ((1, 0.9), (2, 0.2)):
        sigma = (ess * (h + delta)) ** -0.5
        optimiser.perturb(lambda count, u=uniform: torch.full((count,), u, dtype=torch.float64))
        theta = float(w.detach())
        normal = float(torch.special.ndtri(torch.tensor(uniform, dtype=torch.float64)))
        assert theta == pytest.approx(m + sigma * normal, abs=1e-6)
        optimiser.zero_grad()
        (1.5 * w**2).sum().backward()
        optimiser.step()
        gradient = 3 * theta
        h_hat = gradient * (theta - m) / sigma**2
        g = MOMENTUM * g + (1 - MOMENTUM) * gradient
        rest = 1 - CURVATURE_DECAY
        h = CURVATURE_DECAY * h + rest * h_hat + 0.5 * rest**2 * (h - h_hat) ** 2 / (h + delta)
        m -= rate * (g / (1 - MOMENTUM**t) + delta * m) / (h + delta)
        assert float(w.detach()) == pytest.approx(m, abs=1e-7)
    assert float(optimiser.sd(w)) == pytest.approx((ess * (h + delta)) ** -0.5, abs=1e-7)


@pytest.mark.parametrize("kind", KINDS)
def test_a_posterior_goes_on_where_it_was_stopped_and_is_sampled(kind, tmp_path):
    settings = KINDS[kind]
    run_small(tmp_path / "whole/state", tmp_path / "whole/out", **settings)
    job = small_job(**settings)
    with pytest.MonkeyPatch.context() as patch:
        _stop_after(patch, 5)
        with pytest.raises(KeyboardInterrupt):
            run_small(tmp_path / "cut/state", tmp_path / "cut/out", **settings)
    run_small(tmp_path / "cut/state", tmp_path / "cut/out", **settings)
    assert contents(tmp_path / "cut/out") == contents(tmp_path / "whole/out")

    network = load_variant(job.variant, tmp_path / "whole/out/seed-0/model.safetensors")
    spread = posterior_of(network)
    expected = {name for name, p in network.named_parameters() if p.ndim > 1 or kind == "ivon"}
    assert set(spread) == expected
    means, drawn = (dict(n.named_parameters()) for n in (network, draw_network(network, 0, 1)))
    again = dict(draw_network(network, 0, 1).named_parameters())
    for name, log_sd in spread.items():
        scaled = (drawn[name] - means[name]).detach() / log_sd.exp()
        assert torch.equal(drawn[name], again[name])
        assert scaled.numel() < 500 or 0.9 < float(scaled.std()) < 1.1
    plain = build(job.variant)
    start_from(plain, job.variant, tmp_path / "whole/out/seed-0/model.safetensors")
    assert all(torch.equal(p, means[name]) for name, p in plain.named_parameters())
    images = few_cutouts().images
    settings = EvaluationSettings(("file",), 16, 0)
    one, two = predict(network, images, settings, (0, 1))["file"]
    rerun = predict(network, images, settings, (1,))["file"][0]
    assert not np.allclose(one, two, atol=1e-4)
    assert np.array_equal(two, rerun)


def _stop_after(patch, steps):
    advance, done = SeedRun.advance, []

    def stopping(run):
        if len(done) == steps:
            raise KeyboardInterrupt
        done.append(1)
        return advance(run)

    patch.setattr(SeedRun, "advance", stopping)


def test_what_dropout_leaves_in_evaluation_has_the_mean_of_all():
    kept = EvaluationDropout(0.3, 0, 0)
    kept.begin(1)
    found = kept(torch.ones(100_000))
    assert found.unique().tolist() == pytest.approx([0, 1 / 0.7])
    assert float(found.mean()) == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize("name", ["zoom", "ag-cnn"])
def test_dropout_that_stays_on(name):
    """Its passes scatter around the network's own logits, and are the same again."""
    job = small_job(**(KINDS["mean-field"] if name == "zoom" else KINDS["gates that are fused"]))
    torch.manual_seed(0)
    network = build(job.variant).eval()
    images = few_cutouts().images[:3]
    plain = EvaluationSettings(("file",), 16, 0)
    kept = replace(plain, dropout=0.5)
    without = predict(network, images, plain, [4] * 1)["file"]
    passes = np.concatenate([predict(network, images, kept, [p])["file"] for p in (4, 5)])
    assert np.array_equal(predict(network, images, kept, (4,))["file"], passes[:1])
    assert not np.allclose(passes[0], without[0])
    drawn = [draw_network(keep_dropout(network, 0.5, 0), 0, p) for p in (4, 5)]
    with torch.no_grad():  # the same images: what is dropped differs, and not the augmentation
        four, five = (n(to_network_input(torch.from_numpy(images))) for n in drawn)
    assert not torch.allclose(four, five)
    orders = predict(network, images, replace(kept, orders=("single", "file")), (4,))
    assert np.array_equal(orders["file"], passes[:1])  # another order before it, the same dropout
    assert np.array_equal(
        predict(network, images, replace(plain, dropout=0.0), (4,))["file"], without
    )


@pytest.mark.parametrize(
    "network", [nn.Sequential(nn.Flatten(), nn.Linear(150**2, 2)), AGCNN(gates=0)]
)
def test_no_dropout_to_keep_on(network):
    settings = EvaluationSettings(("file",), 16, 0, dropout=0.5)
    with pytest.raises(RadiogazeError, match="no dropout to keep on"):
        predict(network, few_cutouts().images[:2], settings, (0,))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"posterior": {"prior": "cauchy"}}, "prior.*gaussian.*laplace"),
        ({"posterior": {"temperature": -1}}, r"posterior.temperature: .*-1"),
        ({"posterior": {"initial_sd": 3}}, "initial_sd is 3, expected less than prior_scale"),
        ({"weight_decay": 0.1}, "weight_decay is 0.1, expected 0"),
        ({"optimiser": "ivon", "posterior": {"prior": "laplace"}}, "expected gaussian for ivon"),
        ({"optimiser": "ivon", "posterior": None}, "which needs the key posterior"),
    ],
)
def test_a_wrong_posterior_is_one_line(tmp_path, change, message):
    entry = yaml.safe_load((ROOT / "experiments/recipes.yaml").read_text())["zoom-bayes"]
    posterior = change.pop("posterior", {})
    entry |= change
    if posterior is None:
        del entry["posterior"]
    else:
        entry["posterior"] |= posterior
    path = tmp_path / "recipes.yaml"
    path.write_text(yaml.safe_dump({"mine": entry}))
    with pytest.raises(RadiogazeError, match=message) as caught:
        load_recipes(path)
    assert str(caught.value).startswith(f"{path}: mine: ")
    assert "\n" not in str(caught.value)


def test_every_layer_of_the_published_network_gets_a_spread():
    network = small_job(scope="image").variant
    model = build(network)
    layers = [m for m in model.modules() if type(m) in (nn.Conv2d, nn.Linear)]
    install_posterior(model, GAUSSIAN, DropoutNoise(0, torch.tensor(0)))
    assert len(posterior_of(model)) == len(layers)
