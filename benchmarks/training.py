"""Images a second of our training and validation against the published procedure, in one run.

    python benchmarks/training.py [--threads 1] [--device cpu] [--pairs 7]

The published procedure is re-created from its description: Pillow's affine transform of one image
after the other in the main process, the network in its plain form (contiguous, float32, gates
operation by operation), one step at a time with a look at the loss after each, and validation with
gradients on. Both run in turn (A B A B ...) on the same sources, batch 16, so that a slow moment
of the machine meets both; figures are medians, ratios are medians of the ratios of each pair.

The cutouts are drawn at random, with as many empty pixels as the real ones; the time does not
depend on what they show. Peak memory is that of a process that did our steps alone.

The fraction of the roofline is the arithmetic that our images a second stand for (convolutions and
matrix products of the plain network, counted by torch) over what a large float32 matrix product
reaches on the same device in the same run. The network's narrow convolutions are bound by memory,
so that the fraction shows how much is left, not how much can be had.
"""

import argparse
import json
import platform
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from types import MethodType

import numpy as np
import pandas as pd
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from radiogaze.campaigns.recipes import Recipe, load_recipes
from radiogaze.campaigns.variants import Variant
from radiogaze.files.packaged import packaged_table
from radiogaze.models import AGCNN
from radiogaze.models.device import choose_device
from radiogaze.training.graph import make_stepper
from radiogaze.training.job import Job
from radiogaze.training.samples import BatchSampler, DeviceImages

BATCH = 16
SOURCES = 10 * BATCH
# One published MiraBest training: sources x passes x epochs.
TRAINED = 855 * 72 * 100
VALIDATED = 213 * 360 * 100
VARIANT = Variant.from_row(
    {
        **dict.fromkeys(("released_folder", "released_epoch", "tables"), "none"),
        **{"variant": "benchmark", "dataset": "mirabest", "architecture": "ag-cnn", "gates": "3"},
        **{"normalisation": "range", "scope": "batch", "aggregation": "ft", "head": "relu"},
        **{"unit_order": "bn_relu", "recipe": "published-gating"},
    }
)


def cutouts(count: int = SOURCES) -> NDArray[np.uint8]:
    """Return mostly empty images: 1.7 % of the pixels are not zero, as in MiraBest."""
    rng = np.random.default_rng(0)
    values = rng.integers(1, 256, (count, 150, 150))
    return np.where(rng.random(values.shape) < 0.017, values, 0).astype(np.uint8)


class Published:
    """The published procedure in our own words."""

    def __init__(self, images: NDArray[np.uint8], labels: Tensor, device: str) -> None:
        torch.manual_seed(0)
        self.images, self.labels, self.device = images, labels, device
        self.model = AGCNN().to(device)
        for gate in self.model.gates:
            gate.compatibility = gate.compatibility_plain
            gate.summed = MethodType(_plain_sum, gate)
        self.optimiser = torch.optim.Adam(self.model.parameters(), lr=5e-5)

    def load(self, index: list[int]) -> tuple[Tensor, Tensor]:
        """Augment image after image, and stack them."""
        pixels = np.stack([_augment(self.images[i]) for i in index])
        inputs = torch.from_numpy(pixels).float().div(255).sub(0.5).div(0.5).unsqueeze(1)
        return inputs.to(self.device), self.labels[index].to(self.device)

    def train(self, index: list[int]) -> float:
        """One step; the loss is looked at after each."""
        images, labels = self.load(index)
        self.model.train()
        self.optimiser.zero_grad()
        loss = F.cross_entropy(torch.softmax(self.model(images), dim=1), labels)
        loss.backward()
        self.optimiser.step()
        return loss.item()

    def validate(self, index: list[int]) -> float:
        """One batch of validation, with gradients on."""
        images, labels = self.load(index)
        self.model.eval()
        return F.cross_entropy(torch.softmax(self.model(images), dim=1), labels).item()


def _plain_sum(gate: nn.Module, x: Tensor, g: Tensor) -> Tensor:
    return gate(x, g)[0].flatten(2).sum(-1)


