"""What a training costs without a GPU, for those who are about to start one."""

from collections.abc import Iterable, Mapping

from radiogaze.campaigns.plan import PaperPlan


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
