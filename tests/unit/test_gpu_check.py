"""What the benchmarks measure on a card; here torch's answers stand for one."""

import importlib
import sys
from types import SimpleNamespace

import pytest
import torch

from radiogaze.models.device import choose_device


@pytest.fixture
def benchmark(root, monkeypatch):
    """A benchmark by its name; it asks for a card and gets the CPU, with the flags torch has."""
    monkeypatch.syspath_prepend(root / "benchmarks")
    flags = torch.backends.cudnn.allow_tf32, torch.backends.cuda.matmul.allow_tf32
    torch.backends.cudnn.allow_tf32 = True

    def load(name):
        module = importlib.import_module(name)
        monkeypatch.setattr(module, "choose_device", lambda _: choose_device("cpu"), raising=False)
        return module

    yield load
    torch.backends.cudnn.allow_tf32, torch.backends.cuda.matmul.allow_tf32 = flags
    for name in ("gpu", "training", "inference"):
        sys.modules.pop(name, None)


@pytest.mark.parametrize("name", ["gpu", "training"])
def test_validation_is_measured_in_fp32_which_is_what_a_training_computes_it_in(
    benchmark, monkeypatch, name
):
    seen = []

    def measure(*_):
        seen.append(torch.backends.cudnn.allow_tf32)
        raise SystemExit

    module = benchmark(name)
    monkeypatch.setattr(module, "measure", measure)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda: "a card")
    monkeypatch.setattr(sys, "argv", [name, *["--skip-tests"] * (name == "gpu")])
    with pytest.raises(SystemExit):
        module.main()
    assert seen == [False]


def test_the_memory_of_a_graph_is_what_it_keeps(benchmark, monkeypatch):
    """Torch counts as freed what a captured graph writes to again at each replay."""
    gpu, calls = benchmark("gpu"), []
    for name in ("empty_cache", "reset_peak_memory_stats"):
        monkeypatch.setattr(torch.cuda, name, lambda name=name: calls.append(name))
    monkeypatch.setattr(torch.cuda, "max_memory_allocated", lambda: 2**30)
    monkeypatch.setattr(torch.cuda, "max_memory_reserved", lambda: 8 * 2**30)
    monkeypatch.setattr(gpu, "operations_an_image", lambda: {"training": 1.0})
    monkeypatch.setattr(gpu, "steps_a_second", lambda *_: 1.0)
    monkeypatch.setattr(gpu, "peak_operations_a_second", lambda _: 1.0)
    rows = list(gpu.measure_steps([SimpleNamespace(size=150)], SimpleNamespace(batch=16), 0))
    assert {row["peak_memory_gib"] for row in rows} == {8}
    assert calls[:2] == ["empty_cache", "reset_peak_memory_stats"]  # without what was there before


def test_the_rate_of_evaluations_is_measured_on_the_device_that_is_asked_for(
    benchmark, monkeypatch, capsys
):
    inference = benchmark("inference")
    monkeypatch.setattr(
        sys, "argv", ["inference", "--device", "cuda", "--gates", "0", "--pairs", "1"]
    )
    inference.main()
    assert capsys.readouterr().out.startswith("cpu, threads 1, gates 0")  # which stands for it
