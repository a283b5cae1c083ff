"""Networks in the same cross-validation: errors, calibration, paired tests, and the sources behind.

Every source is tested by networks that did not see it, so that each network has a prediction for
all of MiraBest and not for the 153 sources of the fixed test split alone (docs/own-network.md).
"""

import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit

from radiogaze.data.splits import use_fold
from radiogaze.data.store import Cutouts
from radiogaze.data.subsets import FRII, SUBSETS
from radiogaze.errors import RadiogazeError
from radiogaze.evaluation import shapes
from radiogaze.evaluation.calibration import reliability_curve
from radiogaze.evaluation.comparison import Summary, compare_folds, compare_pair, holm
from radiogaze.evaluation.confidence import (
    as_logits,
    fit_temperature,
    log_odds,
    negative_log_likelihood,
)
from radiogaze.evaluation.readers import read_predictions
from radiogaze.evaluation.resampling import Floats, Integers, Interval, mean_over_sources
from radiogaze.evaluation.uncertainty import wrong
from radiogaze.terms import FOLDS, PIXEL_ARCSEC

RULE, REGRESSION = "fanaroff-riley-rule", "shape-regression"
REGRESSION_EXTENT = "shape-regression-with-extent"
RUN = re.compile(r"(?P<network>.+)/(?P<kind>fold|seed)-(?P<number>\d+)")
_WEIGHTS = {RULE: 0, REGRESSION: 14, REGRESSION_EXTENT: 14}  # 13 measures and a constant
_ORDER = "file"


