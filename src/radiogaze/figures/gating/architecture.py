"""Figures 1 and 2 of the gating paper: the attention gate and the network, drawn as built.

Every shape and every number of parameters comes from the rows that a real network gave.
"""

from collections.abc import Sequence
from typing import cast

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from radiogaze.errors import RadiogazeError
from radiogaze.figures.gating.drawing import (
    INK,
    MM,
    Point,
    arrow,
    box,
    cuboid,
    note,
    page_sheet,
    side,
    sign,
)
from radiogaze.figures.inputs import FigureInputs, require_value
from radiogaze.figures.layers import Architecture, Layer

CONVOLUTION, RELU, NORMALISATION = "#0072B2", "#D55E00", "#009E73"
INPUT, MAPS, SIGNAL, ATTENTION, POOL = "0.75", "#9ecae1", "#fdd0a2", "#b63679", "#fb9a99"
OUTPUT = "#6a9fb5"
GATE_HEIGHT = 15.8  # of the maps that a gate looks at, mm
UPPER, LOWER = 45.0, 15.0  # where the two rows of a gate stand, mm


def draw_gate(inputs: FigureInputs) -> Figure:
    """Draw Figure 1: the first gate. Needs the architecture of a network."""
    return gate_figure(require_value(inputs.architecture, "architecture"))


def draw_network(inputs: FigureInputs) -> Figure:
    """Draw Figure 2: the network. Needs its architecture."""
    return network_figure(require_value(inputs.architecture, "architecture"))


def gate_figure(architecture: Architecture, gate: int = 1) -> Figure:
    """Draw one attention gate (Figure 1; Equations 7 and 8).

    Parameters
    ----------
    architecture
        A network with gates.
    gate
        Which gate to draw, from 1.

    Returns
    -------
    Figure
        174 mm wide.

    Raises
    ------
    RadiogazeError
        If the network has no such gate.
    """
    if not 1 <= gate <= len(architecture.gates):
        raise RadiogazeError(
            f"{architecture.variant}: no attention gate {gate} to draw, it has"
            f" {len(architecture.gates)}; describe a variant with gates"
        )
    x, g, theta, phi, up, psi, normalised, product, total = architecture.gates[gate - 1]
    figure, axes = page_sheet(66)
    scale = GATE_HEIGHT / side(x.height)
    high, low = UPPER, LOWER
    half = {
        "x": _tensor(axes, (11, high), x, INPUT, r"$\mathbf{x}$", scale),
        "g": _tensor(axes, (11, low), g, SIGNAL, r"$\mathbf{g}$", scale),
        "theta": _tensor(axes, (41, high), theta, MAPS, r"$\mathbf{x}*\theta$", scale),
        "phi": _tensor(axes, (41, low), phi, SIGNAL, r"$\mathbf{g}*\Phi$", scale),
        "up": _tensor(axes, (71, low), up, SIGNAL, r"$(\mathbf{g}*\Phi)'$", scale),
        "sum": _tensor(axes, (89, high), up, MAPS, "", scale),
        "psi": _tensor(axes, (115, high), psi, MAPS, r"$C(\mathbf{x},\mathbf{g})$", scale),
        "map": _tensor(axes, (138, high), normalised, ATTENTION, "attention map", scale),
        "out": _tensor(axes, (164, high), product, OUTPUT, r"$\alpha$", scale),
    }
    _gate_arrows(axes, half, theta, phi, psi)
    _legend(axes, (94, 19), architecture.normalisation)
    note(axes, (166, 6), f"{total.operation}: {total.parameters:,} parameters", 7, ha="right")
    return figure


def _gate_arrows(axes: Axes, half: dict[str, float], theta: Layer, phi: Layer, psi: Layer) -> None:
    """Tie the tensors of a gate together; ``half`` tells where each one's face ends."""
    high, low = UPPER, LOWER
    _convolution(axes, (11 + half["x"], high), (41 - half["theta"], high), r"$\theta$", theta)
    _convolution(axes, (11 + half["g"], low), (41 - half["phi"], low), r"$\Phi$", phi)
    _convolution(axes, (89 + half["sum"], high), (115 - half["psi"], high), r"$\Psi$", psi)
    arrow(axes, [(41 + half["phi"], low), (71 - half["up"], low)], line=":")
    arrow(axes, [(71, low + GATE_HEIGHT / 2 + 2.8), (71, high - 2.2)])
    arrow(axes, [(41 + half["theta"], high), (68.8, high)])
    sign(axes, (71, high), "+")
    arrow(axes, [(73.2, high), (89 - half["sum"], high)], RELU)
    note(axes, (79, high + 2.2), r"$\sigma_1$", 8)
    arrow(axes, [(115 + half["psi"], high), (138 - half["map"], high)], NORMALISATION)
    note(axes, (127.5, high + 2.2), r"$\sigma_2$", 8)
    arrow(axes, [(138 + half["map"], high), (150.8, high)])
    roof = high + GATE_HEIGHT / 2 + 6
    start = high + GATE_HEIGHT / 2 + 2.8
    arrow(axes, [(12, start), (12, roof), (153, roof), (153, high + 2.2)])
    sign(axes, (153, high), "x")
    arrow(axes, [(155.2, high), (164 - half["out"], high)])


