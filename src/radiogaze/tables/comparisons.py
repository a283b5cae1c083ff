"""Paired comparisons of the networks that a table sets side by side; no paper makes them."""

from collections.abc import Iterator, Sequence
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from radiogaze import terms
from radiogaze.campaigns.controls import controls_of
from radiogaze.errors import RadiogazeError
from radiogaze.evaluation.comparison import Summary, compare_pair, compare_seeds
from radiogaze.evaluation.readers import read_predictions
from radiogaze.evaluation.resampling import Interval
from radiogaze.tables.cells import Cell, Content
from radiogaze.tables.columns import Column, columns_of
from radiogaze.tables.inputs import TableInputs
from radiogaze.tables.layout import COMPARISON
from radiogaze.tables.runs import is_trained
from radiogaze.tables.scored import cell

ANCHOR = "paired-comparisons"
FOLDS, SEEDS = "folds", "seeds"  # what is compared of our own training
AGAINST = "~"  # between the two columns of a comparison in a cell's variant
_BASES = {
    "file": "test batches in file order, as published",
    "shuffled": "test batches shuffled",
    "single": "single images",
    FOLDS: "ten folds over all of MiraBest",
    SEEDS: "training seeds on the fixed test split",
}
_TABLES = ("7", "8", "9")  # of the gating paper
_NOTES = (
    "Each row is the first network minus the second, on the same sources. Brackets: 95 % interval"
    " of a bootstrap over the sources, drawn for both networks at once. Sources that most passes of"
    " one network alone classify correctly are counted, and p is that of McNemar's exact test on"
    " them, before any correction for the number of tests.",
    "Of seeds: interval and p of Welch's t test, with the variances of the accuracy over the seeds"
    " of each network and of the difference over the sources. A network with fewer than two seeds"
    " is not compared over them.",
    "The AUC ranks sources by their mean logit, within a fold where there are folds. The column of"
    " Table 8 is the mean of four networks: its class of a source is that of most passes of all. A"
    " network with a fold that did not converge is not compared over the folds.",
)


class _Family(NamedTuple):
    """Columns that are compared with each other, or all with the first one alone."""

    title: str
    columns: Sequence[Column]
    with_first: bool = False

    @property
    def pairs(self) -> list[tuple[Column, Column]]:
        """The first and the second column of each comparison."""
        if self.with_first:
            return [(other, self.columns[0]) for other in self.columns[1:]]
        return list(combinations(self.columns, 2))


def build(_: str, inputs: TableInputs) -> Content:
    """Build the table of whatever was evaluated.

    Raises
    ------
    RadiogazeError
        If the predictions of a run are not given, or a file is missing, broken or of other
        sources.
    """
    bases = [FOLDS, SEEDS] if is_trained(inputs.metrics) else list(terms.ORDERS)
    cells: list[Cell] = []
    for family in _families(inputs):
        for basis in bases:
            # a control with few seeds has no folds, a network may not have learned on one
            shown = [column for column in family.columns if _runs(column, basis, inputs)]
            if not family.with_first or shown[:1] == family.columns[:1]:
                cells += _rows(family._replace(columns=shown), basis, inputs)
    return Content(tuple(cells), _NOTES)


def _families(inputs: TableInputs) -> Iterator[_Family]:
    """Yield the columns of each block of the tables of results, and controls of their networks."""
    tables = {table for variant in inputs.sheet.values() for table in variant.tables}
    for table in _TABLES:
        found = columns_of(table, inputs) if table in tables else []
        for block in dict.fromkeys(column.block for column in found):
            columns = [c for c in found if c.block == block and _evaluated(c, inputs)]
            yield _Family(" ".join(filter(None, (f"Table {table}", block.lower()))), columns)
    yield from _equivariant(inputs) if "1" in tables else _controls(inputs)


def _equivariant(inputs: TableInputs) -> Iterator[_Family]:
    """Yield the columns of Table 1 of the equivariant paper, and its controls."""
    found = [column for column in columns_of("1", inputs) if _evaluated(column, inputs)]
    yield _Family("Table 1", found)
    plain = [column for column in found if column.heading == "Attention"]
    controls = [
        Column(name, name, "", (variant,))
        for name, variant in inputs.sheet.items()
        if "1" not in variant.tables
        and name in inputs.metrics
        and plain
        and variant.dataset == plain[0].variants[0].dataset
    ]
    if controls:
        yield _Family("Controls of Table 1 against Attention", plain + controls, True)


