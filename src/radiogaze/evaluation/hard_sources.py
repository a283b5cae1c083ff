"""Hard sources: those of the fixed test split among all, and those whose label is doubtful."""

import numpy as np
import pandas as pd

from radiogaze.data.subsets import FRII
from radiogaze.evaluation.cross_validation import RULE, binary_labels

DRAWS = 10_000  # of random test splits


def place_fixed_split(found: pd.DataFrame, catalogue: pd.DataFrame) -> pd.DataFrame:
    """Compare the sources of the fixed test split with random choices of as many.

    Returns
    -------
    DataFrame
        One row a network: ``fixed``, its error in cross-validation on the fixed split's sources,
        the ``mean``, ``low`` and ``high`` (95 %) of the error on ``DRAWS`` random choices with as
        many certain and uncertain ones, and ``easier``, the fraction of them with a lower error.
    """
    rng = np.random.default_rng(0)
    test = (catalogue["split"] == "test").to_numpy()
    certain = (catalogue["confidence"] == "certain").to_numpy(dtype=bool)
    rows = []
    for name, one in found.groupby("network", sort=False):
        wrong = one.groupby("index")["wrong"].mean()
        index, values = wrong.index.to_numpy(), wrong.to_numpy()
        errors, size = np.zeros(DRAWS), int(test[index].sum())
        for group in (certain[index], ~certain[index]):
            count, members = int((test[index] & group).sum()), values[group]
            drawn = rng.permuted(np.tile(np.arange(len(members)), (DRAWS, 1)), axis=1)[:, :count]
            errors += members[drawn].sum(1)
        errors /= size
        fixed = float(values[test[index]].mean())
        low, high = np.quantile(errors, (0.025, 0.975))
        rows.append(
            {
                "network": name,
                "fixed": fixed,
                "mean": errors.mean(),
                "low": low,
                "high": high,
                "easier": float((errors < fixed).mean() + (errors == fixed).mean() / 2),
            }
        )
    return pd.DataFrame(rows)


def rank_labels(found: pd.DataFrame, catalogue: pd.DataFrame) -> pd.DataFrame:
    """Rank the sources by how little all networks together believe their label.

    Out-of-fold probabilities of the label, as in confident learning (Northcutt et al. 2021),
    averaged over the repeats of a network, then over networks; the rule has no probabilities and
    is left out.

    Returns
    -------
    DataFrame
        Every source, the least believed first: ``index``, ``source_name``, ``class``,
        ``confidence``, ``split``, ``p_label``, and ``networks_wrong``, the fraction that
        misclassifies it.
    """
    among = found[found["network"] != RULE]
    labels = binary_labels(catalogue)
    p = np.where(labels[among["index"]] == FRII, among["p"], 1 - among["p"])
    by_network = among.assign(p_label=p).groupby(["network", "index"])[["p_label", "wrong"]].mean()
    by_source = by_network.groupby("index").mean()
    table = by_source.rename(columns={"wrong": "networks_wrong"}).reset_index()
    facts = catalogue.loc[table["index"], ["source_name", "class", "confidence", "split"]]
    table = pd.concat([table, facts.reset_index(drop=True)], axis=1)
    return table.sort_values("p_label", kind="stable").reset_index(drop=True)
