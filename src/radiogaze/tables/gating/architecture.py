"""Tables 1 and 2: layers, shapes and parameters, read off the network itself."""

from radiogaze.campaigns.variants import Variant
from radiogaze.errors import RadiogazeError
from radiogaze.models import build as build_network
from radiogaze.models.summary import LayerRow, summarise_gate, summarise_network
from radiogaze.tables.cells import Cell, Content
from radiogaze.tables.inputs import TableInputs

_HEADINGS = {
    "operation": "Operation",
    "channels": "Channels",
    "width": "Width",
    "height": "Height",
    "parameters": "Parameters",
}


def build(number: str, inputs: TableInputs) -> Content:
    """Build Table 1 (``"01"``, the primary network) or 2 (``"02"``, its attention gate 1).

    Raises
    ------
    RadiogazeError
        If the sheet has no primary network, or the paper's table has another number of rows.
    """
    table = str(int(number))
    variant = _primary(inputs)
    network = build_network(variant)
    layers = summarise_network(network) if table == "1" else summarise_gate(network, gate=1)
    _check_rows(table, len(layers), inputs)
    cells = [
        cell
        for position, layer in enumerate(layers, start=1)
        for cell in _compare(table, str(position), layer, variant, inputs)
    ]
    return Content(tuple(cells))


def _compare(
    table: str, position: str, layer: LayerRow, variant: Variant, inputs: TableInputs
) -> list[Cell]:
    """Set one layer beside the paper's row; a shape that the paper leaves empty is left out."""
    cells = []
    for metric, heading in _HEADINGS.items():
        paper = inputs.reference.find(table, position, metric)
        ours = getattr(layer, metric)
        if paper is None and metric != "operation":
            continue
        anchor = f"table-{table}"
        cells.append(
            Cell(variant.variant, metric, position, position, heading, ours, paper, anchor)
        )
    return cells


def _primary(inputs: TableInputs) -> Variant:
    """Return the paper's primary network: the variant that Tables 6 and 7 share."""
    found = [v for v in inputs.sheet.values() if {"6", "7"} <= set(v.tables)]
    if len(found) != 1:
        names = ", ".join(v.variant for v in found) or "none"
        raise RadiogazeError(
            "experiment sheet: expected one variant in both Tables 6 and 7 (the primary network),"
            f" found {names}; correct the column tables"
        )
    return found[0]


def _check_rows(table: str, layers: int, inputs: TableInputs) -> None:
    """Refuse a network whose layers cannot be set beside the paper's row by row."""
    rows = len({row for number, row, *_ in inputs.reference.values if number == table})
    if rows != layers:
        raise RadiogazeError(
            f"{inputs.reference.path}: Table {table} has {rows} rows, the network has {layers};"
            " only the primary network can be set beside it"
        )
