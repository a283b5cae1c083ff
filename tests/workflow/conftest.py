"""A copy of the workflow to run and to change."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from copies import copy_workflow


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
        return subprocess.run(
            [str(command), "--cores", "2", *arguments],
            cwd=copy,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )

    return run
