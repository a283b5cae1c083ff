"""A copy of the workflow to run and to change."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from copies import copy_workflow
from processes import call


@pytest.fixture
def copy(root: Path, tmp_path: Path) -> Path:
    """The workflow's files alone, as in a fresh clone."""
    copy_workflow(root, tmp_path)
    return tmp_path


@pytest.fixture
def snakemake(copy: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run the real Snakemake in the copy: ``snakemake("-n", "quick", RADIOGAZE_MIRROR="")``."""
    command = Path(sys.executable).with_name("snakemake")

    def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        options = ("--cores", "2", *arguments)
        return call(command, *options, cwd=copy, timeout=300, **environment)

    return run
