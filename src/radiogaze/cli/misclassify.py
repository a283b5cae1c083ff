"""``radiogaze misclassify``: find the sources that a model gets wrong almost always."""

from pathlib import Path

import click

from radiogaze.cli.options import FILE, ORDER, FiniteRange
from radiogaze.cli.sidecar import writes
from radiogaze.cli.trained import Trained, loads_trained, model_options, passes_options
from radiogaze.terms import MISCLASSIFIED


@click.command(context_settings={"show_default": True})
@model_options
@passes_options(1000)
@click.option(
    "--order",
    type=ORDER,
    default="file",
    help="Order of the test batches; the published one is file.",
)
@click.option(
    "--threshold",
    type=FiniteRange(0, 1),
    default=MISCLASSIFIED,
    help="Fraction of wrong passes from which on a source gets a letter.",
)
@click.option("--reference", type=FILE, help="The paper's Table 10, to compare with.")
@click.option("--out", type=FILE, required=True, help="Output: one row a source, CSV.")
@writes("misclassify", "out")
@loads_trained
def command(
    trained: Trained,
    *,
    passes: int,
    seed: int,
    order: str,
    threshold: float,
    reference: Path | None,
    out: Path,
) -> None:
    """Count how often VARIANT misclassifies each test source over augmented passes."""
    from tqdm import tqdm

    from radiogaze.evaluation.misclassified import compare_with_paper, find_misclassified
    from radiogaze.evaluation.predict import BATCH, EvaluationSettings
    from radiogaze.files.atomic import write_frame

    table = find_misclassified(
        trained.row,
        trained.model,
        trained.cutouts,
        EvaluationSettings((order,), BATCH, seed, trained.device),
        tqdm(range(passes), desc=trained.name, unit="pass", disable=None),
        threshold,
    )
    count = int((table["letter"] != "").sum())
    if reference is not None:
        table = compare_with_paper(table, reference)
        printed = table[table["paper"] != ""]
        found = (printed["letter"] != "").sum()
        click.echo(f"{trained.name}: found {found} of {len(printed)} sources of Table 10")
    write_frame(table, out)
    click.echo(f"{out}: {count} sources wrong in at least {threshold:.0%} of {passes} passes")
