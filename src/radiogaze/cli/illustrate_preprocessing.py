"""``radiogaze illustrate-preprocessing``: the steps from image to input."""

from pathlib import Path

import click

from radiogaze.cli.options import FILE, seed_option
from radiogaze.cli.sidecar import writes


@click.command(context_settings={"show_default": True})
@click.argument("image", type=FILE)
@seed_option
@click.option("--pass", "pass_", type=click.IntRange(min=0), default=0, help="Augmented pass.")
@click.option("--out", type=FILE, required=True, help="The .npz file to write.")
@writes("illustrate-preprocessing", "out")
def command(image: Path, seed: int, pass_: int, out: Path) -> None:
    """Clip, crop, scale and augment the FITS file IMAGE, and keep each step for Figure 3."""
    from radiogaze.data.illustrate import make_steps
    from radiogaze.data.steps import save_steps

    save_steps(make_steps(image, seed, pass_), out)
    click.echo(f"{out}: the steps of {image.stem}")
