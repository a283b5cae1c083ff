"""Tables 6 to 9: how well the networks classify, from their evaluations."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from radiogaze.errors import RadiogazeError
from radiogaze.experiments import Variant
from radiogaze.tables.cells import Cell, Content
from radiogaze.tables.metrics import BOTH, CLASSES, PER_CLASS, POOLED, Estimate, Metrics
from radiogaze.tables.sources import Sources

METRICS = {
    "f1": "F1 Score",
    "precision": "Precision",
    "recall": "Recall",
    "accuracy": "Accuracy",
    "auc": "AUC",
    "auc_logits": "AUC on logits",
}
# the metrics of the evaluation that the paper does not print, and the section on each
_EXTRA = {"auc_logits": "auc-ties"}

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

_INTERVALS = (
    "The interval of the accuracy is Wilson's at 95 % for the number of test sources; the others"
    " are 95 % bootstrap intervals over the test sources."
)
_MEANS = (
    "Each number is the plain mean over four models, as in the paper. Its interval is the mean of"
    " their four intervals: the models share one test set, so their errors move together and"
    " do not average out."
)
_CLASSIC = (
    "The Classic CNN column of the paper is quoted from Tang et al. (2019); its weights were never"
    " released."
)


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

    def estimate(
        self, metrics: Mapping[str, Metrics], order: str, row: tuple[str, str]
    ) -> Estimate | None:
        """Return the mean over the column's variants, or None if one could not be run."""
        if any(v.variant not in metrics for v in self.variants):
            return None
        found = [metrics[v.variant].orders[order][row] for v in self.variants]
        return Estimate(*(sum(ends) / len(ends) for ends in zip(*found, strict=True)))


def _single(headings: Mapping[Any, str], key: Callable[[Variant], Any]) -> tuple[Block, ...]:
    return (Block("", headings, key, {None: ""}, lambda _: None),)


_BLOCKS: dict[str, tuple[Block, ...]] = {
    "6": _single(_NETWORKS, lambda v: (v.architecture, v.dataset)),
    "7": _single(_NORMALISATIONS, lambda v: v.normalisation),
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
    "9": _single(_GATES, lambda v: v.gates),
}
_TITLES = {
    "6": "the AG-CNN beside a classical CNN",
    "7": "the four normalisations (fine tuned aggregation, three gates)",
    "8": "the normalisations averaged over aggregations, and the reverse",
    "9": "the number of attention gates",
}


def build(number: str, sources: Sources) -> Content:
    """Build Table 6, 7, 8 or 9 (``"06"`` ... ``"09"``) as published: test batches in file order.

    Raises
    ------
    RadiogazeError
        If the metrics of a needed variant are missing, or the sheet's variants do not fill the
        table.
    """
    table = str(int(number))
    cells = []
    for column in columns_of(table, sources):
        for row in rows():
            estimate = column.estimate(sources.metrics, "file", row)
            if estimate is None and row[0] in _EXTRA:
                continue
            cells.append(compare(table, column, row, estimate, sources))
    notes = {"6": (_INTERVALS, _CLASSIC), "8": (_INTERVALS, _MEANS)}.get(table, (_INTERVALS,))
    return Content(title_of(table), tuple(cells), notes, "classes across")


def title_of(table: str) -> str:
    """Return what a table shows."""
    return _TITLES[table]


def rows() -> Iterator[tuple[str, str]]:
    """Yield the metric and class of each row, in the paper's order."""
    for metric in PER_CLASS:
        yield from ((metric, name) for name in CLASSES)
    yield from ((metric, BOTH) for metric in POOLED)


def compare(
    table: str, column: Column, row: tuple[str, str], estimate: Estimate | None, sources: Sources
) -> Cell:
    """Set an estimate of a metric and class (``row``) beside the paper's cell."""
    metric, group = row
    paper, anchor = None, _EXTRA.get(metric, f"table-{table}")
    if metric not in _EXTRA:
        paper = sources.reference.get(table, metric, column.heading, group)
    ours, low, high = estimate or (None, None, None)
    return Cell(
        column.name,
        metric,
        group,
        METRICS[metric],
        column.heading,
        ours,
        paper,
        anchor,
        low,
        high,
        column.block,
    )


def columns_of(table: str, sources: Sources) -> list[Column]:
    """Return the columns of a table, in the paper's order.

    Raises
    ------
    RadiogazeError
        If a variant has no column, a column lacks or doubles a variant, or the metrics of a
        variant with released weights are missing.
    """
    variants = [v for v in sources.sheet.values() if table in v.tables]
    columns = []
    for block in _BLOCKS[table]:
        for variant in variants:
            _check_place(table, block, variant)
        for key, heading in block.headings.items():
            chosen = tuple(v for v in variants if block.key(v) == key)
            _check_whole(table, block, heading, chosen)
            name = f"{block.title.lower()}-{key}" if block.title else chosen[0].variant
            columns.append(Column(name, heading, block.title, chosen))
    for variant in variants:
        if variant.variant not in sources.metrics and variant.released_folder is not None:
            raise RadiogazeError(
                f"Table {table}: no metrics of {variant.variant}; give its metrics.json with"
                " --metrics"
            )
    return columns


def _check_place(table: str, block: Block, variant: Variant) -> None:
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
