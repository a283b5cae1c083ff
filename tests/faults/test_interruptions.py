"""Stopped, continued, interrupted, started twice, and with a clock that goes backwards."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time

import psutil
import pytest
from test_kills import start_over
from trees import kill_group

SEED = 34
DAY = 24 * 3600


@pytest.mark.usefixtures("at_length")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals(tree, undisturbed, ledger, number):
    """To Snakemake alone, as ``kill`` sends it, or to all of its group, as a terminal does."""
    moments = random.Random(SEED + number)  # noqa: S311
    wanted = 3
    sent = 0
    while sent < wanted:
        process = tree.start()
        time.sleep(moments.uniform(3, 9))
        if process.poll() is not None:
            assert process.returncode == 0, tree.log
            start_over(tree)
            continue
        if moments.random() < 0.5:
            kill_group(process, number)
        else:
            process.send_signal(number)
            process.wait(timeout=120)
        sent += 1
    assert tree.run() == 0, tree.log
    assert tree.digests() == undisturbed
    assert not tree.leavings()
    ledger("Interruptions", signal.Signals(number).name, sent, sent)


# Snakemake, told to end while it chooses jobs and so holds its scheduler's lock.
ENDED_WHILE_IT_CHOOSES = """
import os, signal, sys
from snakemake.cli import main
from snakemake.scheduling.milp import Scheduler
choose = Scheduler.select_jobs
def ended(*arguments, **options):
    os.kill(os.getpid(), signal.SIGTERM)
    return choose(*arguments, **options)
Scheduler.select_jobs = ended
main(sys.argv[1:])
"""


def test_terminated_while_it_chooses_jobs(tree, undisturbed, ledger):
    """It ends after the jobs that it chose, and does not wait for itself; the next goes on."""
    done = subprocess.run(
        [sys.executable, "-c", ENDED_WHILE_IT_CHOOSES, "--cores", "2", *tree.targets],
        cwd=tree.folder,
        env={**os.environ, "RADIOGAZE_MIRROR": ""},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode != 0
    assert "Will exit after finishing currently running jobs" in done.stderr
    assert tree.run() == 0, tree.log
    assert tree.digests() == undisturbed
    ledger("Interruptions", "SIGTERM while Snakemake chooses jobs", 1, 1)


@pytest.mark.usefixtures("at_length")
def test_stopped_and_continued(tree, undisturbed, ledger):
    """As a queue system, or a person with Ctrl-Z, does with jobs."""
    moments = random.Random(SEED)  # noqa: S311
    wanted, stopped = 12, 0
    process = tree.start()
    while process.poll() is None and stopped < wanted:
        time.sleep(moments.uniform(0.3, 2))
        for job, _ in tree.jobs()[:1]:
            try:
                job.suspend()
                time.sleep(moments.uniform(0.2, 1.5))
                job.resume()
                stopped += 1
            except psutil.Error:
                continue  # it had just ended
    assert process.wait(timeout=300) == 0, tree.log
    assert tree.digests() == undisturbed
    ledger("Interruptions", "SIGSTOP to a job, then SIGCONT", stopped, stopped)


@pytest.mark.usefixtures("at_length")
def test_two_at_once(tree, undisturbed, ledger):
    """On the same tree: one works, the other says so and touches nothing."""
    first = tree.start()
    while not tree.jobs() and first.poll() is None:
        time.sleep(0.1)
    second = tree.start()
    assert second.wait(timeout=60) != 0
    assert "cannot be locked" in tree.log
    assert first.wait(timeout=300) == 0, tree.log
    assert tree.digests() == undisturbed
    ledger("Interruptions", "two Snakemakes on one tree", 1, 1, "the second is refused")


@pytest.mark.usefixtures("at_length")
@pytest.mark.skipif(shutil.which("faketime") is None, reason="needs faketime")
def test_a_clock_set_back(tree, undisturbed, ledger):
    """Killed while the clock is a day ahead, then gone on with once it is right again."""
    ask = ["faketime", "-f", "+1d", "printenv", "LD_PRELOAD"]
    preload = subprocess.run(ask, capture_output=True, text=True, check=True).stdout.strip()
    ahead = tree.start(LD_PRELOAD=preload, FAKETIME="+1d")
    time.sleep(random.Random(SEED + 1).uniform(12, 20))  # noqa: S311
    kill_group(ahead)
    assert tree.run() == 0, tree.log
    assert "were from the future" in tree.log
    assert tree.digests() == undisturbed
    ledger("Interruptions", "the clock set back by a day", 1, 1)


@pytest.mark.usefixtures("at_length")
def test_files_from_tomorrow(finished, ledger):
    """Half of the files, as on a disk of another machine; then something has to be made again."""
    moments = random.Random(SEED)  # noqa: S311
    tree, undisturbed = finished
    for name in undisturbed:
        if moments.random() < 0.5:
            os.utime(tree.folder / name, (time.time() + DAY,) * 2)
    shutil.rmtree(tree.folder / "figures")
    assert tree.run() == 0, tree.log
    assert tree.digests() == undisturbed
    ledger("Interruptions", "half of the files from tomorrow", 1, 1)
