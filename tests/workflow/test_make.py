"""`make` takes up a killed run, and leaves one that is at work alone."""

import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from processes import call


@pytest.fixture
def make(root: Path, copy: Path):
    """Run `make quick` in the copy with the real Snakemake, as a dry run."""
    if shutil.which("flock") is None:
        pytest.skip("no flock(1): make does not look for other runs")
    shutil.copy(root / "Makefile", copy)

    options = (f"BIN={Path(sys.executable).parent}", "CORES=1 -n")
    command = ("make", "--assume-old=setup", "quick", "VENV=none", *options)

    def run() -> subprocess.CompletedProcess[str]:
        return call(*command, cwd=copy)

    return run


@pytest.fixture
def lock(copy: Path) -> Path:
    """What a killed Snakemake leaves."""
    path = copy / ".snakemake/locks/0.output.lock"
    path.parent.mkdir(parents=True)
    path.write_text("figures/quick/gating/figA1.png\n")
    return path


def test_the_lock_of_a_killed_run_is_removed(make, lock):
    done = make()
    assert done.returncode == 0, done.stdout + done.stderr
    assert not lock.exists()


def test_a_second_make_is_refused_and_removes_nothing(make, lock):
    with (lock.parents[1] / "make.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        done = make()
    assert done.returncode != 0
    assert "another make runs the workflow in this folder" in done.stderr
    assert lock.exists()
    assert make().returncode == 0


def test_progress_is_shown_on_a_terminal_and_nowhere_else(root, tmp_path):
    shutil.copy(root / "Makefile", tmp_path)
    stub = tmp_path / "bin/snakemake"
    stub.parent.mkdir()
    stub.write_text('#!/bin/sh\necho "$@"\n')
    stub.chmod(0o755)
    command = ("make", "--no-print-directory", "--assume-old=setup", "quick", "VENV=none")
    command += (f"BIN={stub.parent}",)
    controller, terminal = os.openpty()
    for stderr, expected in (
        (terminal, "--cores all --logger rich quick"),
        (None, "--cores all quick"),
    ):
        run = subprocess.run(command, cwd=tmp_path, stdout=-1, stderr=stderr or -1, check=True)
        assert run.stdout.decode().splitlines()[-1] == expected
    os.close(controller)
    os.close(terminal)
