"""Error against the number of labels: its curves, paired tests between kinds of training.

A kind is what the rows of a sheet with different numbers of labels have in common: the name of
``zoom-36`` without its number. A draw is a seed: which sources have a label (docs/labels.md).
"""

import re
from collections.abc import Mapping
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
from radiogaze.evaluation.comparison import holm
from radiogaze.evaluation.cross_validation import check_catalogue
from radiogaze.evaluation.readers import read_predictions
from radiogaze.evaluation.resampling import Floats, Integers, Interval, bootstrap

ALL, CERTAIN = "all", "certain"  # the test sources that an error is of
PRETRAINING, FIXMATCH, SIZE = "pre-training", "fixmatch", "size"
_RUN = re.compile(r"(?P<variant>.+)/seed-(?P<seed>\d+)")
_ORDER = "file"
_TWO = 2  # draws, or sources of a class, the fewest that have a spread


class Trained(NamedTuple):
    """What the networks of one kind with one number of labels predict.

    Attributes
    ----------
    kind, labels
        See the module; all labels are as many as there are training sources.
    family
        Of paired tests with the first kind of the sheet: how it differs; empty for none.
    draws
        int64 [D].
    wrong
        Fraction of the passes that misclassify a source, [D, N].
    rows
        Of the catalogue that the N sources are, int64.
    frii, certain
        Class and confidence of the sources, bool [N].
    whole
        Whether it was tested on all test sources, not on the certain ones alone.
    """

    kind: str
    labels: int
    family: str
    draws: Integers
    wrong: Floats
    rows: Integers
    frii: NDArray[np.bool_]
    certain: NDArray[np.bool_]
    whole: bool

    def of(self, sources: str) -> "Trained | None":
        """Return what it predicts of all or of certain sources.

        None of all sources where it was tested on some, and where a class has fewer than two.
        """
        part = self
        if sources == CERTAIN:
            names = ("rows", "frii", "certain")
            parts = {name: getattr(self, name)[self.certain] for name in names}
            part = self._replace(wrong=self.wrong[:, self.certain], **parts)
        elif not self.whole:
            return None
        return part if np.bincount(part.frii, minlength=2).min() >= _TWO else None


def collect(
    predictions: Mapping[str, Path], sheet: Mapping[str, Variant], cutouts: Cutouts
) -> list[Trained]:
    """Read what the networks of a sheet predict of the fixed test split.

    Parameters
    ----------
    predictions
        ``<variant>/seed-<n>`` -> its ``predictions.csv``.
    sheet
        The variants' rows.
    cutouts
        Of MiraBest; their catalogue counts all labels and names the certain sources.

    Raises
    ------
    RadiogazeError
        If a name is of another form or not in the sheet, a file is missing, broken or of another
        catalogue, or the draws of a variant were tested on different sources.
    """
    seeds: dict[str, dict[int, pd.DataFrame]] = {}
    for name, path in predictions.items():
        match = _RUN.fullmatch(name)
        if match is None or match["variant"] not in sheet:
            raise RadiogazeError(
                f"--predictions {name}: expected <variant>/seed-<n>=PATH of a variant of the sheet"
            )
        found = read_predictions(path, _ORDER)
        seeds.setdefault(match["variant"], {})[int(match["seed"])] = found
    # in the order of the sheet, whose first kind the others are compared with
    return [_trained(sheet[name], seeds[name], cutouts) for name in sheet if name in seeds]


def _trained(row: Variant, seeds: Mapping[int, pd.DataFrame], cutouts: Cutouts) -> Trained:
    seeds = dict(sorted(seeds.items()))
    first = next(iter(seeds.values()))
    if any(not table.index.equals(first.index) for table in seeds.values()):
        raise RadiogazeError(
            f"--predictions {row.variant}: its seeds were tested on different sources; evaluate"
            " them all on one test set"
        )
    check_catalogue(first, cutouts.catalogue, row.variant)
    index = first.index.to_numpy()
    labels = row.labels
    if labels is None:
        labels = int(draw_split(cutouts, row.dataset, 0, row.split)["split"].eq("train").sum())
    return Trained(
        kind=row.variant.removesuffix(f"-{row.labels}"),
        labels=labels,
        family=_family(row),
        draws=np.array(list(seeds)),
        wrong=np.stack([table["wrong"].to_numpy() for table in seeds.values()]),
        rows=index,
        frii=first["label"].to_numpy() == 1,
        certain=(cutouts.catalogue["confidence"].to_numpy()[index] == CERTAIN),
        whole=len(index) == len(cutouts.scored_test("mirabest").rows),
    )


