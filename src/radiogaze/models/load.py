"""A variant's network with trained weights, wherever they come from."""

from pathlib import Path

from torch import nn

from radiogaze.errors import RadiogazeError
from radiogaze.experiments import Variant
from radiogaze.models.released import load_released, parse_folder


def load_variant(variant: Variant, weights: Path) -> nn.Module:
    """Load the released weights of a variant into its network.

    Parameters
    ----------
    variant
        A row of an experiment sheet with a released folder.
    weights
        ``.../<folder>/<epoch>.pt``.

    Returns
    -------
    Module
        In evaluation mode, on the CPU.

    Raises
    ------
    RadiogazeError
        If the weights are not those of the variant, or cannot be read.
    """
    name = parse_folder(weights.resolve().parent.name)
    columns = ["dataset", "gates"]
    if name.gates:  # without gates, the folder names a normalisation that is not there
        columns += ["normalisation", "aggregation"]
    found = [str(getattr(name, column)) for column in columns]
    expected = [str(getattr(variant, column)) for column in columns]
    if found != expected:
        raise RadiogazeError(
            f"{weights}: holds {' '.join(found)}, but variant {variant.variant} is"
            f" {' '.join(expected)}"
        )
    return load_released(weights, scope=variant.scope or "batch")
