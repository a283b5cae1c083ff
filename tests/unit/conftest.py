"""Real cutouts, prepared once a session, planned campaigns, and commands on small files."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from plan_tools import read
from verify_tools import run_measure

from radiogaze.campaigns.campaign import Campaign
from radiogaze.campaigns.plan import PaperPlan
from radiogaze.cli import cli
from radiogaze.data.manifest import find_dataset
from radiogaze.data.prepare import prepare_dataset
from radiogaze.data.store import Cutouts
from sky_tools import own_weights


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


@pytest.fixture
def tree(root, tmp_path, monkeypatch):
    """A campaign with one evaluation, and the folder that it was made in."""
    monkeypatch.chdir(tmp_path)
    for name in ("images.npz", "catalogue.csv"):
        Path(name).write_text(name)
    Path("sheet.tsv").write_text((root / "experiments/gating.tsv").read_text())
    Path("recipes.yaml").write_text((root / "experiments/recipes.yaml").read_text())
    run_measure()
    return tmp_path


@pytest.fixture(name="run")
def run_classify(tmp_path, monkeypatch):
    """Run `radiogaze classify` with untrained weights; gives exit code, output and table."""
    monkeypatch.setenv("RADIOGAZE_CACHE", str(tmp_path / "cache"))
    weights = tmp_path / "weights" / "model.safetensors"
    own_weights(weights, 0, "range")

    def invoke(*arguments, out="p.csv", weights=weights, flags=()):
        line = [*flags, "classify", *map(str, arguments), "--out", str(tmp_path / out)]
        if weights is not None:
            line += ["--weights", str(weights)]
        return CliRunner().invoke(cli, line)

    return invoke
