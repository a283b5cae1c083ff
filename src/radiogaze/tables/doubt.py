"""Networks that are uncertain in different ways; no paper compares them."""

from collections.abc import Callable, Hashable, Iterator, Mapping
from typing import Any

import pandas as pd

from radiogaze.errors import RadiogazeError
from radiogaze.evaluation.resampling import Interval
from radiogaze.files.reading import reading
from radiogaze.tables.cells import Cell, Content
from radiogaze.tables.inputs import TableInputs
from radiogaze.tables.scored import cell

ANCHOR = "calibration"
_MEASURES = {
    "error": "error",
    "error_certain": "error, certain",
    "nll": "NLL",
    "nll_scaled": "NLL, scaled",
    "ece": "ECE",
    "ece_scaled": "ECE, scaled",
    "brier": "Brier score",
    "uce": "UCE",
    "aurc": "AURC",
}
_ENTROPY = "entropy"
_UNCERTAINTIES = {
    _ENTROPY: "AUROC of the entropy",
    "mutual_information": "AUROC of the mutual information",
    "spread": "AUROC of the spread",
}
_NOTES = (
    "Scaled: with a temperature that is fitted on the validation sources. ECE: expected calibration"
    " error. UCE: uncertainty calibration error by the field's protocol. AURC: area under the"
    " risk-coverage curve, the mean error of the sources that are kept, least entropy first.",
    "Differences and p values are against the first network of the same backbone, or the first"
    " temperature: permutation test over the sources, Holm's correction over all rows and both"
    " measures of one reference. docs/doubt.md has the protocol.",
)
_GROUP_NOTES = (
    "AUROC for telling the sources of a column from the certain test sources (uncertain, hybrid) or"
    " from all test sources (others); 0.5 is chance. Score: mean probability of the predicted"
    " class. docs/doubt.md explains the columns.",
)


def build(identity: str, inputs: TableInputs) -> Content:
    """Build the table ``doubt``, or ``doubt_groups``.

    Raises
    ------
    RadiogazeError
        If a table of ``radiogaze doubt`` is not given, is missing or broken.
    """
    if identity == "doubt_groups":
        return Content(tuple(_read("groups", _groups, inputs)), _GROUP_NOTES)
    cells = [*_read("families", _families, inputs), *_read("comparisons", _tests, inputs)]
    return Content(tuple(cells), _NOTES)


def _read(
    name: str, cells_of: Callable[[pd.DataFrame], Iterator[Cell]], inputs: TableInputs
) -> list[Cell]:
    """Return the cells of a table of ``radiogaze doubt``."""
    if name not in inputs.doubt:
        raise RadiogazeError(f"no {name} of `radiogaze doubt`; give --doubt {name}=PATH")
    path = inputs.doubt[name]
    with reading(path, f"the table {name} of radiogaze doubt", "doubt"):
        return list(cells_of(pd.read_csv(path)))


def _families(table: pd.DataFrame) -> Iterator[Cell]:
    for row in table.to_dict("records"):
        family = row["family"]
        for measure, column in _MEASURES.items():
            if pd.notna(row.get(measure)):
                value = _interval(row, measure)
                yield cell(family, measure, family, column, "Families", value, ANCHOR)


def _tests(table: pd.DataFrame) -> Iterator[Cell]:
    for row in table.to_dict("records"):
        measure = row["measure"]
        family, block, name = row["family"], f"Against {row['reference']}", _MEASURES[measure]
        change, p = _interval(row, "difference"), float(row["p_holm"])
        yield cell(
            family, f"{measure}_change", family, f"{name}, difference", block, change, ANCHOR
        )
        yield cell(family, f"{measure}_p", family, f"{name}, p", block, p, ANCHOR)


def _groups(table: pd.DataFrame) -> Iterator[Cell]:
    table = table.dropna(subset=["auroc"])  # a logit of the others is no number
    for measure, block in _UNCERTAINTIES.items():
        for row in table[table["measure"] == measure].to_dict("records"):
            family, group, value = row["family"], row["group"], _interval(row, "auroc")
            yield cell(family, f"{measure}_{group}", family, group, block, value, ANCHOR)
    for row in table[table["measure"] == _ENTROPY].to_dict("records"):
        family, group, score = row["family"], row["group"], float(row["score"])
        yield cell(family, f"score_{group}", family, group, "Score", score, ANCHOR)


def _interval(row: Mapping[Hashable, Any], name: str) -> Interval:
    return Interval(*(float(row[f"{name}{end}"]) for end in ("", "_low", "_high")))
