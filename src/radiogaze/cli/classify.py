"""``radiogaze classify``: FRI or FRII for your own sources."""

import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import chain
from os.path import realpath
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from radiogaze.cli import options
from radiogaze.cli.options import FILE, FOLDER, POSITIVE
from radiogaze.cli.pinned import warn
from radiogaze.terms import CLASSES

if TYPE_CHECKING:
    from radiogaze.classify.radio_source import Failure, RadioSource

NOTICES_SHOWN = 10  # without --verbose
INCOMPLETE = 3  # exit status
_INDEX = re.compile(r"\[\d+\](?=: )")  # of an image in an array


@click.command(context_settings={"show_default": True})
@click.argument(  # one that cannot be read does not stop the others
    "images", type=click.Path(path_type=Path, readable=False), nargs=-1, metavar="IMAGES..."
)
@click.option("--out", type=FILE, required=True, help="Output: .csv, .vot (VOTable) or .fits.")
@click.option(
    "--coords",
    nargs=2,
    multiple=True,
    metavar="RA DEC",
    help="Fetch and classify the FIRST cutout at this position: degrees, or 13:54:32.9 +28:14:36.",
)
@click.option(
    "--table",
    type=FILE,
    help="Fetch and classify FIRST cutouts at the positions in this table (columns ra, dec, name).",
)
@click.option(
    "--weights",
    multiple=True,
    help="A released variant, model.safetensors, or a folder of seeds; several are an ensemble."
    "  [default: zoom, three networks that are installed with radiogaze]",
)
@click.option(
    "--passes",
    type=click.IntRange(min=0),
    help="Test-time augmentation passes (rotation, scale, shift) to average; 0: none."
    "  [default: 8; with a calibration, as it was fitted: with zoom, --symmetries]",
)
@click.option(
    "--symmetries",
    is_flag=True,
    help="In place of --passes, average over the image's quarter turns and its mirror image's.",
)
@click.option(
    "--calibration",
    type=FILE,
    help="Of `radiogaze calibrate` for these weights: adds p_frii_calibrated and conformal_set."
    "  [default: that of zoom, or calibration.json in the folder of weights]",
)
@options.seed_option
@options.pixel_scale_option
@click.option(
    "--overlays",
    type=FOLDER,
    metavar="DIR",
    help="Also draw each source with its attention maps and Grad-CAM, as DIR/<name>.png.",
)
@click.option("--batch", type=POSITIVE, default=64, help="Sources in memory at once.")
@options.device_option
@options.mirror_option
@click.pass_context
def command(
    ctx: click.Context,
    /,
    *,
    images: tuple[Path, ...],
    out: Path,
    coords: tuple[tuple[str, str], ...],
    table: Path | None,
    weights: tuple[str, ...],
    pixel_scale: float | None,
    overlays: Path | None,
    batch: int,
    mirror: str | None,
    **scoring: Any,  # passes, symmetries, calibration, seed and device
) -> None:
    """Classify radio sources as FRI or FRII.

    IMAGES are FITS files of any survey with coordinates (at least 150 pixels and 270 arcsec on a
    side, the source in the centre), PNG or JPEG pictures, .npy or .npz arrays, or folders of
    these. They become cutouts like those of MiraBest: noise clipped, 150 x 150 pixels of 1.8
    arcsec. FIRST cutouts are fetched for --coords and --table, and kept.

    An image that cannot be read is reported at the end and the others are classified; the exit
    status is then 3. docs/classify.md explains the columns and the flags.

    \b
    radiogaze classify cutouts/*.fits --out predictions.csv
    radiogaze classify --coords 208.637 28.2434 --out one.csv --overlays maps
    """  # noqa: D301 (click's mark of a paragraph that keeps its lines)
    from tqdm import tqdm

    from radiogaze.classify.overlays import Overlays
    from radiogaze.classify.run import classify
    from radiogaze.classify.table import check_writable, write_rows
    from radiogaze.classify.weights import load_classifier
    from radiogaze.data.fetch import DownloadSettings
    from radiogaze.provenance.record import record

    if not (images or coords or table):
        raise click.UsageError("nothing to classify: give IMAGES, --coords or --table")
    check_writable(out)
    settings = DownloadSettings(mirror)
    files = _files(images, table, out, overlays)
    stream, count = _stream(files, coords, table, pixel_scale, settings)
    classifier = load_classifier(weights, settings, warn, **scoring)
    failures: list[str] = []
    notices = _Notices(ctx.meta)
    rows = classify(
        tqdm(stream, total=count, unit="source", disable=None, dynamic_ncols=True),
        classifier,
        batch,
        failures,
        notice=notices,
        overlays=None
        if overlays is None
        else Overlays(classifier.members[0], overlays, classifier.device),
    )
    metadata = record(classifier.files, pixel_scale=pixel_scale, **classifier.augmentation)
    written = list(rows)
    notices.finish()
    if written:
        write_rows(written, out, metadata)
    _finish(failures, [row["class"] for row in written], out)


