"""Every code block of docs/extending.md, run in its order."""

import re
import shlex

import pytest
import yaml
from click.testing import CliRunner

from radiogaze.cli import cli
from radiogaze.files.schema import validate
from radiogaze.models.gates import MAP_NORMALISATIONS

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def check_campaign(root, added):
    """The page's campaign is one that the workflow accepts."""
    config = yaml.safe_load((root / "config.yaml").read_text())
    config["campaigns"] |= added
    schema = yaml.safe_load((root / "src/radiogaze/files/schemas/config.schema.yaml").read_text())
    validate(config, schema, "config.yaml")


@pytest.fixture
def restored():
    """Forget the normalisations that the page registers."""
    before = dict(MAP_NORMALISATIONS)
    yield
    MAP_NORMALISATIONS.clear()
    MAP_NORMALISATIONS.update(before)


@pytest.mark.usefixtures("restored")
def test_the_page_runs_from_top_to_bottom(root, tmp_path, monkeypatch):
    blocks = BLOCK.findall((root / "docs/extending.md").read_text())
    assert [kind for kind, _ in blocks].count("python") >= 5
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {"__name__": "page"}
    for kind, text in blocks:
        if kind == "python":
            exec(compile(text, "docs/extending.md", "exec"), names)  # noqa: S102
            continue
        if kind == "yaml":
            check_campaign(root, yaml.safe_load(text))
            continue
        for line in text.strip().splitlines():
            program, verb, *arguments = shlex.split(line)
            assert program == "radiogaze"
            done = CliRunner().invoke(cli, [verb, *arguments])
            assert done.exit_code == 0, f"{line}\n{done.output}\n{done.exception!r}"
    for name in ("own/metrics.json", "mine.csv", "mine.json", "mine/seed-0/model.safetensors"):
        assert (tmp_path / name).is_file()