def _tensor(axes: Axes, centre: Point, layer: Layer, colour: str, name: str, scale: float) -> float:
    """Draw a tensor with its name and shape below; return where its right face ends."""
    wide, high = cuboid(axes, centre, layer.height, layer.channels, colour, scale)
    shape = f"{layer.channels} × {layer.width} × {layer.height}"
    text = f"{name}\n{shape}" if name else shape
    note(axes, (centre[0] + 0.8, centre[1] - high - 1), text, 7, va="top")
    return wide + 0.4


def _convolution(axes: Axes, start: Point, end: Point, name: str, layer: Layer) -> None:
    """Draw the arrow of a convolution with its name above and its parameters below."""
    arrow(axes, [start, end], CONVOLUTION)
    middle = (start[0] + end[0]) / 2 + 1.2
    note(axes, (middle, start[1] + 2.4), name, 8)
    note(axes, (middle, start[1] - 2), f"{layer.parameters:,}", 6)


def _legend(axes: Axes, corner: Point, normalisation: str | None) -> None:
    """Explain arrows and signs, in two columns."""
    x, y = corner
    note(axes, (x, y + 4.5), "Operations", 7.5, ha="left", weight="bold")
    sigma = f"Normalisation $\\sigma_2$ ({normalisation})"
    arrows = [
        ("[1 × 1] Convolution (parameters below)", CONVOLUTION, "-"),
        (r"ReLU $\sigma_1$", RELU, "-"),
        (sigma, NORMALISATION, "-"),
        ("Upsampling", INK, ":"),
    ]
    for number, (text, colour, line) in enumerate(arrows):
        place = y - 4 * number
        arrow(axes, [(x, place), (x + 7, place)], colour, line)
        note(axes, (x + 9, place), text, 7, ha="left")
    for number, (text, kind) in enumerate((("Addition", "+"), ("Multiplication", "x"))):
        place = y - 4 * (number + 1)
        sign(axes, (x + 53, place), kind, 1.5)
        note(axes, (x + 56, place), text, 7, ha="left")


def network_figure(architecture: Architecture) -> Figure:
    """Draw the whole network (Figure 2): blocks, gates and aggregation.

    Returns
    -------
    Figure
        174 mm wide. Channels stand above each block, sizes below, parameters in the boxes.
    """
    figure, axes = page_sheet(96)
    chain = [layer for layer in architecture.network if _is_map(layer)]
    gates = [row for row in architecture.network if row.operation.startswith("Attention Gate")]
    places = _place(chain)
    for layer, x in zip(chain, places, strict=True):
        _stage(axes, layer, x)
    _size_labels(axes, chain, places)
    rows = {row.operation: row for row in architecture.network}
    if gates:
        _gates(axes, chain, places, gates)
        _readout(axes, architecture, rows)
    else:
        _fully_connected(axes, chain[-1], places[-1], rows)
    total = rows["Total Parameters"].parameters
    note(axes, (173, 3 if gates else GATES - 12), f"{total:,} parameters", 7, ha="right")
    return figure


TOP, RAIL, GATES, VECTORS, BOTTOM = 72.0, 49.0, 38.0, 22.5, 12.0


def _is_map(layer: Layer) -> bool:
    """Tell whether a row is a stage of the chain of feature maps."""
    return layer.operation == "Input" or any(t in layer.operation for t in ("Conv.", "Pooling"))


def _place(chain: Sequence[Layer]) -> list[float]:
    """Return where each stage stands: wider apart at the start of a block."""
    gaps, previous = [], None
    for layer in chain:
        depth = 0.18 * side(layer.height)
        gaps.append(depth + (5.2 if "Pooling" in layer.operation or previous == "Input" else 4.2))
        previous = layer.operation
    last = gaps[0] = 6.0
    places = [last]
    for gap, layer in zip(gaps[1:], chain[:-1], strict=True):
        last += gap + 0.42 * layer.channels**0.5
        places.append(last)
    stretch = 150 / places[-1]
    return [place * stretch for place in places]


def _stage(axes: Axes, layer: Layer, x: float) -> None:
    """Draw one stage of the chain with its channels above."""
    colour = MAPS
    if "Pooling" in layer.operation:
        colour = POOL
    elif layer.operation == "Input":
        colour = INPUT
    _, high = cuboid(axes, (x, TOP), layer.height, layer.channels, colour, 0.9)
    back = 0.18 * 2 * high
    note(axes, (x + back, TOP + high + back + 1.8), str(layer.channels), 6.5)


