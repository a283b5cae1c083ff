"""What trainings cost on a CPU, for those who are about to start them."""

from collections.abc import Iterable, Mapping

from radiogaze.campaigns.campaign import Campaign
from radiogaze.campaigns.plan import PaperPlan
from radiogaze.campaigns.variants import Variant

# The columns by which `workflow/reference/network_costs.csv` tells networks apart.
_KIND = ("architecture", "group", "width_divisor", "gates", "kernel", "size")


def explain_cost(plan: PaperPlan, costs: Iterable[Mapping[str, str]]) -> str:
    """Return in a line what trainings of a paper cost on a CPU, and what to run instead.

    Parameters
    ----------
    plan
        The paper in the campaign.
    costs
        The rows of ``workflow/reference/training_costs.csv``, at least one of the paper.
    """
    rows = [row for row in costs if row["paper"] == plan.paper]
    hours = " or ".join(f"{row['hours']} hours ({row['training']})" for row in rows)
    return (
        f"campaign {plan.campaign}: no GPU here; on a CPU like the one measured, one training takes"
        f" about {hours}; run {rows[0]['instead']} or `make demo` for the whole workflow in small,"
        f" or set campaigns.{plan.campaign}.allow_cpu to true in config.yaml"
    )


def total_cost(campaign: Campaign, costs: Iterable[Mapping[str, str]]) -> str:
    """Return in a line what all trainings of a campaign by the recipe `modern` cost on a CPU.

    Parameters
    ----------
    campaign
        With trained weights.
    costs
        The rows of ``workflow/reference/network_costs.csv``: CPU minutes and megabytes of disk of
        one training. A network of another kind is counted, and listed as not measured.
    """
    by_kind = {tuple(row[column] for column in _KIND): row for row in costs}
    minutes = megabytes = 0.0
    trainings, unknown = 0, []
    for plan in campaign.papers.values():
        for name in plan.variants:
            times = len(plan.runs_of(name)) + len(plan.of_every_fold("", "", [name]))
            trainings += times
            if cost := by_kind.get(_kind(plan.sheet[name])):
                minutes += times * float(cost["minutes"])
                megabytes += times * float(cost["megabytes"])
            else:
                unknown.append(name)
    text = (
        f"{trainings} trainings in all: about {minutes:,.0f} minutes ({minutes / 60:.0f} hours) of"
        f" one CPU core and {megabytes / 1000:.1f} GB of disk, without evaluation"
    )
    return f"{text}; not measured, not in the sums: {', '.join(unknown)}" if unknown else text


def _kind(row: Variant) -> tuple[str, ...]:
    cells = (getattr(row, column) for column in _KIND)
    return tuple("none" if cell is None else str(cell) for cell in cells)
