"""``radiogaze adopt``: your own labelled images as a data set of the workflow."""

from collections import Counter
from pathlib import Path

import click

from radiogaze.cli.options import FILE, SEED, FiniteRange, cutouts_options, pixel_scale_option
from radiogaze.cli.sidecar import check_distinct


@click.command(context_settings={"show_default": True})
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--labels",
    type=FILE,
    required=True,
    help="CSV with the columns name and class (FRI, FRII, hybrid), and optionally confidence"
    " (certain, uncertain), split (train, test), redshift, extent_arcsec.",
)
@cutouts_options
@click.option(
    "--test-fraction",
    type=FiniteRange(0, 1, min_open=True, max_open=True),
    default=0.2,
    help="Fraction of each class chosen at random for the test, without a column split.",
)
@click.option("--seed", type=SEED, default=0, help="Of that choice.")
@pixel_scale_option
@click.pass_context
def command(
    ctx: click.Context,
    *,
    folder: Path,
    labels: Path,
    images: Path,
    catalogue: Path,
    test_fraction: float,
    seed: int,
    pixel_scale: float | None,
) -> None:
    """Turn the images in FOLDER and a table of labels into a data set of the workflow.

    The two files are like those of `radiogaze prepare`: train, evaluate and every figure read
    them. A source's name is that of its file without the ending. docs/extending.md shows all steps.
    """
    from radiogaze.classify.adopt import adopt
    from radiogaze.data.store import save_cutouts
    from radiogaze.errors import RadiogazeError, printable

    def notice(line: str) -> None:
        if not ctx.meta.get("quiet"):
            click.echo(printable(line), err=True)

    check_distinct({"labels": labels}, (images, catalogue))
    for path in (images, catalogue):
        if path.is_file() and path.resolve().parent == folder.resolve():
            raise RadiogazeError(f"{path}: would replace an input; give another name")
    cutouts = adopt(
        folder, labels, pixel_scale, test_fraction=test_fraction, seed=seed, notice=notice
    )
    save_cutouts(cutouts, images, catalogue)
    counts = Counter(cutouts.catalogue["split"] + " " + cutouts.catalogue["class"])
    found = ", ".join(f"{count} {kind}" for kind, count in counts.items())
    click.echo(f"{images}, {catalogue}: {len(cutouts.images)} cutouts: {found}")
