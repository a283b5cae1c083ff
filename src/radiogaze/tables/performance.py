"""Tables 6 to 9: how well the networks classify, from their evaluations."""

from radiogaze.tables import seeds
from radiogaze.tables.cells import Cell, Content
from radiogaze.tables.columns import Column, columns_of, mean_of
from radiogaze.tables.inputs import TableInputs
from radiogaze.tables.reference import PaperValue
from radiogaze.tables.runs import PER_CLASS, POOLED, Estimate, is_trained
from radiogaze.tables.verdict import monte_carlo_margin
from radiogaze.terms import BOTH, CLASSES

METRICS = {
    "f1": "F1 Score",
    "precision": "Precision",
    "recall": "Recall",
    "accuracy": "Accuracy",
    "auc": "AUC",
    "auc_logits": "AUC on logits",
}
# metric and class of each row, in the paper's order
ROWS = [(metric, name) for metric in PER_CLASS for name in CLASSES]
ROWS += [(metric, BOTH) for metric in POOLED]
# the metrics of the evaluation that the paper does not print, and the section on each
_EXTRA = {"auc_logits": "auc-ties"}

_BRACKETS = (
    "Brackets (the CSV's low and high): how far other test sources would move the number, at 95 %;"
    " Wilson's interval for an accuracy, a bootstrap over the test sources for the others. They"
    " are wide, because the test sets are small."
)
_MARGIN = (
    "± (the CSV's margin): how far ours and the paper's may be apart, at 95 %, because both drew"
    " their augmentations at random. The verdict uses it, and not the brackets: other test sources"
    " would move both numbers alike."
)
_NOTES = {
    "6": "The Classic CNN column of the paper is quoted from Tang et al. (2019); its weights were"
    " never released.",
    "8": "Each number is the plain mean over four models, as in the paper. {} of theirs: the models"
    " share test sources and augmentation, so their errors move together and do not average out.",
}
# of our own training, whose margin is that of the seeds' averages
_MEANS = {False: "Its interval and its margin are the means", True: "Its interval is the mean"}


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
    found = (compare(table, column, row, "file", inputs) for column in columns for row in ROWS)
    cells = tuple(cell for cell in found if cell.ours is not None or cell.paper)
    trained = is_trained(inputs.metrics)
    notes = [_BRACKETS]
    if inputs.compared and not trained:
        notes.append(_MARGIN)
    if table in _NOTES:
        notes.append(_NOTES[table].format(_MEANS[trained]))
    return seeds.describe(Content(cells, tuple(notes)), columns, inputs)


def label(metric: str, group: str) -> str:
    """Name a metric and class for a reader."""
    return METRICS[metric] if group == BOTH else f"{METRICS[metric]}, {group}"


def compare(
    table: str, column: Column, row: tuple[str, str], order: str, inputs: TableInputs
) -> Cell:
    """Set a column's metric and class (``row``) under an order beside the gating paper's cell.

    ``ours`` is None where a variant of the column was not run.
    """
    metric, group = row
    paper, anchor = None, _EXTRA.get(metric, f"table-{table}")
    if column.printed and metric not in _EXTRA:
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
    found = column.estimates(inputs.metrics, order, row)
    published = column.estimates(inputs.released, order, row)
    mean = mean_of(list(found.values())) if found else None
    return Cell(
        variant=column.name,
        metric=row[0],
        group=row[1],
        row=label(*row),
        column=column.heading,
        ours=mean and mean.value,
        paper=paper,
        anchor=anchor,
        low=mean and mean.low,
        high=mean and mean.high,
        monte_carlo=mean and _margin(mean, column, inputs),
        block=column.block,
        retrained=seeds.spread(
            column,
            {seed: one.value for seed, one in found.items()},
            [one.value for one in published.values()],
            inputs,
            column.fold_values(inputs.folds, row) if order == "file" else (),
        ),
    )


def _margin(mean: Estimate, column: Column, inputs: TableInputs) -> float | None:
    """Return the Monte Carlo margin of a column's mean for the fewest passes of its runs."""
    runs = (run for v in column.variants for run in inputs.metrics[v.variant].values())
    passes = min(run.passes for run in runs)
    return monte_carlo_margin(mean.monte_carlo, passes, inputs.reference.passes)
