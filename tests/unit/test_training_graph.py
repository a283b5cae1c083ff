"""What a training does where no CUDA graph can be captured; torch's graph is replaced here."""

from contextlib import contextmanager, nullcontext
from types import SimpleNamespace

import pytest
import torch

from radiogaze.training.graph import GraphStepper
from training_tools import few_cutouts, small_job


@pytest.fixture
def no_graph(monkeypatch):
    """A capture that fails as torch's does: the fault makes the end of the capture fail too."""

    @contextmanager
    def graph(*_, **__):
        try:
            yield
        finally:
            raise RuntimeError("CUDA error: operation failed due to a previous error")

    stream = SimpleNamespace(wait_stream=lambda _: None)
    for name, value in {
        "graph_pool_handle": lambda: (0, 0),
        "Stream": lambda _: stream,
        "current_stream": lambda _: stream,
        "stream": lambda _: nullcontext(),
        "CUDAGraph": object,
        "graph": graph,
    }.items():
        monkeypatch.setattr(torch.cuda, name, value)


def test_a_failed_capture_names_the_fault_and_the_step_is_the_eager_one(
    no_graph, monkeypatch, capsys
):
    stepper = GraphStepper(small_job(size=56), 4, 0, 0)
    update, calls = stepper._update, []

    def failing(*batch):
        calls.append(batch)
        if len(calls) == 4:  # the captured one, after three to warm up
            raise RuntimeError("Cannot copy between CPU and CUDA tensors")
        return update(*batch)

    monkeypatch.setattr(stepper, "_update", failing)
    pixels, labels = torch.from_numpy(few_cutouts().images[:4]), torch.arange(4) % 2
    before = stepper.weights()
    loss = stepper.train_step(pixels, labels, 0)
    assert loss.isfinite()
    assert any(not torch.equal(before[name], value) for name, value in stepper.weights().items())
    assert stepper.mode.endswith("captured: Cannot copy between CPU and CUDA tensors")
    assert "no CUDA graph (Cannot copy between CPU and CUDA tensors)" in capsys.readouterr().err
