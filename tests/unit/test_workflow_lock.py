"""The lock that a killed Snakemake leaves; what it does in a run is tried in tests/faults."""

import subprocess
import sys

import pytest

from radiogaze.workflow_lock import Company, clear_stale_lock


@pytest.fixture
def left(tmp_path):
    """What a killed Snakemake leaves."""
    (tmp_path / "locks").mkdir()
    (tmp_path / "locks/0.output.lock").write_text("figures/fig01.png\n")
    return tmp_path


def another(folder):
    """Another process: it says what company it found, and lives until it is told to end."""
    code = (
        "import sys; from pathlib import Path; from radiogaze.workflow_lock import *;"
        "print(*clear_stale_lock(Path(sys.argv[1])), flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", code, str(folder)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def test_a_stale_lock_is_taken_away(left):
    assert clear_stale_lock(left) == Company(alone=True, stale=True)
    assert not (left / "locks").exists()


def test_the_lock_of_one_that_lives_stays(left):
    (left / "locks").rename(left / "later")
    with another(left) as living:
        assert living.stdout.readline() == "True False\n"
        (left / "later").rename(left / "locks")
        with another(left) as third:
            assert third.stdout.readline() == "False False\n"
            assert (left / "locks").is_dir()
        living.kill()
    with another(left) as next_one:
        assert next_one.stdout.readline() == "True True\n"


def test_a_snakemake_of_one_job_takes_nothing_away(left):
    assert clear_stale_lock(left, main=False) == Company(alone=False, stale=False)
    assert (left / "locks").is_dir()


def test_where_nothing_can_be_written_nothing_happens(tmp_path):
    (tmp_path / "no-folder").write_text("")
    assert clear_stale_lock(tmp_path / "no-folder") == Company(alone=False, stale=False)
