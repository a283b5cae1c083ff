"""Tables 1 and 2: layers, shapes and parameters, read off the network itself."""

from radiogaze.errors import RadiogazeError
from radiogaze.models import build as build_network
from radiogaze.models.summary import summarise_gate, summarise_network
from radiogaze.tables.cells import Cell, Content
from radiogaze.tables.inputs import TableInputs

_METRICS = ("operation", "channels", "width", "height", "parameters")


def build(number: str, inputs: TableInputs) -> Content:
    """Build Table 1 (``"01"``, the primary network) or 2 (``"02"``, its attention gate 1).

    Raises
    ------
    RadiogazeError
        If the sheet has no primary network, or the paper's table has another number of rows.
    """
    table, reference = str(int(number)), inputs.reference
    primary = [v for v in inputs.sheet.values() if v.is_primary]
    if len(primary) != 1:
        raise RadiogazeError(
            "experiment sheet: expected one variant in both Tables 6 and 7 (the primary network),"
            f" found {', '.join(v.variant for v in primary) or 'none'}; correct the column tables"
        )
    network = build_network(primary[0])
    layers = summarise_network(network) if table == "1" else summarise_gate(network, gate=1)
    rows = {row for number, row, *_ in reference.values if number == table}
    if len(rows) != len(layers):
        raise RadiogazeError(
            f"{reference.path}: Table {table} has {len(rows)} rows, the network has"
            f" {len(layers)}; only the primary network can be set beside it"
        )
    cells = []
    for position, layer in enumerate(layers, start=1):
        row = str(position)
        for metric in _METRICS:
            paper, ours = reference.find(table, row, metric), getattr(layer, metric)
            # a shape that the paper leaves empty is left out
            if paper or metric == "operation":
                names = (primary[0].variant, metric, row, row, metric.capitalize())
                cells.append(Cell(*names, ours, paper, f"table-{table}"))
    return Content(tuple(cells))