def collect(predictions: Mapping[str, Path], catalogue: pd.DataFrame) -> pd.DataFrame:
    """Read what the networks of every fold predict.

    Parameters
    ----------
    predictions
        ``<network>/fold-<n>`` -> its ``predictions.csv``; those of ``<network>/seed-<n>`` are left
        out.
    catalogue
        Of the cutouts.

    Returns
    -------
    DataFrame
        One row a network, repeat and source (``index``, its row in the catalogue): ``fold``,
        ``wrong`` (fraction of the passes), ``margin`` (mean logit FRII - FRI) and ``p`` (mean
        probability of FRII). Repeats that lack a fold are left out.

    Raises
    ------
    RadiogazeError
        If a name is of another form, a file is missing, broken or of another catalogue, a source
        is in two folds of a repeat, or no repeat is complete.
    """
    parts = []
    for name, path in predictions.items():
        match = RUN.fullmatch(name)
        if match is None:
            raise RadiogazeError(f"--predictions {name}: expected <network>/fold-<n>=PATH")
        if match["kind"] == "seed":
            continue
        found = read_predictions(path, _ORDER)
        check_catalogue(found, catalogue, name)
        fold = int(match["number"])
        parts.append(found.assign(network=match["network"], repeat=fold // FOLDS, fold=fold))
    if parts:
        together = pd.concat(parts).reset_index()
        twice = together[together.duplicated(["network", "repeat", "index"])]
        if not twice.empty:
            raise RadiogazeError(
                "--predictions {network}/fold-{fold}: has sources of another fold; give the"
                " predictions of this one".format(**twice.iloc[0])
            )
        folds = together.groupby(["network", "repeat"])["fold"].transform("nunique")
        complete = together[folds == FOLDS].drop(columns="label")
        if not complete.empty:
            return complete
    raise RadiogazeError(f"--predictions: no network with all {FOLDS} folds of a cross-validation")


def check_catalogue(found: pd.DataFrame, catalogue: pd.DataFrame, name: str) -> None:
    """Refuse predictions of other sources than a catalogue has.

    Raises
    ------
    RadiogazeError
        If a source is not in the catalogue, or has another class there.
    """
    labels = pd.Series(binary_labels(catalogue)).reindex(found.index)
    if not labels.eq(found["label"]).all():
        raise RadiogazeError(
            f"--predictions {name}: has sources of another catalogue than the one that is given"
        )


def predict_shapes(cutouts: Cutouts, repeats: int) -> pd.DataFrame:
    """Predict by the Fanaroff-Riley rule and by regressions on shapes; rows as `collect` has.

    Parameters
    ----------
    cutouts
        MiraBest.
    repeats
        Cross-validations.
    """
    labels = binary_labels(cutouts.catalogue)
    extents = cutouts.catalogue["extent_arcsec"].to_numpy(dtype=float) / PIXEL_ARCSEC
    alone = shapes.measure_shapes(cutouts.images)
    given = shapes.measure_shapes(cutouts.images, extents.tolist())
    parts = []
    for fold in range(FOLDS * repeats):
        split = use_fold(cutouts, fold).catalogue["split"].to_numpy()
        train, test = np.flatnonzero(split == "train"), np.flatnonzero(split == "test")
        found = {RULE: shapes.by_rule(alone[test]).astype(float)}
        for name, measures in ((REGRESSION, alone), (REGRESSION_EXTENT, given)):
            regression = shapes.make_regression().fit(measures[train], labels[train])
            found[name] = regression.predict_proba(measures[test])[:, FRII]
        for name, p in found.items():
            columns = {"index": test, "margin": log_odds(p), "p": p}
            table = pd.DataFrame({**columns, "wrong": wrong(p, labels[test])})
            parts.append(table.assign(network=name, repeat=fold // FOLDS, fold=fold))
    return pd.concat(parts)


def of_all_sources(found: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the networks that predict every source, not the certain ones alone."""
    sources = found.groupby("network")["index"].transform("nunique")
    return found[sources == found["index"].nunique()]


def binary_labels(catalogue: pd.DataFrame) -> Integers:
    """Return 0 (FRI), 1 (FRII) or -1 (not scored) of every row of MiraBest's catalogue."""
    return SUBSETS["mirabest"].binary_labels(catalogue)


def summarise(
    found: pd.DataFrame, catalogue: pd.DataFrame, parameters: Mapping[str, int]
) -> pd.DataFrame:
    """Return one row a network: errors with 95 % intervals over the sources, and calibration.

    Parameters
    ----------
    found
        See :func:`collect`.
    catalogue
        Of the cutouts.
    parameters
        How many each network has.

    Returns
    -------
    DataFrame
        ``network``, ``parameters``, ``repeats``, ``sources``; ``error`` on all (NaN of a network
        that predicts a part of them), ``error_certain`` and ``error_uncertain`` (means over the
        passes) with ``_low`` and ``_high``; the same of the mean probability of the passes as
        ``error_majority`` and ``error_certain_majority``;
        ``nll`` and ``ece`` as they are, and ``ece_scaled`` and ``nll_scaled`` with a temperature
        that is fitted on the other nine folds.
    """
    labels_of = binary_labels(catalogue)
    certain_of = (catalogue["confidence"] == "certain").to_numpy(dtype=bool)
    whole = set(of_all_sources(found)["network"])
    rows = []
    for name, one in found.groupby("network", sort=False):
        index = one["index"].to_numpy()
        labels, certain = labels_of[index], certain_of[index]
        row = {"network": name, "parameters": {**parameters, **_WEIGHTS}[str(name)]}
        row |= {"repeats": one["repeat"].nunique(), "sources": one["index"].nunique()}
        row |= _error("error", one if name in whole else one[:0])
        row |= _error("error_certain", one[certain])
        row |= _error("error_uncertain", one[~certain])
        majority = wrong(one["p"].to_numpy(), labels)
        row |= {
            "error_majority": majority.mean() if name in whole else np.nan,
            "error_certain_majority": majority[certain].mean(),
        }
        for suffix, p in (("", one["p"].to_numpy()), ("_scaled", _scaled(one, labels))):
            row |= {
                f"nll{suffix}": negative_log_likelihood(p, labels),
                f"ece{suffix}": reliability_curve(as_logits(p), labels).ece,
            }
        rows.append(row)
    return pd.DataFrame(rows)


def _error(name: str, rows: pd.DataFrame) -> dict[str, float]:
    """Return the mean error of the sources of some rows with its interval; NaN of too few."""
    errors = rows.groupby("index")["wrong"].mean().to_numpy()
    found = Interval(np.nan, np.nan, np.nan)
    if len(errors) > 1:
        found = mean_over_sources(errors, np.zeros_like(errors))  # not within the classes
    return found.columns(name)


def _scaled(one: pd.DataFrame, labels: Integers) -> Floats:
    """Return the probabilities of FRII, scaled by a temperature of the other folds."""
    p, folds, repeats = (one[column].to_numpy() for column in ("p", "fold", "repeat"))
    scaled = np.empty(len(p))
    for fold in np.unique(folds):
        here = folds == fold
        others = (repeats == fold // FOLDS) & ~here
        scaled[here] = expit(log_odds(p[here]) / fit_temperature(p[others], labels[others]))
    return scaled


def compare_with(first: str, found: pd.DataFrame, catalogue: pd.DataFrame) -> pd.DataFrame:
    """Compare a network with every other one on the same sources, all and certain.

    Returns
    -------
    DataFrame
        ``network``, ``sources`` (all, certain), ``repeats`` that both networks have, over which
        all of these are: ``difference`` of the accuracies, the first's minus this one's, with
        ``low`` and ``high``; ``only_first`` and ``only_other`` right by the majority of the passes,
        ``p`` of McNemar's test and ``p_holm`` within a family: the networks on these sources, those
        that predict only a part of them, or what classifies without a network. ``folds_low``,
        ``folds_high`` and ``folds_p`` are of the difference by fold; see :func:`compare_folds`.

    Raises
    ------
    RadiogazeError
        If the first network is not among those found, or shares no repeat with another.
    """
    if first not in set(found["network"]):
        raise RadiogazeError(
            f"network {first}: no complete cross-validation; there are those of"
            f" {', '.join(found['network'].unique())}"
        )
    networks = dict(list(found.groupby("network", sort=False)))
    ours = networks.pop(first)
    certain = (catalogue["confidence"] == "certain").to_numpy(dtype=bool)
    labels = binary_labels(catalogue)
    whole = set(of_all_sources(found)["network"])
    rows, families = [], []
    for which, chosen in (("all", np.ones_like(certain)), ("certain", certain)):
        for name, theirs in networks.items():
            # what was trained and tested on certain sources alone is a question of its own
            if name not in whole and which == "all":
                continue
            row = _compare(ours, theirs, labels, chosen)
            rows.append({"network": name, "sources": which, **row})
            families.append((which, name in whole, name in _WEIGHTS))
    table = pd.DataFrame(rows)
    of_family = table["p"].groupby(pd.Series(families))
    return table.assign(p_holm=of_family.transform(lambda p: holm(p.tolist())))


def _compare(
    ours: pd.DataFrame, theirs: pd.DataFrame, labels: Integers, chosen: NDArray[np.bool_]
) -> dict[str, float]:
    """Compare two networks' rows; labels, and whether a source counts, are of the catalogue."""
    repeats = np.intersect1d(ours["repeat"], theirs["repeat"])
    if not repeats.size:
        names = " and ".join(one["network"].iloc[0] for one in (ours, theirs))
        raise RadiogazeError(f"networks {names}: no repeat that both have")
    a, b = (
        one[one["repeat"].isin(repeats)]
        .groupby("index")
        .agg({"wrong": "mean", "margin": "mean", "fold": "min"})
        for one in (ours, theirs)
    )
    shared = a.index.intersection(b.index)
    shared = shared[chosen[shared]]
    first, second = (
        Summary(*(m.loc[shared, column].to_numpy() for column in ("wrong", "margin")))
        for m in (a, b)
    )
    found = compare_pair(first, second, labels[shared], a.loc[shared, "fold"].to_numpy())
    both = ours.merge(theirs, on=["fold", "index"])
    both = both[chosen[both["index"]]]
    gains = (both["wrong_y"] - both["wrong_x"]).groupby(both["fold"]).mean()
    of_folds, folds_p = compare_folds(gains.to_numpy())
    return {
        "repeats": len(repeats),
        "difference": found.accuracy.value,
        "low": found.accuracy.low,
        "high": found.accuracy.high,
        "only_first": found.mcnemar.only_first,
        "only_other": found.mcnemar.only_second,
        "p": found.mcnemar.p,
        "folds_low": of_folds.low,
        "folds_high": of_folds.high,
        "folds_p": folds_p,
    }
