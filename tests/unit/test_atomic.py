"""What writers that were killed leave, and who clears it away."""

import os
import subprocess
import sys

import pytest

from radiogaze.files.atomic import atomic_path

WRITER = """
import sys
from pathlib import Path
from radiogaze.files.atomic import atomic_path
with atomic_path(Path(sys.argv[1])):
    print("at work", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def writer(tmp_path):
    """Another process in the midst of writing a file."""
    command = [sys.executable, "-c", WRITER, str(tmp_path / "half.csv")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"at work\n"
        yield process
        process.kill()


def write(path):
    code = "import sys; from pathlib import Path; from radiogaze.files.atomic import atomic_path\n"
    code += "with atomic_path(Path(sys.argv[1])) as path: path.write_text('whole')"
    subprocess.run([sys.executable, "-c", code, str(path)], check=True)


def test_what_a_killed_writer_left_goes_with_the_next_file(writer, tmp_path):
    writer.kill()
    writer.wait()
    assert len(list(tmp_path.iterdir())) == 1
    write(tmp_path / "whole.csv")
    assert list(tmp_path.iterdir()) == [tmp_path / "whole.csv"]


def test_what_a_living_writer_has_begun_stays(writer, tmp_path):
    write(tmp_path / "whole.csv")
    assert len(list(tmp_path.iterdir())) == 2


def test_what_another_machine_or_a_person_left_stays(tmp_path):
    others = [tmp_path / ".half.csv.elsewhere-99999999-aa.tmp", tmp_path / ".mine.tmp"]
    for path in others:
        path.write_text("")
    write(tmp_path / "whole.csv")
    assert sorted(tmp_path.iterdir()) == sorted([*others, tmp_path / "whole.csv"])


def test_a_long_name_of_long_letters_has_a_temporary_one(tmp_path):
    longest = os.pathconf(tmp_path, "PC_NAME_MAX") // len("🔭".encode())
    with atomic_path(tmp_path / ("🔭" * longest)) as path:
        path.write_text("whole")
    assert len(list(tmp_path.iterdir())) == 1
