"""``radiogaze attend``: average attention maps over augmented passes."""

from pathlib import Path

import click

from radiogaze.cli.options import FILE
from radiogaze.cli.sidecar import writes
from radiogaze.cli.trained import (
    Trained,
    loads_trained,
    model_options,
    passes_options,
    resize_option,
    scaling_option,
)


@click.command(context_settings={"show_default": True})
@model_options
@passes_options(100)
@scaling_option("network")
@resize_option
@click.option(
    "--rotations",
    is_flag=True,
    help="Fixed rotations by equal steps through a full turn, one a pass (180: steps of 2"
    " degrees), in place of the variant's random augmentation.",
)
@click.option("--out", type=FILE, required=True, help="Output: means by group, npz.")
@writes("attend", "out")
@loads_trained
def command(
    trained: Trained,
    *,
    passes: int,
    seed: int,
    scaling: str,
    resize: str,
    rotations: bool,
    out: Path,
) -> None:
    """Average images and attention maps of VARIANT by class, confidence and prediction."""
    from tqdm import tqdm

    from radiogaze.attention.aggregate import aggregate_attention, full_turn
    from radiogaze.attention.examples import MapSettings
    from radiogaze.attention.storage import save
    from radiogaze.provenance.record import record

    aggregate = aggregate_attention(
        trained.row,
        trained.model,
        trained.cutouts,
        MapSettings(scaling, resize, trained.device),
        seed,
        tqdm(range(passes), desc=trained.name, unit="pass", disable=None),
        record(
            trained.inputs,
            passes=passes,
            seed=seed,
            scaling=scaling,
            resize=resize,
            rotations=rotations,
        ),
        full_turn(passes) if rotations else None,
    )
    save(aggregate, out)
    click.echo(f"{out}: {len(aggregate.groups)} groups of {trained.name} over {passes} passes")
