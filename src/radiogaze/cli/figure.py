"""``radiogaze figure``: draw one figure of a paper."""

from collections.abc import Iterable
from pathlib import Path

import click

from radiogaze.errors import RadiogazeError

_FILE = click.Path(path_type=Path)


@click.command(context_settings={"show_default": True})
@click.argument("name")
@click.option("--paper", default="gating", help="Short name of the paper.")
@click.option("--examples", multiple=True, metavar="NAME=PATH", help="Of `attend-examples`.")
@click.option("--aggregate", multiple=True, metavar="NAME=PATH", help="Of `attend`.")
@click.option("--explanations", type=_FILE, help="Of `grad-cam`, npz.")
@click.option("--architecture", type=_FILE, help="Of `describe`, for fig01 and fig02.")
@click.option("--steps", type=_FILE, help="Of `illustrate-preprocessing`, for fig03.")
@click.option("--metrics", multiple=True, metavar="NAME=PATH", help="metrics.json of `evaluate`.")
@click.option("--logits", multiple=True, metavar="NAME=PATH", help="logits.npz of `evaluate`.")
@click.option(
    "--predictions", multiple=True, metavar="NAME=PATH", help="predictions.csv beside the logits."
)
@click.option("--history", multiple=True, metavar="NAME=PATH", help="history.csv of a training.")
@click.option(
    "--order",
    type=click.Choice(["file", "shuffled", "single"]),
    default="file",
    help="Order of the test batches, for confusion and roc.",
)
@click.option(
    "--contours",
    type=click.Choice(["published", "caption"]),
    default="published",
    help="Levels of Figure 12: as drawn in the paper, or as its caption says.",
)
@click.option("--banner", default="", help="A warning to print on the figure.")
@click.option("--out-pdf", type=_FILE, required=True, help="PDF to write.")
@click.option("--out-png", type=_FILE, required=True, help="PNG to write.")
def command(
    *,
    name: str,
    paper: str,
    examples: tuple[str, ...],
    aggregate: tuple[str, ...],
    explanations: Path | None,
    architecture: Path | None,
    steps: Path | None,
    metrics: tuple[str, ...],
    logits: tuple[str, ...],
    predictions: tuple[str, ...],
    history: tuple[str, ...],
    order: str,
    contours: str,
    banner: str,
    out_pdf: Path,
    out_png: Path,
) -> None:
    """Draw figure NAME (fig01 ... fig14, figA1, figA2, confusion, roc, learning_curve, gradcam).

    NAME= before a path is how the figure calls it: a variant, or an epoch for fig07 and fig10.
    """
    from radiogaze.attention.storage import load_aggregate, load_examples, load_explanations
    from radiogaze.data.steps import load_steps
    from radiogaze.evaluation.curves import read_confusion, read_history, read_rocs
    from radiogaze.figures.draw import draw_figure
    from radiogaze.figures.inputs import CONTOURS, Inputs
    from radiogaze.figures.layers import load_architecture
    from radiogaze.figures.registry import find_figure
    from radiogaze.figures.save import add_banner, save_figure
    from radiogaze.figures.style import use
    from radiogaze.provenance import record

    title = find_figure(name, paper).title
    files = {
        "examples": _named("examples", examples),
        "aggregate": _named("aggregate", aggregate),
        "explanations": _single(explanations),
        "architecture": _single(architecture),
        "steps": _single(steps),
        "metrics": _named("metrics", metrics),
        "logits": _named("logits", logits),
        "predictions": _named("predictions", predictions),
        "history": _named("history", history),
    }
    if files["logits"].keys() != files["predictions"].keys():
        raise RadiogazeError("--logits and --predictions: expected the same names")
    inputs = Inputs(
        examples={key: load_examples(path) for key, path in files["examples"].items()},
        aggregates={key: load_aggregate(path) for key, path in files["aggregate"].items()},
        confusions={key: read_confusion(path, order) for key, path in files["metrics"].items()},
        rocs={
            key: read_rocs(path, files["predictions"][key], order)
            for key, path in files["logits"].items()
        },
        histories={key: read_history(path) for key, path in files["history"].items()},
        explanations=None if explanations is None else load_explanations(explanations),
        architecture=None if architecture is None else load_architecture(architecture),
        steps=None if steps is None else load_steps(steps),
        contours=CONTOURS[contours],
    )
    with use():
        figure = draw_figure(name, inputs, paper)
        add_banner(figure, banner)
        went_in = {
            f"{k} {key}".strip(): path for k, of in files.items() for key, path in of.items()
        }
        settings = {"figure": name, "paper": paper, "order": order, "contours": contours, "banner": banner}
        save_figure(figure, out_pdf, out_png, title, record(went_in, **settings))
    click.echo(f"{out_pdf}, {out_png}: {title}")


def _named(option: str, given: Iterable[str]) -> dict[str, Path]:
    """Split each ``NAME=PATH``, keeping the order."""
    files: dict[str, Path] = {}
    for text in given:
        name, equals, path = text.partition("=")
        if not (name and equals and path) or name in files:
            raise RadiogazeError(f"--{option} {text}: expected NAME=PATH, each name once")
        files[name] = Path(path)
    return files


def _single(path: Path | None) -> dict[str, Path]:
    """Return an input without a name as the named ones are."""
    return {} if path is None else {"": path}
