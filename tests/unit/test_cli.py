import subprocess
import sys

import click

from radiogaze import __version__
from radiogaze.cli import VERBS, cli


def test_help_lists_every_verb_without_heavy_imports():
    code = (
        "import sys; from click.testing import CliRunner; from radiogaze.cli import cli;"
        "print(CliRunner().invoke(cli, ['--help']).output);"
        "print('heavy', {'torch', 'pandas', 'sklearn'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    for verb, (_, text) in VERBS.items():
        assert verb in done.stdout
        assert text in " ".join(done.stdout.split())
    assert "heavy set()" in done.stdout


def test_every_verb_has_help_of_its_own():
    for verb, (module, _) in VERBS.items():
        command = cli.get_command(None, verb)
        assert module == verb.replace("-", "_")
        assert command is not None
        assert command.help
        options = [p for p in command.params if isinstance(p, click.Option)]
        assert all(option.help for option in options), verb


def test_version_and_unknown_verb(run_cli):
    assert __version__ in run_cli("--version").stdout
    unknown = run_cli("evalute")
    assert unknown.returncode == 2
    assert "No such command 'evalute'" in unknown.stderr
