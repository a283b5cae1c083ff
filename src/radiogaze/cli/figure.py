"""``radiogaze figure``: draw one figure of a paper."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from radiogaze.cli.named_files import split_named
from radiogaze.cli.options import FILE, ORDER
from radiogaze.cli.sidecar import writes
from radiogaze.errors import RadiogazeError

if TYPE_CHECKING:
    from radiogaze.figures.inputs import FigureInputs

T = TypeVar("T")
Files = Mapping[str, Path]


@click.command(context_settings={"show_default": True})
@click.argument("name")
@click.option("--paper", default="gating", help="Short name of the paper.")
@click.option("--examples", multiple=True, metavar="NAME=PATH", help="Of `attend-examples`.")
@click.option("--aggregate", multiple=True, metavar="NAME=PATH", help="Of `attend`.")
@click.option("--explanations", type=FILE, help="Of `grad-cam`, npz.")
@click.option("--architecture", type=FILE, help="Of `describe`, for fig01 and fig02.")
@click.option("--steps", type=FILE, help="Of `illustrate-preprocessing`, for fig03.")
@click.option("--metrics", multiple=True, metavar="NAME=PATH", help="metrics.json of `evaluate`.")
@click.option("--logits", multiple=True, metavar="NAME=PATH", help="logits.npz of `evaluate`.")
@click.option(
    "--predictions", multiple=True, metavar="NAME=PATH", help="predictions.csv beside the logits."
)
@click.option("--history", multiple=True, metavar="NAME=PATH", help="history.csv of a training.")
@click.option("--curves", multiple=True, metavar="NAME=PATH", help="Mean curves of `gaze`.")
@click.option("--table", multiple=True, metavar="NAME=PATH", help="CSV of `tabulate`.")
@click.option(
    "--measured",
    multiple=True,
    metavar="NAME=PATH",
    help="CSV of `cross-validate`, `label-efficiency`, `doubt` or `tabulate`.",
)
@click.option("--images", type=FILE, help="images.npz of `prepare`.")
@click.option("--catalogue", type=FILE, help="The catalogue.csv beside it.")
@click.option("--equivariance", multiple=True, metavar="NAME=PATH", help="Of `equivariance`.")
@click.option(
    "--published-curves", type=FILE, help="The equivariant paper's Figure 1 as numbers, CSV."
)
@click.option(
    "--order",
    type=ORDER,
    default="file",
    help="Composition of the test batches, for confusion, roc and calibration.",
)
@click.option("--banner", default="", help="A warning to print on the figure.")
@click.option("--out-pdf", type=FILE, required=True, help="PDF to write.")
@click.option("--out-png", type=FILE, required=True, help="PNG to write.")
@writes("figure", "out_pdf", "out_png")
def command(
    *,
    name: str,
    paper: str,
    order: str,
    banner: str,
    out_pdf: Path,
    out_png: Path,
    **given: tuple[str, ...] | Path | None,
) -> None:
    """Draw figure NAME of a paper, e.g. fig09; an unknown one prints those there are.

    NAME= before a path labels it in the figure: a variant, or an epoch for fig07 and fig10.
    """
    from radiogaze.figures.registry import find_figure
    from radiogaze.figures.save import add_banner, save_figure
    from radiogaze.figures.style import use
    from radiogaze.provenance.record import record

    spec = find_figure(name, paper)
    # in an order that does not depend on that of the command line
    files = {option: _by_name(option, value) for option, value in sorted(given.items())}
    inputs = _read(files, order)
    went_in = {f"{k} {key}".strip(): path for k, of in files.items() for key, path in of.items()}
    about = record(went_in, figure=name, paper=paper, order=order, banner=banner)
    with use():
        figure = spec.draw(inputs)
        add_banner(figure, banner)
        save_figure(figure, out_pdf, out_png, spec.title, about)
    click.echo(f"{out_pdf}, {out_png}: {spec.title}")


def _by_name(option: str, value: tuple[str, ...] | Path | None) -> Files:
    """Return an option's files by the names given with them; a single file has an empty one."""
    if isinstance(value, tuple):
        return split_named(option, value)
    return {} if value is None else {"": value}


def _read(files: Mapping[str, Files], order: str) -> "FigureInputs":
    """Read all that a figure may be drawn from."""
    from radiogaze.attention.storage import Aggregate, Examples, Explanations, load
    from radiogaze.data.steps import load_steps
    from radiogaze.data.store import load_cutouts
    from radiogaze.evaluation.equivariance_errors import read_errors
    from radiogaze.evaluation.readers import (
        read_confusion,
        read_frame,
        read_history,
        read_map_curves,
        read_numbers,
    )
    from radiogaze.figures.equivariant.published_curves import load_published_minima
    from radiogaze.figures.inputs import FigureInputs
    from radiogaze.figures.layers import load_architecture

    def each(option: str, read: Callable[[Path], T]) -> dict[str, T]:
        return {name: read(path) for name, path in files[option].items()}

    def single(option: str, read: Callable[[Path], T]) -> T | None:
        return each(option, read).get("")

    _check_pairs(files)
    return FigureInputs(
        examples=each("examples", lambda path: load(path, Examples)),
        aggregates=each("aggregate", lambda path: load(path, Aggregate)),
        confusions=each("metrics", lambda path: read_confusion(path, order)),
        histories=each("history", read_history),
        map_curves=each("curves", read_map_curves),
        tables=each("table", read_numbers),
        measured=each("measured", read_frame),
        cutouts=single("images", lambda path: load_cutouts(path, files["catalogue"][""])),
        equivariance=each("equivariance", read_errors),
        published_minima=single("published_curves", load_published_minima) or {},
        explanations=single("explanations", lambda path: load(path, Explanations)),
        architecture=single("architecture", load_architecture),
        steps=single("steps", load_steps),
        **_read_curves(files["logits"], files["predictions"], order),
    )


def _check_pairs(files: Mapping[str, Files]) -> None:
    """Refuse one of two files that are read together."""
    if files["images"].keys() != files["catalogue"].keys():
        raise RadiogazeError("--images and --catalogue: expected both")
    if files["logits"].keys() != files["predictions"].keys():
        raise RadiogazeError("--logits and --predictions: expected the same names")


def _read_curves(logits: Files, predictions: Files, order: str) -> dict[str, dict[str, Any]]:
    """Compute curves of logits; only where there are some is what does so imported, for seconds."""
    if not logits:
        return {}
    from radiogaze.evaluation.calibration import reliability_curve
    from radiogaze.evaluation.metrics import roc_curves
    from radiogaze.evaluation.readers import read_logits

    read = {key: read_logits(path, predictions[key], order) for key, path in logits.items()}
    return {
        "rocs": {key: roc_curves(*found) for key, found in read.items()},
        "reliabilities": {key: reliability_curve(*found) for key, found in read.items()},
    }
