"""How much the fault tests try: a short, seeded part of them runs with every other test.

``--thorough`` injects every fault, ``HYPOTHESIS_PROFILE=faults`` tries seven times the examples;
``--whole-demo`` injects faults into the demo in its full size.
"""

import fcntl
import json
import os
import shutil
import time
from collections.abc import Callable
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
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "suite"))
_START = time.monotonic()
_BUDGET = 530  # seconds, after which no kill begins; those that have begun need a minute


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--thorough", action="store_true", help="Inject every fault: some minutes.")
    parser.addoption("--whole-demo", action="store_true", help="The whole demo: half an hour.")
    parser.addoption("--reliability", type=Path, help="Write the counts of faults to this page.")


def pytest_configure(config: pytest.Config) -> None:
    page = config.getoption("--reliability", None)
    if page is not None and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Writer(page))


@pytest.fixture
def thorough(pytestconfig) -> bool:
    """Whether every fault is injected."""
    return bool(pytestconfig.getoption("--thorough", False))


@pytest.fixture
def tries(thorough):
    """How often: ``tries(short=3, thorough=36)``."""
    return lambda *, short, **more: more["thorough"] if thorough else short


@pytest.fixture
def in_time(thorough) -> Callable[[], bool]:
    """Whether there is time for another kill: the thorough tests take ten minutes."""
    return lambda: not thorough or time.monotonic() - _START < _BUDGET


@pytest.fixture
def at_length(thorough) -> None:
    """For tests that take too long to run with all others."""
    if not thorough:
        pytest.skip("part of make test-faults")


@pytest.fixture
def tree(root, tmp_path) -> Tree:
    """A fresh copy of the small campaign."""
    return Tree(root, tmp_path / "tree")


@pytest.fixture(scope="session")
def run_reference(root, tmp_path_factory) -> Callable[[tuple[str, ...]], tuple[Path, dict]]:
    """Run a campaign without faults, once a session for each set of targets.

    Returns its folder and the digests of its results.
    """
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base

    def run(targets: tuple[str, ...]) -> tuple[Path, dict]:
        folder = shared / f"reference-{len(targets)}"
        digests = folder.with_suffix(".json")
        with folder.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not digests.is_file():
                tree = Tree(root, folder, targets)
                assert tree.run() == 0, tree.log
                assert not tree.leftovers()
                digests.write_text(json.dumps(tree.digests()))
        return folder, json.loads(digests.read_text())

    return run


@pytest.fixture
def reference(run_reference) -> dict[str, str]:
    """The digests of the results of a reference run with few targets."""
    return run_reference(FEW)[1]


@pytest.fixture
def finished(run_reference, root, tmp_path, thorough) -> tuple[Tree, dict[str, str]]:
    """A copy of a reference run, with all targets if thorough, and the digests of its results."""
    targets = ALL if thorough else FEW
    folder, digests = run_reference(targets)
    shutil.copytree(folder, tmp_path / "finished", symlinks=True)
    return Tree(root, tmp_path / "finished", targets), digests
