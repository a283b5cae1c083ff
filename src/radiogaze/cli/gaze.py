"""``radiogaze gaze``: score attention maps beside null models, and test what they stand for."""

from pathlib import Path

import click

from radiogaze.cli.named_files import split_repeated
from radiogaze.cli.options import FILE, POSITIVE
from radiogaze.cli.sidecar import writes
from radiogaze.cli.trained import Trained, loads_trained, model_options, passes_options

_TABLES = ("out", "out_curves", "out_interventions", "out_sanity", "out_evidence")


@click.command(context_settings={"show_default": True})
@model_options
@passes_options(4)
@click.option(
    "--sources",
    type=POSITIVE,
    help="Use only so many sources, evenly from the test file.  [default: all]",
)
@click.option(
    "--components",
    type=FILE,
    help="Also score the maps in the components that this table lists (docs/gaze.md).",
)
@click.option(
    "--attributions",
    is_flag=True,
    help="Also score integrated gradients and occlusion: minutes for each network.",
)
@click.option(
    "--beside",
    multiple=True,
    metavar="NAME=PATH",
    help="Weights of another training of VARIANT, to compare the attention maps (--out-sanity); the"
    " mean over those of one NAME.",
)
@click.option("--out", type=FILE, required=True, help="Output: scores by source and map, CSV.")
@click.option(
    "--out-curves", type=FILE, required=True, help="Output: mean deletion and insertion, CSV."
)
@click.option(
    "--out-interventions", type=FILE, required=True, help="Output: replaced maps, by source, CSV."
)
@click.option(
    "--out-sanity", type=FILE, required=True, help="Output: re-initialised weights, by source, CSV."
)
@click.option(
    "--out-evidence", type=FILE, required=True, help="Output: scores on synthetic sources, CSV."
)
@click.option(
    "--out-examples", type=FILE, required=True, help="Output: the best and the worst maps, npz."
)
@writes("gaze", *_TABLES, "out_examples")
@loads_trained
def command(
    trained: Trained,
    *,
    seed: int,
    passes: int,
    sources: int | None,
    components: Path | None,
    attributions: bool,
    beside: tuple[str, ...],
    **outputs: Path,
) -> None:
    """Score the attention maps of VARIANT, on real and on synthetic sources.

    docs/gaze.md explains scores, null models and tests. --passes are the augmented passes of the
    interventions; --seed is that of all that is random.
    """
    from radiogaze.attention.evidence import score_on_evidence
    from radiogaze.attention.examples import MapSettings, extract_examples
    from radiogaze.attention.gaze import best_and_worst, score_maps
    from radiogaze.attention.interventions import intervene
    from radiogaze.attention.randomisation import randomise
    from radiogaze.attention.storage import save
    from radiogaze.data.components import read_components
    from radiogaze.files.atomic import write_frame
    from radiogaze.models.load import load_variant
    from radiogaze.provenance.record import record
    from radiogaze.terms import ATTENTION

    row, model, cutouts, device = trained.row, trained.model, trained.cutouts, trained.device
    fitted = read_components(components) if components else None
    others = {
        name: [load_variant(row, path) for path in paths]
        for name, paths in split_repeated("beside", beside).items()
    }
    table, curves = score_maps(row, model, cutouts, seed, sources, device, fitted, attributions)
    replaced = intervene(row, model, cutouts, seed, passes, sources, device)
    drawn = randomise(row, model, cutouts, seed, sources, device, others)
    known = score_on_evidence(row, model, seed, sources, device, attributions)
    shown = extract_examples(
        row,
        model,
        cutouts,
        best_and_worst(table),
        MapSettings(resize="plain", device=device),
        record(trained.inputs, seed=seed, sources=sources),
    )
    for output, frame in zip(_TABLES, (table, curves, replaced, drawn, known), strict=True):
        write_frame(frame, outputs[output])
    save(shown, outputs["out_examples"])
    means = table[["deletion", "insertion"]].groupby(table["map"]).mean()
    found = ", ".join(
        f"{name} {means['deletion'][name]:.3f} and {means['insertion'][name]:.3f}"
        for name in (ATTENTION, "brightness")
    )
    count = (table["map"] == ATTENTION).sum()
    click.echo(f"{trained.name}: deletion and insertion by {found} ({count} sources)")
