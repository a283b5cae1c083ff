r"""A training step of the equivariant networks against the library that the paper used.

    python benchmarks/equivariant.py [--groups c4 d4] [--pairs 5] [--batch 16]
        [--reference-python /path/to/venv/bin/python] [--reference-layout contiguous]

A step is forward, backward and Adam on a batch of 150 x 150 images, in float32, on one thread. Ours
is the training engine's, on the published row of `experiments/equivariant.tsv`. The reference is
the same network built in our own words from the modules of escnn (Cesa, Lang & Weiler 2022), the
successor of the paper's e2cnn: R2Conv, ReLU, InnerBatchNorm, PointwiseMaxPool, GroupPooling and the
masks, with gates and head operation by operation as the paper has them. Without
`--reference-python` ours is measured alone. The library wants an older numpy than ours, so that it
has an environment of its own:

    python3.11 -m venv reference
    reference/bin/pip install torch==2.13.0 numpy==1.26.4 scipy lie_learn==0.0.2 pymanopt==2.2.1 \
        autograd joblib
    reference/bin/pip install --no-deps escnn==1.0.11

Each side is a process that lives through the whole measurement. Both step in turn (A B A B ...)
while the other one waits, so that a slow moment of the machine meets both; the first step of each
is not counted. Times are medians, ratios are medians of the ratios of each pair: of the wall clock
and, for a machine that others use too, of the CPU seconds of the process. Peak memory is the
resident memory of each process, its start included.

The library keeps the contiguous layout by default, as the paper's networks did;
`--reference-layout channels_last` gives it the layout that ours has.
"""

import argparse
import json
import platform
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

SHEET = Path(__file__).parents[1] / "experiments/equivariant.tsv"
SIZE = 150
# As published (equivariant paper, Section 2, and the released code).
FIELDS = (6, 16, 32, 64)
CONVOLUTIONS = (3, 3, 3, 2)
KERNEL = 5
GATE_WIDTH = 64
MEAN, DEVIATION = 0.0031, 0.0350
LEARNING_RATE = 1e-5


def batch_of(count: int) -> tuple[Tensor, Tensor]:
    """Return pixels uint8 [N, 150, 150], mostly empty as the data (1.7 % are not), and labels."""
    generator = torch.Generator().manual_seed(0)
    pixels = torch.randint(1, 256, (count, SIZE, SIZE), generator=generator)
    filled = torch.rand(pixels.shape, generator=generator) < 0.017
    return (pixels * filled).to(torch.uint8), torch.arange(count) % 2


