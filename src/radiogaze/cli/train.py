"""The verb ``train``."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from radiogaze.cli.options import FILE, FOLD, FOLD_HELP, FOLDER, POSITIVE, SEED
from radiogaze.cli.sidecar import writes
from radiogaze.cli.trained import data_options
from radiogaze.files.packaged import packaged_table

if TYPE_CHECKING:
    from radiogaze.campaigns.recipes import Recipe
    from radiogaze.campaigns.variants import Variant
    from radiogaze.training.job import Job

_TABLES = ("history.csv", "split.csv", "timing.csv")


def _written(parameters: Mapping[str, Any]) -> list[Path]:
    """Return the files of the trained seeds; those of their evaluation are not ours."""
    own = ("*.safetensors", "*/*.safetensors", "result.json", *_TABLES)
    folds, seeds = parameters["folds"], parameters["seeds"]
    runs = [f"fold-{n}" for n in folds] if folds else [f"seed-{n}" for n in seeds]
    folders = [parameters["out"] / run for run in dict.fromkeys(runs)]
    return [path for folder in folders for name in own for path in sorted(folder.glob(name))]


def _started_from(parameters: Mapping[str, Any]) -> list[Path]:
    """Return the weights in the folder of --start that the seeds start from."""
    start: Path | None = parameters["start"]
    seeds = dict.fromkeys(parameters["seeds"])
    return [start / f"seed-{n}" / "model.safetensors" for n in seeds] if start else []


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
@click.option(
    "--fold",
    "folds",
    type=FOLD,
    multiple=True,
    help=f"{FOLD_HELP} Give it several times to train several folds in one job.",
)
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
    "max_redraws",
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
@click.option(
    "--start",
    type=FOLDER,
    help="The folder of the trained variant that the sheet's column start names: seed-<n> in it is"
    " what seed n starts from.",
)
@click.option(
    "--unlabelled-images",
    type=FILE,
    help="images.npz of the data set that the sheet's column unlabelled names; not for `rest`.",
)
@click.option("--unlabelled-catalogue", type=FILE, help="The catalogue.csv beside it.")
@click.option("--save-every", type=POSITIVE, default=60, help="Seconds between two saved states.")
@click.option("--state", type=FOLDER, required=True, help="State of an unfinished training.")
@click.option(
    "--out", type=FOLDER, required=True, help="Output: seed-<n> for each seed, or fold-<n>."
)
@writes("train", files=_written, reads=_started_from)
def command(
    variant: str,
    sheet: Path,
    images: Path,
    catalogue: Path,
    seeds: tuple[int, ...],
    folds: tuple[int, ...],
    recipe: str | None,
    recipes: Path,
    unlabelled_images: Path | None,
    unlabelled_catalogue: Path | None,
    device: str,
    state: Path,
    out: Path,
    **settings: Any,
) -> None:
    """Train VARIANT, or go on where an earlier run was stopped, and write the selected models."""
    from radiogaze.campaigns.variants import find_variant
    from radiogaze.data.store import load_cutouts
    from radiogaze.models.device import choose_device
    from radiogaze.provenance.record import record
    from radiogaze.provenance.versions import VERSIONS
    from radiogaze.training.engine import InterruptedTraining, train
    from radiogaze.training.job import Job

    row = find_variant(sheet, variant)
    budget = {name: settings.pop(name) for name in ("epochs", "passes", "validation_passes")}
    learnt = _recipe(recipes, recipe or row.recipe, budget)
    cutouts = load_cutouts(images, catalogue)
    others = _unlabelled(row, unlabelled_images, unlabelled_catalogue)
    unlabelled = load_cutouts(*others.values()) if others else None
    provenance = record({"images": images, "catalogue": catalogue, **others})
    extra = {"version": VERSIONS["train"], "torch": provenance["packages"]["torch"]}
    job = Job(
        variant=row,
        recipe=learnt,
        seeds=tuple(dict.fromkeys(seeds)),
        device=choose_device(device),
        folds=tuple(dict.fromkeys(folds)),
        extra={**provenance["inputs"], **extra},
        **settings,
    )
    _report_device(job, device)
    try:
        results = train(job, cutouts, state, out, provenance, unlabelled)
    except InterruptedTraining as stopped:
        click.echo(f"{variant}: {stopped}; run the same command to go on", err=True)
        sys.exit(128 + stopped.number)
    for result in results:
        click.echo(_summary(result))


def _recipe(path: Path, name: str, budget: Mapping[str, int | None]) -> Recipe:
    """Return a recipe with what was given of its budget in place of its own."""
    from radiogaze.campaigns.recipes import find_recipe, load_recipes

    given: dict[str, Any] = {key: value for key, value in budget.items() if value is not None}
    return replace(find_recipe(load_recipes(path), name, path), **given)


def _unlabelled(row: Variant, images: Path | None, catalogue: Path | None) -> dict[str, Path]:
    """Return the files of the unlabelled data set that a row names; none if it names none."""
    from radiogaze.errors import RadiogazeError
    from radiogaze.terms import REST

    given = {"unlabelled images": images, "unlabelled catalogue": catalogue}
    needed = row.unlabelled not in (None, REST)
    found = {name: path for name, path in given.items() if path is not None}
    if len(found) != len(given) * needed:
        raise RadiogazeError(
            f"{row.variant}: --unlabelled-images and --unlabelled-catalogue: found {len(found)} of"
            f" them, expected {f'both, of {row.unlabelled}' if needed else 'none'}, because"
            f" unlabelled is {row.unlabelled or 'none'} in the sheet"
        )
    return found


def _report_device(job: Job, device: str) -> None:
    """Print what a user may not expect of the device that was chosen."""
    if device == "auto" and job.device == "cpu":
        click.echo("no GPU found: training step by step on the CPU", err=True)
    if job.effective_precision != job.precision:
        click.echo(
            f"precision {job.precision} is for CUDA; training in fp32 on {job.device}", err=True
        )


def _summary(result: dict[str, Any]) -> str:
    """Return one line about a trained seed."""
    name = f"{result['variant']} seed {result['seed']}"
    if result["selected"] is None:
        where = result["not_finite"]
        return (
            f"{name}: did not converge: the {where['loss']} loss of epoch {where['epoch']} is no"
            " finite number; a result, which the tables name: try a lower learning rate"
        )
    loss = result["selected"]["validation_loss"]
    validated = "" if loss is None else f", validation loss {loss:.4f}"
    flags = [flag for flag in ("vanishing_gradient", "collapsed", "not_finite") if result[flag]]
    return (
        f"{name}: epoch {result['selected']['epoch']} selected{validated},"
        f" {result['redraws']} redraws"
        f"{''.join(f', {flag}' for flag in flags)}"
    )
