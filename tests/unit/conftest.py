"""Real cutouts, prepared once a session, and campaigns as they are planned."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from plan_tools import read

from radiogaze.campaigns.campaign import Campaign
from radiogaze.campaigns.plan import PaperPlan
from radiogaze.data.manifest import find_dataset
from radiogaze.data.prepare import prepare_dataset
from radiogaze.data.store import Cutouts


@pytest.fixture(scope="session")
def mirabest(mirror: Path, root: Path, tmp_path_factory: pytest.TempPathFactory) -> Cutouts:
    """MiraBest, from the published archive."""
    folder = tmp_path_factory.mktemp("mirabest")
    pin = find_dataset(root / "workflow/reference/datasets.csv", "mirabest")
    return prepare_dataset(
        pin,
        mirror / "MiraBest_full_batches.tar.gz",
        folder / "images.npz",
        folder / "catalogue.csv",
    )


@pytest.fixture(scope="module")
def settings(root: Path) -> dict[str, Any]:
    """The campaigns of config.yaml."""
    return yaml.safe_load((root / "config.yaml").read_text("utf-8"))["campaigns"]


@pytest.fixture
def campaigns(root: Path, settings, monkeypatch) -> dict[str, Campaign]:
    """What each of them consists of."""
    monkeypatch.chdir(root)  # the sheets are named from there
    return read(root, settings)


@pytest.fixture
def released(campaigns) -> PaperPlan:
    """The gating paper with the authors' weights."""
    return campaigns["released"].paper("gating")
