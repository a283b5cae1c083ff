"""``radiogaze gaze``: score attention maps beside null models."""

from pathlib import Path

import click

from radiogaze.cli.options import FILE, POSITIVE, seed_option
from radiogaze.cli.sidecar import writes
from radiogaze.cli.trained import Trained, loads_trained, model_options


@click.command(context_settings={"show_default": True})
@model_options
@seed_option
@click.option(
    "--sources",
    type=POSITIVE,
    help="Score only so many test sources, evenly from the test file.  [default: all]",
)
@click.option("--out", type=FILE, required=True, help="Output: scores by source and map, CSV.")
@writes("gaze", "out")
@loads_trained
def command(trained: Trained, *, seed: int, sources: int | None, out: Path) -> None:
    """Score the attention maps of VARIANT beside null models, source by source.

    docs/gaze.md explains scores and null models. --seed is that of the random null models.
    """
    from radiogaze.attention.gaze import score_maps
    from radiogaze.files.atomic import write_frame
    from radiogaze.terms import ATTENTION

    table = score_maps(
        trained.row, trained.model, trained.cutouts, seed, sources, str(trained.device)
    )
    write_frame(table, out)
    means = table[["deletion", "insertion"]].groupby(table["map"]).mean()
    found = ", ".join(
        f"{name} {means['deletion'][name]:.3f} and {means['insertion'][name]:.3f}"
        for name in (ATTENTION, "brightness")
    )
    count = (table["map"] == ATTENTION).sum()
    click.echo(f"{trained.name}: deletion and insertion by {found} ({count} sources)")
