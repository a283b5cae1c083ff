"""``radiogaze attend-examples``: extract the attention maps of single sources."""

from pathlib import Path

import click

from radiogaze.cli.sidecar import writes
from radiogaze.cli.trained import (
    FILE,
    model_options,
    resize_option,
    scaling_option,
    sources_options,
)


@click.command(context_settings={"show_default": True})
@model_options
@sources_options
@scaling_option("raw")
@resize_option
@click.option("--out", type=FILE, required=True, help="Output: sources and maps, npz.")
@writes("attend-examples", "out")
def command(
    *,
    variant: str,
    sheet: Path,
    images: Path,
    catalogue: Path,
    weights: Path,
    positions: tuple[int, ...],
    misclassified: Path | None,
    scaling: str,
    resize: str,
    device: str,
    out: Path,
) -> None:
    """Extract what VARIANT attends in chosen test sources."""
    from radiogaze.attention.examples import Extraction, extract_examples
    from radiogaze.attention.storage import save
    from radiogaze.data.store import load_cutouts
    from radiogaze.device import choose_device
    from radiogaze.evaluation.misclassified import read_lettered
    from radiogaze.experiments import find_variant
    from radiogaze.models.load import load_variant
    from radiogaze.provenance import record

    row = find_variant(sheet, variant)
    inputs = {"images": images, "catalogue": catalogue, "weights": weights}
    sources = dict.fromkeys(positions, "")
    if misclassified is not None:
        inputs["misclassified"] = misclassified
        sources = dict(read_lettered(misclassified))
    examples = extract_examples(
        row,
        load_variant(row, weights),
        load_cutouts(images, catalogue),
        sources,
        Extraction(scaling, resize, choose_device(device)),
        record(inputs, positions=list(sources), scaling=scaling, resize=resize),
    )
    save(examples, out)
    for name, attention in zip(examples.names, examples.maps, strict=True):
        click.echo(f"{variant}: {name}: attention peaks at {attention.max():.5f}")