class ReferenceGate(nn.Module):
    """An attention gate with range normalisation over the batch, operation by operation."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.theta = nn.Conv2d(channels, GATE_WIDTH, 1, bias=False)
        self.phi = nn.Conv2d(FIELDS[3], GATE_WIDTH, 1, bias=False)
        self.psi = nn.Conv2d(GATE_WIDTH, 1, 1)

    def forward(self, x: Tensor, g: Tensor) -> Tensor:
        """Return the gated features, summed over all positions, [N, C]."""
        size = x.shape[-2:]
        coarse = F.interpolate(self.phi(g), size=size, mode="bilinear", align_corners=False)
        scores = self.psi(F.relu(self.theta(x) + coarse))
        attention = (scores - scores.min()) / (scores.max() - scores.min())
        return (attention * x).flatten(2).sum(-1)


class Reference(nn.Module):
    """C_N- or D_N-Attention of the library's modules."""

    def __init__(self, group: str, layout: torch.memory_format) -> None:
        from escnn import gspaces  # type: ignore[import-not-found]  # noqa: PLC0415
        from escnn import nn as enn  # noqa: PLC0415

        super().__init__()
        self.layout = layout
        turns = int(group[1:])
        act = gspaces.rot2dOnR2(turns) if group[0] == "c" else gspaces.flipRot2dOnR2(turns)
        self.image_type = kind = enn.FieldType(act, [act.trivial_repr])
        self.wrap: Callable[[Tensor, Any], Any] = enn.GeometricTensor
        self.mask = enn.MaskModule(kind, SIZE, margin=0)
        self.blocks, self.group_max, self.pools = (nn.ModuleList() for _ in range(3))
        for fields, count in zip(FIELDS, CONVOLUTIONS, strict=True):
            units: list[nn.Module] = []
            for _ in range(count):
                regular = enn.FieldType(act, [act.regular_repr] * fields)
                units.append(self.convolution(enn, kind, regular))
                units += [enn.ReLU(regular, inplace=True), enn.InnerBatchNorm(regular)]
                kind = regular
            self.blocks.append(nn.Sequential(*units))
            self.group_max.append(enn.GroupPooling(kind))
            self.pools.append(enn.PointwiseMaxPool(kind, kernel_size=2, stride=2))
        self.gates = nn.ModuleList(ReferenceGate(fields) for fields in FIELDS[2::-1])
        self.votes = nn.ModuleList(nn.Linear(fields, 2) for fields in FIELDS[2::-1])
        self.dropout = nn.Dropout(0.5)
        self.combined = nn.Linear(6, 2)

    @staticmethod
    def convolution(enn: Any, kind: Any, regular: Any) -> nn.Module:
        """Make a steerable convolution; its own initialisation takes minutes for large groups."""
        conv = enn.R2Conv(kind, regular, KERNEL, padding=KERNEL // 2, bias=False, initialize=False)
        nn.init.normal_(conv.weights, std=conv.weights.numel() ** -0.5 * len(regular) ** 0.5)
        return conv

    def forward(self, pixels: Tensor) -> Tensor:
        """Return logits [N, 2] of pixels uint8 [N, 150, 150]."""
        values = ((pixels.float() / 255 - MEAN) / DEVIATION)[:, None]
        x = self.mask(self.wrap(values.contiguous(memory_format=self.layout), self.image_type))
        ends: list[Tensor] = []
        for number, block in enumerate(self.blocks):
            x = block(self.pools[number - 1](x) if number else x)
            ends.append(self.group_max[number](x).tensor)
        *skips, top = ends
        votes = [
            vote(self.dropout(gate(skip, top)))
            for vote, gate, skip in zip(self.votes, self.gates, skips[::-1], strict=True)
        ]
        return self.combined(F.relu(torch.cat(votes, dim=1)))


def reference_step(group: str, count: int, layout: str) -> tuple[nn.Module, Callable[[], object]]:
    """Return the library's network and its step."""
    torch.manual_seed(0)
    memory_format = getattr(torch, f"{layout}_format" if layout == "contiguous" else layout)
    model = Reference(group, memory_format).to(memory_format=memory_format)
    optimiser = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE)
    pixels, labels = batch_of(count)

    def step() -> None:
        optimiser.zero_grad()
        F.cross_entropy(model(pixels), labels).backward()
        optimiser.step()

    return model.train(), step


def our_step(group: str, count: int) -> tuple[nn.Module, Callable[[], object]]:
    """Return our network and the training engine's step; the reference has no radiogaze."""
    from radiogaze.campaigns.recipes import load_recipes  # noqa: PLC0415
    from radiogaze.campaigns.variants import load_sheet  # noqa: PLC0415
    from radiogaze.files.packaged import packaged_table  # noqa: PLC0415
    from radiogaze.training.job import Job  # noqa: PLC0415
    from radiogaze.training.stepper import Stepper  # noqa: PLC0415

    variant = load_sheet(SHEET)[f"{group}-attention"]
    recipe = load_recipes(packaged_table("recipes.yaml"))[variant.recipe]
    stepper = Stepper(Job(variant, recipe, (0,)), 1, 0, 0)
    pixels, labels = batch_of(count)
    return stepper.model, lambda: stepper.train_step(pixels, labels, 0)


