"""A copy of the workflow to run and to spoil."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

WORKFLOW = ["Snakefile", "config.yaml", "experiments", "workflow", "profiles", "envs"]


@pytest.fixture
def copy(root: Path, tmp_path: Path) -> Path:
    """The workflow's files alone, as in a fresh clone."""
    for name in WORKFLOW:
        source = root / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, tmp_path / name)
    (tmp_path / "docs").mkdir()  # of the documents, the report reads one
    shutil.copy(root / "docs/differences.md", tmp_path / "docs")
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
