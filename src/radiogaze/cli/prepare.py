"""``radiogaze prepare``: turn a fetched archive into images and a catalogue."""

from pathlib import Path

import click

from radiogaze.cli.options import FILE, cutouts_options, manifest_option
from radiogaze.cli.sidecar import writes


@click.command(context_settings={"show_default": True})
@click.argument("dataset")
@click.option("--archive", type=FILE, required=True, help="The fetched archive.")
@manifest_option("datasets.csv")
@cutouts_options
@writes("prepare", "images", "catalogue")
def command(dataset: str, archive: Path, manifest: Path, images: Path, catalogue: Path) -> None:
    """Turn the archive of DATASET (mirabest, frdeep) into images and a catalogue.

    Every member is verified before anything is written, and its pickle is read without running
    anything in it.
    """
    from radiogaze.data.manifest import find_dataset
    from radiogaze.data.prepare import prepare_dataset

    cutouts = prepare_dataset(find_dataset(manifest, dataset), archive, images, catalogue)
    click.echo(f"{images}, {catalogue}: {len(cutouts.images)} cutouts of {dataset}")