def work(side: str, group: str, count: int, layout: str) -> None:
    """Step once for every line of the standard input; print one JSON line for each."""
    torch.set_num_threads(1)
    ours = side == "ours"
    model, step = our_step(group, count) if ours else reference_step(group, count, layout)
    step()  # the first call chooses kernels
    trained = sum(p.numel() for p in model.parameters() if p.requires_grad)
    print(json.dumps({"parameters": trained}), flush=True)
    for _ in sys.stdin:
        wall, cpu = time.perf_counter(), time.process_time()
        step()
        times = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        print(json.dumps({**times, "peak_memory_gib": peak}), flush=True)


class Side:
    """A process that does one side's steps, one when asked."""

    def __init__(self, python: str, side: str, group: str, count: int, layout: str) -> None:
        self.name = side
        command = [python, "-W", "ignore", __file__, "--work", side, "--groups", group]
        command += ["--batch", str(count), "--reference-layout", layout]
        try:
            self.process = subprocess.Popen(  # noqa: S603
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
        except OSError as error:
            sys.exit(f"{python}: cannot be run as a Python ({error.strerror})")
        self.parameters = int(self.read()["parameters"])
        self.steps: list[dict[str, float]] = []

    def read(self) -> dict[str, float]:
        """Return the next line; end with a message where there is none."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"the process of {self.name} ended with {self.process.wait()}, see above")
        return json.loads(line)

    def step(self) -> None:
        """Have one step done."""
        assert self.process.stdin is not None
        with suppress(BrokenPipeError):  # the message is read()'s
            print(file=self.process.stdin, flush=True)
        self.steps.append(self.read())

    def summary(self) -> dict[str, float]:
        """End the process; return the medians."""
        self.process.communicate()
        return {
            "parameters": self.parameters,
            "wall_s": statistics.median(s["wall"] for s in self.steps),
            "cpu_s": statistics.median(s["cpu"] for s in self.steps),
            "peak_memory_gib": self.steps[-1]["peak_memory_gib"],
        }


def ratios(sides: dict[str, Side], clock: str) -> list[float]:
    """Return how many times as long as ours the reference took, pair by pair."""
    pairs = zip(sides["reference"].steps, sides["ours"].steps, strict=True)
    return [theirs[clock] / own[clock] for theirs, own in pairs]


def measure(sides: dict[str, Side], pairs: int) -> dict[str, object]:
    """Step in turn; return the medians, and the ratios of reference to ours."""
    for _ in range(pairs):
        for side in sides.values():
            side.step()
    found: dict[str, object] = {name: side.summary() for name, side in sides.items()}
    if len(sides) > 1:
        for clock in ("wall", "cpu"):
            found[f"{clock}_ratios"] = ratios(sides, clock)
            found[f"{clock}_ratio"] = statistics.median(ratios(sides, clock))
    return found


def main() -> None:
    """Measure and print a JSON summary."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--groups", nargs="+", default=["c4", "d4"])
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--reference-python", help="of an environment that has escnn")
    parser.add_argument(
        "--reference-layout", default="contiguous", choices=["contiguous", "channels_last"]
    )
    parser.add_argument("--work", choices=["ours", "reference"], help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    options = arguments.batch, arguments.reference_layout
    if arguments.work:
        work(arguments.work, arguments.groups[0], *options)
        return
    pythons = {"ours": sys.executable, "reference": arguments.reference_python}
    summary: dict[str, object] = {
        "machine": platform.machine(),
        "torch": torch.__version__,
        "batch": arguments.batch,
        "pairs": arguments.pairs,
        "reference_layout": arguments.reference_layout,
    }
    for group in arguments.groups:
        sides = {
            name: Side(python, name, group, *options) for name, python in pythons.items() if python
        }
        summary[group] = measure(sides, arguments.pairs)
    print(json.dumps(summary, indent=1))


if __name__ == "__main__":
    main()
