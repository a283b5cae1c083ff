"""Campaigns as the repository's settings have them, for the tests of their plans."""

from pathlib import Path

from radiogaze.campaigns.campaign import Campaign, plan_campaigns
from radiogaze.files.rows import read_rows

PRIMARY = "mirabest-range-ft-3g"


def read(root: Path, settings) -> dict[str, Campaign]:
    return plan_campaigns(settings, read_rows(root / "workflow/reference/weights.csv", ","))