def _size_labels(axes: Axes, chain: Sequence[Layer], places: Sequence[float]) -> None:
    """Write the size of the maps below the first convolution of every block; add the key."""
    seen = set()
    for layer, x in zip(chain, places, strict=True):
        if layer.height not in seen and "Pooling" not in layer.operation:
            seen.add(layer.height)
            low = TOP - 0.45 * side(layer.height) - 2
            note(axes, (x, low), f"{layer.width}²", 6.5)
    convolution = next(layer.operation for layer in chain if "Conv." in layer.operation)
    for number, (colour, text) in enumerate(((MAPS, convolution), (POOL, "Max Pooling"))):
        box(axes, (125, 93 - 4 * number), 4, 2.4, "", colour)
        note(axes, (128.5, 93 - 4 * number), text, 7, ha="left")


def _gates(
    axes: Axes, chain: Sequence[Layer], places: Sequence[float], gates: Sequence[Layer]
) -> None:
    """Draw each gate below the maps it looks at, with the gating signal from the last stage."""
    convolutions = [(row, x) for row, x in zip(chain, places, strict=True) if "Conv." in row[0]]
    last, end = convolutions[-1]
    leftmost = end
    for gate in gates:
        # a gate keeps the shape of the maps it looks at: the last ones of that shape
        source, x = next(s for s in reversed(convolutions) if s[0][1:4] == gate[1:4])
        arrow(axes, [(x, TOP - 0.45 * side(source.height) - 0.7), (x, GATES + 4.5)], halo=True)
        note(axes, (x - 1.8, GATES + 7), r"$\mathbf{x}$", 7)
        arrow(axes, [(x + 8, RAIL), (x + 8, GATES + 4.5)], RELU)
        name = gate.operation.replace("Attention Gate", "Attention\ngate")
        box(axes, (x + 4, GATES), 17, 9, f"{name}: {gate.parameters:,}", "#f2d5e3")
        arrow(axes, [(x + 4, GATES - 4.5), (x + 4, VECTORS + 2.3)])
        note(axes, (x + 5, (GATES + VECTORS) / 2 - 1), r"$\Sigma_{H,W}$", 7, ha="left")
        number = gate.operation.rsplit(" ", 1)[1]
        box(axes, (x + 4, VECTORS), 14, 4.6, rf"$\mathbf{{f}}^{number}$: {gate.channels}", "white")
        arrow(axes, [(x + 4, VECTORS - 2.3), (x + 4, BOTTOM)], head=False)
        leftmost = min(leftmost, x)
    arrow(axes, [(end, TOP - 0.45 * side(last.height)), (end, RAIL)], RELU, head=False)
    arrow(axes, [(end, RAIL), (leftmost + 8, RAIL)], RELU, head=False)
    note(axes, (end + 2.2, RAIL + 4), r"$\mathbf{g}$", 8)
    arrow(axes, [(leftmost + 4, BOTTOM), (129.5, BOTTOM)])


def _readout(axes: Axes, architecture: Architecture, rows: dict[str, Layer]) -> None:
    """Draw what follows the sums: dropout, aggregation, softmax."""
    total = rows["Sum Across Height and Width"].channels
    dropout = "Dropout\n" if "Dropout" in rows else "Sums\n"
    aggregation = rows["Aggregation Function"]
    box(axes, (135, BOTTOM), 11, 8, f"{dropout}{total}", "white")
    arrow(axes, [(140.5, BOTTOM), (144, BOTTOM)])
    text = f"Aggregation\n({architecture.aggregation})\n{aggregation.parameters:,}"
    box(axes, (152, BOTTOM), 16, 11, text, "#c7e9c0")
    arrow(axes, [(160, BOTTOM), (163, BOTTOM)])
    box(axes, (168, BOTTOM), 10, 8, f"Softmax\n{aggregation.channels}", "white")


def _fully_connected(axes: Axes, last: Layer, x: float, rows: dict[str, Layer]) -> None:
    """Draw the end of a network without gates."""
    aggregation = rows["Aggregation Function"]
    arrow(axes, [(x, TOP - 0.45 * side(last.height)), (x, RAIL + 4.5)])
    box(axes, (x, RAIL), 24, 9, f"Fully connected\n{aggregation.parameters:,}", "#c7e9c0")
    arrow(axes, [(x, RAIL - 4.5), (x, GATES)])
    box(axes, (x, GATES - 4), 14, 8, f"Softmax\n{aggregation.channels}", "white")
    # nothing is drawn in the rows of gates and sums
    axes.set_ylim(bottom=GATES - 15)
    figure = cast(Figure, axes.figure)
    figure.set_figheight((axes.get_ylim()[1] - axes.get_ylim()[0]) / MM)
