"""The columns of the tables of results: which variants of the sheet are in each."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from statistics import fmean
from typing import Any

from radiogaze.campaigns.variants import Variant
from radiogaze.errors import RadiogazeError
from radiogaze.tables.inputs import TableInputs
from radiogaze.tables.runs import Estimate, Metrics, Runs, Seed

# Cells of the sheet and how the paper heads their column
_NETWORKS = {
    ("classic-cnn", "frdeep"): "Classic CNN, FR-DEEP-F",
    ("ag-cnn", "frdeep"): "AG-CNN, FR-DEEP-F",
    ("ag-cnn", "mirabest-certain"): "AG-CNN, MiraBest*",
    ("ag-cnn", "mirabest"): "AG-CNN, MiraBest",
}
NORMALISATIONS = {
    "range": "Range Norm.",
    "standardisation": "Standardisation",
    "sigmoid": "Sigmoid",
    "softmax": "Softmax",
}
# architecture and group -> the equivariant paper's name
EQUIVARIANT: dict[tuple[str, str | None], str] = {
    ("lenet", None): "LeNet",
    ("ag-cnn", None): "Attention",
    **{
        ("e2-attention", group): f"{group.upper()}-Attention"
        for group in ("c4", "c8", "c16", "d4", "d8", "d16")
    },
}
AGGREGATIONS = {
    "mean": "Mean",
    "concat": "Concatenation",
    "deepsup": "Deep Supervised",
    "ft": "Fine Tuned",
}


@dataclass(frozen=True)
class Block:
    """One block of columns.

    Parameters
    ----------
    by
        The sheet's columns (one or several) that decide in which column a variant is.
    headings
        Their cell, or cells, and how the paper heads the column.
    title
        Of the block.
    over, members
        The sheet's column whose ``members`` each column is a mean over; empty for one variant.
    further
        Whether a cell that the paper has not is a further column, headed by the cell.
    partial
        Whether a sheet may leave columns out.
    """

    by: tuple[str, ...]
    headings: Mapping[Any, str]
    title: str = ""
    over: str = ""
    members: Sequence[str] = ()
    further: bool = False
    partial: bool = False

    def columns(self, table: str, variants: Sequence[Variant]) -> "list[Column]":
        """Sort the variants of a table into columns, in the paper's order."""
        key = attrgetter(*self.by)
        headings = dict(self.headings)
        for variant in variants:
            if self.further:
                headings.setdefault(key(variant), str(key(variant)))
            elif key(variant) not in headings:
                raise RadiogazeError(
                    f"experiment sheet: {variant.variant}: Table {table} has no column for it (it"
                    f" has: {', '.join(headings.values())}); correct its tables, or write none"
                )
        columns = []
        for value, heading in headings.items():
            chosen = tuple(v for v in variants if key(v) == value)
            if self.partial and not chosen:
                continue
            found = [getattr(v, self.over) for v in chosen] if self.over else chosen
            if len(found) != 1 if not self.over else sorted(found) != sorted(self.members):
                names = ", ".join(v.variant for v in chosen) or "none"
                each = f" of each {self.over} ({', '.join(self.members)})" if self.over else ""
                raise RadiogazeError(
                    f"experiment sheet: Table {table}: {heading}: expected one variant{each},"
                    f" found {names}; add what is missing, or take {table} out of the column tables"
                )
            name = f"{self.title.lower()}-{value}" if self.title else chosen[0].variant
            printed = value in self.headings
            columns.append(Column(name, heading, self.title, chosen, printed))
        return columns


