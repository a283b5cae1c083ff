"""What one training of each variant of a sheet computes, counted on tensors without data.

    python benchmarks/operations.py > workflow/reference/operations.csv

The operations of a training step and of a validation batch are counted by torch's FlopCounterMode,
a product and its sum as two, and multiplied by the images of all epochs. A recipe with patience
ends early: its networks are given the epochs that Figure 1 of the equivariant paper shows for their
kind. The memory is that of weights, gradients, Adam's moments and all that a step keeps for its
backward pass; data, library and kernels need more.
"""

import csv
import sys
from contextlib import nullcontext
from pathlib import Path
from unittest.mock import patch

import torch
from torch.nn.functional import cross_entropy
from torch.utils.flop_counter import FlopCounterMode

from cost import images_of
from radiogaze.campaigns.recipes import load_recipes
from radiogaze.campaigns.variants import Variant, load_sheet
from radiogaze.files.rows import read_rows
from radiogaze.models.registry import build

ROOT = Path(__file__).resolve().parents[1]
SHEETS = ("gating", "equivariant", "equivariant_controls")
COPIES = 4  # of each weight: itself, its gradient, two moments
FIELDS = ("sheet", "variant", "epochs", "petaflop", "gigabytes")


def count(variant: Variant, batch: int) -> tuple[float, float, float]:
    """Return operations an image of training and of validation, and the bytes of a step."""
    network = build(variant).to("meta")
    images = torch.empty(batch, 1, 150, 150, device="meta")
    classes = torch.empty(batch, dtype=torch.long, device="meta")
    kept: dict[int, int] = {}

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        kept[storage._cdata] = storage.nbytes()
        return tensor

    with (
        patch("torch.autocast", lambda *_, **__: nullcontext()),  # which meta tensors do not have
        FlopCounterMode(display=False) as training,
        torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor),
    ):
        cross_entropy(network(images), classes).backward()
    with (
        patch("torch.autocast", lambda *_, **__: nullcontext()),
        FlopCounterMode(display=False) as validation,
        torch.no_grad(),
    ):
        network.eval()(images)
    weights = sum(weight.numel() for weight in network.parameters()) * 4
    flops = (counter.get_total_flops() / batch for counter in (training, validation))
    return *flops, COPIES * weights + sum(kept.values())


def kind_of(variant: Variant) -> str:
    """Name a network as Figure 1 of the equivariant paper does."""
    if variant.architecture.startswith("lenet"):
        return "LeNet"
    return f"{variant.group.upper()}-Attention" if variant.group else "Attention"


def main() -> None:
    """Write the table."""
    recipes = load_recipes(ROOT / "experiments/recipes.yaml")
    curves = read_rows(ROOT / "workflow/reference/equivariant_curves.csv", ",")
    ended = {row["model"]: int(row["value"]) for row in curves if row["quantity"] == "epochs"}
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(FIELDS)
    for sheet in SHEETS:
        for name, variant in load_sheet(ROOT / f"experiments/{sheet}.tsv").items():
            recipe = recipes[variant.recipe]
            epochs = ended[kind_of(variant)] if recipe.patience else recipe.epochs
            images, part = images_of(variant, recipe, 0), epochs / recipe.epochs
            training, validation, held = count(variant, recipe.batch)
            total = part * (images.training * training + images.validation * validation)
            path = f"experiments/{sheet}.tsv"
            writer.writerow([path, name, epochs, f"{total / 1e15:.4g}", f"{held / 1e9:.3g}"])
            sys.stdout.flush()


if __name__ == "__main__":
    main()
