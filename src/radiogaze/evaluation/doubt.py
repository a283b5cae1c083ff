"""Families of uncertain networks side by side: the tables of ``radiogaze doubt``."""

from collections.abc import Iterator, Sequence
from itertools import chain
from statistics import fmean
from typing import Any

import numpy as np
import pandas as pd

from radiogaze.data.shifts import SHIFTS
from radiogaze.errors import RadiogazeError
from radiogaze.evaluation.calibration import measure_calibration, reliability_curve
from radiogaze.evaluation.comparison import holm
from radiogaze.evaluation.confidence import as_logits
from radiogaze.evaluation.families import Families, Network, probabilities, source_losses
from radiogaze.evaluation.probe import FRDEEP, HYBRID, PERCENTAGES, VALIDATION
from radiogaze.evaluation.resampling import Floats, Integers, Interval, mean_over_sources
from radiogaze.evaluation.uncertainty import (
    Uncertainty,
    area_over_sources,
    compare_means,
    rank_above,
    rank_each_above,
    risk_curve,
    wrong,
)
from radiogaze.models.pruning import ORDERS

_FEWEST = 2  # sources of a group that has an interval
_NONE = Interval(np.nan, np.nan, np.nan)  # for the names of its columns


def summarise(families: Families) -> pd.DataFrame:
    """Return one row a family: error, NLL, Brier, ECE, UCE and AURC with 95 % intervals.

    ``error_certain`` is on certain sources; ``_scaled`` is with a temperature fitted on the
    validation sources, where there are some and each network has a number for every one of them;
    ``sd`` of the error is over the seeds.
    """
    rows = []
    for family, networks in families.networks.items():
        labels = families.labels
        row: dict[str, Any] = {"family": family, "networks": len(networks)}
        for measure in ("error", "nll", "brier"):
            of_measure = families.per_source(family, measure)
            row |= mean_over_sources(of_measure, labels).columns(measure)
        errors = [wrong(network.p, labels) for network in networks]
        row["error_sd"] = np.std([e.mean() for e in errors], ddof=1) if len(errors) > 1 else np.nan
        certain = families.certain
        if np.bincount(labels[certain], minlength=2).min() >= _FEWEST:
            of_certain = families.per_source(family, "error")[certain]
            row |= mean_over_sources(of_certain, labels[certain]).columns("error_certain")
        calibrations = [measure_calibration(network.test, labels) for network in networks]
        for measure in ("ece", "uce"):
            found = [getattr(calibration, measure) for calibration in calibrations]
            row |= Interval(*map(fmean, zip(*found, strict=True))).columns(measure)
        entropy = np.stack([network.uncertainty().entropy for network in networks])
        row |= area_over_sources(entropy, np.stack(errors), labels).columns("aurc")
        if all(map(_is_validated, networks)):
            row |= _scaled(networks, labels)
        rows.append(row)
    return pd.DataFrame(rows)


def _is_validated(network: Network) -> bool:
    """Tell whether a temperature can be fitted."""
    found = network.sets.get(f"logits_{VALIDATION}")
    return found is not None and bool(np.isfinite(found).all())


def _scaled(networks: Sequence[Network], labels: Integers) -> dict[str, float]:
    """Return NLL and ECE with a temperature, and the validation's own NLL."""
    p = [network.scaled for network in networks]
    nll = np.mean([source_losses(q, labels)["nll"] for q in p], axis=0)
    ece = [measure_calibration(as_logits(q), labels).ece for q in p]
    validated = [
        source_losses(probabilities(n.logits(VALIDATION)).mean(0), n.sets[f"labels_{VALIDATION}"])[
            "nll"
        ].mean()
        for n in networks
    ]
    return {
        **mean_over_sources(nll, labels).columns("nll_scaled"),
        **Interval(*map(fmean, zip(*ece, strict=True))).columns("ece_scaled"),
        "validation_nll": fmean(validated),
    }


def compare(families: Families, pairs: Sequence[tuple[str, str]]) -> pd.DataFrame:
    """Compare families with a reference each: the mean of ours minus the reference's.

    Parameters
    ----------
    families
        See :func:`radiogaze.evaluation.families.collect`.
    pairs
        Family and reference. Holm's correction is over all rows of one reference.

    Raises
    ------
    RadiogazeError
        If there is no such family.
    """
    rows = []
    for ours, reference in pairs:
        for name in (ours, reference):
            if name not in families.networks:
                raise RadiogazeError(f"--compare {name}: there are: {', '.join(families.networks)}")
        for measure in ("error", "nll"):
            a, b = (families.per_source(name, measure) for name in (ours, reference))
            difference, p = compare_means(a, b, families.labels)
            row = {"family": ours, "reference": reference, "measure": measure}
            rows.append({**row, **difference.columns("difference"), "p": p})
    columns = ["family", "reference", "measure", *_NONE.columns("difference"), "p"]
    table = pd.DataFrame(rows, columns=columns)
    groups = table.groupby("reference", sort=False)["p"]
    return table.assign(p_holm=groups.transform(lambda p: holm(p.tolist())))


