"""Provenance of an artefact: versions, commit, digests of the inputs."""

import functools
import hashlib
import json
import os
import platform
import shutil
import subprocess
from importlib import metadata
from pathlib import Path
from typing import Any

from radiogaze import __version__

PACKAGES = ("captum", "matplotlib", "numpy", "pandas", "scikit-learn", "scipy", "torch")


def sha256_of(path: Path) -> str:
    """Return the SHA-256 digest of a file, as 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def commit() -> str:
    """Return the git commit of the source tree this package runs from, or ``unknown``."""
    here = Path(__file__).resolve().parents[1]
    try:
        found = subprocess.run(  # noqa: S603
            # and that it holds this package, which may be installed within another repository
            ["git", "-C", str(here), "rev-parse", "HEAD", "HEAD:./errors.py"],  # noqa: S607
            capture_output=True,
            text=True,
            check=True,
            timeout=10,
        )
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return found.stdout.split()[0]


@functools.cache
def hardware() -> str:
    """Describe the machine this runs on: processor, cores and, where there is one, the GPU."""
    processor = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
        names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
        processor = names[0] if names else processor
    except OSError:
        pass  # not Linux: Python's description is enough
    found = [processor, f"{os.cpu_count()} cores", *_gpus()]
    return ", ".join(part for part in found if part)


def _gpus() -> list[str]:
    """Return the names of NVIDIA's GPUs, none where its tool is not there."""
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return []
    asked = [tool, "--query-gpu=name", "--format=csv,noheader"]
    try:
        found = subprocess.run(  # noqa: S603
            asked, capture_output=True, text=True, check=True, timeout=10
        )
    except (OSError, subprocess.SubprocessError):
        return []
    return found.stdout.strip().splitlines()


def record(inputs: dict[str, Path], **settings: Any) -> dict[str, Any]:
    """Describe how an artefact is made.

    Nothing in it depends on the time, the host or the folder, so that equal runs give equal
    artefacts.

    Parameters
    ----------
    inputs
        The files that went in, by role; their digests are recorded.
    settings
        Everything else that decides the result, e.g. ``seed=0``.
    """
    return {
        "radiogaze": __version__,
        "commit": commit(),
        "python": platform.python_version(),
        "packages": {name: metadata.version(name) for name in PACKAGES},
        "inputs": {role: f"sha256:{sha256_of(path)}" for role, path in inputs.items()},
        "settings": settings,
    }


def to_json(value: Any) -> str:
    """Write a value as JSON text with a fixed layout, so that equal values give equal files.

    Bytes of a file's name that are not UTF-8 become JSON's escapes, which a reader turns back into
    the name.
    """
    text = json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    return text.encode("utf-8", "backslashreplace").decode()
