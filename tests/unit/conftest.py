"""Real cutouts, prepared once a session."""

from pathlib import Path

import pytest

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
