"""What the verbs that run a trained model over a test set share: options, and what these load."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from radiogaze.cli import options
from radiogaze.cli.options import FILE, POSITIVE, FiniteRange, Function, combine
from radiogaze.terms import RESIZES, SCALINGS

if TYPE_CHECKING:
    from torch import nn

    from radiogaze.campaigns.variants import Variant
    from radiogaze.data.store import Cutouts

# Adds VARIANT, --sheet, --images, --catalogue and --device to a command.
data_options = combine(
    click.argument("variant"),
    options.sheet_option,
    click.option("--images", type=FILE, required=True, help="images.npz of `radiogaze prepare`."),
    click.option("--catalogue", type=FILE, required=True, help="The catalogue.csv beside it."),
    options.device_option,
)
# The same, and --weights of one trained model.
model_options = combine(
    data_options,
    click.option("--weights", type=FILE, required=True, help="Trained weights of the variant."),
)


@dataclass(frozen=True)
class Trained:
    """What the options of `model_options` name.

    Attributes
    ----------
    row
        Of the experiment sheet.
    model
        Its network, with the trained weights.
    cutouts
        Of the archive that its data set is a choice of.
    device
        To run on.
    inputs
        The files that all this was loaded from, by role, for the provenance.
    """

    row: Variant
    model: nn.Module
    cutouts: Cutouts
    device: str
    inputs: dict[str, Path]

    @property
    def name(self) -> str:
        """Of the variant."""
        return self.row.variant


def loads_trained(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the `Trained` instead of the parameters of `model_options`.

    Place it right above the command's function, below :func:`radiogaze.cli.sidecar.writes`, which
    needs the parameters. What cannot be loaded raises a `RadiogazeError`.
    """

    @functools.wraps(command)
    def run(
        *,
        variant: str,
        sheet: Path,
        images: Path,
        catalogue: Path,
        weights: Path,
        device: str,
        **others: Any,
    ) -> None:
        from radiogaze.campaigns.variants import find_variant
        from radiogaze.data.store import load_cutouts
        from radiogaze.models.device import choose_device
        from radiogaze.models.load import load_variant

        row = find_variant(sheet, variant)
        trained = Trained(
            row,
            load_variant(row, weights),
            load_cutouts(images, catalogue),
            choose_device(device),
            {"images": images, "catalogue": catalogue, "weights": weights},
        )
        command(trained, **others)

    return run


def passes_options(default: int) -> Callable[[Function], Function]:
    """Add --passes and --seed of the augmentation to a command."""
    passes = click.option("--passes", type=POSITIVE, default=default, help="Augmented passes.")
    return combine(passes, options.seed_option)


dropout_option = click.option(
    "--dropout",
    type=FiniteRange(0, 1, max_open=True),
    metavar="P",
    help="Dropout that stays on in the passes, with this probability (MC dropout).",
)

# Adds --position and --misclassified, which choose single sources, to a command.
sources_options = combine(
    click.option(
        "--position",
        "positions",
        type=int,
        multiple=True,
        default=(8, 92),  # in MiraBest's test file: the gating paper's Figures 4 to 7
        help="Index of a source in the test file; give it several times.",
    ),
    click.option(
        "--misclassified",
        type=FILE,
        help="A table of `radiogaze misclassify`, whose lettered sources are taken.",
    ),
)


def scaling_option(default: str) -> Callable[[Function], Function]:
    """Add --scaling, what the network is given of an 8-bit image, to a command."""
    return click.option(
        "--scaling",
        type=click.Choice(SCALINGS),
        default=default,
        help="Input of the network: [-1, 1] as in training, the raw 0..255, or 0..1.",
    )


resize_option = click.option(
    "--resize",
    type=click.Choice(RESIZES),
    default="zero-border",
    help="How maps grow to the cutout's size: as published, or plain bilinear.",
)
