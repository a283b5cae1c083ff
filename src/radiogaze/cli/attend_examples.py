"""``radiogaze attend-examples``: extract the attention maps of single sources."""

from pathlib import Path

import click

from radiogaze.cli.options import FILE
from radiogaze.cli.sidecar import writes
from radiogaze.cli.trained import (
    Trained,
    loads_trained,
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
@loads_trained
def command(
    trained: Trained,
    *,
    positions: tuple[int, ...],
    misclassified: Path | None,
    scaling: str,
    resize: str,
    out: Path,
) -> None:
    """Extract the attention maps of VARIANT of chosen test sources."""
    from radiogaze.attention.examples import MapSettings, extract_examples
    from radiogaze.attention.storage import save
    from radiogaze.evaluation.misclassified import read_lettered
    from radiogaze.provenance.record import record

    inputs = dict(trained.inputs)
    sources = dict.fromkeys(positions, "")
    if misclassified is not None:
        inputs["misclassified"] = misclassified
        sources = dict(read_lettered(misclassified))
    examples = extract_examples(
        trained.row,
        trained.model,
        trained.cutouts,
        sources,
        MapSettings(scaling, resize, trained.device),
        record(inputs, positions=list(sources), scaling=scaling, resize=resize),
    )
    save(examples, out)
    for name, attention in zip(examples.names, examples.maps, strict=True):
        click.echo(f"{trained.name}: {name}: attention peaks at {attention.max():.5f}")
