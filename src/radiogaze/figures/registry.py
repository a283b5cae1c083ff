"""Every figure of every paper: its title, its caption, what it is drawn from and by what.

Imports no plotting library: the workflow reads it too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from typing import TYPE_CHECKING

from radiogaze.campaigns.captions import read_captions
from radiogaze.campaigns.need import Need
from radiogaze.campaigns.plan import PaperPlan
from radiogaze.errors import RadiogazeError
from radiogaze.figures.drawn import DRAWN, Needs

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from radiogaze.figures.inputs import FigureInputs

_OF_ALL = "learning_curve"
_OF_ONE = f"{_OF_ALL}_"  # then the name of a variant
_PANELS = "a panel for each "  # how the caption of all variants goes on


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
    needs: Needs

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


def find_figure(name: str, paper: str = "gating") -> FigureSpec:
    """Return a figure of a paper; ``learning_curve_<variant>`` is that of one variant.

    Raises
    ------
    RadiogazeError
        If there is no such paper, or no such figure in it.
    """
    if paper not in FIGURES:
        raise RadiogazeError(f"no figures of the paper {paper}; there are: {', '.join(FIGURES)}")
    figures = FIGURES[paper]
    if name.startswith(_OF_ONE):
        return _learning_curve(figures[_OF_ALL], name.removeprefix(_OF_ONE))
    if name not in figures:
        raise RadiogazeError(f"figure {name}: unknown; there are: {', '.join(figures)}")
    return figures[name]


def figures_of(plan: PaperPlan) -> list[str]:
    """Return the figures that a campaign has of a paper, but for the curves of single variants."""
    return [name for name, spec in FIGURES[plan.paper].items() if spec.needs(plan) is not None]


def needs_of(name: str, plan: PaperPlan) -> Sequence[Need]:
    """Return what a figure is drawn from.

    Raises
    ------
    RadiogazeError
        If the campaign has no such figure of the paper.
    """
    if name in FIGURES[plan.paper]:  # alone: others may fail on the campaign's sheet
        needs = FIGURES[plan.paper][name].needs(plan)
        if needs is not None:
            return needs
    known = figures_of(plan)
    if _OF_ALL in known:
        known += [_OF_ONE + variant for variant in plan.variants]
    if name not in known:
        raise RadiogazeError(
            f"figures/{plan.campaign}/{plan.paper}: no {name}; there are: {', '.join(known)}"
        )
    return find_figure(name, plan.paper).needs(plan) or []


def _learning_curve(spec: FigureSpec, variant: str) -> FigureSpec:
    """Return the figure of one variant, after that of all of them."""
    before, _, after = spec.caption.partition(_PANELS)
    return replace(
        spec,
        caption=f"{before}and the validation accuracy, of {variant},{after.partition(',')[2]}",
        needs=lambda plan: plan.of_every_run("history", "history", [variant]),
    )


FIGURES: Mapping[str, Mapping[str, FigureSpec]] = {
    paper: {
        name: FigureSpec(title, caption, *drawn[name])
        for room in (paper, "own")
        for name, title, caption in read_captions("figures", room)
        if name in drawn
    }
    for paper, drawn in DRAWN.items()
}
