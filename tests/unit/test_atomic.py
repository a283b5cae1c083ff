"""Files are whole or not there, with the user's mode; leftovers of killed writers are removed."""

import os
import stat
import subprocess
import sys

import pytest
import torch

from radiogaze.classify.table import check_writable
from radiogaze.data.store import save_cutouts
from radiogaze.data.synthetic import synthesise
from radiogaze.errors import RadiogazeError
from radiogaze.files.atomic import atomic_path, write_text
from radiogaze.models.load import save_weights

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


def test_a_writer_that_fails_leaves_what_there_was_and_nothing_else(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("old")
    with pytest.raises(KeyError), atomic_path(path) as temporary:
        temporary.write_text("half")
        raise KeyError
    assert [(left.name, left.read_text()) for left in tmp_path.iterdir()] == [("a.csv", "old")]


def test_a_file_is_on_the_disk_before_it_has_its_name(tmp_path, monkeypatch):
    there = []
    monkeypatch.setattr(os, "fsync", lambda _: there.extend(tmp_path.iterdir()))
    write_text("a", tmp_path / "a.csv")
    assert [path.suffix for path in there] == [".tmp"]


def test_a_file_has_the_mode_of_the_umask_and_replaces_a_link(tmp_path):
    victim = tmp_path / "victim"
    victim.write_text("mine")
    outputs = [tmp_path / name for name in ("m.safetensors", "i.npz", "c.csv")]
    outputs[0].symlink_to(victim)
    before = os.umask(0o027)
    try:
        save_weights(outputs[0], {"a": torch.zeros(2)}, {"variant": {}})
        save_cutouts(synthesise(20, 20, 0), *outputs[1:])
    finally:
        os.umask(before)
    assert [stat.S_IMODE(path.lstat().st_mode) for path in outputs] == [0o640] * 3
    assert victim.read_text() == "mine"
    assert not outputs[0].is_symlink()
    assert sorted(tmp_path.iterdir()) == sorted([victim, *outputs])


@pytest.mark.parametrize("linked", [False, True])
def test_a_pipe_is_not_replaced(linked, tmp_path):
    pipe = path = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    if linked:
        path = tmp_path / "link.csv"
        path.symlink_to(pipe)
    before = sorted(tmp_path.iterdir())
    with pytest.raises(RadiogazeError, match="is a device, a pipe or a socket and would be"):
        write_text("a", path)
    with pytest.raises(RadiogazeError, match="exists, and is no table"):
        check_writable(path)  # and does not wait for somebody to write into the pipe
    assert pipe.is_fifo() and path.is_symlink() == linked
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("name", ["file/x.csv", "x" * 300])
def test_the_error_names_the_file_and_not_its_temporary_one(name, tmp_path):
    (tmp_path / "file").touch()
    path = tmp_path / name
    with pytest.raises(RadiogazeError) as caught, atomic_path(path):
        pass
    assert str(caught.value).startswith(f"{path}: cannot be written: ")
    assert "expected a writable folder" in str(caught.value)


def test_a_table_of_the_longest_name_that_a_folder_takes_can_be_written(tmp_path):
    check_writable(tmp_path / f"{'p' * 251}.csv")
    assert list(tmp_path.iterdir()) == []
