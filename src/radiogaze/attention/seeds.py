"""How far attention maps depend on the seed of the training, and how far on the method.

The measures are ours: the papers show one training of each method. Read without torch: figures
need it too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radiogaze.attention.storage import Aggregate

Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class SeedCorrelations:
    """Mean correlations between the maps of networks, by what two networks have in common.

    NaN where there is no such pair, or none with a correlation.

    Attributes
    ----------
    same_method, same_seed, neither
        Over pairs of one method and different seeds; of one seed and different methods; of
        different methods and different seeds.
    by_method
        ``same_method`` of each group of sources and each method, [G, M].
    by_seed
        ``same_seed`` of each group of sources and each seed, [G, S].
    """

    same_method: float
    same_seed: float
    neither: float
    by_method: Floats
    by_seed: Floats


def correlate_seeds(maps: Floats) -> SeedCorrelations:
    """Correlate the maps of several methods, each trained with the same seeds.

    A correlation is Pearson's over all pixels of two networks' maps of the same sources. A constant
    map has none; its pairs are left out.

    Parameters
    ----------
    maps
        By group of sources, method and seed, [G, M, S, h, w].
    """
    methods, seeds = maps.shape[1:3]
    found = np.stack([_pearson(of_group.reshape(methods * seeds, -1)) for of_group in maps])
    method, seed = np.divmod(np.arange(methods * seeds), seeds)
    one_method, one_seed = (number[:, None] == number for number in (method, seed))
    above = np.triu(np.ones_like(one_method), 1)  # each pair once

    def of_group(chosen: NDArray[np.bool_]) -> Floats:
        return np.array([_mean(pairs[chosen & above]) for pairs in found])

    return SeedCorrelations(
        same_method=_mean(found[:, one_method & above]),
        same_seed=_mean(found[:, one_seed & above]),
        neither=_mean(found[:, ~one_method & ~one_seed & above]),
        by_method=np.stack([of_group(one_method & (method == m)) for m in range(methods)], 1),
        by_seed=np.stack([of_group(one_seed & (seed == s)) for s in range(seeds)], 1),
    )


def seed_spread(aggregates: Sequence[Aggregate], group: str) -> tuple[Floats, Floats]:
    """Return a group's mean map over seeds, and each pixel's standard deviation (n - 1).

    Parameters
    ----------
    aggregates
        Of one method, one a seed; two or more.
    group
        E.g. ``FRI``.

    Returns
    -------
    tuple
        [150, 150] each.

    Raises
    ------
    RadiogazeError
        If a seed lacks the group.
    """
    maps = np.stack([one.maps[one.index(group)] for one in aggregates]).astype(np.float64)
    return maps.mean(0), maps.std(0, ddof=1)


def _pearson(values: Floats) -> Floats:
    """Return the correlations between rows [N, P], NaN with a constant one, [N, N]."""
    constant = np.ptp(values, 1) == 0
    with np.errstate(invalid="ignore", divide="ignore"):
        found: Floats = np.corrcoef(values.astype(np.float64))
    found[constant] = found[:, constant] = np.nan
    return found


def _mean(values: Floats) -> float:
    """Return the mean of those that are not NaN, NaN of none."""
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else np.nan
