"""The columns of Tables 6 to 9: which variants of the sheet are in each."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from radiogaze.campaigns.variants import Variant
from radiogaze.errors import RadiogazeError
from radiogaze.tables.inputs import TableInputs
from radiogaze.tables.metrics import Estimate
from radiogaze.tables.runs import Runs, Seed

# A key of the sheet and how the paper heads its column
_NETWORKS = {
    ("classic-cnn", "frdeep"): "Classic CNN, FR-DEEP-F",
    ("ag-cnn", "frdeep"): "AG-CNN, FR-DEEP-F",
    ("ag-cnn", "mirabest-certain"): "AG-CNN, MiraBest*",
    ("ag-cnn", "mirabest"): "AG-CNN, MiraBest",
}
_NORMALISATIONS = {
    "range": "Range Norm.",
    "standardisation": "Standardisation",
    "sigmoid": "Sigmoid",
    "softmax": "Softmax",
}
_AGGREGATIONS = {
    "mean": "Mean",
    "concat": "Concatenation",
    "deepsup": "Deep Supervised",
    "ft": "Fine Tuned",
}
_GATES = {0: "0", 1: "1", 2: "2", 3: "3"}


@dataclass(frozen=True)
class Block:
    """One block of columns: the column of a variant, and what each column is a mean over."""

    title: str
    headings: Mapping[Any, str]
    key: Callable[[Variant], Any]
    members: Mapping[Any, str]
    member: Callable[[Variant], Any]


@dataclass(frozen=True)
class Column:
    """One column: a variant, or several whose results are averaged."""

    name: str
    heading: str
    block: str
    variants: tuple[Variant, ...]

    def seeds(self, runs: Runs) -> list[Seed]:
        """Return the training seeds that all of the column's variants have, in order.

        None stands for released weights; there is nothing where a variant was not run.
        """
        first, *others = (runs.get(v.variant, {}) for v in self.variants)
        return [seed for seed in first if all(seed in other for other in others)]

    def estimates(self, runs: Runs, order: str, row: tuple[str, str]) -> dict[Seed, Estimate]:
        """Return by training seed a metric and class (``row``), averaged over the variants.

        A seed that was not evaluated under ``order`` is left out.
        """
        found: dict[Seed, Estimate] = {}
        for seed in self.seeds(runs):
            evaluated = [runs[v.variant][seed].orders for v in self.variants]
            if all(order in orders for orders in evaluated):
                found[seed] = mean_of([orders[order][row] for orders in evaluated])
        return found


def mean_of(estimates: Sequence[Estimate]) -> Estimate:
    """Return the mean value and the mean ends; the estimates share one test set."""
    return Estimate(*(fmean(ends) for ends in zip(*estimates, strict=True)))


def single(headings: Mapping[Any, str], key: Callable[[Variant], Any]) -> tuple[Block, ...]:
    """Return one block whose columns are one variant each, by a key of the sheet."""
    return (Block("", headings, key, {None: ""}, lambda _: None),)


_BLOCKS: dict[str, tuple[Block, ...]] = {
    "6": single(_NETWORKS, lambda v: (v.architecture, v.dataset)),
    "7": single(_NORMALISATIONS, lambda v: v.normalisation),
    "8": (
        Block(
            "Normalisation",
            _NORMALISATIONS,
            lambda v: v.normalisation,
            _AGGREGATIONS,
            lambda v: v.aggregation,
        ),
        Block(
            "Aggregation",
            _AGGREGATIONS,
            lambda v: v.aggregation,
            _NORMALISATIONS,
            lambda v: v.normalisation,
        ),
    ),
    "9": single(_GATES, lambda v: v.gates),
}


def columns_of(
    table: str, inputs: TableInputs, blocks: Sequence[Block] | None = None
) -> list[Column]:
    """Return the columns of a table, in the paper's order.

    Parameters
    ----------
    table
        Its number in the column ``tables`` of the sheet.
    inputs
        The sheet and the runs.
    blocks
        Which variants are in which column; None for that of the gating paper's Tables 6 to 9.

    Raises
    ------
    RadiogazeError
        If a variant has no column, a column lacks or doubles a variant, the metrics of a
        variant with released weights are missing, or variants to be averaged share no seed.
    """
    variants = [v for v in inputs.sheet.values() if table in v.tables]
    columns = []
    for block in _BLOCKS[table] if blocks is None else blocks:
        for variant in variants:
            _check_column(table, block, variant)
        for key, heading in block.headings.items():
            chosen = tuple(v for v in variants if block.key(v) == key)
            _check_whole(table, block, heading, chosen)
            name = f"{block.title.lower()}-{key}" if block.title else chosen[0].variant
            columns.append(Column(name, heading, block.title, chosen))
    for column in columns:
        _check_run(table, column, inputs)
    return columns


def _check_run(table: str, column: Column, inputs: TableInputs) -> None:
    """Refuse a column without the results of a variant, or without a seed that all have."""
    missing = [v for v in column.variants if v.variant not in inputs.metrics]
    for variant in missing:
        if variant.released_folder is not None:
            raise RadiogazeError(
                f"Table {table}: no metrics of {variant.variant}; give its metrics.json with"
                " --metrics"
            )
    if not missing and not column.seeds(inputs.metrics):
        names = ", ".join(v.variant for v in column.variants)
        raise RadiogazeError(
            f"Table {table}: {column.heading}: no training seed that all of {names} have; give"
            " the metrics of the same seeds of each"
        )


def _check_column(table: str, block: Block, variant: Variant) -> None:
    """Refuse a variant that the sheet sends to a table without a place for it."""
    if block.key(variant) not in block.headings or block.member(variant) not in block.members:
        raise RadiogazeError(
            f"experiment sheet: {variant.variant}: Table {table} has no column for it (it has:"
            f" {', '.join(block.headings.values())}); correct its tables"
        )


def _check_whole(table: str, block: Block, heading: str, chosen: tuple[Variant, ...]) -> None:
    """Refuse a column for which the sheet has not exactly one variant of each member."""
    for key, member in block.members.items():
        names = [v.variant for v in chosen if block.member(v) == key]
        if len(names) != 1:
            where = f"{heading}, {member}" if member else heading
            raise RadiogazeError(
                f"experiment sheet: Table {table}: {where}: expected one variant, found"
                f" {', '.join(names) or 'none'}; correct the column tables"
            )
