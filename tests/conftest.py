"""What all tests share: where the real data lie, the command, a server."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from http_server import Server, serving
from processes import call

ROOT = Path(__file__).resolve().parents[1]


def _folder(variable: str) -> Path:
    if not os.environ.get(variable):
        pytest.skip(f"{variable} is not set: it names a folder of real data")
    return Path(os.environ[variable]).resolve()


@pytest.fixture(scope="session")
def mirror() -> Path:
    """The folder with the published archives and released weights."""
    return _folder("RADIOGAZE_MIRROR")


@pytest.fixture(scope="session")
def fixtures() -> Path:
    """The folder with reference outputs of released models and original FIRST images."""
    return _folder("RADIOGAZE_FIXTURES")


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository."""
    return ROOT


@pytest.fixture(scope="session")
def run_cli() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run the real command in the repository: ``run_cli("evaluate", ...)``."""
    command = Path(sys.executable).with_name("radiogaze")

    def run(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
        return call(command, *arguments, cwd=ROOT, **environment)

    return run


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server of files on this machine, past any proxy."""
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "127.0.0.1")
    with serving() as running:
        yield running
