"""What a GPU changes: steps from a CUDA graph, seeds side by side on it, other precisions."""

from dataclasses import replace

import pandas as pd
import pytest
import torch

from radiogaze.campaigns.variants import load_sheet
from radiogaze.training.graph import GraphStepper
from radiogaze.training.stepper import Stepper
from training_tools import ROOT, few_cutouts, run_small, small_job

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device"),
]
BATCH = 4
STEPS = 6
HEALTHY = {"loss_input": "logits", "pooling": "mean", "head": "linear"}  # gradients that count


def losses(kind, precision="fp32"):
    """Train a few steps, the last on a smaller batch, and return losses and weights."""
    cutouts = few_cutouts()
    pixels = torch.from_numpy(cutouts.images[:20]).cuda()
    labels = (torch.arange(20) % 2).cuda()
    stepper = kind(small_job(**HEALTHY, device="cuda", precision=precision), STEPS, 0, 0)
    found = []
    with stepper.stream():
        for step in range(STEPS):
            size = BATCH if step < STEPS - 1 else BATCH - 1
            chosen = slice(step % 4 * BATCH, step % 4 * BATCH + size)
            found.append(stepper.train_step(pixels[chosen], labels[chosen], step))
        return torch.stack(found).tolist(), stepper.weights()


def test_a_captured_step_is_the_eager_one():
    """The biases of convolutions are left out: batch norm takes them away again."""
    (graph, captured), (eager, stepped) = losses(GraphStepper), losses(Stepper)
    assert graph == pytest.approx(eager, rel=1e-4)
    for name in ("readout.per_gate.0.weight", "gates.0.theta.weight"):
        assert torch.allclose(captured[name], stepped[name], atol=1e-3), name


def test_the_graph_of_the_last_smaller_batch_moves_the_weights():
    """Its gradients are its own: one batch alone, captured at that size."""
    stepper = GraphStepper(small_job(**HEALTHY, device="cuda"), STEPS, 0, 0)
    cutouts = few_cutouts()
    pixels, labels = torch.from_numpy(cutouts.images[:7]).cuda(), (torch.arange(7) % 2).cuda()
    with stepper.stream():
        stepper.train_step(pixels[:4], labels[:4], 0)
        before = stepper.weights()
        stepper.train_step(pixels[4:], labels[4:], 1)
        after = stepper.weights()
    assert stepper.mode == "cuda-graph"
    moved = [not torch.equal(before[n], after[n]) for n in before if n.endswith("conv.weight")]
    assert all(moved)
    assert all(p.grad.abs().max() > 1e-6 for p in stepper.model.parameters() if p.ndim > 1)


@pytest.mark.parametrize("sheet", ["retrained_gating", "retrained_equivariant"])
def test_every_network_can_be_captured(sheet):
    for name, row in load_sheet(ROOT / f"experiments/{sheet}.tsv").items():
        job = replace(small_job(**HEALTHY, device="cuda"), variant=row)
        stepper = GraphStepper(job, STEPS, 0, 0)
        pixels = torch.from_numpy(few_cutouts().images[:4]).cuda()
        with stepper.stream():
            for step in range(2):
                loss = stepper.train_step(pixels, (torch.arange(4) % 2).cuda(), step)
        assert (stepper.mode, bool(loss.isfinite())) == ("cuda-graph", True), name


def test_seeds_side_by_side_are_each_as_if_alone(tmp_path):
    run_small(tmp_path / "state", tmp_path / "both", seeds=(0, 3), **HEALTHY, device="cuda")
    run_small(tmp_path / "state", tmp_path / "one", seeds=(3,), **HEALTHY, device="cuda")
    both, one = (pd.read_csv(tmp_path / f / "seed-3/history.csv") for f in ("both", "one"))
    assert both["epoch"].tolist() == one["epoch"].tolist()
    assert both["train_loss"].tolist() == pytest.approx(one["train_loss"].tolist(), rel=1e-3)
    column = "validation_loss"
    assert both[column].tolist() == pytest.approx(one[column].tolist(), rel=0.02)


@pytest.mark.parametrize(("precision", "tolerance"), [("tf32", 1e-2), ("bf16", 0.2)])
def test_another_precision_changes_the_loss_by_little_and_by_something(precision, tolerance):
    exact, _ = losses(GraphStepper)
    rounded, _ = losses(GraphStepper, precision)
    assert rounded == pytest.approx(exact, rel=tolerance)
    assert rounded != exact
