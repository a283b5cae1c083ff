"""What trainings cost, for those who are about to start them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from radiogaze.campaigns.campaign import Campaign
from radiogaze.campaigns.plan import PaperPlan
from radiogaze.campaigns.recipes import Recipe
from radiogaze.campaigns.settings import Plan
from radiogaze.campaigns.variants import Variant

# The columns by which `workflow/reference/network_costs.csv` tells networks apart.
_KIND = ("architecture", "group", "width_divisor", "gates", "kernel", "size")

_MEASURED = "modern"  # the recipe of its minutes


class CardCosts(NamedTuple):
    """What trainings cost on a card.

    Attributes
    ----------
    operations
        The rows of ``workflow/reference/operations.csv``: what one training of a variant computes
        and holds in memory, as ``benchmarks/operations.py`` counts.
    rates
        The rows of ``workflow/reference/card_rates.csv``: what a card computes in a second.
    """

    operations: Iterable[Mapping[str, str]]
    rates: Iterable[Mapping[str, str]]

    def rate(self, plan: Plan) -> Mapping[str, str]:
        """Return the rate of the precision that a campaign trains in."""
        precision = precision_of(plan)
        return next(row for row in self.rates if row["precision"] == precision)

    def of(self, plan: PaperPlan) -> dict[str, Mapping[str, str]]:
        """Return what is known of the variants that a campaign trains, by variant."""
        return {
            row["variant"]: row
            for row in self.operations
            if row["sheet"] == plan.budget["sheet"] and plan.trains(row["variant"])
        }

    def hours(self, plan: PaperPlan, variant: str) -> float:
        """Return how long one training takes; 0 where it is not known."""
        row = self.of(plan).get(variant)
        return float(row["petaflop"]) / _petaflop_an_hour(self.rate(plan)) if row else 0


def precision_of(plan: Plan) -> str:
    """Return the precision in which a campaign trains on a card."""
    return str(plan.settings.get("precision", "tf32"))


def _petaflop_an_hour(rate: Mapping[str, str]) -> float:
    return float(rate["teraflops"]) * 3.6


def card_cost(campaign: Campaign, costs: CardCosts) -> str:
    """Return in a line what all trainings of a campaign cost on a card, then a line a network."""
    rate, trainings, petaflop = costs.rate(campaign), 0, 0.0
    alike: dict[str, list[str]] = {}
    unknown: list[str] = []
    for plan in campaign.papers.values():
        known = costs.of(plan)
        unknown += [name for name in plan.sheet if plan.trains(name) and name not in known]
        for name, row in known.items():
            times, one = plan.trainings_of(name), float(row["petaflop"])
            trainings, petaflop = trainings + times, petaflop + times * one
            hours = one / _petaflop_an_hour(rate)
            text = f"{one / 1000:.3g} exaFLOP, {hours:.2g} hours, {row['gigabytes']} GB of memory"
            alike.setdefault(text, []).append(name)
    hours = petaflop / _petaflop_an_hour(rate)
    total = (
        f"{trainings} trainings compute {petaflop / 1000:,.0f} exaFLOP: about {hours:,.0f} hours of"
        f" one {rate['card']} in {rate['precision']} at {rate['teraflops']} TFLOP/s"
        f" ({rate['source']}); small networks take longer than their arithmetic{_not_in(unknown)}"
    )
    lines = [
        f"  {names[0]}{f' and {len(names) - 1} like it' if names[1:] else ''}: {text} each"
        for text, names in alike.items()
    ]
    return "\n".join([total, *lines])


def explain_cost(campaign: Campaign, costs: Iterable[Mapping[str, str]], card: CardCosts) -> str:
    """Return in a line what a campaign's trainings cost on a card and on a CPU, and what to run.

    Parameters
    ----------
    campaign
        With trained weights.
    costs
        The rows of ``workflow/reference/training_costs.csv``: trainings of each paper on a CPU.
    card
        What they cost on a card.
    """
    rows = [row for row in costs if row["paper"] in campaign.papers]
    hours = " or ".join(f"{row['hours']} hours ({row['training']})" for row in rows)
    name = campaign.campaign
    return (
        f"campaign {name}: no GPU here; its {card_cost(campaign, card).splitlines()[0]}; on a CPU"
        f" like the one measured, one training takes about {hours}; run {rows[0]['instead']} or"
        f" `make demo` for the whole workflow in small, or set campaigns.{name}.allow_cpu to true"
        " in config.yaml"
    )


def total_cost(
    campaign: Campaign,
    costs: Iterable[Mapping[str, str]],
    recipes: Mapping[str, Recipe],
) -> str:
    """Return in a line what all trainings of a campaign cost on a CPU.

    Parameters
    ----------
    campaign
        With trained weights.
    costs
        The rows of ``workflow/reference/network_costs.csv``: CPU minutes and megabytes of disk of
        one training by the recipe `modern`. A network of another kind is counted, and listed as not
        measured.
    recipes
        The recipes by name: one with several times the epochs of `modern` takes as many times as
        long, at least.
    """
    by_kind = {tuple(row[column] for column in _KIND): row for row in costs}
    minutes = megabytes = 0.0
    trainings, unknown = 0, []
    for plan in campaign.papers.values():
        for name in filter(plan.trains, plan.variants):
            times = plan.trainings_of(name)
            trainings += times
            if cost := by_kind.get(_kind(plan.sheet[name])):
                longer = _times_modern(plan.sheet[name].recipe, recipes)
                minutes += times * longer * float(cost["minutes"])
                megabytes += times * float(cost["megabytes"])
            else:
                unknown.append(name)
    text = (
        f"{trainings} trainings in all: about {minutes:,.0f} minutes ({minutes / 60:.0f} hours) of"
        f" one CPU core and {megabytes / 1000:.1f} GB of disk, without evaluation"
    )
    return text + _not_in(unknown)


def _times_modern(name: str, recipes: Mapping[str, Recipe]) -> int:
    """Return how many times as often a recipe shows every source as `modern`, at least once."""
    if not {name, _MEASURED} <= recipes.keys():
        return 1
    own, modern = (recipes[each].passes * recipes[each].epochs for each in (name, _MEASURED))
    return max(1, round(own / modern))


def _not_in(unknown: Sequence[str]) -> str:
    """Name what the sums leave out."""
    return f"; not measured, not in the sums: {', '.join(unknown)}" if unknown else ""


def _kind(row: Variant) -> tuple[str, ...]:
    cells = (getattr(row, column) for column in _KIND)
    return tuple("none" if cell is None else str(cell) for cell in cells)
