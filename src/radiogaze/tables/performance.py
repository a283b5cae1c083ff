"""Tables 6 to 9: how well the networks classify, from their evaluations."""

from collections.abc import Iterator

from radiogaze.tables import seeds
from radiogaze.tables.cells import Cell, Content
from radiogaze.tables.columns import Column, columns_of, mean_of
from radiogaze.tables.inputs import TableInputs
from radiogaze.tables.metrics import BOTH, PER_CLASS, POOLED
from radiogaze.tables.reference import PaperValue
from radiogaze.terms import CLASSES

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


def build(number: str, inputs: TableInputs) -> Content:
    """Build Table 6, 7, 8 or 9 (``"06"`` ... ``"09"``) as published: test batches in file order.

    Raises
    ------
    RadiogazeError
        If the metrics of a needed variant are missing, or the sheet's variants do not fill the
        table.
    """
    table = str(int(number))
    columns = columns_of(table, inputs)
    found = (compare(table, column, row, "file", inputs) for column in columns for row in rows())
    notes = {"6": (_INTERVALS, _CLASSIC), "8": (_INTERVALS, _MEANS)}.get(table, (_INTERVALS,))
    cells = tuple(cell for cell in found if cell.ours is not None or cell.paper)
    return seeds.describe(Content(cells, notes, "classes across"), columns, inputs)


def rows() -> Iterator[tuple[str, str]]:
    """Yield the metric and class of each row, in the paper's order."""
    for metric in PER_CLASS:
        yield from ((metric, name) for name in CLASSES)
    yield from ((metric, BOTH) for metric in POOLED)


def compare(
    table: str, column: Column, row: tuple[str, str], order: str, inputs: TableInputs
) -> Cell:
    """Set a column's metric and class (``row``) under an order beside the paper's cell.

    ``ours`` is None where a variant of the column was not run.
    """
    metric, group = row
    paper, anchor = None, _EXTRA.get(metric, f"table-{table}")
    if metric not in _EXTRA:
        paper = inputs.reference.get(table, metric, column.heading, group)
    return measured(column, row, order, inputs, paper, anchor)


def measured(
    column: Column,
    row: tuple[str, str],
    order: str,
    inputs: TableInputs,
    paper: PaperValue | None,
    anchor: str,
) -> Cell:
    """Set a column's metric and class (``row``) under an order beside a printed value, or none.

    ``anchor`` is the section of ``docs/differences.md`` on a disagreement.
    """
    metric, group = row
    found = column.estimates(inputs.metrics, order, row)
    released = column.estimates(inputs.released, order, row)
    values, published = ({s: e.value for s, e in r.items()} for r in (found, released))
    ours, low, high = mean_of(list(found.values())) if found else (None, None, None)
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
        seeds.spread(column, values, published, inputs),
    )
