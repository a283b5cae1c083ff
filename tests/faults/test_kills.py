"""Killed without a word: Snakemake, its jobs, trainings, at moments that a seed chooses."""

import multiprocessing
import os
import random
import shutil
import signal
import time
from contextlib import suppress

import psutil
import pytest
from test_wrong_bytes import cut, flip
from trees import RESULTS, Tree, kill_group

from training_tools import contents, run_small

SEED = 8


def start_over(tree: Tree) -> None:
    """Take all results away, so that there is something to kill again."""
    for name in RESULTS:
        shutil.rmtree(tree.folder / name)


def test_snakemake(tree, undisturbed, tries, in_time, ledger):
    """With all its jobs, or alone, so that jobs that nobody waits for work on beside the next."""
    moments = random.Random(SEED)  # noqa: S311
    wanted = tries(short=3, thorough=22)
    kills = {"with its jobs": 0, "alone": 0}
    while sum(kills.values()) < wanted and in_time():
        process = tree.start()
        time.sleep(moments.uniform(1.5, 9))
        if process.poll() is not None:
            assert process.returncode == 0, tree.log
            assert tree.digests() == undisturbed
            start_over(tree)
        elif moments.random() < 0.5:
            kill_group(process)
            kills["with its jobs"] += 1
        else:
            process.kill()
            process.wait()
            kills["alone"] += 1
    assert tree.run() == 0, tree.log
    assert tree.digests() == undisturbed
    assert not tree.leavings()
    for how, count in kills.items():
        ledger("Kills (SIGKILL)", f"Snakemake, {how}", count, count)


@pytest.mark.usefixtures("at_length")
def test_jobs(tree, undisturbed, in_time, ledger):
    """One after another, while Snakemake tries each again; the long ones no oftener than others."""
    moments = random.Random(SEED + 1)  # noqa: S311
    wanted, most = 30, 5
    killed: list[str] = []
    while len(killed) < wanted and in_time():
        process = tree.start("--retries", "100", *tree.targets)
        while process.poll() is None and len(killed) < wanted and in_time():
            time.sleep(moments.uniform(0.2, 4))
            jobs = [(job, verb) for job, verb in tree.jobs() if killed.count(verb) < most]
            if jobs:
                job, verb = moments.choice(jobs)
                with suppress(psutil.NoSuchProcess):  # it had just ended
                    job.kill()
                    killed.append(verb)
        assert process.wait(timeout=300) == 0, tree.log
        assert tree.digests() == undisturbed
        start_over(tree)
    verbs = ", ".join(f"{verb} {killed.count(verb)}" for verb in sorted(set(killed)))
    ledger("Kills (SIGKILL)", "a job, which Snakemake tries again", len(killed), len(killed), verbs)


@pytest.fixture(scope="module")
def processes():
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["radiogaze.training.engine"])
    return context


def test_trainings(processes, tmp_path, tries, in_time, ledger):
    """At any moment of a step or a save; now and then the newest state is spoilt, too."""
    run_small(tmp_path / "calm-state", tmp_path / "calm")
    undisturbed = contents(tmp_path / "calm")
    moments = random.Random(SEED + 2)  # noqa: S311
    wanted = tries(short=4, thorough=50)
    kills = spoilt = 0
    while kills < wanted and in_time():
        arguments = (tmp_path / "state", tmp_path / "out")
        process = processes.Process(target=run_small, args=arguments)
        process.start()
        process.join(moments.uniform(0.05, 1))
        if process.is_alive():
            os.kill(process.pid, signal.SIGKILL)
            process.join()
            kills += 1
            spoilt += moments.random() < 0.3 and spoil_newest(tmp_path / "state", moments)
        else:
            assert process.exitcode == 0
            assert contents(tmp_path / "out") == undisturbed
            shutil.rmtree(tmp_path / "out")
    run_small(tmp_path / "state", tmp_path / "out")
    assert contents(tmp_path / "out") == undisturbed
    ledger("Kills (SIGKILL)", "a training", kills, kills)
    ledger(
        "Wrong bytes",
        "the newest state of a killed training, cut short or a bit flipped",
        spoilt,
        spoilt,
        "the state before it is taken",
    )


def spoil_newest(state, moments) -> bool:
    """Truncate the newest state or flip a bit in it, where one before it is left."""
    saved = sorted(state.glob("seed-0/*.json"))
    if len(saved) < 2:
        return False
    path = moments.choice([saved[-1], saved[-1].with_suffix(".safetensors")])
    moments.choice([flip, cut])(path, moments)
    return True
