"""Figures 1 and 2 of the gating paper: the attention gate and the network, drawn as built.

Every shape and every number of parameters comes from the rows that a real network gave.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from radiogaze.errors import RadiogazeError
from radiogaze.figures.gating.drawing import INK, SLANT, arrow, box, cuboid, note, sheet, side
from radiogaze.figures.inputs import FigureInputs, require
from radiogaze.figures.layers import Layer

CONVOLUTION, RELU, NORMALISATION, UPSAMPLING = "#0072B2", "#D55E00", "#009E73", "#CC79A7"
INPUT, MAPS, SIGNAL, ATTENTION, POOL = "0.75", "#9ecae1", "#fdd0a2", "#b63679", "#fb9a99"
OUTPUT, READOUT = "#6a9fb5", "#c7e9c0"
SIGNS = {"+": r"$\oplus$", "x": r"$\otimes$"}
# Figure 1: where its two rows are, the height of the maps that the gate sees, a sign's radius.
UPPER, LOWER, TALL, RADIUS = 45.0, 15.0, 15.8, 2.2


def draw_gate(inputs: FigureInputs) -> Figure:
    """Draw Figure 1: the first gate (Equations 7 and 8). Needs the architecture of a network.

    Returns
    -------
    Figure
        174 mm wide.
    """
    architecture = require(inputs.architecture, "architecture")
    if not architecture.gates:
        raise RadiogazeError(
            f"{architecture.variant}: no attention gate to draw; describe a variant with gates"
        )
    x, g, theta, phi, up, psi, normalised, product, total = architecture.gates[0]
    figure, axes = sheet(66)
    scale = TALL / side(x.height)
    tensors = {
        "x": (11, UPPER, x, INPUT, "$\\mathbf{x}$\n"),
        "g": (11, LOWER, g, SIGNAL, "$\\mathbf{g}$\n"),
        "theta": (41, UPPER, theta, MAPS, "$\\mathbf{x}*\\theta$\n"),
        "phi": (41, LOWER, phi, SIGNAL, "$\\mathbf{g}*\\Phi$\n"),
        "up": (71, LOWER, up, SIGNAL, "$(\\mathbf{g}*\\Phi)'$\n"),
        "sum": (89, UPPER, up, MAPS, ""),
        "psi": (115, UPPER, psi, MAPS, "$C(\\mathbf{x},\\mathbf{g})$\n"),
        "map": (138, UPPER, normalised, ATTENTION, "attention map\n"),
        "out": (164, UPPER, product, OUTPUT, "$\\alpha$\n"),
    }
    nodes = {"+": (71, UPPER, RADIUS), "x": (153, UPPER, RADIUS)}  # centre and half the width
    for name, (across, y, layer, colour, text) in tensors.items():
        high = scale * side(layer.height)
        nodes[f"[{name}]"] = across, y, cuboid(axes, (across, y), high, layer.channels, colour)
        shape = f"{text}{layer.channels} × {layer.width} × {layer.height}"
        note(axes, (across + 0.8, y - high / 2 - 1), shape, 7, va="top")
    _gate_arrows(axes, nodes, (theta, phi, psi))
    _gate_legend(axes, architecture.normalisation)
    note(axes, (166, 6), f"{total.operation}: {total.parameters:,} parameters", 7, ha="right")
    return figure


def _gate_arrows(
    axes: Axes, nodes: Mapping[str, tuple[float, float, float]], convolutions: Sequence[Layer]
) -> None:
    theta, phi, psi = convolutions
    for start, end, colour, name, layer in (
        ("[x]", "[theta]", CONVOLUTION, r"$\theta$", theta),
        ("[g]", "[phi]", CONVOLUTION, r"$\Phi$", phi),
        ("[phi]", "[up]", UPSAMPLING, "", None),
        ("[theta]", "+", INK, "", None),
        ("+", "[sum]", RELU, r"$\sigma_1$", None),
        ("[sum]", "[psi]", CONVOLUTION, r"$\Psi$", psi),
        ("[psi]", "[map]", NORMALISATION, r"$\sigma_2$", None),
        ("[map]", "x", INK, "", None),
        ("x", "[out]", INK, "", None),
    ):
        (x0, y, half0), (x1, _, half1) = nodes[start], nodes[end]
        left, right = x0 + half0, x1 - half1 - 0.4
        arrow(axes, [(left, y), (right, y)], colour)
        note(axes, ((left + right) / 2 + 1, y + 2.4), name, 8)
        if layer:
            note(axes, ((left + right) / 2 + 1, y - 2), f"{layer.parameters:,}", 6)
    top = TALL / 2 + 2.8
    arrow(axes, [(71, LOWER + top), (71, UPPER - RADIUS)])
    roof = UPPER + top + 3.2
    arrow(axes, [(12, UPPER + top), (12, roof), (153, roof), (153, UPPER + RADIUS)])
    for name, sign in SIGNS.items():
        axes.plot(*nodes[name][:2], marker=sign, markersize=12.5, color=INK, markeredgewidth=0)


def _gate_legend(axes: Axes, normalisation: str | None) -> None:
    lines = {
        "[1 × 1] Convolution (parameters below)": CONVOLUTION,
        r"ReLU $\sigma_1$": RELU,
        f"Normalisation $\\sigma_2$ ({normalisation})": NORMALISATION,
        "Upsampling": UPSAMPLING,
    }
    handles = [Line2D([], [], color=colour, label=text) for text, colour in lines.items()]
    for text, sign in zip(("Addition", "Multiplication"), SIGNS.values(), strict=True):
        mark = Line2D([], [], ls="", marker=sign, ms=8, color=INK, mew=0, label=text)
        handles.append(mark)
    axes.legend(handles=handles, title="Operations", ncols=2, loc="lower right", borderpad=4)


# Figure 2: where the maps, the gating signal, the gates, their sums and the readout are.
TOP, RAIL, GATES, VECTORS, BOTTOM = 72.0, 49.0, 38.0, 22.5, 12.0
_POOLED = {"Sum": r"$\Sigma_{H,W}$", "Mean": r"$\frac{1}{HW}\Sigma_{H,W}$"}


def draw_network(inputs: FigureInputs) -> Figure:
    """Draw Figure 2: blocks, gates and aggregation. Needs the architecture of a network.

    Returns
    -------
    Figure
        174 mm wide. Channels are above each block, sizes below, parameters in the boxes.
    """
    architecture = require(inputs.architecture, "architecture")
    rows = {row.operation: row for row in architecture.network}
    maps = ("Input", "Conv.", "Pooling")
    chain = [row for row in architecture.network if any(kind in row.operation for kind in maps)]
    gates = [row for row in architecture.network if row.operation.startswith("Attention Gate")]
    figure, axes = sheet(96, 0 if gates else 23)
    places = np.linspace(6, 150, len(chain)).tolist()
    _chain(axes, chain, places)
    aggregation = rows["Aggregation Function"]
    softmax = f"Softmax\n{aggregation.channels}"
    if gates:
        pooled = next(name for name in rows if name.endswith("Across Height and Width"))
        kind = pooled.split()[0]  # Sum or Mean
        _gates(axes, chain, places, gates, _POOLED[kind])
        dropout = "Dropout" if "Dropout" in rows else f"{kind}s"
        text = f"{dropout}\n{rows[pooled].channels}"
        box(axes, (135, BOTTOM), 11, 8, text, "white")
        arrow(axes, [(140.5, BOTTOM), (144, BOTTOM)])
        text = f"Aggregation\n({architecture.aggregation})\n{aggregation.parameters:,}"
        box(axes, (152, BOTTOM), 16, 11, text, READOUT)
        arrow(axes, [(160, BOTTOM), (163, BOTTOM)])
        box(axes, (168, BOTTOM), 10, 8, softmax, "white")
    else:
        x = places[-1]
        arrow(axes, [(x, TOP - 0.45 * side(chain[-1].height)), (x, RAIL + 4.5)])
        box(axes, (x, RAIL), 24, 9, f"Fully connected\n{aggregation.parameters:,}", READOUT)
        arrow(axes, [(x, RAIL - 4.5), (x, GATES)])
        box(axes, (x, GATES - 4), 14, 8, softmax, "white")
    total = rows["Total Parameters"].parameters
    note(axes, (173, axes.get_ylim()[0] + 3), f"{total:,} parameters", 7, ha="right")
    return figure


def _chain(axes: Axes, chain: Sequence[Layer], places: Sequence[float]) -> None:
    """Draw the maps with their channels above, and each size that is new below; add the key."""
    colours, sizes = {"Input": INPUT}, set()
    for layer, x in zip(chain, places, strict=True):
        high, pooled = 0.9 * side(layer.height), layer.operation == "Max Pooling"
        colour = colours.setdefault(layer.operation, POOL if pooled else MAPS)
        cuboid(axes, (x, TOP), high, layer.channels, colour)
        above = x + SLANT * high, TOP + (0.5 + SLANT) * high + 1.8
        note(axes, above, str(layer.channels))
        if layer.height not in sizes and not pooled:
            sizes.add(layer.height)
            note(axes, (x, TOP - high / 2 - 2), f"{layer.width}²")
    handles = [Patch(color=colours[name], label=name) for name in list(colours)[1:]]
    axes.legend(handles=handles, loc="upper right")


def _gates(
    axes: Axes,
    chain: Sequence[Layer],
    places: Sequence[float],
    gates: Sequence[Layer],
    pooled: str,
) -> None:
    """Draw each gate below the maps that it gates, with the gating signal from the last ones."""
    maps = [(row, x) for row, x in zip(chain, places, strict=True) if "Conv." in row.operation]
    last, end = maps[-1]
    for gate in gates:  # the last one is that of the first block
        # a gate keeps the shape of the maps that it gates: the last ones of that shape
        source, x = next(s for s in reversed(maps) if s[0][1:4] == gate[1:4])
        arrow(axes, [(x, TOP - 0.45 * side(source.height) - 0.7), (x, GATES + 4.5)])
        note(axes, (x - 1.8, GATES + 7), r"$\mathbf{x}$", 7)
        arrow(axes, [(x + 8, RAIL), (x + 8, GATES + 4.5)], RELU)
        number = gate.operation.rsplit(" ", 1)[1]
        text = f"Attention\ngate {number}: {gate.parameters:,}"
        box(axes, (x + 4, GATES), 17, 9, text, "#f2d5e3")
        arrow(axes, [(x + 4, GATES - 4.5), (x + 4, VECTORS + 2.3)])
        note(axes, (x + 5, (GATES + VECTORS) / 2 - 1), pooled, 7, ha="left")
        box(axes, (x + 4, VECTORS), 14, 4.6, rf"$\mathbf{{f}}^{number}$: {gate.channels}", "white")
        arrow(axes, [(x + 4, VECTORS - 2.3), (x + 4, BOTTOM)], head=False)
    start = TOP - 0.45 * side(last.height)
    arrow(axes, [(end, start), (end, RAIL), (x + 8, RAIL)], RELU, head=False)
    note(axes, (end + 2.2, RAIL + 4), r"$\mathbf{g}$", 8)
    arrow(axes, [(x + 4, BOTTOM), (129.5, BOTTOM)])
