"""Power laws of the error in the number of labels, fitted to the means over draws."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from radiogaze.errors import RadiogazeError
from radiogaze.evaluation.curves import AT, power_law
from radiogaze.evaluation.label_efficiency import ALL, CERTAIN, Trained
from radiogaze.evaluation.resampling import Floats, Integers, bootstrap

_FEWEST = 4  # numbers of labels: one more than the parameters of the larger form
_FEWEST_DRAWS = 5  # of an interval: a bootstrap over fewer is too sure of their spread
_EXPONENTS = np.arange(-200, 801) * 0.005
_WITH_FLOOR = _EXPONENTS[211:]  # above 0.05: a flatter power cannot be told from a floor


def fit_power_laws(found: Sequence[Trained]) -> pd.DataFrame:
    """Fit a power law, without and with a floor, to each kind's mean errors.

    Parameters
    ----------
    found
        Of :func:`radiogaze.evaluation.label_efficiency.collect`.

    Returns
    -------
    DataFrame
        One row a kind with four numbers of labels or more, choice of test sources and form
        (``power``, ``floor``): the parameters of `power_law`, 95 % bootstrap intervals over the
        draws that all its numbers of labels have (none of fewer than five draws), and the root
        mean square residual.

    Raises
    ------
    RadiogazeError
        If a kind's numbers of labels have no draw in common.
    """
    rows = []
    for sources in (ALL, CERTAIN):
        kinds: dict[str, list[Trained]] = {}
        for each in found:
            if (part := each.of(sources)) is not None:
                kinds.setdefault(part.kind, []).append(part)
        for kind, parts in kinds.items():
            if len(parts) >= _FEWEST:
                known = {"kind": kind, "sources": sources}
                rows += [{**known, **_fit_with_interval(parts, floor)} for floor in (False, True)]
    columns = ("kind", "sources", "form", "draws", *_columns(), "residual")
    return pd.DataFrame(rows, columns=columns)


def fit(labels: Floats, errors: Floats, floor: bool) -> Floats:
    """Return the parameters of `power_law` with the least squares.

    For a given exponent the other two follow from linear equations; the exponent is the best of
    a grid in steps of 0.005. No start is needed, and no local minimum can be returned.

    Parameters
    ----------
    labels
        [K].
    errors
        [..., K].
    floor
        Whether it is fitted, at 0 or above; else it is 0.

    Returns
    -------
    ndarray
        Error at 100 labels, exponent and floor, [3, ...].
    """
    exponents = _WITH_FLOOR if floor else _EXPONENTS
    power = (labels / AT) ** -exponents[:, None]  # [G, K]
    power_squared, power_sum = (power**2).sum(1), power.sum(1)
    product, total = errors @ power.T, errors.sum(-1, keepdims=True)  # [..., G] and [..., 1]
    base = np.zeros_like(product)
    if floor:
        determinant = power_squared * len(labels) - power_sum**2
        base = (power_squared * total - power_sum * product) / determinant
        base = np.clip(base, 0, None)
    height = (product - base * power_sum) / power_squared
    # the sum of squares but for that of the errors, which no parameter changes
    squares = height**2 * power_squared + base**2 * len(labels) + 2 * height * base * power_sum
    squares -= 2 * (height * product + base * total)
    best = squares.argmin(-1)[..., None]
    height, base = (np.take_along_axis(of, best, -1)[..., 0] for of in (height, base))
    return np.stack([height, exponents[best[..., 0]], base])


def _fit_with_interval(parts: Sequence[Trained], floor: bool) -> dict[str, object]:
    labels = np.array([part.labels for part in parts], dtype=float)
    draws = parts[0].draws
    for part in parts[1:]:
        draws = np.intersect1d(draws, part.draws)
    if not len(draws):
        raise RadiogazeError(
            f"--predictions {parts[0].kind}: expected a seed that all its numbers of labels have,"
            " for a power law; found none"
        )
    errors = np.stack(
        [part.wrong[np.searchsorted(part.draws, draws)].mean(1) for part in parts], axis=1
    )  # [D, K]

    def statistic(drawn: Integers) -> Floats:
        return fit(labels, errors[drawn].mean(-2), floor)

    values = fit(labels, errors.mean(0), floor)
    ends = [np.full(len(values), np.nan)] * 2
    if len(draws) >= _FEWEST_DRAWS:
        ends = list(bootstrap((np.arange(len(draws)),), statistic))
    cells = np.stack([values, *ends], axis=1).ravel()
    residuals = power_law(labels, *values) - errors.mean(0)
    return {
        "form": "floor" if floor else "power",
        "draws": len(draws),
        **dict(zip(_columns(), cells, strict=True)),
        "residual": float(np.sqrt((residuals**2).mean())),
    }


def _columns() -> list[str]:
    names = ("error_at_100", "exponent", "floor")
    return [f"{name}{end}" for name in names for end in ("", "_low", "_high")]
