"""A copy of the workflow's own files, as in a fresh clone."""

import shutil
from pathlib import Path

WORKFLOW = ("Snakefile", "config.yaml", "experiments", "workflow", "profiles", "envs", "docs")


def copy_workflow(root: Path, folder: Path, *more: str) -> None:
    """Copy them, and whatever else is named, into a folder."""
    for name in (*WORKFLOW, *more):
        if (root / name).is_dir():
            ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
            shutil.copytree(root / name, folder / name, ignore=ignored)
        else:
            shutil.copy(root / name, folder / name)
