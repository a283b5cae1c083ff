"""Sources that a model gets wrong almost always (gating paper, Section 7, Table 10)."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from itertools import count, product
from pathlib import Path
from string import ascii_uppercase

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from torch import nn

from radiogaze.campaigns.variants import Variant
from radiogaze.data.store import Cutouts
from radiogaze.errors import RadiogazeError
from radiogaze.evaluation.predict import EvaluationSettings, predict
from radiogaze.files.reading import reading
from radiogaze.files.rows import read_rows
from radiogaze.terms import MISCLASSIFIED

COLUMNS = ("ra_deg", "dec_deg", "redshift", "extent_arcsec", "label", "class", "confidence")
UNLETTERED = "–"  # in place of a letter, in the figures of a network that has no lettered source


def find_misclassified(
    variant: Variant,
    model: nn.Module,
    cutouts: Cutouts,
    settings: EvaluationSettings,
    passes: Collection[int],
    threshold: float = MISCLASSIFIED,
) -> pd.DataFrame:
    """Count how often each test source is misclassified over augmented passes.

    All test cutouts pass through, those that are not scored too, as published.

    Parameters
    ----------
    variant, model
        A row of the sheet and its trained network.
    cutouts
        The archive that the variant's data set is a choice of.
    settings
        With one order; the published one is ``file`` with batches of 16.
    passes
        The passes' numbers, in the paper ``range(1000)``.
    threshold
        From this fraction of wrong passes on, a source gets a letter.

    Returns
    -------
    DataFrame
        One row a scored source in the file's order: position, source_name, ra_deg, dec_deg,
        redshift, extent_arcsec, label, class, confidence, passes, misclassified,
        misclassification_rate, letter (A, B, ... in the file's order; else empty), variant, seed.

    Raises
    ------
    RadiogazeError
        If the test set lacks a class, or logits are not finite.
    """
    scored = cutouts.scored_test(variant.dataset)
    images = cutouts.images[cutouts.test.index.to_numpy()]
    settings = replace(settings, augmentation=variant.augmentation)
    logits = predict(model, images, settings, passes)[settings.orders[0]][:, scored.positions]
    if not np.isfinite(logits).all():
        raise RadiogazeError(
            f"variant {variant.variant}: logits are not finite numbers; its normalisation is"
            " singular on these images"
        )
    wrong = (logits.argmax(-1) != scored.labels).sum(0)
    rate = wrong / len(logits)
    table = scored.rows[["position", "source_name", *COLUMNS]].assign(
        passes=len(logits),
        misclassified=wrong,
        misclassification_rate=rate,
        letter=letters(rate >= threshold),
        variant=variant.variant,
        seed=settings.seed,
    )
    return table.reset_index(drop=True)


def letters(chosen: NDArray[np.bool_]) -> list[str]:
    """Letter the chosen, A to Z, then AA, AB and so on; the others get an empty text."""
    names = ("".join(of) for size in count(1) for of in product(ascii_uppercase, repeat=size))
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
    try:
        printed = {row["source_name"]: row["source"] for row in read_rows(reference, ",")}
    except KeyError as error:
        raise RadiogazeError(f"{reference}: no column {error.args[0]}") from None
    return table.assign(paper=[printed.get(name, "") for name in table["source_name"]])


def read_lettered(path: Path) -> Mapping[int, str]:
    """Return the lettered sources of the table: index in the test file -> letter.

    A good network has none. Its figures then show the source that is misclassified most often,
    marked ``UNLETTERED``.

    Raises
    ------
    RadiogazeError
        If the file is missing or is another table.
    """
    with reading(path, "the columns position, letter, misclassification_rate", "misclassify"):
        rows = read_rows(path, ",")
        worst = max(rows, key=lambda row: float(row["misclassification_rate"]))
        lettered = {int(row["position"]): row["letter"] for row in rows if row["letter"]}
        return lettered or {int(worst["position"]): UNLETTERED}
