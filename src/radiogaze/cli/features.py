"""``radiogaze features``: what a network pools from each cutout."""

from pathlib import Path

import click

from radiogaze.cli.options import FILE
from radiogaze.cli.sidecar import writes
from radiogaze.cli.trained import Trained, loads_trained, model_options


@click.command(context_settings={"show_default": True})
@model_options
@click.option("--out", type=FILE, required=True, help="Output: npz with features and train.")
@writes("features", "out")
@loads_trained
def command(trained: Trained, *, out: Path) -> None:
    """Write what the read-out of VARIANT, a network of two zooms, is given of each cutout.

    A mean over quarter turns and mirror images. The cutouts may be of another data set than the
    variant was trained on.
    """
    from radiogaze.evaluation.features import pooled_features, save_features

    features = pooled_features(trained.model, trained.cutouts.images, trained.device)
    train = (trained.cutouts.catalogue["split"] == "train").to_numpy()
    save_features(features, train, out)
    click.echo(f"{out}: {features.shape[1]} features of {len(features)} cutouts")
