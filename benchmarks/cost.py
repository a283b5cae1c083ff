"""What training and evaluating every variant of a sheet costs: a model, not a measurement.

    python benchmarks/cost.py --images-per-s 14.7 --validation-images-per-s 31.8
        --evaluation-images-per-s 145.1 [--seeds 10] [--gpus 1 4 64]
        [--sheet experiments/gating.tsv]

The rates are measured ones, of one device: training and validation as `benchmarks/training.py`
prints them, evaluation as `benchmarks/inference.py` does. Nothing is assumed in their place.

A job is one seed of a variant, as in the workflow, and wants a device for itself. Jobs are assigned
to the devices longest first; `hours` is when the last one ends. Every variant is given the rate of
the primary model, on which the benchmarks measure, and the light jobs (tables, figures) are left
out.
"""

import argparse
import heapq
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from radiogaze.campaigns.recipes import Recipe, load_recipes
from radiogaze.campaigns.variants import Variant, load_sheet
from radiogaze.data.catalogue import RELEASES
from radiogaze.data.subsets import NOT_SCORED, SUBSETS
from radiogaze.files.packaged import packaged_table

# One in five training sources, rounded down, validates (radiogaze.data.splits).
VALIDATION_SHARE = 5
STAGES = 5  # models kept besides the selected one


@dataclass(frozen=True)
class Rates:
    """Images a second of one device."""

    training: float
    validation: float
    evaluation: float


@dataclass(frozen=True)
class Images:
    """Images that go through the network for one seed of a variant."""

    training: int
    validation: int
    evaluation: int

    def seconds(self, rates: Rates) -> float:
        """How long one seed takes."""
        return (
            self.training / rates.training
            + self.validation / rates.validation
            + self.evaluation / rates.evaluation
        )


def images_of(variant: Variant, recipe: Recipe, evaluation_passes: int) -> Images:
    """Count the images of one seed: sources x passes x epochs; a whole test file a pass."""
    subset = SUBSETS[variant.dataset]
    labels = RELEASES[subset.archive].labels
    scored = subset.binary_labels(pd.DataFrame([label.cells for label in labels])) != NOT_SCORED
    sources = sum(label.train for label, count in zip(labels, scored, strict=True) if count)
    validating = sources // VALIDATION_SHARE
    return Images(
        training=(sources - validating) * recipe.passes * recipe.epochs,
        validation=validating * recipe.validation_passes * recipe.epochs,
        evaluation=sum(label.test for label in labels) * evaluation_passes,
    )


def makespan(jobs: Iterable[float], devices: int) -> float:
    """Return when the last job ends, if the longest that waits goes to the next free device."""
    ends = [0.0] * devices
    for seconds in sorted(jobs, reverse=True):
        heapq.heapreplace(ends, ends[0] + seconds)
    return max(ends)


def cost(arguments: argparse.Namespace) -> dict[str, object]:
    """Add up a sheet."""
    rates = Rates(
        arguments.images_per_s, arguments.validation_images_per_s, arguments.evaluation_images_per_s
    )
    variants = load_sheet(arguments.sheet).values()
    recipes = load_recipes(packaged_table("recipes.yaml"))
    seeds = arguments.seeds
    per_seed = [images_of(v, recipes[v.recipe], arguments.passes).seconds(rates) for v in variants]
    jobs = per_seed * seeds
    networks = len(jobs)
    evaluated = networks * arguments.evaluation_mb
    weights = (1 + STAGES) * networks
    return {
        "variants": len(per_seed),
        "seeds": seeds,
        "trained_networks": networks,
        "device_hours": round(sum(jobs) / 3600, 1),
        "longest_job_hours": round(max(jobs) / 3600, 1),
        "hours": {n: round(makespan(jobs, n) / 3600, 1) for n in arguments.gpus},
        "storage_gb": round((weights * arguments.model_mb + evaluated) / 1000, 2),
    }


def main() -> None:
    """Print the model's numbers as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("--images-per-s", "--validation-images-per-s", "--evaluation-images-per-s"):
        parser.add_argument(name, type=float, required=True)
    parser.add_argument("--sheet", type=Path, default=Path("experiments/gating.tsv"))
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--gpus", type=int, nargs="+", default=[1, 4, 64])
    parser.add_argument("--passes", type=int, default=360, help="of the evaluation")
    parser.add_argument(
        "--model-mb", type=float, default=0.42, help="one file of weights; measured: 0.39 to 0.42"
    )
    parser.add_argument(
        "--evaluation-mb", type=float, default=1.27, help="of one network; measured, 360 passes"
    )
    print(json.dumps(cost(parser.parse_args()), indent=1))


if __name__ == "__main__":
    main()
