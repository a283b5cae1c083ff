"""``radiogaze explore``: what a network does with every test source, for the explorer."""

from pathlib import Path

import click

from radiogaze.cli.sidecar import writes
from radiogaze.cli.trained import FILE, model_options, resize_option


@click.command(context_settings={"show_default": True})
@model_options
@resize_option
@click.option("--logits", type=FILE, required=True, help="The logits.npz of its evaluation.")
@click.option(
    "--order",
    type=click.Choice(["file", "shuffled", "single"]),
    default="file",
    help="Order of the test batches that the predictions are of.",
)
@click.option("--out", type=FILE, required=True, help="Output: <paper>/<variant>/<run>.js.")
@writes("explore", "out")
def command(
    *,
    variant: str,
    sheet: Path,
    images: Path,
    catalogue: Path,
    weights: Path,
    resize: str,
    device: str,
    logits: Path,
    order: str,
    out: Path,
) -> None:
    """Take the attention maps and Grad-CAM of VARIANT in every test source, for the explorer."""
    from radiogaze.attention.examples import Extraction
    from radiogaze.data.store import load_cutouts
    from radiogaze.device import choose_device
    from radiogaze.experiments import find_variant
    from radiogaze.models.load import load_variant
    from radiogaze.provenance import record
    from radiogaze.report.explore import explore, read_passes
    from radiogaze.report.network_file import write_network

    row = find_variant(sheet, variant)
    inputs = {"images": images, "catalogue": catalogue, "weights": weights, "logits": logits}
    data = explore(
        row,
        load_variant(row, weights),
        load_cutouts(images, catalogue),
        read_passes(logits, order),
        Extraction("network", resize, choose_device(device)),
        record(inputs, order=order, resize=resize),
    )
    write_network(data, out)
    size = out.stat().st_size / 1e6
    click.echo(f"{variant}: {len(data['sources'])} sources, {size:.1f} MB")
