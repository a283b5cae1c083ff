"""What is known of a figure before it is drawn; imports no plotting library."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from radiogaze.campaigns.plan import Need, PaperPlan

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from radiogaze.figures.inputs import FigureInputs


def nothing(_: PaperPlan) -> list[Need]:
    """Need no file, as an illustration does."""
    return []


@dataclass(frozen=True)
class FigureSpec:
    """A figure of a paper.

    Attributes
    ----------
    title
        What it shows.
    caption
        Markdown, with the fields that :func:`radiogaze.campaigns.captions.fill_caption` fills in.
    drawing
        ``module:function`` below ``radiogaze.figures``, imported when the figure is drawn.
    needs
        What it is drawn from in a campaign; None where that campaign has no such figure.
    """

    title: str
    caption: str
    drawing: str
    needs: Callable[[PaperPlan], Sequence[Need] | None] = nothing

    def draw(self, inputs: "FigureInputs") -> "Figure":
        """Draw it from what was read.

        Raises
        ------
        RadiogazeError
            If an input that it needs is missing, or what it would show is blank.
        """
        module, _, function = self.drawing.partition(":")
        figure: Figure = getattr(import_module(f"radiogaze.figures.{module}"), function)(inputs)
        return figure


def histories_of_all(plan: PaperPlan) -> list[Need] | None:
    """Need the history of every training; released weights come without one."""
    return plan.of_every_run("history", "history", plan.variants) if plan.trained else None
