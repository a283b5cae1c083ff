"""Few labels in the feature space of trained networks: frozen features, and the shift of data."""

import re
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from radiogaze.campaigns.variants import Variant
from radiogaze.data.splits import draw_split
from radiogaze.data.store import Cutouts
from radiogaze.errors import RadiogazeError
from radiogaze.evaluation.features import classify_frozen, frechet_distance, load_features
from radiogaze.evaluation.label_efficiency import ALL, FIXMATCH, PRETRAINING, Trained
from radiogaze.evaluation.resampling import DIGITS, Floats, Integers, bootstrap
from radiogaze.terms import REST

_NAME = re.compile(r"(?P<variant>.+)/seed-(?P<seed>\d+)/(?P<dataset>[a-z-]+)")
_OWN = "mirabest"
_FEWEST = 3  # draws of a rank correlation


class Features(NamedTuple):
    """Features of a data set in a network, [N, F], and which are of its training split, [N]."""

    values: Floats
    train: NDArray[np.bool_]


Key = tuple[str, int, str]  # variant, seed and data set


def read_features(named: Mapping[str, Path], cutouts: Cutouts) -> dict[Key, Features]:
    """Read features by ``<variant>/seed-<n>/<data set>``.

    Raises
    ------
    RadiogazeError
        If a name is of another form, a file is missing or broken, or those of MiraBest are not of
        the given cutouts.
    """
    found = {}
    for name, path in named.items():
        match = _NAME.fullmatch(name)
        if match is None:
            raise RadiogazeError(f"--features {name}: expected <variant>/seed-<n>/<data set>=PATH")
        features = Features(*load_features(path))
        if match["dataset"] == _OWN and len(features.values) != len(cutouts.catalogue):
            raise RadiogazeError(
                f"{path}: features of {len(features.values)} cutouts, the catalogue has"
                f" {len(cutouts.catalogue)}; make them again with radiogaze features"
            )
        found[match["variant"], int(match["seed"]), match["dataset"]] = features
    return found


def predict_frozen(
    features: Mapping[Key, Features],
    found: Sequence[Trained],
    sheet: Mapping[str, Variant],
    cutouts: Cutouts,
) -> list[Trained]:
    """Predict from the features of networks that others start from, as further kinds.

    Parameters
    ----------
    features
        Of `read_features`.
    found
        Of :func:`radiogaze.evaluation.label_efficiency.collect`: the test sources are those of
        its first kind.
    sheet
        A kind ``frozen-<name>`` is made of each variant ``pre-<name>`` in its column ``start``,
        with the numbers of labels of the rows that start from it.
    cutouts
        Of MiraBest.
    """
    test = found[0].rows
    kinds = []
    for row in sheet.values():
        named = {
            seed for variant, seed, dataset in features if (variant, dataset) == (row.start, _OWN)
        }
        seeds = sorted(named)
        wrong = []
        for seed in seeds:
            split = draw_split(cutouts, row.dataset, seed, row.split, row.labels)
            rows = split[split["split"] == "train"]
            is_frii = (rows["class"] == "FRII").to_numpy()
            values = features[str(row.start), seed, _OWN].values
            predicted = classify_frozen(values, rows["index"].to_numpy(), is_frii, test)
            wrong.append((predicted != found[0].frii).astype(float))
        if seeds:
            kinds.append(
                found[0]._replace(
                    kind=f"frozen-{str(row.start).removeprefix('pre-')}",
                    labels=len(rows),
                    family=PRETRAINING,
                    draws=np.array(seeds),
                    wrong=np.stack(wrong),
                )
            )
    return kinds


