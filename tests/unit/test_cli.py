import os
import pty
import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from radiogaze import __version__
from radiogaze.cli import VERBS, cli


def test_help_lists_every_verb_without_heavy_imports():
    code = (
        "import sys; from click.testing import CliRunner; from radiogaze.cli import cli;"
        "print(CliRunner().invoke(cli, ['--help']).output);"
        "print('heavy', {'torch', 'pandas', 'sklearn', 'astropy'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    for verb, text in VERBS.items():
        assert verb in done.stdout
        assert text in " ".join(done.stdout.split())
    assert "heavy set()" in done.stdout
    assert "Exit status: 0 done; 1 an error" in done.stdout


def test_every_verb_has_help():
    for verb in VERBS:
        command = cli.get_command(None, verb)
        assert command.help
        options = [p for p in command.params if isinstance(p, click.Option)]
        assert all(option.help for option in options), verb
        if all(p.name != "variant" for p in command.params):
            assert not any("VARIANT" in option.help for option in options), verb
        assert CliRunner().invoke(cli, [verb, "--help"]).exit_code == 0


def test_version_and_unknown_verb(run_cli):
    assert __version__ in run_cli("--version").stdout
    unknown = run_cli("evalute")
    assert unknown.returncode == 2
    assert "No such command 'evalute'" in unknown.stderr


def test_an_error_is_one_line_and_verbose_prints_the_traceback(run_cli, tmp_path):
    line = ["synthesise", "mirabest", "--train", "3", "--images", tmp_path / "a.npz"]
    line += ["--catalogue", tmp_path / "a.csv"]
    plain, loud = run_cli(*line), run_cli("--verbose", *line)
    assert plain.returncode == loud.returncode == 1
    assert plain.stderr.startswith("radiogaze: error: synthetic sky: train: expected at least 20")
    assert plain.stderr.count("\n") == 1
    assert "Traceback" in loud.stderr
    assert loud.stderr.endswith(plain.stderr)


@pytest.mark.parametrize(("variables", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_colours_on_a_terminal_unless_no_color(variables, coloured, tmp_path):
    here, there = pty.openpty()
    code = "from radiogaze.cli import main; main()"
    line = [sys.executable, "-c", code, "describe", "x", "--sheet", str(tmp_path / "none.tsv")]
    environment = {key: os.environ[key] for key in os.environ if key != "NO_COLOR"}
    subprocess.run(
        [*line, "--out", str(tmp_path / "x.json")],
        stderr=there,
        env={**environment, **variables},
        check=False,
    )
    os.close(there)
    printed = os.read(here, 10_000).decode()
    os.close(here)
    assert "no such file" in printed
    assert ("\x1b[" in printed) is coloured


def test_no_number_of_an_option_may_be_nan():
    """No bound excludes it: it would end in a traceback or in an empty table."""
    asked = {}
    for verb in VERBS:
        for option in cli.get_command(None, verb).params:
            if isinstance(option.type, click.FloatRange):
                done = CliRunner().invoke(cli, [verb, f"{option.opts[0]}=nan"])
                asked[verb, option.opts[0]] = (done.exit_code, "is not a finite" in done.output)
    assert len(asked) > 3
    assert set(asked.values()) == {(2, True)}
