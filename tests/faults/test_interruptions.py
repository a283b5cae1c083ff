"""Interrupted, terminated, stopped and continued, started twice."""

import random
import signal
import sys
import time

import psutil
import pytest
from trees import kill_group

from processes import call

SEED = 34
INTERRUPTIONS = "Interruptions"


@pytest.mark.usefixtures("at_length")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals(tree, reference, ledger, number):
    """To Snakemake alone, as ``kill`` sends it, or to all of its group, as a terminal does."""
    rng = random.Random(SEED + number)  # noqa: S311
    sent = 0
    while sent < 3:
        process = tree.start()
        time.sleep(rng.uniform(3, 9))
        if process.poll() is not None:
            assert process.returncode == 0, tree.log
            tree.remove_results()
            continue
        ledger.tried(INTERRUPTIONS, signal.Signals(number).name)
        if rng.random() < 0.5:
            kill_group(process, number)
        else:
            process.send_signal(number)
            process.wait(timeout=120)
        sent += 1
        tree.unlock()
    tree.check(reference)
    ledger.recovered()


# Snakemake, terminated while it chooses jobs and so holds its scheduler's lock.
TERMINATED_WHILE_IT_CHOOSES = """
import os, signal, sys
from snakemake.cli import main
from snakemake.scheduling.milp import Scheduler
choose = Scheduler.select_jobs
def terminated(*arguments, **options):
    os.kill(os.getpid(), signal.SIGTERM)
    return choose(*arguments, **options)
Scheduler.select_jobs = terminated
main(sys.argv[1:])
"""


def test_terminated_while_it_chooses_jobs(tree, reference, ledger):
    """It ends after the jobs that it chose, without a deadlock, and their results are whole."""
    ledger.tried(INTERRUPTIONS, "SIGTERM while Snakemake chooses jobs")
    command = (sys.executable, "-c", TERMINATED_WHILE_IT_CHOOSES, "--cores", "2", *tree.targets)
    done = call(*command, cwd=tree.folder, RADIOGAZE_MIRROR="")
    assert done.returncode != 0
    assert "Will exit after finishing currently running jobs" in done.stderr
    tree.check_whole(reference)
    ledger.recovered()


@pytest.mark.usefixtures("at_length")
def test_stopped_and_continued(tree, reference, ledger):
    """As a queue system, or a person with Ctrl-Z, does with jobs."""
    rng = random.Random(SEED)  # noqa: S311
    stopped = 0
    process = tree.start()
    while process.poll() is None and stopped < 12:
        time.sleep(rng.uniform(0.3, 2))
        for job, _ in tree.jobs()[:1]:
            try:
                job.suspend()
                time.sleep(rng.uniform(0.2, 1.5))
                job.resume()
            except psutil.Error:
                continue  # it had just ended
            stopped += 1
            ledger.tried(INTERRUPTIONS, "SIGSTOP to a job, then SIGCONT")
    assert process.wait(timeout=300) == 0, tree.log
    assert tree.digests() == reference
    ledger.recovered()


@pytest.mark.usefixtures("at_length")
def test_two_at_once(tree, reference, ledger):
    """In the same folder: one works, the other stops with a message and changes nothing."""
    first = tree.start()
    while not tree.jobs() and first.poll() is None:
        time.sleep(0.1)
    ledger.tried(INTERRUPTIONS, "two Snakemakes in one folder", note="the second is refused")
    second = tree.start()
    assert second.wait(timeout=60) != 0
    assert "cannot be locked" in tree.log
    assert first.wait(timeout=300) == 0, tree.log
    assert tree.digests() == reference
    ledger.recovered()
