"""The demo as it is, all its jobs: on one core and on two, and killed again and again."""

import random
import time
from contextlib import suppress

import psutil
import pytest
from test_determinism import SETTINGS, run_elsewhere
from trees import Tree, kill_group

SEED = 166
KILLS = 30
TARGETS = ("demo", "results/demo/gating/mirabest-range-ft-3g/seed-1/metrics.json")


@pytest.fixture(scope="module")
def undisturbed(root, tmp_path_factory, pytestconfig) -> dict[str, str]:
    """The digests of a demo on two cores that nothing happened to."""
    if not pytestconfig.getoption("--whole-demo", False):
        pytest.skip("takes half an hour: make test-faults-demo")
    tree = Tree(root, tmp_path_factory.mktemp("calm") / "demo", TARGETS, small=False)
    assert tree.run() == 0, tree.log
    return tree.digests()


def test_one_core_and_another_machine(root, tmp_path, undisturbed, ledger):
    """As on two cores, in the order of the DAG, in a plain path."""
    tree = run_elsewhere(root, tmp_path, TARGETS, small=False)
    assert tree.digests() == undisturbed
    ledger("The whole demo", SETTINGS, 1, 1)


def test_kills(root, tmp_path, undisturbed, ledger):
    """Snakemake with its jobs, Snakemake alone, or a job; and started again until it is done."""
    tree = Tree(root, tmp_path / "demo", TARGETS, small=False)
    moments = random.Random(SEED)  # noqa: S311
    kills = {"Snakemake, with its jobs": 0, "Snakemake, alone": 0, "a job": 0}
    starts, done = 0, False
    while not done:
        assert starts < 2 * KILLS, tree.log
        starts += 1
        process = tree.start("--retries", "3", *TARGETS)
        while process.poll() is None and sum(kills.values()) < KILLS:
            time.sleep(moments.uniform(6, 20))
            how = moments.choice(list(kills))
            jobs = [job for job, _ in tree.jobs()]
            if process.poll() is not None or not jobs:
                continue
            with suppress(psutil.NoSuchProcess):  # the job had just ended
                if how == "a job":
                    moments.choice(jobs).kill()
                elif how == "Snakemake, alone":
                    process.kill()
                else:
                    kill_group(process)
                kills[how] += 1
        done = process.wait(timeout=1800) == 0
    assert tree.digests() == undisturbed
    assert not tree.leavings()
    for how, count in kills.items():
        ledger("The whole demo", f"SIGKILL to {how}", count, count)
