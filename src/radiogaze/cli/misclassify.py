"""``radiogaze misclassify``: find the sources that a model gets wrong almost always."""

from pathlib import Path

import click

from radiogaze.cli.sidecar import writes
from radiogaze.cli.trained import FILE, model_options, passes_options


@click.command(context_settings={"show_default": True})
@model_options
@passes_options(1000)
@click.option(
    "--order",
    type=click.Choice(["file", "shuffled", "single"]),
    default="file",
    help="Order of the test batches; the published one is file.",
)
@click.option(
    "--threshold",
    type=click.FloatRange(0, 1),
    default=0.95,
    help="Share of wrong passes from which on a source gets a letter.",
)
@click.option("--reference", type=FILE, help="The paper's Table 10, to compare with.")
@click.option("--out", type=FILE, required=True, help="Output: one row a source, CSV.")
@writes("misclassify", "out")
def command(
    *,
    variant: str,
    sheet: Path,
    images: Path,
    catalogue: Path,
    weights: Path,
    passes: int,
    seed: int,
    order: str,
    threshold: float,
    reference: Path | None,
    device: str,
    out: Path,
) -> None:
    """Count how often VARIANT misclassifies each test source over augmented passes."""
    from tqdm import tqdm

    from radiogaze.data.store import load_cutouts
    from radiogaze.device import choose_device
    from radiogaze.evaluation.misclassified import (
        compare_with_paper,
        find_misclassified,
        found_of_paper,
        write_misclassified,
    )
    from radiogaze.evaluation.predict import Plan
    from radiogaze.experiments import find_variant
    from radiogaze.models.load import load_variant

    row = find_variant(sheet, variant)
    table = find_misclassified(
        row,
        load_variant(row, weights),
        load_cutouts(images, catalogue),
        Plan((order,), row.batch, seed, choose_device(device)),
        tqdm(range(passes), desc=variant, unit="pass", disable=None),
        threshold,
    )
    count = int((table["letter"] != "").sum())
    if reference is not None:
        table = compare_with_paper(table, reference)
        found, printed = found_of_paper(table)
        click.echo(f"{variant}: found {found} of {printed} sources of the paper's Table 10")
    write_misclassified(table, out)
    click.echo(f"{out}: {count} sources wrong in at least {threshold:.0%} of {passes} passes")
