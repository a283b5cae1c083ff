"""`make` takes up a killed run, and leaves one that is at work alone."""

import fcntl
import os
import shutil
import subprocess
import sys
from contextlib import suppress
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


FAILING = """
include: "rules/progress.smk"

rule fails:
    output: "out.txt"
    log: "logs/fails.log"
    shell: "(echo epoch 0; echo the reason of it all; echo) > {log}; echo of the shell; false"
"""


def test_a_failed_job_shows_the_last_line_of_its_log_and_where_it_is(root, tmp_path):
    (tmp_path / "rules").mkdir()
    shutil.copy(root / "workflow/rules/progress.smk", tmp_path / "rules")
    (tmp_path / "Snakefile").write_text(FAILING)
    controller, terminal = os.openpty()
    command = (Path(sys.executable).with_name("snakemake"), "--cores", "1", "--logger", "rich")
    done = subprocess.run(
        command,
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=terminal,
        check=False,
        env={**os.environ, "COLUMNS": "80"},
    )
    os.close(terminal)
    shown = b""
    with suppress(OSError):  # at the end of what was written
        while part := os.read(controller, 65536):
            shown += part
    os.close(controller)
    assert done.returncode == 1
    text = shown.decode()
    assert "Failed" in text
    assert "Log file: logs/fails.log" in text
    assert text.count("the reason of it all") == 1
    assert "epoch 0" not in text
    assert "CalledProcessError" not in text
    (full,) = (tmp_path / ".snakemake/log").glob("*.log")
    assert "CalledProcessError" in full.read_text()
