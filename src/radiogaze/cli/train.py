"""The verb ``train``."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from radiogaze.cli.options import FILE, FOLD, FOLD_HELP, FOLDER, POSITIVE, SEED
from radiogaze.cli.sidecar import writes
from radiogaze.cli.trained import data_options
from radiogaze.files.packaged import packaged_table

_TABLES = ("history.csv", "split.csv", "timing.csv")


def _written(parameters: Mapping[str, Any]) -> list[Path]:
    """Return the files of the trained seeds; those of their evaluation are not ours."""
    own = ("*.safetensors", "*/*.safetensors", "result.json", *_TABLES)
    runs = [f"seed-{seed}" for seed in parameters["seeds"]]
    runs = runs if parameters["fold"] is None else [f"fold-{parameters['fold']}"]
    folders = [parameters["out"] / run for run in runs]
    return [path for folder in folders for name in own for path in sorted(folder.glob(name))]


@click.command(context_settings={"show_default": True})
@data_options
@click.option(
    "--seed",
    "seeds",
    type=SEED,
    multiple=True,
    default=[0],
    help="Give it several times to train several seeds in one job.",
)
@click.option("--fold", type=FOLD, help=FOLD_HELP)
@click.option("--split-seed", type=SEED, help="One split for all seeds [default: each its own].")
@click.option("--recipe", help="In place of the recipe that the sheet names.")
@click.option(
    "--recipes",
    type=FILE,
    default=packaged_table("recipes.yaml"),
    show_default="experiments/recipes.yaml",
    help="The recipes.",
)
@click.option("--epochs", type=POSITIVE, help="In place of the recipe's.")
@click.option(
    "--passes", type=POSITIVE, help="Augmented passes an epoch, in place of the recipe's."
)
@click.option(
    "--validation-passes",
    type=POSITIVE,
    help="Augmented passes over the validation set after each epoch, in place of the recipe's.",
)
@click.option(
    "--precision",
    type=click.Choice(["fp32", "tf32", "bf16"]),
    default="fp32",
    help="Of the training steps on a GPU; validation is fp32.",
)
@click.option(
    "--redraws",
    type=click.IntRange(min=0),
    default=10,
    help="How often a network whose gradient vanishes is initialised again; 0 keeps it.",
)
@click.option(
    "--save-memory",
    is_flag=True,
    help="Compute the blocks of an equivariant network twice instead of keeping what is inside"
    " them: the same result in half the memory, more slowly.",
)
@click.option("--save-every", type=POSITIVE, default=60, help="Seconds between two saved states.")
@click.option("--state", type=FOLDER, required=True, help="State of an unfinished training.")
@click.option(
    "--out", type=FOLDER, required=True, help="Output: seed-<n> for each seed, or fold-<n>."
)
@writes("train", files=_written)
def command(
    variant: str,
    sheet: Path,
    images: Path,
    catalogue: Path,
    seeds: tuple[int, ...],
    split_seed: int | None,
    fold: int | None,
    recipe: str | None,
    recipes: Path,
    epochs: int | None,
    passes: int | None,
    validation_passes: int | None,
    precision: str,
    device: str,
    redraws: int,
    save_memory: bool,
    save_every: int,
    state: Path,
    out: Path,
) -> None:
    """Train VARIANT, or go on where an earlier run was stopped, and write the selected models."""
    from dataclasses import replace

    from radiogaze.campaigns.recipes import find_recipe, load_recipes
    from radiogaze.campaigns.variants import find_variant
    from radiogaze.data.splits import use_fold
    from radiogaze.data.store import load_cutouts
    from radiogaze.errors import RadiogazeError
    from radiogaze.models.device import choose_device
    from radiogaze.provenance.record import record
    from radiogaze.provenance.versions import VERSIONS
    from radiogaze.training.engine import InterruptedTraining, train
    from radiogaze.training.job import Job

    row = find_variant(sheet, variant)
    chosen = find_recipe(load_recipes(recipes), recipe or row.recipe, recipes)
    budget: dict[str, Any] = {
        "epochs": epochs,
        "passes": passes,
        "validation_passes": validation_passes,
    }
    if fold is not None and len(seeds) > 1:
        raise RadiogazeError(f"--fold {fold}: expected one --seed, found {len(seeds)}")
    cutouts = load_cutouts(images, catalogue)
    cutouts = cutouts if fold is None else use_fold(cutouts, fold)
    provenance = record({"images": images, "catalogue": catalogue})
    job = Job(
        variant=row,
        recipe=replace(chosen, **{key: value for key, value in budget.items() if value}),
        seeds=tuple(dict.fromkeys(seeds)),
        split_seed=split_seed,
        device=choose_device(device),
        precision=precision,
        max_redraws=redraws,
        fold=fold,
        save_every=save_every,
        save_memory=save_memory,
        extra={
            **provenance["inputs"],
            "version": VERSIONS["train"],
            "torch": provenance["packages"]["torch"],
        },
    )
    if device == "auto" and job.device == "cpu":
        click.echo("no GPU found: training step by step on the CPU", err=True)
    if job.effective_precision != precision:
        click.echo(f"precision {precision} is for CUDA; training in fp32 on {job.device}", err=True)
    try:
        results = train(job, cutouts, state, out, provenance)
    except InterruptedTraining as stopped:
        click.echo(f"{variant}: {stopped}; run the same command to go on", err=True)
        sys.exit(128 + stopped.number)
    for result in results:
        click.echo(_summary(result))
    if any(result["selected"] is None for result in results):
        click.echo(f"{variant}: a seed has no model, its loss was never finite", err=True)
        sys.exit(1)


def _summary(result: dict[str, Any]) -> str:
    """Return one line about a trained seed."""
    name = f"{result['variant']} seed {result['seed']}"
    if result["selected"] is None:
        return f"{name}: no model: {result['not_finite']}"
    flags = [flag for flag in ("vanishing_gradient", "collapsed", "not_finite") if result[flag]]
    return (
        f"{name}: epoch {result['selected']['epoch']} selected, validation loss"
        f" {result['selected']['validation_loss']:.4f}, {result['redraws']} redraws"
        f"{''.join(f', {flag}' for flag in flags)}"
    )
