"""Very many trainings: planned by the real workflow, and added up by the model of the cost."""

import importlib.util
import json
import subprocess
import sys
from types import ModuleType

import pytest


def load(root, name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, root / f"benchmarks/{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look it up
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def cost(root):
    return load(root, "cost")


def test_a_thousand_variants_are_a_job_a_seed_planned_in_little_memory(root):
    # in a process of its own: a child's peak memory starts from that of the process it came from
    command = [sys.executable, str(root / "benchmarks/dag.py"), "--variants", "1000"]
    printed = subprocess.run(command, capture_output=True, check=True)
    planned = json.loads(printed.stdout)
    # a first seed of all and of the three variants of the other paper; a second one of these, of
    # the copies and of the four networks of Table 7
    assert planned["jobs"]["train_with_checkpoints"] == 1000 + 3
    assert planned["jobs"]["train"] == 1000 - 22 + 4 + 3
    assert planned["peak_memory_gib"] < 0.5
    # 10,000 jobs took about 6 ms each; a factor of ten means something quadratic has crept in
    assert planned["cpu_s"] < 60


def test_the_images_of_one_published_training(root, cost):
    variant = cost.load_sheet(root / "experiments/gating.tsv")["mirabest-range-ft-3g"]
    recipes = cost.load_recipes(root / "experiments/recipes.yaml")
    images = cost.images_of(variant, recipes[variant.recipe], evaluation_passes=360)
    # 1069 sources without hybrids, 213 of them validate; of the test file hybrids are read, too
    assert images == cost.Images(856 * 72 * 100, 213 * 360 * 100, 157 * 360)
    certain = cost.load_sheet(root / "experiments/gating.tsv")["mirabest-certain-range-ft-3g"]
    assert cost.images_of(certain, recipes[certain.recipe], 1).training == 584 * 72 * 100


def test_more_devices_than_jobs_wait_for_the_longest_job(cost):
    assert cost.makespan([3, 1, 1, 1], 1) == 6
    assert cost.makespan([3, 1, 1, 1], 2) == 3
    assert cost.makespan([3, 1, 1, 1], 64) == 3


def test_the_sum_has_every_seed_and_the_longest_job_is_one_of_them(cost, root, capsys, monkeypatch):
    def run(*options: str) -> dict:
        rates = ("--images-per-s=1000", "--validation-images-per-s=3000")
        sheet = f"--sheet={root / 'experiments/gating.tsv'}"
        arguments = ["cost", *rates, "--evaluation-images-per-s=3000", sheet, *options]
        monkeypatch.setattr(sys, "argv", arguments)
        cost.main()
        return json.loads(capsys.readouterr().out)

    ten, one = run("--seeds=10"), run("--seeds=1")
    assert ten["trained_networks"] == 230
    assert one["trained_networks"] == 23
    assert ten["device_hours"] == pytest.approx(10 * one["device_hours"], rel=0.01)
    assert ten["longest_job_hours"] == one["longest_job_hours"] == one["hours"]["64"]
    assert ten["hours"]["64"] < ten["hours"]["4"] < ten["hours"]["1"]


@pytest.mark.parametrize(
    ("sheet", "variant"),
    [
        ("gating", "mirabest-range-ft-3g"),
        ("equivariant", "lenet"),
        ("equivariant_controls", "c8-attention-compute-matched"),
    ],
)
def test_the_operations_of_a_training_are_those_that_are_listed(root, monkeypatch, sheet, variant):
    monkeypatch.syspath_prepend(root / "benchmarks")
    operations = load(root, "operations")
    recipes = operations.load_recipes(root / "experiments/recipes.yaml")
    path = root / f"experiments/{sheet}.tsv"
    row = operations.load_sheet(path)[variant]
    listed = operations.read_rows(root / "workflow/reference/operations.csv", ",")
    key = (f"experiments/{sheet}.tsv", variant)
    (expected,) = [each for each in listed if (each["sheet"], each["variant"]) == key]
    epochs = {"LeNet": 555, "C8-Attention": 575}.get(operations.kind_of(row), 100)
    assert int(expected["epochs"]) == epochs
    training, validation, held = operations.count(row, batch=16)
    # a multiplication of a convolution and its addition, forward, and for both gradients
    assert 2 < training / validation < 3.5
    images = operations.images_of(row, recipes[row.recipe], 0)
    total = images.training * training + images.validation * validation
    scaled = total * epochs / recipes[row.recipe].epochs / 1e15
    assert float(expected["petaflop"]) == pytest.approx(scaled, rel=1e-3)
    assert float(expected["gigabytes"]) == pytest.approx(held / 1e9, rel=1e-2)
