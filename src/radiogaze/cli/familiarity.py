"""``radiogaze familiarity``: which sources are unlike those of a training."""

from pathlib import Path

import click

from radiogaze.cli.options import FILE
from radiogaze.cli.sidecar import writes


@click.command(context_settings={"show_default": True})
@click.option("--features", type=FILE, required=True, help="npz of `radiogaze features`.")
@click.option("--rate", type=float, default=0.05, help="Of false alarms, at most.")
@click.option("--out", type=FILE, required=True, help="Output: npz for `classify`.")
@writes("familiarity", "out")
def command(*, features: Path, rate: float, out: Path) -> None:
    """Fit the flag of sources that are unlike those of a training.

    To the features of the training sources; how far away a source must be for the flag is taken
    from the others. In the folder of the weights, as familiarity.npz, `classify` uses it; the
    features must be those of the folder's first network.
    """
    from radiogaze.evaluation.familiarity import fit_familiarity, write_familiarity
    from radiogaze.evaluation.features import load_features

    found, train = load_features(features)
    fitted = fit_familiarity(found[train], found[~train], rate)
    write_familiarity(fitted, out)
    click.echo(
        f"{train.sum()} training and {fitted.sources} other sources: for a rate of {rate:.1%} the"
        f" flag is at {fitted.measured:.1%} ± {fitted.measured_sd:.1%} of left-out halves"
    )
