"""Sources that a model gets wrong almost always (gating paper, Section 5.3, Table 10)."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from torch import nn

from radiogaze.campaigns.variants import Variant
from radiogaze.data.store import Cutouts
from radiogaze.errors import RadiogazeError
from radiogaze.evaluation.predict import Plan, predict
from radiogaze.files.atomic import atomic_path
from radiogaze.files.rows import read_rows

THRESHOLD = 0.95  # of the passes
COLUMNS = ("ra_deg", "dec_deg", "redshift", "extent_arcsec", "label", "class", "confidence")
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def find_misclassified(
    variant: Variant,
    model: nn.Module,
    cutouts: Cutouts,
    plan: Plan,
    passes: Collection[int],
    threshold: float = THRESHOLD,
) -> pd.DataFrame:
    """Count how often each test source is misclassified over augmented passes.

    All test cutouts pass through, those that are not scored too, as published.

    Parameters
    ----------
    variant, model
        A row of the sheet and its trained network.
    cutouts
        The archive that the variant's data set is a choice of.
    plan
        With one order; the published one is ``file`` with batches of 16.
    passes
        The passes' numbers, in the paper ``range(1000)``.
    threshold
        From this share of wrong passes on, a source gets a letter.

    Returns
    -------
    DataFrame
        One row a scored source in the file's order: position, source_name, ra_deg, dec_deg,
        redshift, extent_arcsec, label, class, confidence, passes, misclassified,
        misclassification_rate, letter (A, B, ... in the file's order; else empty).

    Raises
    ------
    RadiogazeError
        If the test set lacks a class, or logits are not finite.
    """
    scored = cutouts.scored_test(variant.dataset)
    images = cutouts.images[cutouts.test.index.to_numpy()]
    plan = replace(plan, augmentation=variant.augmentation)
    logits = predict(model, images, plan, passes)[plan.orders[0]][:, scored.positions]
    if not np.isfinite(logits).all():
        raise RadiogazeError(
            f"variant {variant.variant}: logits are not finite numbers; its normalisation is"
            " singular on these images"
        )
    wrong = (logits.argmax(-1) != scored.labels).sum(0)
    table = scored.rows[["position", "source_name", *COLUMNS]].copy()
    table["passes"] = len(logits)
    table["misclassified"] = wrong
    table["misclassification_rate"] = wrong / len(logits)
    table["letter"] = letters(wrong / len(logits) >= threshold)
    table["variant"] = variant.variant
    table["seed"] = plan.seed
    return table.reset_index(drop=True)


def letters(chosen: NDArray[np.bool_]) -> list[str]:
    """Letter the chosen, A to Z, then AA, AB and so on; the others get an empty text."""
    names = iter([*_LETTERS, *(a + b for a in _LETTERS for b in _LETTERS)])
    return [next(names) if is_chosen else "" for is_chosen in chosen]


def compare_with_paper(table: pd.DataFrame, reference: Path) -> pd.DataFrame:
    """Add the column ``paper``: the letter of a source in the printed Table 10, or empty.

    Parameters
    ----------
    table
        Of :func:`find_misclassified`.
    reference
        ``workflow/reference/table10.csv``, whose ``source_name`` is the test source at the
        printed position.

    Raises
    ------
    RadiogazeError
        If the reference is missing or lacks a column.
    """
    rows = read_rows(reference, ",")
    missing = {"source", "source_name"} - rows[0].keys()
    if missing:
        raise RadiogazeError(f"{reference}: no column {', '.join(sorted(missing))}")
    printed = {row["source_name"]: row["source"] for row in rows}
    return table.assign(paper=[printed.get(name, "") for name in table["source_name"]])


def found_of_paper(table: pd.DataFrame) -> tuple[int, int]:
    """Return how many of the paper's sources have a letter, and how many are in the table."""
    printed = table["paper"] != ""
    return int((printed & (table["letter"] != "")).sum()), int(printed.sum())


def write_misclassified(table: pd.DataFrame, path: Path) -> None:
    """Write the table as CSV, whole or not at all.

    Raises
    ------
    RadiogazeError
        If the file cannot be written.
    """
    with atomic_path(path) as temporary:
        table.to_csv(temporary, index=False, lineterminator="\n", float_format="%.6g")


def read_lettered(path: Path) -> Mapping[int, str]:
    """Return the lettered sources of the table: place in the test file -> letter.

    Raises
    ------
    RadiogazeError
        If the file is missing, is another table, or letters no source.
    """
    rows = read_rows(path, ",")
    if not {"position", "letter"} <= rows[0].keys():
        raise RadiogazeError(
            f"{path}: no columns position, letter; make it with radiogaze misclassify"
        )
    lettered = {int(row["position"]): row["letter"] for row in rows if row["letter"]}
    if not lettered:
        raise RadiogazeError(
            f"{path}: no source is misclassified often enough to have a letter; lower --threshold"
            " of radiogaze misclassify"
        )
    return lettered
