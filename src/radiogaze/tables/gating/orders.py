"""Companions of Tables 7 and 8: by how much the batch composition moves each result."""

from collections.abc import Sequence
from dataclasses import replace
from statistics import fmean

from radiogaze.errors import RadiogazeError
from radiogaze.tables import seeds
from radiogaze.tables.cells import Cell, Content
from radiogaze.tables.columns import Column, columns_of
from radiogaze.tables.inputs import TableInputs
from radiogaze.tables.layout import CHANGE
from radiogaze.tables.performance import ROWS, compare
from radiogaze.tables.runs import Runs, Seed
from radiogaze.terms import ORDERS

ANCHOR = "test-batch-order"

_NOTES = (
    "Range and standardisation normalise over a whole batch of attention maps, so the other images"
    " of a batch change a prediction. file: test batches in the order of the file, which is"
    " sorted by class, as published; shuffled: the same batches with the sources mixed; single:"
    " one image a batch, as each attention map is made.",
    "A change is the result under that order minus the result under file, on the same"
    " augmented images.",
)


def build(number: str, inputs: TableInputs) -> Content:
    """Build ``"07_order"`` or ``"08_order"``.

    Each column of the paper's table becomes a block: the same cells under every order that was
    evaluated, then the changes against ``file``.

    Raises
    ------
    RadiogazeError
        As for Tables 7 and 8, or if no order but ``file`` was evaluated for all variants.
    """
    table = str(int(number.removesuffix("_order")))
    columns = columns_of(table, inputs)
    orders = _orders(table, columns, inputs)
    cells: list[Cell] = []
    for column in columns:
        for row in ROWS if column.converged(inputs.metrics) else ():
            cells += [_cell(table, column, row, order, inputs) for order in orders]
            cells += [_change(cell, column, row, inputs) for cell in cells[1 - len(orders) :]]
    return seeds.describe(Content(tuple(cells), _NOTES), columns, inputs)


def _orders(table: str, columns: Sequence[Column], inputs: TableInputs) -> list[str]:
    """Return the orders that every needed variant was evaluated under."""
    evaluated = seeds.shown(columns, inputs)
    orders = [order for order in ORDERS if all(order in m.orders for m in evaluated)]
    if orders == ["file"]:
        lacking = min(evaluated, key=lambda metrics: len(metrics.orders))
        raise RadiogazeError(
            f"{lacking.path}: orders: expected shuffled or single beside file in the metrics of"
            f" every variant of Table {table}; evaluate under these orders too"
        )
    return orders


def _cell(
    table: str, column: Column, row: tuple[str, str], order: str, inputs: TableInputs
) -> Cell:
    """Return one metric of one column under an order."""
    named = replace(column, name=f"{column.name}@{order}", block=column.heading)
    cell = replace(compare(table, named, row, order, inputs), column=order)
    return replace(cell, anchor=ANCHOR) if cell.paper and order != "file" else cell


def _change(cell: Cell, column: Column, row: tuple[str, str], inputs: TableInputs) -> Cell:
    """Return the change against ``file`` of a cell under another order.

    Seed by seed: the spread of the change is not that of the results.
    """
    order = cell.column
    changes = _changes(column, inputs.metrics, order, row)
    released = _changes(column, inputs.released, order, row)
    return replace(
        cell,
        metric=f"{row[0]}{CHANGE}",
        column=f"{order} − file",
        ours=fmean(changes.values()),
        paper=None,
        anchor=ANCHOR,
        low=None,
        high=None,
        monte_carlo=None,  # both are of the same augmented images
        retrained=seeds.spread(column, changes, list(released.values()), inputs),
    )


def _changes(column: Column, runs: Runs, order: str, row: tuple[str, str]) -> dict[Seed, float]:
    """Return the changes of a result against ``file`` by training seed."""
    published = column.estimates(runs, "file", row)
    moved = column.estimates(runs, order, row)
    return {seed: found.value - published[seed].value for seed, found in moved.items()}
