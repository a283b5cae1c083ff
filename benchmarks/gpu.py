"""What this machine's GPU does for a training: its tests, its speed, its memory.

    make gpu-check                                            about ten minutes
    python benchmarks/gpu.py --seconds 1 --skip-tests         the same, shorter

Writes docs/gpu.json and, from it, docs/gpu.md. The network is the primary one of the gating paper
with the healthy form of its head (`experiments/retrained_gating.tsv`), because the published one
saturates and then has no gradients to compute. The cutouts are drawn at random with as many empty
pixels as the real ones; the time does not depend on what they show.

The projected time of a published training is a measured epoch times their number; an epoch is 72
passes over 855 training sources and 360 over 213 validation sources. It is measured over two
epochs, after one that captures the graphs. The fraction of the roofline is the arithmetic that the
images a second stand for over what a large matrix product of the same precision reaches.
"""

import argparse
import itertools
import json
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from radiogaze.campaigns.recipes import Recipe, load_recipes
from radiogaze.campaigns.variants import Variant, load_sheet
from radiogaze.files.packaged import packaged_table
from radiogaze.models.device import choose_device
from radiogaze.training.engine import round_robin
from radiogaze.training.graph import GraphStepper
from radiogaze.training.job import Job
from radiogaze.training.run import SeedRun
from radiogaze.training.stepper import Stepper
from training import operations_an_image, sampler

ROOT = Path(__file__).resolve().parents[1]
DEVICE = "cuda"
SHEET = "experiments/retrained_gating.tsv"
PRIMARY = "mirabest-range-ft-3g"
PUBLISHED = "published-gating"
SEEDS = (1, 4, 8)
PRECISIONS = ("fp32", "tf32", "bf16")
TRAINED, VALIDATED = 855, 213  # sources of MiraBest


class _Turn:
    """What `round_robin` gives turns to."""

    def __init__(self, run: SeedRun) -> None:
        self.run = run


def make_runs(row: Variant, recipe: Recipe, seeds: int, precision: str) -> list[_Turn]:
    """Return trainings of a network with several seeds, as the engine makes them."""
    job = Job(row, recipe, tuple(range(seeds)), device=DEVICE, precision=precision)
    return [
        _Turn(SeedRun(job, seed, sampler(TRAINED + VALIDATED, VALIDATED, seed, recipe, DEVICE)))
        for seed in job.seeds
    ]


def seconds_an_epoch(turns: list[_Turn]) -> list[float]:
    """Train all to their end, and return how long each epoch but the first took for all of them."""
    ends: list[float] = []
    for turn in round_robin(turns, together=True):
        with turn.run.stepper.stream():
            turn.run.advance()
        if min(each.run.position.epoch for each in turns) > len(ends):
            torch.cuda.synchronize()
            ends.append(time.perf_counter())
    return [after - before for before, after in itertools.pairwise(ends)]


def steps_a_second(
    kind: type[Stepper], row: Variant, recipe: Recipe, precision: str, seeds: int, seconds: float
) -> float:
    """Return the training steps a second of all seeds together, launched in turn."""
    job = Job(row, recipe, tuple(range(seeds)), device=DEVICE, precision=precision)
    samples = [sampler(TRAINED, 0, seed, recipe, DEVICE) for seed in job.seeds]
    steppers = [kind(job, 10**6, seed, 0) for seed in job.seeds]
    done, start = 0, 0.0
    while not start or time.perf_counter() - start < seconds:
        for number in range(samples[0].batches - 1):  # all of one size
            for stepper, sample in zip(steppers, samples, strict=True):
                with stepper.stream():
                    pixels, labels = sample.training_batch(0, done, number)
                    stepper.train_step(pixels, labels, number)
        torch.cuda.synchronize()
        done += 1
        if not start:  # the first pass captures and chooses kernels
            done, start = 0, time.perf_counter()
    return done * seeds * (samples[0].batches - 1) / (time.perf_counter() - start)


def peak_operations_a_second(precision: str) -> float:
    """Return what a large matrix product reaches, the best of several."""
    kind = torch.bfloat16 if precision == "bf16" else torch.float32
    matrix = torch.randn(8192, 8192, device=DEVICE, dtype=kind)
    torch.backends.cuda.matmul.allow_tf32 = precision == "tf32"
    times = []
    for _ in range(7):
        torch.cuda.synchronize()
        start = time.perf_counter()
        matrix @ matrix
        torch.cuda.synchronize()
        times.append(time.perf_counter() - start)
    torch.backends.cuda.matmul.allow_tf32 = False
    return 2 * 8192**3 / min(times)


def measure(seconds: float, save: Callable[[dict[str, Any]], None]) -> None:
    """Measure everything, and save what there is after each part."""
    recipes = load_recipes(packaged_table("recipes.yaml"))
    small = load_sheet(ROOT / SHEET)[PRIMARY]
    full = replace(small, size=150)
    found: dict[str, Any] = {"steps": [], "trainings": []}
    parts = {
        "steps": measure_steps((full, small), recipes[PUBLISHED], seconds),
        "trainings": measure_trainings(((full, recipes[PUBLISHED]), (small, recipes["modern"]))),
    }
    for part, rows in parts.items():
        for row in rows:
            print(json.dumps(row), flush=True)
            found[part].append(row)
            save(found)


