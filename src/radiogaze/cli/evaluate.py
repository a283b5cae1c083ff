"""The verb ``evaluate``."""

from pathlib import Path

import click

from radiogaze.cli.options import FILE, FOLD, FOLD_HELP, ORDER
from radiogaze.cli.sidecar import writes
from radiogaze.cli.trained import (
    Trained,
    dropout_option,
    loads_trained,
    model_options,
    passes_options,
)
from radiogaze.terms import ORDERS


@click.command(context_settings={"show_default": True})
@model_options
@passes_options(360)
@click.option(
    "--training",
    type=FILE,
    help="The result.json of the training that gave the weights, if they are not released ones.",
)
@click.option(
    "--order",
    "orders",
    type=ORDER,
    multiple=True,
    default=ORDERS,
    help="Composition of the test batches; give it several times. The published one is file.",
)
@click.option(
    "--symmetries",
    is_flag=True,
    help="In place of --passes random ones, the image's quarter turns and its mirror image's.",
)
@click.option("--fold", type=FOLD, help=FOLD_HELP)
@dropout_option
@click.option("--metrics", type=FILE, required=True, help="Output: metrics.json")
@click.option("--predictions", type=FILE, required=True, help="Output: one row a source, CSV.")
@click.option("--logits", type=FILE, required=True, help="Output: every pass's logits, npz.")
@writes("evaluate", "metrics", "predictions", "logits")
@loads_trained
def command(
    trained: Trained,
    *,
    training: Path | None,
    passes: int,
    orders: tuple[str, ...],
    seed: int,
    symmetries: bool,
    fold: int | None,
    dropout: float | None,
    **outputs: Path,
) -> None:
    """Classify the test set of VARIANT over augmented passes and write metrics and predictions."""
    from tqdm import tqdm

    from radiogaze.augmentation.transform import SYMMETRIES
    from radiogaze.data.splits import use_fold
    from radiogaze.evaluation.evaluate import (
        check_unseen,
        evaluate,
        summarise_training,
        write_evaluation,
    )
    from radiogaze.evaluation.predict import BATCH, EvaluationSettings
    from radiogaze.provenance.record import record

    orders = tuple(dict.fromkeys(orders))
    passes = SYMMETRIES if symmetries else passes
    recorded = {"passes": passes, "orders": list(orders), "seed": seed}
    further = {"fold": fold, "symmetries": symmetries or None, "dropout": dropout}
    recorded |= {name: value for name, value in further.items() if value is not None}
    cutouts = trained.cutouts if fold is None else use_fold(trained.cutouts, fold)
    settings = EvaluationSettings(
        orders, BATCH, seed, trained.device, symmetries=symmetries, dropout=dropout
    )
    provenance = record(trained.inputs, **recorded)
    summary = None if training is None else summarise_training(training)
    if training is not None:
        check_unseen(training, provenance["inputs"]["images"], cutouts)
    bar = tqdm(range(passes), desc=trained.name, unit="pass", disable=None)
    evaluation = evaluate(trained.row, trained.model, cutouts, settings, bar)
    evaluation.metrics["training"] = summary
    write_evaluation(evaluation, provenance, **outputs)
    accuracy = evaluation.metrics["orders"][orders[0]]["accuracy"]["value"]
    click.echo(
        f"{trained.name} ({trained.inputs['weights']}): accuracy {accuracy:.3f} over {passes}"
        f" passes ({orders[0]} order)"
    )
