"""How hard the fault tests try: a short, seeded part of them runs with every other test.

``--thorough`` tries every fault, ``HYPOTHESIS_PROFILE=faults`` seven times the examples;
``--whole-demo`` ill-treats the demo as it is.
"""

import fcntl
import json
import os
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from ledger import Writer, ledger  # noqa: F401
from trees import ALL, FEW, Tree

# A deadline would fail a slow machine; each test has a limit of its own where something could hang.
_COMMON = {
    "deadline": None,
    "database": None,
    "suppress_health_check": [HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
}
settings.register_profile("suite", max_examples=40, derandomize=True, **_COMMON)
settings.register_profile("faults", max_examples=300, print_blob=True, **_COMMON)
_START = time.monotonic()
_BUDGET = 530  # seconds; whatever was begun has a minute to end
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "suite"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--thorough", action="store_true", help="Try every fault: some minutes.")
    parser.addoption("--whole-demo", action="store_true", help="The demo as it is: half an hour.")
    parser.addoption("--reliability", type=Path, help="Write what came of it to this page.")


def pytest_configure(config: pytest.Config) -> None:
    page = config.getoption("--reliability", None)
    if page is not None and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Writer(page))


@pytest.fixture
def thorough(pytestconfig) -> bool:
    """Whether all is tried."""
    return bool(pytestconfig.getoption("--thorough", False))


@pytest.fixture
def tries(thorough):
    """How often: ``tries(short=3, thorough=36)``."""
    return lambda *, short, **more: more["thorough"] if thorough else short


@pytest.fixture
def in_time(thorough) -> Callable[[], bool]:
    """Whether there is time for another kill: all that is tried at length takes ten minutes."""
    return lambda: not thorough or time.monotonic() - _START < _BUDGET


@pytest.fixture
def at_length(thorough) -> None:
    """For what is too long to run with every other test."""
    if not thorough:
        pytest.skip("part of make test-faults")


@pytest.fixture
def tree(root, tmp_path) -> Tree:
    """A fresh copy of the small campaign."""
    return Tree(root, tmp_path / "tree")


@dataclass(frozen=True)
class Calm:
    """A campaign that nothing happened to, and the digests of its results."""

    folder: Path
    targets: tuple[str, ...]
    digests: dict[str, str]


@pytest.fixture(scope="session")
def calm(root, tmp_path_factory) -> Callable[[tuple[str, ...]], Calm]:
    """Run a campaign to its end where nothing disturbs it: once a session for each of targets."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base

    def run(targets: tuple[str, ...]) -> Calm:
        folder = shared / f"calm-{len(targets)}"
        kept = folder.with_suffix(".json")
        with folder.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not kept.is_file():
                tree = Tree(root, folder, targets)
                assert tree.run() == 0, tree.log
                assert not tree.leavings()
                kept.write_text(json.dumps(tree.digests()))
        return Calm(folder, targets, json.loads(kept.read_text()))

    return run


@pytest.fixture
def undisturbed(calm) -> dict[str, str]:
    """The digests of what a campaign of few targets ends with."""
    return calm(FEW).digests


@pytest.fixture
def finished(calm, root, tmp_path, thorough) -> tuple[Tree, dict[str, str]]:
    """A finished campaign, of all targets if all is tried, and the digests of its results."""
    done = calm(ALL if thorough else FEW)
    shutil.copytree(done.folder, tmp_path / "finished", symlinks=True)
    return Tree(root, tmp_path / "finished", done.targets), done.digests
