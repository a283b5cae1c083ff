"""The rows of the gating paper's Tables 1 and 2, read off a real network."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from radiogaze.models.agcnn import BLOCKS, GatedNetwork
from radiogaze.models.equivariant import E2Attention
from radiogaze.models.registry import count_parameters
from radiogaze.terms import CUTOUT_PIXELS


@dataclass(frozen=True)
class LayerRow:
    """One operation: its output shape and its trainable parameters."""

    operation: str
    channels: int
    width: int
    height: int
    parameters: int


@torch.inference_mode()
def summarise_network(model: GatedNetwork) -> list[LayerRow]:
    """Run one empty image through the network and list its operations (Table 1).

    Returns
    -------
    list of LayerRow
        Input, convolution units and pools, gates, sum or mean over height and width, dropout (if
        any), aggregation, and last the total of all parameters (its shape is the logits').
    """
    features = _trace(model)
    rows = [_row("Input", features["input"])]
    for number, names in enumerate(BLOCKS):
        rows += [_unit_row(model, name, features[name]) for name in names]
        if number < len(BLOCKS) - 1 or not model.gates:
            rows.append(_row("Max Pooling", model.pool(features[names[-1]])))
    widths = 0
    for number, gate in enumerate(model.gates, start=1):
        gated = features[f"gate{number}"]
        widths += gated.shape[1]
        rows.append(_row(f"Attention Gate {number}", gated, gate))
    if model.gates:
        pooled = "Sum" if model.readout.scales is None else "Mean"
        rows.append(LayerRow(f"{pooled} Across Height and Width", widths, 1, 1, 0))
        if model.dropout.p > 0:
            rows.append(LayerRow("Dropout", widths, 1, 1, 0))
    classes = features["logits"].shape[1]
    rows.append(LayerRow("Aggregation Function", classes, 1, 1, count_parameters(model.readout)))
    rows.append(LayerRow("Total Parameters", classes, 1, 1, count_parameters(model)))
    return rows


@torch.inference_mode()
def summarise_gate(model: GatedNetwork, gate: int) -> list[LayerRow]:
    """List the operations of one attention gate (Table 2).

    Parameters
    ----------
    model
        A network with at least ``gate`` gates.
    gate
        1, 2 or 3.

    Returns
    -------
    list of LayerRow
        Input and global input (with the parameters of the units that make them), the three
        convolutions, up-sampling, normalisation, the product, and the gate's total.
    """
    features = _trace(model)
    module = model.gates[gate - 1]
    block = BLOCKS[len(BLOCKS) - 1 - gate]
    x, g = (model.scalars(features[name]) for name in (block[-1], BLOCKS[-1][-1]))
    theta, phi, score = module.theta(x), module.phi(g), module.compatibility(x, g)
    product, attention = module(x, g)

    def size(layer: nn.Conv2d) -> str:
        return f"[{layer.kernel_size[0]} × {layer.kernel_size[1]}] Conv."

    return [
        _row("Input", x, model.units[block[-1]]),
        _row("Global Input", g, model.units[BLOCKS[-1][-1]]),
        _row(size(module.theta), theta, module.theta),
        _row(size(module.phi), phi, module.phi),
        LayerRow("Upsample", phi.shape[1], x.shape[3], x.shape[2], 0),
        _row(size(module.psi), score, module.psi),
        _row("Normalise Att. Map", attention),
        _row("Input × Att. Map", product),
        _row(f"Attention Gate {gate}", product, module),
    ]


def _trace(model: GatedNetwork) -> dict[str, Tensor]:
    """Run an empty image through the network in evaluation mode and keep what each part gives."""
    seen: dict[str, Tensor] = {}
    parts = {**model.units, **{f"gate{n}": gate for n, gate in enumerate(model.gates, start=1)}}

    def keep(name: str, output: Tensor | tuple[Tensor, Tensor]) -> None:
        seen[name] = output[0] if isinstance(output, tuple) else output

    hooks = [
        part.register_forward_hook(lambda _m, _i, output, name=name: keep(name, output))
        for name, part in parts.items()
    ]
    was_training = model.training
    try:
        image = torch.zeros(1, 1, CUTOUT_PIXELS, CUTOUT_PIXELS)
        seen["input"] = model.view(image)
        seen["logits"] = model.eval()(image)
    finally:
        model.train(was_training)
        for hook in hooks:
            hook.remove()
    return seen


def _row(operation: str, output: Tensor, module: nn.Module | None = None) -> LayerRow:
    _, channels, height, width = output.shape
    parameters = count_parameters(module) if module is not None else 0
    return LayerRow(operation, channels, width, height, parameters)


def _unit_row(model: GatedNetwork, name: str, output: Tensor) -> LayerRow:
    unit = model.units[name]
    after = "BNorm + ReLU" if unit.order == "bn_relu" else "ReLU + BNorm"
    size = " × ".join(str(k) for k in unit.conv.kernel_size)
    kind = f"{model.group.name} Conv." if isinstance(model, E2Attention) else "Conv."
    return _row(f"[{size}] {kind} + {after}", output, unit)
