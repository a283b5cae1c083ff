"""The whole demo with all its jobs: on one core and on two, and killed again and again."""

import random
import time
from contextlib import suppress

import psutil
import pytest
from test_determinism import SETTINGS, run_elsewhere
from trees import Tree, kill_group

SEED = 166
KILLS = 30
DEMO = "The whole demo"
TARGETS = ("demo", "results/demo/gating/mirabest-range-ft-3g/seed-1/metrics.json")


@pytest.fixture(scope="module")
def reference(root, tmp_path_factory, pytestconfig) -> dict[str, str]:
    """The digests of the results of a demo on two cores without faults."""
    if not pytestconfig.getoption("--whole-demo", False):
        pytest.skip("takes half an hour: make test-faults-demo")
    tree = Tree(root, tmp_path_factory.mktemp("reference") / "demo", TARGETS, small=False)
    assert tree.run() == 0, tree.log
    return tree.digests()


def test_one_core_and_another_machine(root, tmp_path, reference, ledger):
    """As on two cores, in the order of the DAG, in a plain path."""
    ledger.tried(DEMO, SETTINGS)
    tree = run_elsewhere(root, tmp_path, TARGETS, small=False)
    assert tree.digests() == reference
    ledger.recovered()


def test_kills(root, tmp_path, reference, ledger):
    """Snakemake with its jobs, Snakemake alone, or a job; and started again until it is done."""
    tree = Tree(root, tmp_path / "demo", TARGETS, small=False)
    rng = random.Random(SEED)  # noqa: S311
    kills = starts = 0
    done = False
    while not done:
        assert starts < 2 * KILLS, tree.log
        starts += 1
        process = tree.start("--retries", "3", *TARGETS)
        while process.poll() is None and kills < KILLS:
            time.sleep(rng.uniform(6, 20))
            how = rng.choice(["Snakemake, with its jobs", "Snakemake, alone", "a job"])
            jobs = [job for job, _ in tree.jobs()]
            if process.poll() is not None or not jobs:
                continue
            with suppress(psutil.NoSuchProcess):  # the job had just ended
                if how == "a job":
                    rng.choice(jobs).kill()
                elif how == "Snakemake, alone":
                    process.kill()
                else:
                    kill_group(process)
                ledger.tried(DEMO, f"SIGKILL to {how}")
                kills += 1
        done = process.wait(timeout=1800) == 0
        if not done:
            tree.unlock()
    tree.check(reference)
    ledger.recovered()
