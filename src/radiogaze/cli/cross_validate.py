"""``radiogaze cross-validate``: networks side by side, on all of MiraBest."""

from pathlib import Path

import click

from radiogaze.cli import options
from radiogaze.cli.named_files import leave_out_unconverged, metrics_beside, split_named
from radiogaze.cli.options import FILE, FOLDER
from radiogaze.cli.sidecar import writes

TABLES = ("networks", "comparisons", "fixed_split", "labels", "seeds")


@click.command()
@click.option(
    "--predictions",
    multiple=True,
    required=True,
    metavar="NETWORK/fold-N=PATH",
    help="predictions.csv of `evaluate --fold`; give it for each fold of each network. Those of"
    " NETWORK/seed-N, of the published test split, go into seeds.csv.",
)
@options.sheet_option
@click.option("--images", type=FILE, required=True, help="images.npz of `radiogaze prepare`.")
@click.option("--catalogue", type=FILE, required=True, help="The catalogue.csv beside it.")
@click.option("--first", required=True, help="The network that all others are compared with.")
@click.option("--out", type=FOLDER, required=True, help=f"Output: {', '.join(TABLES)}.csv.")
@writes(
    "cross-validate",
    files=lambda given: [given["out"] / f"{name}.csv" for name in TABLES],
    reads=metrics_beside("predictions"),
)
def command(
    *,
    predictions: tuple[str, ...],
    sheet: Path,
    images: Path,
    catalogue: Path,
    first: str,
    out: Path,
) -> None:
    """Compare networks in cross-validation, with each other and with classifiers without a network.

    Writes errors and calibration (networks.csv), paired tests (comparisons.csv), how hard the
    sources of the fixed test split are (fixed_split.csv), how far each label is believed
    (labels.csv), and how seeds and ensembles do on the fixed split (seeds.csv). Trainings that did
    not converge are left out, and so are repeats that lack a fold. docs/own-network.md explains the
    columns.
    """
    import pandas as pd

    from radiogaze.campaigns.variants import find_variant
    from radiogaze.data.store import load_cutouts
    from radiogaze.evaluation import cross_validation, fixed_split, hard_sources
    from radiogaze.files.atomic import write_frame
    from radiogaze.models import build, count_parameters

    cutouts = load_cutouts(images, catalogue)
    given = leave_out_unconverged("predictions", split_named("predictions", predictions))
    found = cross_validation.collect(given, cutouts.catalogue)
    networks = found["network"].unique()
    parameters = {name: count_parameters(build(find_variant(sheet, name))) for name in networks}
    repeats = int(found["repeat"].max()) + 1
    found = pd.concat([found, cross_validation.predict_shapes(cutouts, repeats)])
    whole, rows = cross_validation.of_all_sources(found), cutouts.catalogue
    tables = {
        "networks": cross_validation.summarise(found, rows, parameters),
        "comparisons": cross_validation.compare_with(first, found, rows),
        "fixed_split": hard_sources.place_fixed_split(whole, rows),
        "labels": hard_sources.rank_labels(whole, rows),
        "seeds": fixed_split.summarise_seeds(given, rows),
    }
    for name, table in tables.items():
        write_frame(table, out / f"{name}.csv")
    for row in tables["networks"].itertuples():
        click.echo(
            f"{row.network}: error {row.error:.3f} ({row.error_low:.3f} to {row.error_high:.3f}),"
            f" certain {row.error_certain:.3f}"
        )
