"""Whatever is typed after a verb: a usage error or one line, and nothing written in part."""

import os
import sys
import warnings
from contextlib import contextmanager
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import texts

from archive_tools import MAIN, radiogaze
from limits import within
from processes import call
from radiogaze.cli import VERBS, cli
from radiogaze.errors import RadiogazeError

FEWER = settings(max_examples=max(8, settings().max_examples // 12))
# Words that commands take for files, numbers, devices, addresses and names; nothing here computes.
WORDS = (
    "-1 0 1 2.5 1e9 cpu meta cuda:99 auto mirabest file a=b = a= x.csv x.fits x.npz x.json x.pt2"
    " . .. folder nothing.safetensors table06.csv gating 06 fig01 -- -h --nonsense"
    " http://127.0.0.1:9/ http://u:p@127.0.0.1:9/ https://[bad file:///etc/passwd"
)
words = st.one_of(texts.filter(lambda text: "\0" not in text), st.sampled_from(WORDS.split()))


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with a few files that are nothing, where a verb may look but not write beyond."""
    folder = tmp_path_factory.mktemp("cli")
    (folder / "folder").mkdir()
    for name in ("x.csv", "x.fits", "x.npz", "x.json", "table06.csv", "nothing.safetensors"):
        (folder / name).write_bytes(b"nothing\n")
    return folder


class Runner(CliRunner):
    """Prints what the output's encoding lacks as an escape, as the command line does."""

    @contextmanager
    def isolation(self, *given, **named):
        with super().isolation(*given, **named) as streams:
            sys.stdout.reconfigure(errors="backslashreplace")
            yield streams


def line_of(draw, verb: str) -> list[str]:
    """Arguments of a verb, each option given or not, with words that may fit."""
    command = cli.get_command(None, verb)
    line = [verb]
    for parameter in command.params:
        needed = parameter.required or draw(st.integers(0, 3)) == 0
        if not needed or parameter.name in ("help", "verbose"):
            continue
        if isinstance(parameter, click.Option):
            line.append(draw(st.sampled_from(parameter.opts)))
            if parameter.is_flag:
                continue
        for _ in range(max(parameter.nargs, 1)):
            line.append(draw(words))
    return line


# those that fetch have tests of their own: each address that does not answer takes seconds
_SLOW = ("fetch-dataset", "fetch-weights", "fetch-image")


@pytest.mark.parametrize("verb", [verb for verb in VERBS if verb not in _SLOW])
@FEWER
@given(data=st.data())
def test_every_verb(verb, data, place):
    line = line_of(data.draw, verb)
    environment = {
        "RADIOGAZE_MIRROR": None,
        "RADIOGAZE_ZENODO_API": "http://127.0.0.1:9",
        "RADIOGAZE_CACHE": str(place / "cache"),
        "NO_PROXY": "127.0.0.1",
    }
    before = Path.cwd()
    os.chdir(place)
    try:
        with within(30), warnings.catch_warnings(action="ignore"):
            done = Runner().invoke(cli, line, env=environment)
    finally:
        os.chdir(before)
    error = done.exception
    if isinstance(error, RadiogazeError):
        assert str(error).isprintable()
        assert len(str(error)) < 8000
    else:
        # a system error is one line of the command line too; anything else is a traceback
        assert error is None or isinstance(error, SystemExit | OSError), (line, error)
    assert not list(place.glob(".*.tmp"))


def test_a_name_with_a_line_break_is_one_line():
    done = radiogaze("describe", "x", "--sheet", "no\nradiogaze: fine\x1b[2J.tsv", "--out", "/x/y")
    assert done.returncode == 1
    expected = r"radiogaze: error: no\nradiogaze: fine\x1b[2J.tsv: no such file" + "\n"
    assert done.stderr == expected


def test_a_name_that_is_no_text_is_printed_whatever_the_terminals_encoding(tmp_path):
    # the sources' names are synthetic, and the summary holds the name of the file
    out = os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.npz")
    line = ["synthesise", "mirabest", "--train", "20", "--test", "20"]
    line += ["--images", out, "--catalogue", tmp_path / "é.csv"]
    done = call(sys.executable, "-c", MAIN, *line, PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, "")
    assert "40 synthetic cutouts" in done.stdout