def _family(row: Variant) -> str:
    if row.start is not None:
        return PRETRAINING
    if row.unlabelled is not None:
        return FIXMATCH
    return SIZE if row.width_divisor != "1" else ""


def list_errors(found: list[Trained]) -> pd.DataFrame:
    """Return one row a kind, number of labels and draw: the errors on all and certain sources."""
    rows = [
        {
            "kind": each.kind,
            "labels": each.labels,
            "draw": draw,
            "error": np.nan if whole is None else whole.wrong[number].mean(),
            "error_certain": np.nan if certain is None else certain.wrong[number].mean(),
        }
        for each in found
        for whole, certain in [(each.of(ALL), each.of(CERTAIN))]
        for number, draw in enumerate(each.draws)
    ]
    return pd.DataFrame(rows)


def summarise(found: list[Trained]) -> pd.DataFrame:
    """Return one row a kind, number of labels and choice of test sources: the mean error.

    ``low`` and ``high`` are a 95 % bootstrap over draws and, within each class, test sources.

    Raises
    ------
    RadiogazeError
        If a network has fewer than two draws.
    """
    rows = []
    for each in found:
        for sources in (ALL, CERTAIN):
            part = each.of(sources)
            if part is not None:
                interval = _interval(part.wrong, part)
                known = {"kind": part.kind, "labels": part.labels, "sources": sources}
                rows.append({**known, "draws": len(part.draws), **_cells("error", interval)})
    return pd.DataFrame(rows)


def compare(found: list[Trained]) -> pd.DataFrame:
    """Compare each kind with the first one, and the kinds of FixMatch with each other.

    Returns
    -------
    DataFrame
        One row a family, pair of kinds and number of labels: the mean ``difference`` of the error
        on all test sources over the draws that both have, its 95 % bootstrap interval over draws
        and sources, and Student's paired t test over draws, ``p``, corrected by Holm over the
        family, ``p_holm``.
    """
    by_labels: dict[int, dict[str, Trained]] = {}
    for each in found:
        if each.of(ALL) is not None:
            by_labels.setdefault(each.labels, {})[each.kind] = each
    first = found[0].kind
    rows = []
    for kinds in by_labels.values():
        semi = [kind for kind, each in kinds.items() if each.family == FIXMATCH]
        pairs = [(kind, first) for kind, each in kinds.items() if each.family]
        pairs += [(other, semi[0]) for other in semi[1:]]
        rows += [_compare(kinds[a], kinds[b]) for a, b in pairs if b in kinds]
    table = pd.DataFrame(rows)
    if table.empty:
        raise RadiogazeError(
            f"--predictions: no kind has a number of labels that {first} has too; expected some"
            " to compare with it"
        )
    table["p_holm"] = table.groupby("family")["p"].transform(lambda p: holm(list(p)))
    return table.sort_values(["family", "kind", "reference", "labels"], ignore_index=True)


def _compare(a: Trained, b: Trained) -> dict[str, object]:
    draws, of_a, of_b = np.intersect1d(a.draws, b.draws, return_indices=True)
    difference = a.wrong[of_a] - b.wrong[of_b]
    interval = _interval(difference, a._replace(kind=f"{a.kind} and {b.kind}"))
    by_draw = difference.mean(1)
    spread = np.ptp(by_draw) > 0
    p = stats.ttest_1samp(by_draw, 0).pvalue if spread else float(by_draw[0] == 0)
    known = {"family": a.family, "kind": a.kind, "reference": b.kind, "labels": a.labels}
    return {**known, "draws": len(draws), **_cells("difference", interval), "p": float(p)}


def _interval(wrong: Floats, sources: Trained) -> Interval:
    """Return the mean of [D, N] with its interval over draws and sources of each class."""
    if len(wrong) < _TWO:
        raise RadiogazeError(
            f"{sources.kind} with {sources.labels} labels: expected two draws or more, so that"
            f" there is a spread, found {len(wrong)}"
        )

    def statistic(draws: Integers, fri: Integers, frii: Integers) -> Floats:
        chosen = np.concatenate([fri, frii], axis=-1)
        return np.take_along_axis(wrong[draws].mean(-2), chosen, -1).mean(-1)

    classes = [np.flatnonzero(sources.frii == c) for c in (False, True)]
    ends = bootstrap((np.arange(len(wrong)), *classes), statistic)
    return Interval(float(wrong.mean()), float(ends.low), float(ends.high))


def _cells(name: str, interval: Interval) -> dict[str, float]:
    return {name: interval.value, "low": interval.low, "high": interval.high}
