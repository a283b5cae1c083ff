"""Seeds of a network on the published test split, alone and as ensembles."""

from collections.abc import Mapping
from itertools import combinations
from math import comb
from pathlib import Path

import numpy as np
import pandas as pd

from radiogaze.errors import RadiogazeError
from radiogaze.evaluation.cross_validation import RUN, binary_labels, check_catalogue
from radiogaze.evaluation.readers import read_predictions
from radiogaze.evaluation.uncertainty import wrong

MEMBERS = (1, 3, 10)  # of an ensemble
_MOST = 120  # ensembles: all of three among ten seeds


def summarise_seeds(predictions: Mapping[str, Path], catalogue: pd.DataFrame) -> pd.DataFrame:
    """Return errors on the published test split, of single seeds and of ensembles of them.

    Parameters
    ----------
    predictions
        ``<network>/seed-<n>`` -> its ``predictions.csv``; other names are ignored.
    catalogue
        Of the cutouts.

    Returns
    -------
    DataFrame
        One row a network and number of ``members``, as many as there are ``seeds`` for: ``error``
        and ``error_certain`` of the mean probability over members and passes, and of a single pass
        (``_pass``), each a mean over all choices of so many seeds, or 120 random ones where there
        are more, with its standard deviation (``_sd``; not known of one choice). A network that
        was tested on certain sources alone has no ``error`` on all.

    Raises
    ------
    RadiogazeError
        If a file is missing, broken or of another catalogue, or the seeds of a network were tested
        on other sources.
    """
    certain_of = (catalogue["confidence"] == "certain").to_numpy(dtype=bool)
    tested = (catalogue["split"] == "test").to_numpy() & (binary_labels(catalogue) >= 0)
    all_certain = certain_of[tested].all()
    seeds: dict[str, list[pd.DataFrame]] = {}
    for name, path in predictions.items():
        if (match := RUN.fullmatch(name)) and match["kind"] == "seed":
            one = read_predictions(path, "file")
            check_catalogue(one, catalogue, name)
            seeds.setdefault(match["network"], []).append(one)
    rows = []
    for network, found in seeds.items():
        index = found[0].index
        if not all(one.index.equals(index) for one in found):
            raise RadiogazeError(
                f"--predictions: the seeds of {network} were tested on different sources; evaluate"
                " all on one test set"
            )
        p, rates = (np.stack([one[column] for one in found]) for column in ("p", "wrong"))
        labels, certain = found[0]["label"].to_numpy(), certain_of[index]
        whole = all_certain or not certain.all()
        for members in MEMBERS:
            if members > len(found):
                continue
            chosen = _choices(len(found), members)
            errs = np.stack([wrong(p[of].mean(0), labels) for of in chosen])
            passes = np.stack([rates[of].mean(0) for of in chosen])
            row = {"network": network, "seeds": len(found), "members": members}
            for name, values in (("error", errs), ("error_pass", passes)):
                row |= _spread(name, values if whole else np.full_like(values, np.nan))
                row |= _spread(name.replace("error", "error_certain"), values[:, certain])
            rows.append(row)
    return pd.DataFrame(rows, columns=None if rows else ["network", "seeds", "members"])


def _choices(seeds: int, members: int) -> list[list[int]]:
    """Return which seeds are the members of each ensemble."""
    if comb(seeds, members) <= _MOST:
        return [list(of) for of in combinations(range(seeds), members)]
    rng = np.random.default_rng(0)
    return [rng.choice(seeds, members, replace=False).tolist() for _ in range(_MOST)]


def _spread(name: str, values: np.ndarray) -> dict[str, float]:
    """Return mean and standard deviation over the choices of each one's mean over sources."""
    each = values.mean(1)
    return {name: each.mean(), f"{name}_sd": each.std(ddof=1) if len(each) > 1 else np.nan}