def _augment(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Rotate, scale and shift one image with Pillow, parameters from Python's generator."""
    angle = random.uniform(-np.pi, np.pi)  # noqa: S311
    dx, dy = (round(random.uniform(-2, 2)) for _ in "xy")  # noqa: S311
    scale = random.uniform(0.9, 1.1)  # noqa: S311
    cos, sin, centre = np.cos(angle) / scale, np.sin(angle) / scale, 75.5
    x, y = -centre - dx, -centre - dy
    matrix = (
        cos, sin, cos * x + sin * y + centre,
        -sin, cos, cos * y - sin * x + centre,
    )  # fmt: skip
    image = Image.fromarray(pixels)
    moved = image.transform(image.size, Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR)
    return np.asarray(moved)


def sampler(count: int, validate: int, seed: int, recipe: Recipe, device: str) -> BatchSampler:
    """Return samples of so many random cutouts, the last of which validate."""
    names = np.where(np.arange(count) % 2, "FRII", "FRI")
    split = pd.DataFrame({"index": range(count), "class": names})
    split["split"] = ["train"] * (count - validate) + ["validation"] * validate
    images = torch.from_numpy(cutouts(count)).to(device)
    pool = DeviceImages(images, torch.ones(count, device=device).bool())
    return BatchSampler(pool, split, seed, recipe)


class Ours:
    """The engine's step and its validation."""

    def __init__(self, device: str) -> None:
        recipe = load_recipes(packaged_table("recipes.yaml"))[VARIANT.recipe]
        self.samples = sampler(SOURCES, SOURCES // 2, 0, recipe, device)
        job = Job(VARIANT, recipe, (0,), device=device)
        self.stepper = make_stepper(job, 1, 0, 0, self.samples.training_count)
        self.steps = 0

    def train(self) -> None:
        """One step."""
        batch = self.steps % self.samples.batches
        pass_ = self.steps // self.samples.batches
        with self.stepper.stream():
            pixels, labels = self.samples.training_batch(0, pass_, batch)
            self.stepper.train_step(pixels, labels, self.steps)
        self.steps += 1

    def validate(self) -> None:
        """One pass over the validation set."""
        labels = self.samples.validation_labels
        self.stepper.validator()(self.samples.validation_chunks(0, 0), labels).tolist()


def images_a_second(function: Callable[[], object], images: int, device: str) -> float:
    """Return how fast one call is."""
    if device.startswith("cuda"):
        torch.cuda.synchronize(device)
    start = time.perf_counter()
    function()
    if device.startswith("cuda"):
        torch.cuda.synchronize(device)
    return images / (time.perf_counter() - start)


def measure(arguments: argparse.Namespace) -> dict[str, dict[str, float]]:
    """Run both in turn and return the medians."""
    images, labels = cutouts(), torch.arange(SOURCES) % 2
    theirs = Published(images, labels, arguments.device)
    ours = Ours(arguments.device)
    batch, half = list(range(BATCH)), SOURCES // 2
    device = arguments.device
    results = {}
    parts: list[tuple[str, Callable[[], object], Callable[[], object], int]] = [
        ("training", lambda: theirs.train(batch), ours.train, BATCH),
        ("validation", lambda: theirs.validate(batch), ours.validate, half),
    ]
    for name, plain, fast, fast_images in parts:
        plain(), fast()  # the first calls choose kernels
        pairs = [
            (
                images_a_second(plain, BATCH, device),
                images_a_second(fast, fast_images, device),
            )
            for _ in range(arguments.pairs)
        ]
        published, own = (statistics.median(column) for column in zip(*pairs, strict=True))
        ratio = statistics.median(b / a for a, b in pairs)
        results[name] = {"published": published, "ours": own, "ratio": ratio}
    return results


def operations_an_image() -> dict[str, float]:
    """Return the floating-point operations of the plain network an image, a product counting 2."""
    published = Published(cutouts(), torch.arange(SOURCES) % 2, "cpu")
    batch = list(range(BATCH))
    with FlopCounterMode(display=False) as training:
        published.train(batch)
    with FlopCounterMode(display=False) as validation, torch.no_grad():
        published.validate(batch)
    counts = {"training": training, "validation": validation}
    return {name: counter.get_total_flops() / BATCH for name, counter in counts.items()}


def peak_operations_a_second(device: str) -> float:
    """Return what a large float32 matrix product reaches, the best of several."""
    size = 8192 if device.startswith("cuda") else 2048
    matrix = torch.randn(size, size, device=device)
    return max(images_a_second(lambda: matrix @ matrix, 2 * size**3, device) for _ in range(7))


def peak_memory_gib(device: str, threads: int) -> float:
    """Return the peak resident memory of a process that trains and validates with our steps."""
    code = (
        "import runpy, sys; b = runpy.run_path(sys.argv[1]); import torch, resource;"
        "torch.set_num_threads(int(sys.argv[3]));"
        "o = b['Ours'](sys.argv[2]);"
        "[o.train() for _ in range(3)]; o.validate();"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    command = [sys.executable, "-c", code, __file__, device, str(threads)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    return int(done.stdout) / 2**20


def main() -> None:
    """Measure and print a JSON summary."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--pairs", type=int, default=7)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    choose_device(arguments.device)  # as the commands do: fp32, where torch's default is TF32
    results = measure(arguments)
    hours = {
        side: sum(
            count / results[part][side] / 3600
            for part, count in (("training", TRAINED), ("validation", VALIDATED))
        )
        for side in ("published", "ours")
    }
    peak, operations = peak_operations_a_second(arguments.device), operations_an_image()
    summary = {
        "device": arguments.device,
        "machine": platform.machine(),
        "threads": arguments.threads,
        "torch": torch.__version__,
        "pairs": arguments.pairs,
        "images_per_s": results,
        "hours_of_one_published_training": {**hours, "ratio": hours["published"] / hours["ours"]},
        "peak_gflop_per_s": peak / 1e9,
        "fraction_of_roofline": {
            part: results[part]["ours"] * operations[part] / peak for part in results
        },
        "peak_memory_gib": peak_memory_gib(arguments.device, arguments.threads),
    }
    print(json.dumps(summary, indent=1))


if __name__ == "__main__":
    main()