@dataclass(frozen=True)
class Column:
    """One column: a variant, or several whose results are averaged; printed in the paper or not."""

    name: str
    heading: str
    block: str
    variants: tuple[Variant, ...]
    printed: bool = True

    def seeds(self, runs: Runs) -> list[Seed]:
        """Return the training seeds that all of the column's variants have, in order.

        None is of released weights; there is nothing where a variant was not run.
        """
        first, *others = (runs.get(v.variant, {}) for v in self.variants)
        return [seed for seed in first if all(seed in other for other in others)]

    def converged(self, runs: Runs) -> list[Seed]:
        """Return those of the seeds whose trainings all converged: they count in a mean."""
        return [
            seed
            for seed in self.seeds(runs)
            if all(runs[v.variant][seed].converged for v in self.variants)
        ]

    def estimates(self, runs: Runs, order: str, row: tuple[str, str]) -> dict[Seed, Estimate]:
        """Return by training seed a metric and class (``row``), averaged over the variants.

        A seed that was not evaluated under ``order``, or did not converge, is left out.
        """
        found: dict[Seed, Estimate] = {}
        for seed in self.converged(runs):
            evaluated = [runs[v.variant][seed].orders for v in self.variants]
            if all(order in orders for orders in evaluated):
                found[seed] = mean_of([orders[order][row] for orders in evaluated])
        return found

    def fold_values(
        self, folds: Mapping[str, Sequence[Metrics]], row: tuple[str, str]
    ) -> list[float]:
        """Return a metric and class (``row``) of each fold, averaged over the variants.

        Empty where the trainings of the variants did not converge on the same folds.
        """
        first, *others = (
            {m.fold: m.orders["file"][row].value for m in folds.get(v.variant, ()) if m.converged}
            for v in self.variants
        )
        if any(other.keys() != first.keys() for other in others):
            return []
        return [fmean([first[fold], *(other[fold] for other in others)]) for fold in first]


def mean_of(estimates: Sequence[Estimate]) -> Estimate:
    """Return the mean value, ends and error: the estimates share test sources and augmentation."""
    values, lows, highs, errors = zip(*estimates, strict=True)
    error = None if None in errors else fmean(errors)
    return Estimate(fmean(values), fmean(lows), fmean(highs), error)


_BLOCKS = {
    "1": [Block(("architecture", "group"), EQUIVARIANT, partial=True)],
    "6": [Block(("architecture", "dataset"), _NETWORKS)],
    "7": [Block(("normalisation",), NORMALISATIONS, further=True)],
    "8": [
        Block(("normalisation",), NORMALISATIONS, "Normalisation", "aggregation", [*AGGREGATIONS]),
        Block(("aggregation",), AGGREGATIONS, "Aggregation", "normalisation", [*NORMALISATIONS]),
    ],
    "9": [Block(("gates",), {gates: str(gates) for gates in range(4)})],
}


def arrange(table: str, sheet: Mapping[str, Variant]) -> list[Column]:
    """Return the columns of a table, in the paper's order, whether they were run or not.

    Parameters
    ----------
    table
        Its number in the column ``tables`` of the sheet: 6 to 9, or 1 of the equivariant paper.
    sheet
        The variants by name.

    Raises
    ------
    RadiogazeError
        If a variant has no column, or a column lacks or doubles a variant.
    """
    variants = [v for v in sheet.values() if table in v.tables]
    return [column for block in _BLOCKS[table] for column in block.columns(table, variants)]


def check_columns(numbers: Iterable[str], sheet: Mapping[str, Variant]) -> None:
    """Refuse a sheet whose rows do not fill the tables that they name.

    Raises
    ------
    RadiogazeError
        As for :func:`arrange`, of those of the tables that have columns of variants.
    """
    named = {number for row in sheet.values() for number in row.tables}
    for table in numbers:
        if table in _BLOCKS and table in named:
            arrange(table, sheet)


def columns_of(table: str, inputs: TableInputs) -> list[Column]:
    """Return the columns of a table, for runs that were given, in the paper's order.

    Raises
    ------
    RadiogazeError
        As for :func:`arrange`, or if the metrics of a variant with released weights are missing,
        or variants to be averaged share no seed.
    """
    columns = arrange(table, inputs.sheet)
    for column in columns:
        missing = [v for v in column.variants if v.variant not in inputs.metrics]
        if released := [v.variant for v in missing if v.released_folder is not None]:
            raise RadiogazeError(
                f"Table {table}: no metrics of {released[0]}; give its metrics.json with --metrics"
            )
        if not missing and not column.seeds(inputs.metrics):
            names = ", ".join(v.variant for v in column.variants)
            raise RadiogazeError(
                f"Table {table}: {column.heading}: no training seed that all of {names} have; give"
                " the metrics of the same seeds of each"
            )
    return columns
