"""The verb ``evaluate``."""

from pathlib import Path

import click

from radiogaze.cli.sidecar import writes
from radiogaze.cli.trained import FILE, data_options, passes_options


@click.command(context_settings={"show_default": True})
@data_options
@passes_options(360)
@click.option(
    "--weights",
    type=FILE,
    multiple=True,
    required=True,
    help="<released folder>/<epoch>.pt, or our model.safetensors. Give it and the outputs several"
    " times, in the same order, to evaluate several seeds in one job.",
)
@click.option(
    "--training",
    "trainings",
    type=FILE,
    multiple=True,
    help="The result.json of the training that gave the weights, if they are not released ones.",
)
@click.option(
    "--order",
    "orders",
    type=click.Choice(["file", "shuffled", "single"]),
    multiple=True,
    default=["file", "shuffled", "single"],
    help="Order of the test batches; give it several times. The published one is file.",
)
@click.option("--metrics", type=FILE, multiple=True, required=True, help="Output: metrics.json")
@click.option(
    "--predictions", type=FILE, multiple=True, required=True, help="Output: one row a source, CSV."
)
@click.option(
    "--logits", type=FILE, multiple=True, required=True, help="Output: every pass's logits, npz."
)
@writes("evaluate", "metrics", "predictions", "logits")
def command(
    *,
    variant: str,
    sheet: Path,
    images: Path,
    catalogue: Path,
    weights: tuple[Path, ...],
    trainings: tuple[Path, ...],
    passes: int,
    orders: tuple[str, ...],
    seed: int,
    device: str,
    metrics: tuple[Path, ...],
    predictions: tuple[Path, ...],
    logits: tuple[Path, ...],
) -> None:
    """Classify the test set of VARIANT over augmented passes and write metrics and predictions."""
    from tqdm import tqdm

    from radiogaze.campaigns.variants import find_variant
    from radiogaze.data.store import load_cutouts
    from radiogaze.evaluation.evaluate import evaluate, summarise_training, write_evaluation
    from radiogaze.evaluation.predict import Plan
    from radiogaze.models.device import choose_device
    from radiogaze.models.load import load_variant
    from radiogaze.provenance.record import record

    _check_counts(weights, trainings, metrics=metrics, predictions=predictions, logits=logits)
    row = find_variant(sheet, variant)
    models = [load_variant(row, path) for path in weights]
    cutouts = load_cutouts(images, catalogue)
    orders = tuple(dict.fromkeys(orders))
    plan = Plan(orders, row.batch, seed, choose_device(device))
    settings = {"passes": passes, "orders": list(orders), "seed": seed}
    for number, (path, model) in enumerate(zip(weights, models, strict=True)):
        trained = summarise_training(trainings[number]) if trainings else None
        bar = tqdm(range(passes), desc=variant, unit="pass", disable=None)
        evaluation = evaluate(row, model, cutouts, plan, bar)
        evaluation.metrics["training"] = trained
        inputs = {"images": images, "catalogue": catalogue, "weights": path}
        write_evaluation(
            evaluation,
            record(inputs, **settings),
            metrics=metrics[number],
            predictions=predictions[number],
            logits=logits[number],
        )
        accuracy = evaluation.metrics["orders"][orders[0]]["accuracy"]["value"]
        click.echo(
            f"{variant} ({path}): accuracy {accuracy:.3f} over {passes} passes ({orders[0]} order)"
        )


def _check_counts(
    weights: tuple[Path, ...], trainings: tuple[Path, ...], **outputs: tuple[Path, ...]
) -> None:
    """Refuse lists that do not go together, before anything is computed."""
    lists = {**outputs, **({"training": trainings} if trainings else {})}
    for name, paths in lists.items():
        if len(paths) != len(weights):
            raise click.UsageError(
                f"{len(weights)} --weights but {len(paths)} --{name}; give one for each"
            )
