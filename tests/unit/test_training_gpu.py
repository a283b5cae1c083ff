"""What a GPU changes: steps from a CUDA graph, seeds side by side on it, other precisions."""

import pandas as pd
import pytest
import torch
from safetensors.torch import load_file

from radiogaze.training.graph import GraphStepper
from radiogaze.training.stepper import Stepper
from training_tools import few_cutouts, run_small, small_job

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device"),
]
BATCH = 4
STEPS = 6


def losses(kind, precision="fp32"):
    """Train a few steps, the last on a smaller batch, and return losses and weights."""
    cutouts = few_cutouts()
    pixels = torch.from_numpy(cutouts.images[:20]).cuda()
    labels = (torch.arange(20) % 2).cuda()
    healthy = {"loss_input": "logits", "pooling": "mean", "head": "linear"}  # gradients that count
    stepper = kind(small_job(**healthy, device="cuda", precision=precision), STEPS, 0, 0)
    found = []
    with stepper.stream():
        for step in range(STEPS):
            size = BATCH if step < STEPS - 1 else BATCH - 1
            chosen = slice(step % 4 * BATCH, step % 4 * BATCH + size)
            found.append(stepper.train_step(pixels[chosen], labels[chosen], step))
        return torch.stack(found).tolist(), stepper.weights()


def test_a_captured_step_is_the_eager_one():
    graph, graph_weights = losses(GraphStepper)
    eager, eager_weights = losses(Stepper)
    assert graph == pytest.approx(eager, rel=1e-4)
    for name, weight in eager_weights.items():
        assert torch.allclose(graph_weights[name].float(), weight.float(), atol=1e-4), name


def test_seeds_side_by_side_are_each_as_if_alone(tmp_path):
    run_small(tmp_path / "state", tmp_path / "both", seeds=(0, 3), device="cuda")
    run_small(tmp_path / "state", tmp_path / "one", seeds=(3,), device="cuda")
    both, one = (pd.read_csv(tmp_path / f / "seed-3/history.csv") for f in ("both", "one"))
    assert both["epoch"].tolist() == one["epoch"].tolist()
    assert both["train_loss"].tolist() == pytest.approx(one["train_loss"].tolist(), rel=1e-3)
    weights = [
        load_file(tmp_path / f / "seed-3/model.safetensors").values() for f in ("both", "one")
    ]
    for ours, alone in zip(*weights, strict=True):
        assert torch.allclose(ours.float(), alone.float(), atol=1e-3)


@pytest.mark.parametrize(("precision", "tolerance"), [("tf32", 1e-2), ("bf16", 0.2)])
def test_another_precision_changes_the_loss_by_little_and_by_something(precision, tolerance):
    exact, _ = losses(GraphStepper)
    rounded, _ = losses(GraphStepper, precision)
    assert rounded == pytest.approx(exact, rel=tolerance)
    assert rounded != exact
