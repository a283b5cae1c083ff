"""The equivariant paper's networks in its figures: names and colours."""

from radiogaze.errors import RadiogazeError

# The colours of the published Figure 1.
COLOURS = {
    "LeNet": "#31a354",
    "Attention": "#636363",
    "C4-Attention": "#fdae6b",
    "C8-Attention": "#fd8d3c",
    "C16-Attention": "#e6550d",
    "D4-Attention": "#9ecae1",
    "D8-Attention": "#6baed6",
    "D16-Attention": "#3182bd",
}
_BY_VARIANT = {name.lower(): name for name in COLOURS}


def network_of(variant: str) -> str:
    """Return the paper's name of a variant, e.g. ``C8-Attention`` of ``c8-attention``.

    Raises
    ------
    RadiogazeError
        If the paper has no such network.
    """
    if variant not in _BY_VARIANT:
        raise RadiogazeError(
            f"{variant}: not a network of the equivariant paper; it has: {', '.join(_BY_VARIANT)}"
        )
    return _BY_VARIANT[variant]