def _controls(inputs: TableInputs) -> Iterator[_Family]:
    """Yield each network of the gating paper that has controls, with these."""
    found = {name: of for name, of in controls_of(inputs.sheet).items() if name in inputs.metrics}
    for original in dict.fromkeys(found.values()):
        if original in inputs.metrics:
            names = [original, *(name for name in found if found[name] == original)]
            columns = [Column(name, name, "", (inputs.sheet[name],)) for name in names]
            yield _Family(f"Controls of {original}", columns, True)


def _evaluated(column: Column, inputs: TableInputs) -> bool:
    return all(variant.variant in inputs.metrics for variant in column.variants)


def _runs(column: Column, basis: str, inputs: TableInputs) -> list[str]:
    """Return the runs of a column by which it is compared; none where they are too few."""
    if basis == FOLDS:
        runs = [f"fold-{fold}" for fold in range(terms.FOLDS)]
        named = (f"{v.variant}/{run}" for v in column.variants for run in runs)
        learned = all(
            fold.converged for v in column.variants for fold in inputs.folds.get(v.variant, ())
        )
        return runs if learned and all(name in inputs.predictions for name in named) else []
    seeds = column.converged(inputs.metrics)
    if basis == SEEDS:
        return [f"seed-{seed}" for seed in seeds] if len(seeds) > 1 else []
    return ["released"] if seeds else []


def _rows(family: _Family, basis: str, inputs: TableInputs) -> Iterator[Cell]:
    """Yield the cells of all pairs of a family, a row each."""
    order = basis if basis in terms.ORDERS else "file"
    found = {
        column.name: [_read(column, run, order, inputs) for run in _runs(column, basis, inputs)]
        for column in family.columns
    }
    for first, second in family.pairs:
        values = _compare(found[first.name], found[second.name], basis)
        for metric, value in values.items():
            yield cell(
                f"{first.name}{AGAINST}{second.name}",
                metric,
                f"{first.heading} − {second.heading}",
                COMPARISON[metric],
                f"{family.title}, {_BASES[basis]}",
                value,
                ANCHOR,
                basis,
            )


def _read(column: Column, run: str, order: str, inputs: TableInputs) -> pd.DataFrame:
    """Return the predictions of a run, as means over the variants of the column."""
    names = [f"{variant.variant}/{run}" for variant in column.variants]
    if missing := [name for name in names if name not in inputs.predictions]:
        raise RadiogazeError(
            f"no predictions of {missing[0]}; give --predictions {missing[0]}=PATH"
        )
    frames = [read_predictions(inputs.predictions[name], order) for name in names]
    for name, frame in zip(names, frames, strict=True):
        _check_sources(frame, frames[0], inputs.predictions[name])
    means = pd.concat(frames).groupby(level=0, sort=False)[["wrong", "margin"]].mean()
    return frames[0].assign(wrong=means["wrong"], margin=means["margin"], run=run, path=names[0])


def _check_sources(found: pd.DataFrame, expected: pd.DataFrame, path: Path | str) -> None:
    if not found.index.equals(expected.index):
        raise RadiogazeError(
            f"{path}: {len(found)} sources that are not those of the networks beside it"
            f" ({len(expected)}); evaluate all on the same test set"
        )


def _compare(
    first: Sequence[pd.DataFrame], second: Sequence[pd.DataFrame], basis: str
) -> dict[str, Interval | float | int]:
    """Return what is known of a pair, by metric."""
    # a fold has sources of its own, a seed those of all others
    pairs = [(frame, first[0]) for frame in (*first, *second)]
    for found, expected in pairs if basis == SEEDS else zip(second, first, strict=True):
        _check_sources(found, expected, found["path"].iloc[0])
    labels = first[0]["label"].to_numpy()
    if basis == SEEDS:
        right = [1 - np.stack([f["wrong"] for f in frames]) for frames in (first, second)]
        change, p = compare_seeds(right[0], right[1], labels)
        return {"accuracy_change": change, "p": p}
    whole = [pd.concat(frames) for frames in (first, second)]
    if (twice := whole[0][whole[0].index.duplicated()]).size:
        raise RadiogazeError(
            f"{twice['path'].iloc[0]}: has sources of another fold; give the predictions of this"
            " one"
        )
    one, other = (Summary(f["wrong"].to_numpy(), f["margin"].to_numpy()) for f in whole)
    folds = np.unique(whole[0]["run"], return_inverse=True)[1]
    compared = compare_pair(one, other, whole[0]["label"].to_numpy(), folds)
    return {
        "accuracy_change": compared.accuracy,
        "auc_change": compared.auc,
        "only_first": compared.mcnemar.only_first,
        "only_second": compared.mcnemar.only_second,
        "p": compared.mcnemar.p,
    }
