"""Run a program as a user does, and keep what it printed."""

import os
import subprocess
from pathlib import Path


def call(
    *command: object, cwd: Path | None = None, timeout: float = 120, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, with these variables set besides those of the tests."""
    return subprocess.run(
        list(map(str, command)),
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=timeout,
    )
