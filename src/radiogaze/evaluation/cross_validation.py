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
from radiogaze.evaluation.calibration import measure_calibration
from radiogaze.evaluation.comparison import Summary, compare_pair, holm
from radiogaze.evaluation.confidence import (
    fit_temperature,
    log_odds,
    negative_log_likelihood,
)
from radiogaze.evaluation.readers import read_predictions
from radiogaze.evaluation.resampling import Floats, Integers, Interval, bootstrap
from radiogaze.terms import FOLDS

RULE, REGRESSION = "fanaroff-riley-rule", "shape-regression"
REGRESSION_EXTENT = "shape-regression-with-extent"
_ARCSEC = 1.8  # a pixel
RUN = re.compile(r"(?P<network>.+)/(?P<kind>fold|seed)-(?P<number>\d+)")
_WEIGHTS = {RULE: 0, REGRESSION: 14, REGRESSION_EXTENT: 14}  # 13 measures and a constant
_ORDER = "file"


def collect(predictions: Mapping[str, Path]) -> pd.DataFrame:
    """Read what the networks of every fold predict.

    Parameters
    ----------
    predictions
        ``<network>/fold-<n>`` -> its ``predictions.csv``; those of ``<network>/seed-<n>`` are left
        out.

    Returns
    -------
    DataFrame
        One row a network, repeat and source (``index``, its row in the catalogue): ``fold``,
        ``wrong`` (fraction of the passes), ``margin`` (mean logit FRII - FRI) and ``p`` (mean
        probability of FRII). Repeats that lack a fold are left out.

    Raises
    ------
    RadiogazeError
        If a name is of another form, a file is missing or broken, or no repeat is complete.
    """
    parts = []
    for name, path in predictions.items():
        match = RUN.fullmatch(name)
        if match is None:
            raise RadiogazeError(f"--predictions {name}: expected <network>/fold-<n>=PATH")
        if match["kind"] == "seed":
            continue
        found = read_predictions(path, _ORDER)
        fold = int(match["number"])
        parts.append(found.assign(network=match["network"], repeat=fold // FOLDS, fold=fold))
    if parts:
        together = pd.concat(parts).reset_index()
        folds = together.groupby(["network", "repeat"])["fold"].transform("nunique")
        complete = together[folds == FOLDS].drop(columns="label")
        if not complete.empty:
            return complete
    raise RadiogazeError(f"--predictions: no network with all {FOLDS} folds of a cross-validation")


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
    extents = cutouts.catalogue["extent_arcsec"].to_numpy(dtype=float) / _ARCSEC
    alone = shapes.measure_shapes(cutouts.images)
    given = shapes.measure_shapes(cutouts.images, extents.tolist())
    parts = []
    for fold in range(FOLDS * repeats):
        split = use_fold(cutouts, fold).catalogue["split"].to_numpy()
        train, test = np.flatnonzero(split == "train"), np.flatnonzero(split == "test")
        found = {RULE: shapes.by_rule(alone[test]).astype(float)}
        for name, measures in ((REGRESSION, alone), (REGRESSION_EXTENT, given)):
            regression = shapes.make_regression().fit(measures[train], labels[train])
            found[name] = shapes.probabilities(regression, measures[test])
        for name, p in found.items():
            wrong = ((p > 0.5) != (labels[test] == FRII)).astype(float)  # noqa: PLR2004
            columns = {"index": test, "wrong": wrong, "margin": log_odds(p), "p": p}
            table = pd.DataFrame(columns)
            parts.append(table.assign(network=name, repeat=fold // FOLDS, fold=fold))
    return pd.concat(parts)


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
        ``network``, ``parameters``, ``repeats``, ``sources``; ``error`` on all, ``error_certain``
        and ``error_uncertain`` (means over the passes) with ``_low`` and ``_high``; the same of the
        mean probability of the passes as ``error_majority`` and ``error_certain_majority``;
        ``nll`` and ``ece`` as they are, and ``ece_scaled`` and ``nll_scaled`` with a temperature
        that is fitted on the other nine folds.
    """
    rows = []
    for name, one in found.groupby("network", sort=False):
        labels, certain = _facts(one, catalogue)
        row = {"network": name, "parameters": {**parameters, **_WEIGHTS}[str(name)]}
        row |= {"repeats": one["repeat"].nunique(), "sources": _count(one)}
        for group, chosen in (
            ("error", np.ones(len(one), bool)),
            ("error_certain", certain),
            ("error_uncertain", ~certain),
        ):
            by_source = one[chosen].groupby("index")["wrong"].mean().to_numpy()
            estimate = _mean(by_source)
            row |= {group: estimate.value, f"{group}_low": estimate.low}
            row[f"{group}_high"] = estimate.high
        majority = (one["p"].to_numpy() > 0.5) != (labels == FRII)  # noqa: PLR2004
        row |= {
            "error_majority": majority.mean(),
            "error_certain_majority": majority[certain].mean(),
        }
        for suffix, p in (("", one["p"].to_numpy()), ("_scaled", _scaled(one, labels))):
            row |= {
                f"nll{suffix}": negative_log_likelihood(p, labels),
                f"ece{suffix}": _ece(p, labels),
            }
        rows.append(row)
    return pd.DataFrame(rows)


def _facts(one: pd.DataFrame, catalogue: pd.DataFrame) -> tuple[Integers, NDArray[np.bool_]]:
    """Return the label of each row, and whether it is certain."""
    index = one["index"].to_numpy()
    certain = (catalogue["confidence"] == "certain").to_numpy(dtype=bool)
    return binary_labels(catalogue)[index], certain[index]


def _count(one: pd.DataFrame) -> int:
    return int(one["index"].nunique())


def _mean(values: Floats) -> Interval:
    if len(values) == 0:  # a network of certain sources alone
        return Interval(np.nan, np.nan, np.nan)
    ends = bootstrap((values,), lambda drawn, axis: drawn.mean(axis))
    return Interval(float(values.mean()), float(ends.low), float(ends.high))


def _ece(p: Floats, labels: Integers) -> float:
    logits = np.stack([np.zeros(len(p)), log_odds(p)], axis=1)[None].astype(np.float32)
    return measure_calibration(logits, labels).ece.value


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
        ``p`` of McNemar's test and ``p_holm`` within a family: the networks on these sources, or
        what classifies without one.

    Raises
    ------
    RadiogazeError
        If the first network is not among those found, or another has no repeat of it.
    """
    if first not in set(found["network"]):
        raise RadiogazeError(
            f"network {first}: no complete cross-validation; there are those of"
            f" {', '.join(found['network'].unique())}"
        )
    networks = dict(list(found.groupby("network", sort=False)))
    ours_all = networks.pop(first)
    rows = []
    for which in ("all", "certain"):
        for name, theirs_all in networks.items():
            repeats = np.intersect1d(ours_all["repeat"], theirs_all["repeat"])
            if not repeats.size:
                raise RadiogazeError(f"networks {first} and {name!s}: no repeat that both have")
            ours, theirs = (_over_repeats(one, repeats) for one in (ours_all, theirs_all))
            shared = ours.index.intersection(theirs.index)
            if which == "certain":
                shared = shared[(catalogue["confidence"] == "certain").to_numpy()[shared]]
            labels = binary_labels(catalogue)[shared]
            ours, theirs = ours.loc[shared], theirs.loc[shared]
            a, b = (Summary(m["wrong"].to_numpy(), m["margin"].to_numpy()) for m in (ours, theirs))
            compared = compare_pair(a, b, labels, ours["fold"].to_numpy())
            difference, test = compared.accuracy, compared.mcnemar
            rows.append(
                {
                    "network": name,
                    "sources": which,
                    "repeats": len(repeats),
                    "difference": difference.value,
                    "low": difference.low,
                    "high": difference.high,
                    "only_first": test.only_first,
                    "only_other": test.only_second,
                    "p": test.p,
                }
            )
    table = pd.DataFrame(rows)
    adjusted = [
        pd.Series(holm(part["p"].tolist()), index=part.index)
        for _, part in table.groupby(["sources", table["network"].isin(_WEIGHTS)], sort=False)
    ]
    return table.assign(p_holm=pd.concat(adjusted))


def _over_repeats(one: pd.DataFrame, repeats: NDArray[np.int64]) -> pd.DataFrame:
    """Return the means of a network's predictions of each source over some repeats."""
    chosen = one[one["repeat"].isin(repeats)]
    return chosen.groupby("index").agg({"wrong": "mean", "margin": "mean", "fold": "min"})
