"""Options that several verbs share, and their types."""

from collections.abc import Callable
from math import isfinite
from pathlib import Path
from typing import Any, TypeVar

import click

from radiogaze.files.packaged import packaged_table
from radiogaze.terms import FOLDS, ORDERS

FILE = click.Path(path_type=Path, dir_okay=False)
FOLDER = click.Path(path_type=Path, file_okay=False)
POSITIVE = click.IntRange(min=1)
SEED = click.IntRange(0, 2**64 - 1)
ORDER = click.Choice(ORDERS)
FOLD = click.IntRange(0, 10 * FOLDS - 1)
FOLD_HELP = (
    "Of the cross-validation over MiraBest: the test set, in place of the archive's; 10 to 19 are"
    " of a second one, and so on."
)


class FiniteRange(click.FloatRange):
    """A range of numbers that nan, which no bound excludes, is not in."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Read a number."""
        number: float = super().convert(value, param, ctx)
        if not isfinite(number):
            self.fail(f"{value!r} is not a finite number.", param, ctx)
        return number


Function = TypeVar("Function", bound=Callable[..., Any])


def combine(*decorators: Callable[[Any], Any]) -> Callable[[Function], Function]:
    """Combine options into one decorator, which lists them in their order."""

    def add(function: Function) -> Function:
        for decorator in reversed(decorators):
            function = decorator(function)
        return function

    return add


def manifest_option(name: str) -> Callable[[Function], Function]:
    """Add --manifest, by default the packaged table of this name, to a command."""
    return click.option(
        "--manifest",
        type=FILE,
        default=packaged_table(name),
        show_default=f"workflow/reference/{name}",
        help="The table with digests and URLs of the files that are fetched.",
    )


sheet_option = click.option(
    "--sheet",
    type=FILE,
    default=packaged_table("gating.tsv"),
    show_default="experiments/gating.tsv",
    help="The experiment sheet: one row is one variant.",
)
device_option = click.option(
    "--device",
    envvar="RADIOGAZE_DEVICE",
    show_envvar=True,
    default="auto",
    help="auto, cpu, cuda or cuda:N.",
)
mirror_option = click.option(
    "--mirror",
    envvar="RADIOGAZE_MIRROR",
    show_envvar=True,
    help="A folder or http(s) address with copies, tried first; every file is verified.",
)
pixel_scale_option = click.option(
    "--pixel-scale",
    type=FiniteRange(min=0, min_open=True),
    metavar="ARCSEC",
    help="Side of a pixel in images without coordinates  [default: FIRST's 1.8; FITS is refused]",
)
seed_option = click.option("--seed", type=SEED, default=0, help="Of the augmentation.")
cutouts_options = combine(
    click.option("--images", type=FILE, required=True, help="The .npz file to write."),
    click.option("--catalogue", type=FILE, required=True, help="The CSV table to write."),
)
