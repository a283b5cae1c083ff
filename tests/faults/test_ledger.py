"""The page of the fault tests must be able to show a loss."""

import subprocess
import sys
from pathlib import Path

CONFTEST = """
import sys
from pathlib import Path
sys.path.insert(0, {faults!r})
from ledger import Writer, ledger

def pytest_configure(config):
    config.pluginmanager.register(Writer(Path(__file__).with_name("page.md")))
"""
TESTS = """
import pytest
from radiogaze.files.atomic import atomic_path

def write_half(path):
    path.write_bytes(b"af")
    raise RuntimeError

def interrupt(path, ledger):
    ledger.tried("Kills", "after half of a write", note="of two bytes")
    with pytest.raises(RuntimeError), atomic_path(path) as temporary:
        write_half(temporary)
    assert path.read_bytes() == b"before"
    ledger.recovered()

def interrupt_plain(path, ledger):
    ledger.tried("Kills", "after half of a write that is not atomic")
    with pytest.raises(RuntimeError):
        write_half(path)
    assert path.read_bytes() == b"before"
    ledger.recovered()

def test_writes(tmp_path, ledger):
    path = tmp_path / "result"
    path.write_bytes(b"before")
    interrupt(path, ledger)
    interrupt(path, ledger)
    interrupt_plain(path, ledger)
"""


def test_the_page_shows_a_fault_that_was_not_recovered(tmp_path):
    (tmp_path / "conftest.py").write_text(CONFTEST.format(faults=str(Path(__file__).parent)))
    (tmp_path / "test_writes.py").write_text(TESTS)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, "--rootdir", tmp_path, tmp_path],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    page = (tmp_path / "page.md").read_text()
    assert "**3 faults tried, 2 recovered, 1 lost**; 0 tests passed, 1 failed." in page
    assert "| after half of a write | 2 | 2 | 0 | of two bytes |" in page
    assert "| after half of a write that is not atomic | 1 | 0 | 1 |  |" in page
    assert "- `test_writes.py::test_writes`" in page