def _files(
    images: tuple[Path, ...], table: Path | None, out: Path, overlays: Path | None
) -> list[Path]:
    """Return the files to classify, none of which is replaced by an output.

    A table of an earlier run that `out` names is no image: with ``cutouts/*.fits --out
    cutouts/p.fits`` it is among them when the command is called again.
    """
    from radiogaze.classify.images.files import expand, kind_of, name_of
    from radiogaze.classify.overlays import check_replaceable
    from radiogaze.classify.radio_source import file_name
    from radiogaze.errors import RadiogazeError

    if table is not None and realpath(table) == realpath(out):
        raise RadiogazeError(f"{out}: would replace --table; give another name after --out")
    files = [file for file in expand(images) if realpath(file) != realpath(out)]
    if overlays is None:
        return files
    for file in files:
        kind = kind_of(file)
        if kind == "picture" and realpath(file.parent) == realpath(overlays):
            raise RadiogazeError(f"{file}: lies in the folder of --overlays; give another folder")
        if kind != "array":  # of which the images have names of their own
            check_replaceable(overlays / f"{file_name(name_of(file))}.png")
    return files


def _stream(
    files: list[Path],
    coords: tuple[tuple[str, str], ...],
    table: Path | None,
    pixel_arcsec: float | None,
    settings: Any,
) -> tuple[Iterator["RadioSource | Failure"], int | None]:
    """Return the stream of sources, and how many there are (None if that is not known)."""
    from radiogaze.classify.images.coordinates import parse_coordinates, read_coordinates
    from radiogaze.classify.images.files import kind_of, read_files
    from radiogaze.classify.images.first_cutouts import FirstCutouts

    requests: list[Any] = [parse_coordinates(*pair) for pair in coords]
    if table is not None:
        requests += read_coordinates(table)
    first = FirstCutouts(settings)
    arrays = any(kind_of(file) == "array" for file in files)
    stream = chain(read_files(files, pixel_arcsec), first.read(requests))
    return stream, None if arrays else len(files) + len(requests)


class _Notices:
    """Prints notices about images: the first ten, all if verbose, none if quiet."""

    def __init__(self, flags: Mapping[str, bool]) -> None:
        self.count = 0
        self.limit = 0 if flags["quiet"] else sys.maxsize if flags["verbose"] else NOTICES_SHOWN

    def __call__(self, line: str) -> None:
        from tqdm import tqdm

        from radiogaze.errors import printable

        self.count += 1
        if self.count <= self.limit:
            tqdm.write(printable(line), file=sys.stderr)

    def finish(self) -> None:
        """Print how many were left out."""
        if 0 < self.limit < self.count:
            click.echo(
                f"and {self.count - self.limit} more such lines: see the column flags, or run"
                " radiogaze --verbose classify",
                err=True,
            )


def _finish(failures: list[str], classes: list[str], out: Path) -> None:
    """Print the summary and set the exit status."""
    from radiogaze.errors import RadiogazeError, printable

    alike = Counter(_INDEX.sub("", line) for line in failures)
    for line in failures:
        # of the images of an array the first, if what is wrong with all is the same
        if count := alike.pop(_INDEX.sub("", line), 0):
            more = f"; and {count - 1} more like it" if count > 1 else ""
            click.echo(f"not done: {printable(line)}{more}", err=True)
    if not classes:
        raise RadiogazeError(f"{out}: not written, no input could be read")
    counts = [f"{classes.count(name)} {name}" for name in CLASSES]
    bad = {"blank": classes.count(""), "not done": len(failures)}
    counts += [f"{count} {kind}" for kind, count in bad.items() if count]
    click.echo(f"{out}: {len(classes)} sources: {', '.join(counts)}")
    if any(bad.values()):
        sys.exit(INCOMPLETE)
