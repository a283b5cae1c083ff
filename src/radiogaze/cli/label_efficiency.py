"""``radiogaze label-efficiency``: the error against the number of labels."""

from pathlib import Path

import click

from radiogaze.cli.named_files import leave_out_unconverged, metrics_beside, split_named
from radiogaze.cli.options import FILE, FOLDER
from radiogaze.cli.sidecar import writes

TABLES = ("errors", "curves", "comparisons", "power_laws", "shift", "correlations")


@click.command()
@click.option("--sheet", type=FILE, required=True, help="The experiment sheet of the networks.")
@click.option(
    "--predictions",
    multiple=True,
    required=True,
    metavar="VARIANT/seed-N=PATH",
    help="predictions.csv of `evaluate`; give it for each seed of each variant.",
)
@click.option(
    "--features",
    multiple=True,
    metavar="VARIANT/seed-N/DATASET=PATH",
    help="Of `features`: of MiraBest in networks that others start from, and of MiraBest and other"
    " data sets in the sheet's first variant.",
)
@click.option("--images", type=FILE, required=True, help="images.npz of `radiogaze prepare`.")
@click.option("--catalogue", type=FILE, required=True, help="The catalogue.csv beside it.")
@click.option("--out", type=FOLDER, required=True, help=f"Output: {', '.join(TABLES)}.csv.")
@writes(
    "label-efficiency",
    files=lambda given: [given["out"] / f"{name}.csv" for name in TABLES],
    reads=metrics_beside("predictions"),
)
def command(
    *,
    sheet: Path,
    predictions: tuple[str, ...],
    features: tuple[str, ...],
    images: Path,
    catalogue: Path,
    out: Path,
) -> None:
    """Compare kinds of training at each number of labels; docs/labels.md explains the columns.

    Writes the error of every network (errors.csv), means with intervals (curves.csv), paired tests
    over draws (comparisons.csv), power laws (power_laws.csv), and how far unlabelled data are from
    labelled ones (shift.csv) with what FixMatch changes (correlations.csv). Predictions of
    trainings that did not converge are left out.
    """
    from radiogaze.campaigns.variants import load_sheet
    from radiogaze.data.store import load_cutouts
    from radiogaze.evaluation import label_efficiency, label_shift
    from radiogaze.evaluation.power_law import fit_power_laws
    from radiogaze.files.atomic import write_frame

    rows, cutouts = load_sheet(sheet), load_cutouts(images, catalogue)
    given = leave_out_unconverged("predictions", split_named("predictions", predictions))
    found = label_efficiency.collect(given, rows, cutouts)
    seen = label_shift.read_features(split_named("features", features), cutouts)
    shift = label_shift.measure_shift(seen, found, rows, cutouts)
    found += label_shift.predict_frozen(seen, found, rows, cutouts)
    tables = {
        "errors": label_efficiency.list_errors(found),
        "curves": label_efficiency.summarise(found),
        "comparisons": label_efficiency.compare(found),
        "power_laws": fit_power_laws(found),
        "shift": shift,
        "correlations": label_shift.correlate(shift),
    }
    for name, table in tables.items():
        write_frame(table, out / f"{name}.csv")
    for row in tables["curves"].itertuples():
        if row.sources == label_efficiency.ALL:
            click.echo(
                f"{row.kind}, {row.labels} labels: error {row.error:.3f} ({row.low:.3f} to"
                f" {row.high:.3f})"
            )
