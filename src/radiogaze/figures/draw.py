"""Draw a figure by its name."""

import importlib

from matplotlib.figure import Figure

from radiogaze.figures.inputs import Inputs, given
from radiogaze.figures.registry import find_figure


def draw_figure(name: str, inputs: Inputs, paper: str = "gating") -> Figure:
    """Draw a figure of a paper from what was read.

    Raises
    ------
    RadiogazeError
        If there is no such figure, an input that it needs is not there, or what it would show is
        blank.
    """
    entry = find_figure(name, paper)
    module = importlib.import_module(f"radiogaze.figures.{entry.module}")
    function = getattr(module, entry.function)
    if entry.takes == "architecture":
        return function(given(inputs.architecture, "architecture"))
    if entry.takes == "steps":
        return function(**vars(given(inputs.steps, "steps")))
    return function() if entry.takes == "nothing" else function(inputs)
