"""``radiogaze calibrate``: how far the scores of a network can be trusted."""

from pathlib import Path

import click

from radiogaze.cli.named_files import leave_out_unconverged, metrics_beside
from radiogaze.cli.options import FILE
from radiogaze.cli.sidecar import writes
from radiogaze.errors import RadiogazeError


@click.command(context_settings={"show_default": True})
@click.option(
    "--predictions",
    multiple=True,
    type=FILE,
    required=True,
    help="predictions.csv of `evaluate`, of sources that the network did not see: every fold of a"
    " cross-validation, or a test set that nothing was selected on.",
)
@click.option("--level", type=float, default=0.9, help="Fraction of sets that hold the class.")
@click.option("--out", type=FILE, required=True, help="Output: JSON for `classify --calibration`.")
@writes("calibrate", "out", reads=metrics_beside("predictions"))
def command(*, predictions: tuple[Path, ...], level: float, out: Path) -> None:
    """Fit a temperature and conformal sets, and measure what the sets cover.

    Trainings that did not converge are left out.
    """
    import pandas as pd

    from radiogaze.evaluation.confidence import fit_confidence, read_averaging, write_confidence
    from radiogaze.evaluation.readers import read_predictions

    named = {str(path): path for path in predictions}
    kept = tuple(leave_out_unconverged("predictions", named).values())
    averaging = read_averaging(kept)
    found = pd.concat({str(path): read_predictions(path, "file") for path in kept})
    twice = found.index.get_level_values("index").duplicated()
    if twice.any():
        path, index = found.index[twice][0]
        raise RadiogazeError(
            f"{path}: index {index}: this source is in another file too; expected each source once,"
            " as in one cross-validation"
        )
    fitted = fit_confidence(found["p"].to_numpy(), found["label"].to_numpy(), level, averaging)
    write_confidence(fitted, out)
    click.echo(
        f"{averaging}: {fitted.sources} sources, temperature {fitted.temperature:.3f}; sets for"
        f" {level:.0%} cover {fitted.coverage:.1%} ± {fitted.coverage_sd:.1%} of left-out halves,"
        f" {fitted.both:.1%} have both classes"
    )
