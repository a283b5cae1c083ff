"""``radiogaze adopt``: your own labelled images as a data set of the workflow."""

from collections import Counter
from pathlib import Path

import click

FILE = click.Path(path_type=Path, dir_okay=False)


@click.command(context_settings={"show_default": True})
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--labels",
    type=FILE,
    required=True,
    help="CSV with the columns name and class (FRI, FRII, hybrid), and perhaps confidence"
    " (certain, uncertain), split (train, test), redshift, extent_arcsec.",
)
@click.option("--images", type=FILE, required=True, help="The .npz file to write.")
@click.option("--catalogue", type=FILE, required=True, help="The CSV table to write.")
@click.option(
    "--test-share",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=0.2,
    help="Share of each class drawn for the test, if the labels have no column split.",
)
@click.option("--seed", type=click.IntRange(0, 2**64 - 1), default=0, help="Of that drawing.")
@click.option(
    "--pixel-scale",
    type=click.FloatRange(min=0, min_open=True),
    metavar="ARCSEC",
    help="Side of a pixel in images without coordinates.",
)
@click.pass_context
def command(
    ctx: click.Context,
    *,
    folder: Path,
    labels: Path,
    images: Path,
    catalogue: Path,
    test_share: float,
    seed: int,
    pixel_scale: float | None,
) -> None:
    """Turn the images in FOLDER and a table of labels into a data set of the workflow.

    The two files written are those of `radiogaze prepare`: train, evaluate and every figure take
    them. An image's name is its file's without the ending. docs/extending.md shows the whole way.
    """
    from radiogaze.classify.adopt import adopt
    from radiogaze.classify.images.source import Reading
    from radiogaze.data.store import save_cutouts
    from radiogaze.errors import printable

    def notice(line: str) -> None:
        if not ctx.meta.get("quiet"):
            click.echo(printable(line), err=True)

    cutouts = adopt(
        folder, labels, Reading(pixel_scale), test_share=test_share, seed=seed, notice=notice
    )
    save_cutouts(cutouts, images, catalogue)
    counts = Counter(cutouts.catalogue["split"] + " " + cutouts.catalogue["class"])
    found = ", ".join(f"{count} {kind}" for kind, count in counts.items())
    click.echo(f"{images}, {catalogue}: {len(cutouts.images)} cutouts: {found}")
