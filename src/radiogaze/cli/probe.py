"""``radiogaze probe``: what a network makes of images that it was not trained on."""

from pathlib import Path

import click

from radiogaze.cli.options import FILE
from radiogaze.cli.sidecar import writes
from radiogaze.cli.trained import (
    Trained,
    dropout_option,
    loads_trained,
    model_options,
    passes_options,
)


@click.command(context_settings={"show_default": True})
@model_options
@passes_options(20)
@click.option("--training", type=FILE, required=True, help="The result.json of the training.")
@dropout_option
@click.option(
    "--set",
    "sets",
    multiple=True,
    required=True,
    metavar="NAME",
    help="Which images; give it several times. docs/doubt.md explains the names.",
)
@click.option("--frdeep-images", type=FILE, help="images.npz of FR-DEEP, for --set frdeep.")
@click.option("--frdeep-catalogue", type=FILE, help="The catalogue.csv beside it.")
@click.option("--out", type=FILE, required=True, help="Output: logits of every set, npz.")
@writes("probe", "out")
@loads_trained
def command(
    trained: Trained,
    *,
    passes: int,
    seed: int,
    training: Path,
    dropout: float | None,
    sets: tuple[str, ...],
    frdeep_images: Path | None,
    frdeep_catalogue: Path | None,
    out: Path,
) -> None:
    """Classify validation sources, hybrids, other data and altered images with VARIANT.

    The set `pruned` is the test set, classified by the network with parts of its weights at zero.
    """
    import json

    from radiogaze.data.store import load_cutouts
    from radiogaze.errors import RadiogazeError
    from radiogaze.evaluation.predict import BATCH, EvaluationSettings
    from radiogaze.evaluation.probe import SETS, Probed, probe, write_probe
    from radiogaze.files.reading import reading

    if unknown := [name for name in sets if name not in SETS]:
        raise RadiogazeError(f"--set {unknown[0]}: unknown; there are: {', '.join(SETS)}")
    with reading(training, "the result of a training", "train"):
        result = json.loads(training.read_text("utf-8"))
        split_seed = int(result["provenance"]["settings"]["split_seed"])
    frdeep = None
    if frdeep_images and frdeep_catalogue:
        frdeep = load_cutouts(frdeep_images, frdeep_catalogue)
    probed = Probed(trained.cutouts, frdeep, split_seed)
    settings = EvaluationSettings(("file",), BATCH, seed, trained.device, dropout=dropout)
    found = probe(trained.row, trained.model, probed, sets, settings, range(passes))
    write_probe(found, out)
    click.echo(f"{trained.name}: {len(found)} arrays of {', '.join(sets)}")
