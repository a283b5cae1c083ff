"""A network's rows as plain values, for those who must not import torch."""

from dataclasses import asdict
from typing import Any

from radiogaze.campaigns.variants import Variant
from radiogaze.errors import RadiogazeError
from radiogaze.models.agcnn import GatedNetwork
from radiogaze.models.registry import build
from radiogaze.models.summary import summarise_gate, summarise_network


def describe(variant: Variant) -> dict[str, Any]:
    """Build a variant and list its operations.

    Returns
    -------
    dict
        What `radiogaze.figures.layers.load_architecture` reads: the variant's name,
        normalisation and aggregation, the rows of the network, and those of every gate.

    Raises
    ------
    RadiogazeError
        If the variant has another layout than the AG-CNN's.
    """
    model = build(variant)
    if not isinstance(model, GatedNetwork):
        raise RadiogazeError(
            f"{variant.variant}: cannot be drawn, expected ag-cnn or e2-attention, found"
            f" {variant.architecture}"
        )
    gates = range(1, len(model.gates) + 1)
    return {
        "variant": variant.variant,
        "normalisation": variant.normalisation if model.gates else None,
        "aggregation": variant.aggregation if model.gates else None,
        "network": [asdict(row) for row in summarise_network(model)],
        "gates": [[asdict(row) for row in summarise_gate(model, gate)] for gate in gates],
    }
