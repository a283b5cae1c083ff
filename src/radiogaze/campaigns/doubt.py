"""What the comparison of uncertain networks consists of (docs/doubt.md)."""

from collections.abc import Mapping, Sequence
from typing import Any

from radiogaze.campaigns.need import Need
from radiogaze.campaigns.plan import PaperPlan
from radiogaze.errors import RadiogazeError

DROPOUT, ENSEMBLE = "-dropout", "-ensemble"
TABLES = ("families", "comparisons", "groups", "pruning", "curves")
# What a network of the temperature sweep is probed with, and any other one.
_OF_SWEEP = ("validation",)
_OF_FAMILY = (
    "validation",
    "hybrid",
    "frdeep",
    "half-size",
    "double-size",
    "noise-5",
    "noise-20",
    "source-removed",
    "pixels-shuffled",
    "blobs",
    "pruned",
)


class DoubtPlan:
    """The families of a campaign that compares them.

    Parameters
    ----------
    plan
        The campaign's part of a paper, whose ``config.yaml`` has the key ``doubt``.

    Attributes
    ----------
    backbones
        Deterministic variant -> the variants that are compared with it.
    temperatures
        The variants of the temperature sweep; the others are compared with the first.
    passes
        TTA passes over images that no network was trained on.

    Raises
    ------
    RadiogazeError
        If the campaign compares none, or names a variant that its sheet lacks.
    """

    def __init__(self, plan: PaperPlan) -> None:
        if not compares_doubt(plan):
            raise RadiogazeError(
                f"config.yaml: campaigns.{plan.campaign}.{plan.paper}: no key doubt, which names"
                " the uncertain networks to compare (docs/doubt.md)"
            )
        settings: Mapping[str, Any] = plan.budget["doubt"]
        self._plan = plan
        self.backbones: Mapping[str, Sequence[str]] = settings["backbones"]
        self.temperatures: Sequence[str] = settings["temperatures"]
        self.passes: int = settings["passes"]
        for name in self.variants:
            plan.variant(name)  # which refuses one that the sheet lacks

    @property
    def _families(self) -> list[str]:
        return [name for own, others in self.backbones.items() for name in (own, *others)]

    @property
    def variants(self) -> list[str]:
        """All variants, each once."""
        return list(dict.fromkeys([*self._families, *self.temperatures]))

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Family and reference of every test; dropout and ensemble are of the backbone."""
        first, *others = self.temperatures
        return [
            *(
                (family, own)
                for own, compared in self.backbones.items()
                for family in (f"{own}{DROPOUT}", f"{own}{ENSEMBLE}", *compared)
            ),
            *((other, first) for other in others),
        ]

    def sets(self, variant: str) -> Sequence[str]:
        """Return what a variant is probed with."""
        return _OF_FAMILY if variant in self._families else _OF_SWEEP

    @property
    def needs(self) -> list[Need]:
        """What every network gives; of the backbones also with dropout that stays on."""
        kinds = ("logits", "predictions", "probe")
        found = [
            need for kind in kinds for need in self._plan.of_every_run(kind, kind, self.variants)
        ]
        for kind in kinds:
            for own in self.backbones:
                found += [
                    self._plan.need(
                        kind, f"dropout_{kind}", f"{own}{DROPOUT}/{run}", variant=own, run=run
                    )
                    for run in self._plan.runs_of(own)
                ]
        return found


def compares_doubt(plan: PaperPlan) -> bool:
    """Whether a campaign compares families of uncertain networks."""
    return "doubt" in plan.budget
