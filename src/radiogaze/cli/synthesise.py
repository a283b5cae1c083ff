"""``radiogaze synthesise``: make a synthetic radio sky in the form of a prepared data set."""

from pathlib import Path

import click

from radiogaze.cli.options import FOLDER, POSITIVE, SEED, cutouts_options
from radiogaze.cli.sidecar import writes


@click.command(context_settings={"show_default": True})
@click.argument("archive", type=click.Choice(["mirabest", "frdeep"]))
@click.option("--train", type=click.IntRange(min=0), default=320, help="Training sources.")
@click.option("--test", type=click.IntRange(min=0), default=80, help="Test sources.")
@click.option("--seed", type=SEED, default=0, help="Of the random sources.")
@cutouts_options
@click.option(
    "--fits-dir",
    type=FOLDER,
    help="Also write the whole fields of the first test sources there, as <source name>.fits.",
)
@click.option("--fits-count", type=POSITIVE, default=1, help="How many of them.")
@writes("synthesise", "images", "catalogue")
def command(
    archive: str,
    train: int,
    test: int,
    seed: int,
    images: Path,
    catalogue: Path,
    fits_dir: Path | None,
    fits_count: int,
) -> None:
    """Make FRI- and FRII-like sources with ARCHIVE's labels, as FIRST would see them.

    No observation is used or needed; every name begins with ``synthetic_``.
    """
    from radiogaze.data.store import save_cutouts
    from radiogaze.data.synthetic import synthesise, write_fields

    cutouts = synthesise(train, test, seed, archive)
    save_cutouts(cutouts, images, catalogue)
    if fits_dir is not None:
        write_fields(cutouts.catalogue, seed, archive, fits_dir, fits_count)
    click.echo(f"{images}, {catalogue}: {len(cutouts.images)} synthetic cutouts")
