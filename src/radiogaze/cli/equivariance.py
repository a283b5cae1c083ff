"""``radiogaze equivariance``: how far a network is from equivariance."""

from pathlib import Path

import click

from radiogaze.cli.sidecar import writes
from radiogaze.cli.trained import FILE, model_options


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
def command(
    *,
    variant: str,
    sheet: Path,
    images: Path,
    catalogue: Path,
    weights: Path,
    sources: int,
    steps: int,
    device: str,
    out: Path,
) -> None:
    """Measure what rotations do to logits and maps of VARIANT, un-padded and padded."""
    from radiogaze.data.store import load_cutouts
    from radiogaze.device import choose_device
    from radiogaze.evaluation.equivariance import equivariance_errors
    from radiogaze.evaluation.equivariance_errors import summarise, write_errors
    from radiogaze.experiments import find_variant
    from radiogaze.models.load import load_variant

    row = find_variant(sheet, variant)
    angles = [360 * step / steps for step in range(1, steps)]
    errors = equivariance_errors(
        row,
        load_variant(row, weights),
        load_cutouts(images, catalogue),
        sources,
        angles,
        choose_device(device),
    )
    write_errors(errors, out)
    for line in summarise(errors):
        click.echo(f"{variant}: {line}")