def measure_steps(
    variants: Sequence[Variant], recipe: Recipe, seconds: float
) -> Iterator[dict[str, Any]]:
    """Measure training steps of each variant by precision, step and number of seeds."""
    operations = operations_an_image()["training"]
    for row in variants:
        for precision in PRECISIONS:
            for kind, seeds in ((Stepper, 1), *((GraphStepper, count) for count in SEEDS)):
                torch.cuda.empty_cache()
                torch.cuda.reset_peak_memory_stats()
                rate = steps_a_second(kind, row, recipe, precision, seeds, seconds)
                found = {
                    "size": row.size,
                    "precision": precision,
                    "step": "graph" if kind is GraphStepper else "eager",
                    "seeds": seeds,
                    "steps_per_s": rate,
                    # not what is allocated: of what a graph keeps, most counts as freed
                    "peak_memory_gib": torch.cuda.max_memory_reserved() / 2**30,
                }
                if row is variants[0]:  # the operations are those of the full size
                    reached = rate * recipe.batch * operations
                    found["fraction_of_roofline"] = reached / peak_operations_a_second(precision)
                yield found


def measure_trainings(
    variants: Sequence[tuple[Variant, Recipe]],
) -> Iterator[dict[str, Any]]:
    """Measure epochs of whole trainings, and project the seconds of one."""
    for row, recipe in variants:
        for precision, seeds in (("fp32", 1), ("tf32", 1), ("tf32", 8)):
            turns = make_runs(row, replace(recipe, epochs=3), seeds, precision)
            epoch = sum(seconds_an_epoch(turns)) / 2
            yield {
                "recipe": recipe.name,
                "size": row.size,
                "precision": precision,
                "seeds": seeds,
                "seconds_a_training": epoch * recipe.epochs / seeds,
            }


def run_tests() -> str:
    """Run the GPU tests and return pytest's last line.

    Raises
    ------
    SystemExit
        If one fails.
    """
    command = [sys.executable, "-m", "pytest", "-q", "-m", "gpu", "tests/unit"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
    print(done.stdout[-4000:], done.stderr[-1000:], flush=True)
    if done.returncode:
        sys.exit("gpu-check: a GPU test failed; its text is above")
    return done.stdout.strip().splitlines()[-1]


def describe(found: dict[str, Any]) -> str:
    """Return the page for people."""
    lines = [
        "# On a GPU",
        "",
        f"`make gpu-check` wrote this page on {found['date']}: {found['device']},"
        f" torch {found['torch']}, Python {found['python']}. Tests: {found['tests']}.",
        "The same numbers are in [gpu.json](gpu.json).",
        "",
        "## Seconds for one training",
        "",
        f"Projected from two epochs of `{PRIMARY}` (healthy head). `{PUBLISHED}` takes 150 pixels"
        " and 7,200 passes; `modern` 80 pixels and 54.",
        "",
        "| recipe | precision | seeds side by side | seconds for each |",
        "| --- | --- | ---: | ---: |",
        *(
            f"| {r['recipe']} | {r['precision']} | {r['seeds']} | {r['seconds_a_training']:.1f} |"
            for r in found["trainings"]
        ),
        "",
        "## Training steps a second",
        "",
        "Batches of 16; all seeds together. The roofline is a matrix product in the same"
        " precision.",
        "",
        "| pixels | precision | step | seeds | steps/s | peak memory, GiB | of the roofline |",
        "| ---: | --- | --- | ---: | ---: | ---: | ---: |",
        *(
            f"| {r['size']} | {r['precision']} | {r['step']} | {r['seeds']} |"
            f" {r['steps_per_s']:,.0f} | {r['peak_memory_gib']:.2f} |"
            + (f" {r['fraction_of_roofline']:.1%} |" if "fraction_of_roofline" in r else " |")
            for r in found["steps"]
        ),
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Check, measure, and write the page and its numbers."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=3, help="for each measured speed")
    parser.add_argument("--skip-tests", action="store_true")
    parser.add_argument("--out", type=Path, default=ROOT / "docs")
    arguments = parser.parse_args()
    if not torch.cuda.is_available():
        sys.exit("gpu-check: no CUDA device found by torch; run it on a machine with a GPU")
    choose_device(DEVICE)  # as the commands do: a free card, and fp32 in validation
    tests = "skipped" if arguments.skip_tests else run_tests()
    about = {
        "date": time.strftime("%Y-%m-%d"),
        "device": torch.cuda.get_device_name(),
        "torch": torch.__version__,
        "python": platform.python_version(),
        "tests": tests,
    }

    def save(measured: dict[str, Any]) -> None:
        found = {**about, **measured}
        (arguments.out / "gpu.json").write_text(json.dumps(found, indent=1) + "\n")
        (arguments.out / "gpu.md").write_text(describe(found))

    measure(arguments.seconds, save)


if __name__ == "__main__":
    main()
