"""``radiogaze disjoin``: leave out the sources that are in another data set's test set."""

from pathlib import Path

import click

from radiogaze.cli.options import FILE, cutouts_options
from radiogaze.cli.sidecar import writes


@click.command()
@click.option("--of-images", type=FILE, required=True, help="images.npz to choose from.")
@click.option("--of-catalogue", type=FILE, required=True, help="The catalogue.csv beside it.")
@click.option("--tested-images", type=FILE, required=True, help="images.npz of the other.")
@click.option("--tested-catalogue", type=FILE, required=True, help="The catalogue.csv beside it.")
@cutouts_options
@writes("disjoin", "images", "catalogue")
def command(
    of_images: Path,
    of_catalogue: Path,
    tested_images: Path,
    tested_catalogue: Path,
    images: Path,
    catalogue: Path,
) -> None:
    """Leave out the sources whose image is, up to a shift, in the test set of another data set.

    For data to train on before another data set, or beside it without labels. Positions are not
    needed: FR-DEEP has none.
    """
    from radiogaze.data.disjoin import disjoin
    from radiogaze.data.store import load_cutouts, save_cutouts

    given = load_cutouts(of_images, of_catalogue)
    chosen = disjoin(given, load_cutouts(tested_images, tested_catalogue))
    save_cutouts(chosen, images, catalogue)
    left_out = len(given.images) - len(chosen.images)
    click.echo(f"{images}, {catalogue}: {left_out} of {len(given.images)} sources left out")