def measure_shift(
    features: Mapping[Key, Features],
    found: Sequence[Trained],
    sheet: Mapping[str, Variant],
    cutouts: Cutouts,
) -> pd.DataFrame:
    """Measure how far unlabelled sources are from labelled ones, and what FixMatch changes.

    Returns
    -------
    DataFrame
        One row a kind of FixMatch, number of labels and draw: the Frechet ``distance`` between
        labelled and unlabelled sources in the features of the sheet's first variant, and the
        ``change`` of the error on all test sources against the sheet's first kind.
    """
    first = next(iter(sheet))
    of_first = {dataset: each for (name, _, dataset), each in features.items() if name == first}
    reference = {each.labels: each for each in found if each.kind == found[0].kind}
    by_name = {(each.kind, each.labels): each for each in found if each.family == FIXMATCH}
    rows = []
    for row in sheet.values():
        each = by_name.get((row.variant.removesuffix(f"-{row.labels}"), row.labels or 0))
        source = _OWN if row.unlabelled == REST else str(row.unlabelled)
        base = each and reference.get(each.labels)
        if not each or not base or each.of(ALL) is None or not {_OWN, source} <= of_first.keys():
            continue
        draws, here, there = np.intersect1d(each.draws, base.draws, return_indices=True)
        change = each.wrong[here].mean(1) - base.wrong[there].mean(1)
        for draw, difference in zip(draws, change, strict=True):
            split = draw_split(cutouts, row.dataset, int(draw), row.split, row.labels)
            own = of_first[_OWN].values
            labelled, rest = (
                own[split["index"][split["split"] == part].to_numpy()]
                for part in ("train", "unlabelled")
            )
            other = of_first[source]
            unlabelled = rest if row.unlabelled == REST else other.values[other.train]
            known = {"kind": each.kind, "labels": each.labels, "draw": draw}
            distance = frechet_distance(labelled, unlabelled)
            rows.append({**known, "distance": distance, "change": difference})
    return pd.DataFrame(rows, columns=["kind", "labels", "draw", "distance", "change"])


def correlate(shift: pd.DataFrame) -> pd.DataFrame:
    """Return Spearman's rank correlation of distance and change, over all and by labels.

    ``low`` and ``high`` are a 95 % bootstrap over draws: the rows of a draw share its labels and
    its error without unlabelled sources. Draws that lack a kind or a number of labels do not count;
    a group with fewer than three draws, or without spread, has no correlation.
    """
    # equal changes that differ in their last digits would not be a tie
    shift = shift.assign(change=shift["change"].round(DIGITS))
    groups = [("all", shift), *((str(n), rows) for n, rows in shift.groupby("labels"))]
    found = []
    for labels, rows in groups if len(shift) else ():  # nothing is measured without features
        table = rows.set_index(["draw", "kind", "labels"])[["distance", "change"]].unstack([1, 2])
        by_draw = table.dropna().to_numpy().reshape(-1, 2, len(table.columns) // 2)
        pairs = np.moveaxis(by_draw, 1, -1)  # [draws, kinds and numbers of labels, 2]
        flat = pairs.reshape(-1, 2)
        if len(pairs) < _FEWEST or (np.ptp(flat, axis=0) == 0).any():
            continue
        ends = bootstrap((np.arange(len(pairs)),), partial(_rank_correlation, pairs))
        value = stats.spearmanr(flat[:, 0], flat[:, 1]).statistic
        found.append({"labels": labels, "pairs": len(flat), "correlation": float(value)})
        found[-1] |= {"low": float(ends.low), "high": float(ends.high)}
    return pd.DataFrame(found, columns=["labels", "pairs", "correlation", "low", "high"])


def _rank_correlation(pairs: Floats, drawn: Integers) -> Floats:
    """Return the rank correlation of pairs [draws, n, 2] in each resample of the draws."""
    samples = pairs[drawn].reshape(*drawn.shape[:-1], -1, 2)
    ranks = stats.rankdata(samples, axis=-2)
    centred = ranks - ranks.mean(-2, keepdims=True)
    norm = np.sqrt((centred**2).sum(-2).prod(-1))
    product = centred.prod(-1).sum(-1)
    return np.divide(product, norm, out=np.zeros_like(norm), where=norm > 0)