def rank_groups(families: Families) -> pd.DataFrame:
    """Return how well each uncertainty tells uncertain labels, hybrids and shifts from the rest.

    One row a family, group and measure: ``auroc`` of the group against ``against`` (``certain``
    test sources, or ``test``: all), a mean over the seeds with an interval over the sources;
    ``auroc_lowest`` and ``auroc_highest``, those of single seeds; and ``score``, the mean
    probability of the predicted class in the group, with ``score_against``. Uncertainties are of
    as many passes of the group as of the test sources, because more passes raise them. A row has
    no numbers if one of its networks gives a logit that is none.
    """
    rows = []
    for family, networks in families.networks.items():
        test = [network.uncertainty() for network in networks]
        scores = _scores(networks, None)
        certain = families.certain
        uncertain = [Uncertainty(*(values[~certain] for values in u)) for u in test]
        groups = [("uncertain", "certain", uncertain, test, certain)]
        groups = groups if min(certain.sum(), (~certain).sum()) >= _FEWEST else []
        everything = np.ones(len(certain), dtype=bool)
        for name in (HYBRID, FRDEEP, *SHIFTS):
            if all(f"logits_{name}" in network.sets for network in networks):
                against, of = ("certain", certain) if name == HYBRID else ("test", everything)
                groups.append((name, against, *_over_same_passes(networks, name), of))
        for name, against, found, test, of in groups:
            own = scores[:, ~certain] if name == "uncertain" else _scores(networks, name)
            mean = {"score": own.mean(), "score_against": scores[:, of].mean()}
            for measure in Uncertainty._fields:
                high = np.stack([getattr(u, measure) for u in found])
                low = np.stack([getattr(u, measure)[of] for u in test])
                row = {"family": family, "group": name, "against": against, "measure": measure}
                rows.append({**row, **_ranked(high, low), **mean})
    measured = [*_NONE.columns("auroc"), "auroc_lowest", "auroc_highest"]
    columns = ["family", "group", "against", "measure", *measured, "score", "score_against"]
    return pd.DataFrame(rows, columns=columns)


def _over_same_passes(
    networks: Sequence[Network], name: str
) -> tuple[list[Uncertainty], list[Uncertainty]]:
    """Measure a set and the test sources in each network over as many passes, the first ones.

    A pass has the same sample of the weights or of the dropout in both.
    """
    few = [(n, min(len(n.test), len(n.logits(name)))) for n in networks]
    return [n.uncertainty(name, p) for n, p in few], [n.uncertainty(None, p) for n, p in few]


def _ranked(high: Floats, low: Floats) -> dict[str, float]:
    """Return the AUROC with its interval and ends over the seeds; none if a value is no number."""
    if not (np.isfinite(high).all() and np.isfinite(low).all()):
        return _NONE.columns("auroc")
    each = rank_each_above(high, low)
    ends = {"auroc_lowest": float(each.min()), "auroc_highest": float(each.max())}
    return {**rank_above(high, low).columns("auroc"), **ends}


def _scores(networks: Sequence[Network], name: str | None) -> Floats:
    """Return the mean probability of the predicted class, of test sources or a set, [seeds, N]."""
    p = np.stack([probabilities(network.logits(name)).mean(0) for network in networks])
    return np.maximum(p, 1 - p)


def prune_rows(families: Families) -> pd.DataFrame:
    """Return one row a family, order and percentage of weights at zero: error and NLL.

    ``error_rise`` is the error minus that of the whole network, source by source. A row has no
    numbers if one of its networks gives a logit that is none: normalised by its range, a map of a
    single score is 0 / 0.
    """
    labels, rows = families.labels, []
    for family, networks in families.networks.items():
        for order in ORDERS:
            if not all(f"logits_{order}-0" in network.sets for network in networks):
                continue
            whole = _pruned(networks, labels, f"{order}-0")
            for percent in PERCENTAGES:
                losses = _pruned(networks, labels, f"{order}-{percent}")
                found = {
                    "error": losses["error"],
                    "nll": losses["nll"],
                    "error_rise": losses["error"] - whole["error"],
                }
                defined = np.isfinite(losses["nll"]).all()
                row: dict[str, Any] = {"family": family, "order": order, "percent": percent}
                for measure, values in found.items():
                    mean = mean_over_sources(values, labels) if defined else _NONE
                    row |= mean.columns(measure)
                rows.append(row)
    measured = [_NONE.columns(name) for name in ("error", "nll", "error_rise")]
    return pd.DataFrame(rows, columns=["family", "order", "percent", *chain(*measured)])


def _pruned(networks: Sequence[Network], labels: Integers, name: str) -> dict[str, Floats]:
    losses = [source_losses(probabilities(n.logits(name)).mean(0), labels) for n in networks]
    return {measure: np.mean([one[measure] for one in losses], axis=0) for measure in losses[0]}


def draw_curves(families: Families) -> pd.DataFrame:
    """Return the risk-coverage and reliability curves of every family, a mean over the seeds.

    One row a point: ``family``, ``curve`` (``risk`` of the kept fraction ``x``, or the
    ``reliability``, the accuracy ``y`` at the mean probability ``x`` of a bin).
    """
    return pd.DataFrame(_points(families), columns=["family", "curve", "x", "y"])


def _points(families: Families) -> Iterator[tuple[str, str, float, float]]:
    labels = families.labels
    for family, networks in families.networks.items():
        risks = [risk_curve(n.uncertainty().entropy, wrong(n.p, labels)) for n in networks]
        for kept, risk in enumerate(np.mean(risks, axis=0), start=1):
            yield family, "risk", kept / len(labels), float(risk)
        curves = [reliability_curve(n.test, labels) for n in networks]
        x, y = (
            np.mean([getattr(c, k) for c in curves], axis=0) for k in ("confidence", "accuracy")
        )
        for point in zip(x.tolist(), y.tolist(), strict=True):
            yield family, "reliability", *point
