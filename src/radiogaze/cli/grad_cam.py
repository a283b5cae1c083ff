"""``radiogaze grad-cam``: compare attention maps with Grad-CAM."""

from pathlib import Path

import click

from radiogaze.cli.options import FILE
from radiogaze.cli.sidecar import writes
from radiogaze.cli.trained import (
    Trained,
    loads_trained,
    model_options,
    scaling_option,
    sources_options,
)


@click.command(context_settings={"show_default": True})
@model_options
@sources_options
@scaling_option("network")
@click.option("--out-csv", type=FILE, required=True, help="Output: the agreement of every source.")
@click.option("--out-npz", type=FILE, required=True, help="Output: the maps that are shown.")
@writes("grad-cam", "out_csv", "out_npz")
@loads_trained
def command(
    trained: Trained,
    *,
    positions: tuple[int, ...],
    misclassified: Path | None,
    scaling: str,
    out_csv: Path,
    out_npz: Path,
) -> None:
    """Compare the attention maps of VARIANT with Grad-CAM of its last convolution."""
    from radiogaze.attention.agreement import choose_shown, compare_all
    from radiogaze.attention.examples import MapSettings
    from radiogaze.attention.storage import save
    from radiogaze.evaluation.misclassified import read_lettered
    from radiogaze.files.atomic import write_frame
    from radiogaze.provenance.record import record

    cutouts = trained.cutouts
    inputs = dict(trained.inputs)
    lettered = {} if misclassified is None else dict(read_lettered(misclassified))
    if misclassified is not None:
        inputs["misclassified"] = misclassified
    table, explanations = compare_all(
        trained.row,
        trained.model,
        cutouts,
        choose_shown(cutouts, positions, lettered),
        MapSettings(scaling, device=trained.device),
        record(inputs, positions=list(positions), scaling=scaling),
    )
    save(explanations, out_npz)
    write_frame(table, out_csv)
    own = table[(table["position"] >= 0) & (table["predicted"] == table["cam_of"])]
    click.echo(
        f"{trained.name}: median rank correlation of attention with Grad-CAM of the predicted class"
        f" {own['spearman'].median():z.3f}, overlap of the top decile"
        f" {own['top_overlap'].median():.3f} ({len(own)} sources)"
    )
