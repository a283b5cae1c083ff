"""Training and validation sources (gating paper, Section 4.3: 80:20)."""

import warnings

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from radiogaze.augmentation.counter_rng import Stream, permutation
from radiogaze.data.store import Cutouts
from radiogaze.data.subsets import NOT_SCORED, SUBSETS
from radiogaze.errors import RadiogazeError
from radiogaze.terms import CLASSES, FOLDS, NONE_VALIDATES

_ONE_IN = 5  # of the sources validates, rounded down
_LEAST = 2  # sources in each part
_PUBLISHED_SEED = 42


def _of_seed(seed: int, count: int) -> NDArray[np.int64]:
    return permutation(Stream.SPLIT, seed, 0, 0, count).numpy()


def _published(_seed: int, count: int) -> NDArray[np.int64]:
    """One shuffle by numpy's old generator, whatever the seed (equivariant paper's code)."""
    return np.random.RandomState(_PUBLISHED_SEED).permutation(count)


# A sheet's ``split`` cell: how the sources are shuffled, given a seed and their number.
SHUFFLES = {"seed": _of_seed, "published-42": _published, NONE_VALIDATES: _of_seed}


def draw_split(
    cutouts: Cutouts, dataset: str, seed: int, split: str = "seed", labels: int | None = None
) -> pd.DataFrame:
    """Split the scored sources of the training batches into training and validation.

    As published, the first floor(0.2 n) of a shuffle validate and the rest train, without regard
    to class: 213 and 856 sources of MiraBest, 145 and 584 of MiraBest*, 110 and 440 of FR-DEEP.

    Parameters
    ----------
    cutouts
        The archive that the data set is a choice of.
    dataset
        A key of ``radiogaze.data.subsets.SUBSETS``.
    seed
        Of the shuffle; the gating paper's code had none.
    split
        A key of ``SHUFFLES``: ``seed``; ``published-42`` for the one split of the equivariant
        paper, which no seed changes; or ``all``, which leaves none to validate.
    labels
        How many of the training sources keep their label, by `draw_labelled`; None for all.

    Returns
    -------
    DataFrame
        One row a source in the catalogue's order: index (row of the catalogue), source_name,
        class (FRI, FRII), split (train, validation, or unlabelled).

    Raises
    ------
    RadiogazeError
        If a part would have fewer than two sources, training lack a class, or there are fewer
        training sources than ``labels``.
    """
    catalogue = cutouts.catalogue
    binary = SUBSETS[dataset].binary_labels(catalogue)
    rows = catalogue[(catalogue["split"] == "train").to_numpy() & (binary != NOT_SCORED)]
    count = len(rows)
    validation = 0 if split == NONE_VALIDATES else count // _ONE_IN
    table = rows[["source_name", "class"]].reset_index(names="index").assign(split="train")
    table.loc[SHUFFLES[split](seed, count)[:validation], "split"] = "validation"
    classes = set(table["class"][table["split"] == "train"])
    if count // _ONE_IN < _LEAST or len(classes) < _LEAST:
        found = " and ".join(sorted(classes)) or "no class"
        raise RadiogazeError(
            f"training batches of {dataset}: {count} sources of {found}"
            f" to train on, expected both classes and at least {_LEAST * _ONE_IN} sources"
        )
    return table if labels is None else draw_labelled(table, dataset, seed, labels)


def draw_labelled(split: pd.DataFrame, dataset: str, seed: int, labels: int) -> pd.DataFrame:
    """Take the labels of all training sources away but for some, in turn of each class.

    The first of the two classes is drawn too, so that an odd number favours none; where a class
    has no more sources, the other one fills up.

    Parameters
    ----------
    split
        Of `draw_split`, whose training sources are drawn from.
    dataset
        For an error.
    seed
        Of the draw; with one seed the sources of a smaller number are among those of a larger one.
    labels
        How many keep their label.

    Raises
    ------
    RadiogazeError
        If there are fewer training sources, or a class would have none.
    """
    rows = np.flatnonzero(split["split"] == "train")
    shuffled = rows[permutation(Stream.LABELS, seed, 0, 0, len(rows)).numpy()]
    classes = split["class"].iloc[shuffled]
    turn = 2 * classes.groupby(classes).cumcount() + (classes != classes.iloc[0])
    chosen = shuffled[turn.to_numpy().argsort()[:labels]]
    counts = {name: int((split["class"].iloc[chosen] == name).sum()) for name in CLASSES}
    if labels > len(rows) or not all(counts.values()):
        raise RadiogazeError(
            f"training sources of {dataset}: {labels} labels of {len(rows)} sources give"
            f" {' and '.join(f'{count} {name}' for name, count in counts.items())}; expected at"
            " most as many labels as sources, and one or more of each class"
        )
    table = split.copy()
    table.loc[table.index[rows], "split"] = "unlabelled"
    table.loc[table.index[chosen], "split"] = "train"
    return table


def use_fold(cutouts: Cutouts, fold: int) -> Cutouts:
    """Return the cutouts with one fold of a 10-fold cross-validation as the test set.

    The folds are over all sources of MiraBest without hybrids, stratified by label (class,
    confidence and morphology), and the same for every variant and seed: each source is in one
    test set. Hybrids are in no set.

    Parameters
    ----------
    cutouts
        Of the MiraBest archive.
    fold
        From 0 to 9; 10 to 19 are the folds of a second cross-validation with another shuffle, and
        so on.

    Raises
    ------
    RadiogazeError
        If the cutouts are too few for ten folds.
    """
    # here, because every training imports this module, and most use no fold
    from sklearn.model_selection import StratifiedKFold  # noqa: PLC0415

    labels = cutouts.catalogue["label"].to_numpy()
    binary = SUBSETS["mirabest"].binary_labels(cutouts.catalogue)
    scored = np.flatnonzero(binary != NOT_SCORED)
    try:
        with warnings.catch_warnings():
            # that a rare morphology has fewer sources than there are folds
            warnings.simplefilter("ignore", UserWarning)
            repeat, part = divmod(fold, FOLDS)
            parts = StratifiedKFold(FOLDS, shuffle=True, random_state=repeat)
            held_out = scored[list(parts.split(scored, labels[scored]))[part][1]]
    except ValueError as error:
        raise RadiogazeError(f"{len(scored)} sources in {FOLDS} folds: {error}") from None
    split = np.full(len(labels), "unused", dtype=object)
    split[scored], split[held_out] = "train", "test"
    return Cutouts(cutouts.images, cutouts.catalogue.assign(split=split))


def check_folds(cutouts: Cutouts, fold: int) -> None:
    """Refuse folds whose networks could be trained, but not evaluated.

    Raises
    ------
    RadiogazeError
        If there are fewer than two sources of each class for each of ten folds.
    """
    binary = SUBSETS["mirabest"].binary_labels(cutouts.catalogue)
    for number, name in enumerate(CLASSES):
        if (count := (binary == number).sum()) < _LEAST * FOLDS:
            raise RadiogazeError(
                f"--fold {fold}: {count} {name}, expected at least {_LEAST * FOLDS}, {_LEAST} for"
                " the test of each fold; add sources, or do without folds"
            )
