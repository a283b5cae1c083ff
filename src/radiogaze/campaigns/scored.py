"""The networks whose attention maps are scored."""

from radiogaze.campaigns.plan import PaperPlan

SCORED = "scored"  # in place of a table's number
ALSO_SCORED = "also scored"  # the same, of the networks beside those


def networks_scored(plan: PaperPlan) -> list[str]:
    """Return the models of every normalisation and aggregation; of a synthetic sky Table 7's."""
    return plan.gated_of_table("7") if plan.synthetic else plan.grid


def networks_also_scored(plan: PaperPlan) -> list[str]:
    """Return the other released networks with gates, where all sources are scored."""
    if plan.trained or plan.budget.get("gaze_sources"):
        return []
    return [name for name in plan.variants if plan.sheet[name].gates and name not in plan.grid]
