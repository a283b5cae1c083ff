"""Companions of Tables 7 and 8: by how much the order of the test batches moves each result."""

from dataclasses import replace
from statistics import fmean

from radiogaze.errors import RadiogazeError
from radiogaze.tables import seeds
from radiogaze.tables.cells import Cell, Content
from radiogaze.tables.columns import Column, columns_of
from radiogaze.tables.inputs import TableInputs
from radiogaze.tables.layout import CHANGE
from radiogaze.tables.performance import compare, rows
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
    cells = [
        cell
        for column in columns
        for row in rows()
        for cell in _row(table, column, row, orders, inputs)
    ]
    return seeds.describe(Content(tuple(cells), _NOTES, "classes down"), columns, inputs)


def _orders(table: str, columns: list[Column], inputs: TableInputs) -> list[str]:
    """Return the orders that every needed variant was evaluated under."""
    variants = [v.variant for column in columns for v in column.variants]
    evaluated = [run for name in variants for run in inputs.metrics.get(name, {}).values()]
    orders = [order for order in ORDERS if all(order in m.orders for m in evaluated)]
    if orders == ["file"]:
        lacking = min(evaluated, key=lambda metrics: len(metrics.orders))
        raise RadiogazeError(
            f"{lacking.path}: orders: expected shuffled or single beside file in the metrics of"
            f" every variant of Table {table}; evaluate under these orders too"
        )
    return orders


def _row(
    table: str,
    column: Column,
    row: tuple[str, str],
    orders: list[str],
    inputs: TableInputs,
) -> list[Cell]:
    """Return one metric of one column: under each order, then the changes against ``file``."""
    cells, changes = [], []
    for order in orders:
        named = replace(column, name=f"{column.name}@{order}", block=column.heading)
        cell = replace(compare(table, named, row, order, inputs), column=order)
        if cell.ours is None:
            continue
        if order == "file":
            cells.append(cell)
            continue
        cells.append(replace(cell, anchor=ANCHOR if cell.paper else cell.anchor))
        changes.append(_change(cell, column, row, order, inputs))
    return cells + changes


def _change(
    cell: Cell, column: Column, row: tuple[str, str], order: str, inputs: TableInputs
) -> Cell:
    """Return the change against ``file`` of a cell under another order.

    Seed by seed: the spread of the change is not that of the results.
    """
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
        retrained=seeds.spread(column, changes, released, inputs),
    )


def _changes(column: Column, runs: Runs, order: str, row: tuple[str, str]) -> dict[Seed, float]:
    """Return the changes of a result against ``file`` by training seed."""
    published = column.estimates(runs, "file", row)
    moved = column.estimates(runs, order, row)
    return {seed: found.value - published[seed].value for seed, found in moved.items()}
