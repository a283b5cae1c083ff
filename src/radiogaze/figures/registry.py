"""Every figure of every paper: its title, its caption, what it is drawn from and by what.

Imports no plotting library: the workflow reads it too.
"""

from collections.abc import Sequence
from dataclasses import replace

from radiogaze.campaigns.plan import Need, PaperPlan
from radiogaze.errors import RadiogazeError
from radiogaze.figures.equivariant.registry import FIGURES as _EQUIVARIANT
from radiogaze.figures.gating.registry import FIGURES as _GATING
from radiogaze.figures.spec import FigureSpec

FIGURES = {"gating": _GATING, "equivariant": _EQUIVARIANT}
_OF_ALL = "learning_curve"
_OF_ONE = f"{_OF_ALL}_"  # then the name of a variant
_PANELS = "a panel for each "  # how the caption of all variants goes on


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
    if name.startswith(_OF_ONE) and _OF_ALL in figures:
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
