"""Results that change without a new version of their step fail here; what changes none passes."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from golden_inputs import Inputs
from golden_results import differences, read_results
from golden_stages import STAGES

from radiogaze.cli import cli
from radiogaze.provenance.verify import verify
from radiogaze.provenance.versions import VERSIONS

RECORDS = Path(__file__).parent / "records"
COMMAND = "python -m pytest tests/golden --record"


@pytest.fixture(scope="session")
def inputs(tmp_path_factory) -> Inputs:
    return Inputs(tmp_path_factory.mktemp("inputs"))


@pytest.mark.parametrize("verb", STAGES)
def test_results_are_those_of_their_version(verb, inputs, tmp_path, monkeypatch, record):
    monkeypatch.chdir(tmp_path)
    for arguments in STAGES[verb](inputs):
        ran = CliRunner().invoke(cli, [verb, *map(str, arguments)], catch_exceptions=False)
        assert ran.exit_code == 0, ran.output
    missing = {drift.what for drift in verify([tmp_path / "out"]).drifts}
    copied = {str(path) for path in (tmp_path / "out/explorer").rglob("*.js")}
    assert missing == copied, "every result of a step is listed in a sidecar"
    for path in copied:  # inputs of the report, which must lie below its page
        Path(path).unlink()
    compare(verb, read_results(tmp_path / "out"), record)


def test_every_version_is_guarded():
    assert set(STAGES) == set(VERSIONS) == {path.stem for path in RECORDS.glob("*.json")}


def compare(verb, found, record):
    """Compare results with the recorded ones of their version, or record those of a new one."""
    path, version = RECORDS / f"{verb}.json", VERSIONS[verb]
    kept = json.loads(path.read_text("utf-8")) if path.is_file() else {"version": 0, "results": {}}
    changed = differences(kept["results"], found)
    if changed and kept["version"] == version:
        pytest.fail(
            f"the results of radiogaze {verb} have changed, its version has not. If they should"
            f' change, raise VERSIONS["{verb}"] in src/radiogaze/provenance/versions.py and'
            f" record them: {COMMAND}\n" + "\n".join(changed[:20])
        )
    if record and kept["version"] != version:
        lines = ",\n".join(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in found.items())
        path.write_text(f'{{"version": {version}, "results": {{\n{lines}\n}}}}\n', "utf-8")
    elif kept["version"] != version:
        pytest.fail(
            f"radiogaze {verb} is of version {version}, its recorded results of version"
            f" {kept['version']}; record them: {COMMAND}"
        )
