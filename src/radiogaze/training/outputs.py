"""What a finished training leaves behind, one folder a seed."""

import json
import shutil
from pathlib import Path
from typing import Any

import pandas as pd

from radiogaze.errors import RadiogazeError
from radiogaze.files.atomic import atomic_path, write_frame, write_text
from radiogaze.provenance.record import to_json
from radiogaze.terms import CHECKPOINTS
from radiogaze.training.run import SeedRun

INITIAL = "initial"  # in place of an epoch: the weights before the first step
# The columns of history.csv and timing.csv, which a training without an epoch has too.
_HISTORY = (
    *("epoch", "train_loss", "validation_loss", "validation_accuracy"),
    *("improved", "constant_predictions"),
)
_TIMING = ("epoch", "seconds", "images_per_s", "validation_images_per_s", "hardware")


def check_replaced(folder: Path, variant: str) -> None:
    """Refuse to replace what another variant's training left behind in a seed's folder.

    Raises
    ------
    RadiogazeError
        If the folder holds a result of another variant.
    """
    try:
        found = dict(json.loads((folder / "result.json").read_bytes())).get("variant", variant)
    except (OSError, ValueError, TypeError):
        return  # nothing finished, or nothing that could be used
    if found != variant:
        raise RadiogazeError(
            f"{folder}: holds the trained weights of {found}; expected none, or some of {variant};"
            " give the outputs a folder of their own"
        )


def write_outputs(
    run: SeedRun,
    split: pd.DataFrame,
    checkpoints: Path,
    folder: Path,
    provenance: dict[str, Any],
) -> dict[str, Any]:
    """Write the outputs of one seed, each file whole or not at all, ``result.json`` last.

    ``model.safetensors`` (the selected weights; of a training that did not converge the last that
    were kept, or the initial ones),
    ``stages/<1 to 5>.safetensors`` (five of the kept epochs evenly picked, for Figures 7 and 10),
    ``split.csv``, ``history.csv`` (reproducible), ``timing.csv`` (not reproducible) and
    ``result.json``.

    Parameters
    ----------
    run
        The finished run.
    split
        Its training and validation sources.
    checkpoints
        Where the weights of the kept epochs are, or ``initial.safetensors`` if none was.
    folder
        The seed's folder.
    provenance
        See :func:`radiogaze.provenance.record.record`.

    Returns
    -------
    dict
        What ``result.json`` holds.

    Raises
    ------
    RadiogazeError
        If a file cannot be written.
    """
    kept: list[int | str] = [*run.record.kept] or [INITIAL]
    wanted = {folder / "model.safetensors": kept[-1]} | {
        folder / "stages" / f"{stage}.safetensors": kept[
            (len(kept) - 1) * (stage - 1) // (len(CHECKPOINTS) - 1)
        ]
        for stage in CHECKPOINTS
    }
    for target, epoch in wanted.items():
        with atomic_path(target) as path:
            shutil.copyfile(checkpoints / f"{epoch}.safetensors", path)
    write_frame(split, folder / "split.csv")
    for name, rows, columns in (
        ("history", run.record.history, _HISTORY),
        ("timing", run.record.timing, _TIMING),
    ):
        with atomic_path(folder / f"{name}.csv") as path:
            pd.DataFrame(rows, columns=columns).to_csv(path, index=False, lineterminator="\n")
    result = {**describe_result(run), "provenance": provenance}
    write_text(to_json(result), folder / "result.json")
    return result


def describe_result(run: SeedRun) -> dict[str, Any]:
    """Return what a run found, as JSON values.

    ``status`` is ``complete`` or ``not-finite`` (then ``not_finite`` says where). ``selected`` is
    None if the training did not converge: its loss stopped being a finite number before the epoch
    that the recipe selects. ``collapsed`` is true if the selected model gives every validation
    image one class. On a GPU, ``step`` is ``cuda-graph``, or why it was not.
    """
    record = run.record
    last = run.job.recipe.selection == "last"
    chosen = [] if last and record.failure else record.kept[-1:]
    selected = next((row for row in record.history if row["epoch"] in chosen), None)
    return {
        "variant": run.job.variant.variant,
        "seed": run.seed,
        "status": "not-finite" if record.failure else "complete",
        "not_finite": record.failure,
        "selected": selected,
        "last": record.history[-1] if record.history else None,
        "improving_epochs": [row["epoch"] for row in record.history if row["improved"]],
        "epochs": len(record.history),
        "steps": run.position.step,
        "redraws": run.position.redraws,
        "vanishing_gradient": record.vanishing_gradient,
        "collapsed": bool(selected and selected["constant_predictions"]),
        "constant_prediction_epochs": [
            row["epoch"] for row in record.history if row["constant_predictions"]
        ],
        "split": {
            "train": run.samples.training_count,
            "validation": len(run.samples.validation_labels),
        },
        **({"step": run.stepper.mode} if run.job.device.startswith("cuda") else {}),
    }
