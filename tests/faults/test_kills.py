"""SIGKILL to Snakemake, its jobs and trainings, at times that a seed chooses."""

import multiprocessing
import os
import random
import shutil
import signal
import time
from contextlib import suppress

import psutil
import pytest
from trees import cut, flip, kill_group

from training_tools import contents, run_small

SEED = 8
KILLS = "Kills (SIGKILL)"


def test_snakemake(tree, reference, tries, in_time, ledger):
    """With all its jobs, or alone, so that its jobs work on beside those of the next run."""
    rng = random.Random(SEED)  # noqa: S311
    kills = 0
    while kills < tries(short=3, thorough=22) and in_time():
        process = tree.start()
        time.sleep(rng.uniform(1.5, 9))
        if process.poll() is not None:
            assert process.returncode == 0, tree.log
            assert tree.digests() == reference
            ledger.recovered()
            tree.remove_results()
            continue
        if rng.random() < 0.5:
            ledger.tried(KILLS, "Snakemake, with its jobs")
            kill_group(process)
        else:
            ledger.tried(KILLS, "Snakemake, alone")
            process.kill()
            process.wait()
        kills += 1
        tree.check_whole(reference)
        tree.unlock()
    tree.check(reference)
    ledger.recovered()


@pytest.mark.usefixtures("at_length")
def test_jobs(tree, reference, in_time, ledger):
    """One after another, while Snakemake tries each again; none of the verbs too often."""
    rng = random.Random(SEED + 1)  # noqa: S311
    killed: list[str] = []
    while len(killed) < 30 and in_time():
        process = tree.start("--retries", "100", *tree.targets)
        while process.poll() is None and len(killed) < 30 and in_time():
            time.sleep(rng.uniform(0.2, 4))
            jobs = [(job, verb) for job, verb in tree.jobs() if killed.count(verb) < 5]
            if jobs:
                job, verb = rng.choice(jobs)
                with suppress(psutil.NoSuchProcess):  # it had just ended
                    job.kill()
                    killed.append(verb)
                    verbs = (f"{verb} {killed.count(verb)}" for verb in sorted(set(killed)))
                    ledger.tried(KILLS, "a job, which Snakemake tries again", 1, ", ".join(verbs))
        assert process.wait(timeout=300) == 0, tree.log
        assert tree.digests() == reference
        ledger.recovered()
        tree.remove_results()


@pytest.fixture(scope="module")
def processes():
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["radiogaze.training.engine"])
    return context


@pytest.mark.usefixtures("at_length")
def test_trainings(processes, tmp_path, in_time, ledger):
    """At any time in a step or a save; now and then the newest state is corrupted, too."""
    run_small(tmp_path / "reference-state", tmp_path / "reference")
    reference = contents(tmp_path / "reference")
    rng = random.Random(SEED + 2)  # noqa: S311
    kills = 0
    while kills < 50 and in_time():
        arguments = (tmp_path / "state", tmp_path / "out")
        process = processes.Process(target=run_small, args=arguments)
        process.start()
        process.join(rng.uniform(0.05, 1))
        if process.is_alive():
            ledger.tried(KILLS, "a training")
            os.kill(process.pid, signal.SIGKILL)
            process.join()
            kills += 1
            saved = sorted((tmp_path / "state").glob("seed-0/*.json"))
            if len(saved) > 1 and rng.random() < 0.3:
                ledger.tried(
                    "Corrupted files",
                    "the newest state of a killed training, cut short or a bit flipped",
                    note="the state before it is used",
                )
                path = rng.choice([saved[-1], saved[-1].with_suffix(".safetensors")])
                rng.choice([flip, cut])(path, rng)
        else:
            assert process.exitcode == 0
            assert contents(tmp_path / "out") == reference
            ledger.recovered()
            shutil.rmtree(tmp_path / "out")
    run_small(tmp_path / "state", tmp_path / "out")
    assert contents(tmp_path / "out") == reference
    ledger.recovered()
