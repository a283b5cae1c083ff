"""``radiogaze explore``: maps and predictions of a network for every test source."""

from pathlib import Path

import click

from radiogaze.cli.options import FILE, ORDER
from radiogaze.cli.sidecar import writes
from radiogaze.cli.trained import Trained, loads_trained, model_options


@click.command(context_settings={"show_default": True})
@model_options
@click.option("--logits", type=FILE, required=True, help="The logits.npz of its evaluation.")
@click.option(
    "--order",
    type=ORDER,
    default="file",
    help="Order of the test batches that the predictions are of.",
)
@click.option("--gaze", type=FILE, help="Scores of `radiogaze gaze` to show beside the maps.")
@click.option("--out", type=FILE, required=True, help="Output: <paper>/<variant>/<run>.js.")
@writes("explore", "out")
@loads_trained
def command(
    trained: Trained,
    *,
    logits: Path,
    order: str,
    gaze: Path | None,
    out: Path,
) -> None:
    """Take the attention maps and Grad-CAM of VARIANT in every test source, for the explorer."""
    from radiogaze.provenance.record import record
    from radiogaze.report.explore import explore, read_passes, read_scores
    from radiogaze.report.network_file import write_network

    given = {"logits": logits} if gaze is None else {"logits": logits, "gaze": gaze}
    data = explore(
        trained.row,
        trained.model,
        trained.cutouts,
        read_passes(logits, order),
        record({**trained.inputs, **given}, order=order),
        None if gaze is None else read_scores(gaze),
        trained.device,
    )
    write_network(data, out)
    size = out.stat().st_size / 1e6
    click.echo(f"{trained.name}: {len(data['sources'])} sources, {size:.1f} MB")
