"""The verb ``evaluate``."""

from pathlib import Path

import click

FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("variant")
@click.option(
    "--sheet",
    type=FILE,
    default=Path("experiments/gating.tsv"),
    show_default=True,
    help="The experiment sheet that VARIANT is a row of.",
)
@click.option("--images", type=FILE, required=True, help="images.npz of `radiogaze prepare`.")
@click.option("--catalogue", type=FILE, required=True, help="The catalogue.csv beside it.")
@click.option(
    "--weights",
    type=FILE,
    required=True,
    help="<released folder>/<epoch>.pt, or our model.safetensors.",
)
@click.option(
    "--training",
    type=FILE,
    help="The result.json of the training that gave the weights, if they are not released ones.",
)
@click.option(
    "--passes",
    type=click.IntRange(min=1),
    default=360,
    show_default=True,
    help="Augmented passes over the test set.",
)
@click.option(
    "--order",
    "orders",
    type=click.Choice(["file", "shuffled", "single"]),
    multiple=True,
    default=["file", "shuffled", "single"],
    show_default=True,
    help="Order of the test batches; give it several times. The published one is file.",
)
@click.option(
    "--seed",
    type=click.IntRange(0, 2**64 - 1),
    default=0,
    show_default=True,
    help="Of the augmentation and of the shuffled order.",
)
@click.option(
    "--device",
    envvar="RADIOGAZE_DEVICE",
    show_envvar=True,
    default="auto",
    show_default=True,
    help="auto, cpu, cuda or cuda:N.",
)
@click.option("--metrics", type=FILE, required=True, help="Output: metrics.json")
@click.option("--predictions", type=FILE, required=True, help="Output: one row a source, CSV.")
@click.option("--logits", type=FILE, required=True, help="Output: every pass's logits, npz.")
def command(
    variant: str,
    sheet: Path,
    images: Path,
    catalogue: Path,
    weights: Path,
    training: Path | None,
    passes: int,
    orders: tuple[str, ...],
    seed: int,
    device: str,
    metrics: Path,
    predictions: Path,
    logits: Path,
) -> None:
    """Classify the test set of VARIANT over augmented passes and write metrics and predictions."""
    from tqdm import tqdm

    from radiogaze.data.store import load_cutouts
    from radiogaze.device import choose_device
    from radiogaze.evaluation.evaluate import evaluate, summarise_training, write_evaluation
    from radiogaze.evaluation.predict import Plan
    from radiogaze.experiments import find_variant
    from radiogaze.models.load import load_variant
    from radiogaze.provenance import record

    row = find_variant(sheet, variant)
    trained = summarise_training(training) if training else None
    orders = tuple(dict.fromkeys(orders))
    evaluation = evaluate(
        row,
        load_variant(row, weights),
        load_cutouts(images, catalogue),
        Plan(orders, row.batch, seed, choose_device(device)),
        tqdm(range(passes), desc=variant, unit="pass", disable=None),
    )
    evaluation.metrics["training"] = trained
    provenance = record(
        {"images": images, "catalogue": catalogue, "weights": weights},
        passes=passes,
        orders=list(orders),
        seed=seed,
    )
    write_evaluation(
        evaluation, provenance, metrics=metrics, predictions=predictions, logits=logits
    )
    accuracy = evaluation.metrics["orders"][orders[0]]["accuracy"]["value"]
    click.echo(f"{variant}: accuracy {accuracy:.3f} over {passes} passes ({orders[0]} order)")
