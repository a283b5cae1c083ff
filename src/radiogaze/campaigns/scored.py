"""The networks whose attention maps are scored."""

from radiogaze.campaigns.plan import PaperPlan

SCORED = "scored"  # in place of a table's number


def networks_scored(plan: PaperPlan) -> list[str]:
    """Return the models of every normalisation and aggregation; of a synthetic sky Table 7's."""
    return plan.gated_of_table("7") if plan.synthetic else plan.grid
