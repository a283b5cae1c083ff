"""``radiogaze equivariance``: how far a network is from equivariance."""

from pathlib import Path

import click

from radiogaze.cli.options import FILE
from radiogaze.cli.sidecar import writes
from radiogaze.cli.trained import Trained, loads_trained, model_options


@click.command(context_settings={"show_default": True})
@model_options
@click.option(
    "--sources", type=click.IntRange(min=2), default=32, help="Test sources, evenly picked."
)
@click.option(
    "--steps",
    type=click.IntRange(min=2),
    default=24,
    help="Of a full turn; a multiple of four has the quarter turns.",
)
@click.option("--out", type=FILE, required=True, help="Output: one row a transform, CSV.")
@writes("equivariance", "out")
@loads_trained
def command(
    trained: Trained,
    *,
    sources: int,
    steps: int,
    out: Path,
) -> None:
    """Measure what rotations do to logits and maps of VARIANT, un-padded and padded."""
    from radiogaze.evaluation.equivariance import equivariance_errors
    from radiogaze.evaluation.equivariance_errors import summarise, write_errors

    angles = [360 * step / steps for step in range(1, steps)]
    errors = equivariance_errors(
        trained.row,
        trained.model,
        trained.cutouts,
        sources,
        angles,
        trained.device,
    )
    write_errors(errors, out)
    for line in summarise(errors):
        click.echo(f"{trained.name}: {line}")
