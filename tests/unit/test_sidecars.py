"""Sidecars: what they record, when they are replaced, and inputs that are not as they record."""

import hashlib
import json
import re
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner
from verify_tools import FOLDER, SIDECAR, flip, measure, run, run_measure

from radiogaze.cli import cli
from radiogaze.errors import RadiogazeError
from radiogaze.provenance import record
from radiogaze.provenance.sidecars import (
    check_inputs,
    hide_sidecars,
    settings_of,
    write_sidecar,
)
from radiogaze.provenance.versions import VERSIONS

pytestmark = pytest.mark.usefixtures("tree")


def test_a_sidecar_records_what_the_outputs_were_made_from():
    metadata = json.loads(SIDECAR.read_text())
    assert set(metadata["inputs"]) == {"images.npz", "catalogue.csv"}
    assert set(metadata["outputs"]) == {f"{FOLDER}/metrics.json", f"{FOLDER}/logits.npz"}
    assert metadata["settings"]["passes"] == 8
    assert metadata["settings"]["temperature"] == ["zoom=0.1"]
    assert metadata["settings"]["row"]["variant"] == "mirabest-fc-0g"
    assert (metadata["verb"], metadata["version"]) == ("evaluate", VERSIONS["evaluate"])
    assert {"commit", "packages", "python", "radiogaze"} <= set(metadata)
    assert run() == []


def test_every_file_of_an_option_that_is_given_several_times_is_an_input():
    Path("other.csv").write_text("other")
    run_measure()
    inputs = json.loads(SIDECAR.read_text())["inputs"]
    assert set(inputs) == {"images.npz", "catalogue.csv", "other.csv"}
    flip(Path("other.csv"))
    (line,) = run()
    assert line.startswith("input changed: other.csv")


def test_the_commit_of_a_project_that_the_package_is_installed_in_is_not_its_own(
    tmp_path, monkeypatch
):
    own = tmp_path / ".venv/radiogaze"
    (own / "provenance").mkdir(parents=True)
    (own / "errors.py").touch()
    monkeypatch.setattr(record, "__file__", str(own / "provenance/record.py"))
    git = ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@b"]
    for line in (["init", "-q"], ["commit", "-q", "--allow-empty", "-m", "theirs"]):
        subprocess.run([*git, *line], check=True)
    assert record.commit() == "unknown"
    subprocess.run([*git, "add", "."], check=True)
    subprocess.run([*git, "commit", "-q", "-m", "a copy of the source"], check=True)
    assert re.fullmatch("[0-9a-f]{40}", record.commit())


def test_the_last_byte_of_a_large_file_counts(tmp_path):
    large, data = tmp_path / "large", bytearray(3 << 20)
    for data[-1] in (0, 1):
        large.write_bytes(data)
        assert record.sha256_of(large) == hashlib.sha256(data).hexdigest()


def test_an_input_that_is_not_what_was_written_is_moved_aside():
    table = ["synthesise", "mirabest", "--train=20", "--test=20", "--images=images.npz"]
    table += ["--catalogue=catalogue.csv"]
    assert CliRunner().invoke(cli, table).exit_code == 0
    whole = Path("catalogue.csv").read_bytes()
    Path("images.npz").write_text("images")
    with pytest.raises(RadiogazeError) as caught:
        run_measure()
    assert re.fullmatch(
        r"images\.npz: is not what radiogaze synthesise wrote: expected sha256 \w{12}…, found"
        r" \w{12}…; moved to images\.npz\.changed: run again to regenerate it",
        str(caught.value),
    )
    assert Path("images.npz.changed").read_text() == "images"
    assert not Path("images.npz").exists()
    before = SIDECAR.read_bytes()
    with pytest.raises(FileNotFoundError):
        run_measure()
    assert SIDECAR.read_bytes() == before, "a verb that fails leaves the sidecar of what is there"
    assert CliRunner().invoke(cli, [*table, "--seed=1"]).exit_code == 0
    assert Path("catalogue.csv").read_bytes() != whole
    run_measure()
    for number in (2, 3):  # what was moved aside before stays
        Path("images.npz").write_text(f"images {number}")
        with pytest.raises(RadiogazeError, match=rf"moved to images\.npz\.changed\.{number}:"):
            run_measure()
    asides = {path.name: path.read_text() for path in Path().glob("images.npz.changed*")}
    assert asides == {
        "images.npz.changed": "images",
        "images.npz.changed.2": "images 2",
        "images.npz.changed.3": "images 3",
    }


@pytest.mark.parametrize("text", ["", "{}", '{"outputs": 3, "verb": "x"}', "[]", "\0"])
def test_a_broken_sidecar_of_an_input_is_ignored(text):
    Path("images.npz.provenance.json").write_text(text)
    run_measure()


def test_an_input_is_compared_with_every_sidecar_of_its_own_folder():
    one, two = Path("one/a.csv"), Path("two/a.csv")
    for path in (one, two):
        path.parent.mkdir()
        path.write_text("as written")
        write_sidecar("evaluate", [path], {}, {"passes": 8})
    other = two.with_name("b.csv.provenance.json")  # of a step that once wrote it, too
    other.write_text(json.dumps({"verb": "prepare", "outputs": {str(two): "1"}, "settings": {}}))
    assert len(check_inputs([one, two])) == 2
    assert settings_of(two) == {"passes": 8}
    two.write_text("edited")
    assert settings_of(two) is None
    with pytest.raises(RadiogazeError, match=r"^two/a\.csv: is not what radiogaze \w+ wrote"):
        check_inputs([one, two])


def test_killed_between_an_output_and_its_sidecar_it_leaves_none(tmp_path):
    sidecar = tmp_path / "new/a.csv.provenance.json"
    sidecar.parent.mkdir()
    sidecar.write_text("old")
    with hide_sidecars([sidecar]):
        assert list(sidecar.parent.iterdir()) == [sidecar.with_name(f".{sidecar.name}.old")]
        sidecar.write_text("new")
    assert sidecar.read_text() == "new"
    assert list(sidecar.parent.iterdir()) == [sidecar]


def test_what_a_killed_step_hid_goes_with_the_next_one(tmp_path):
    sidecar = tmp_path / "a.csv.provenance.json"
    sidecar.with_name(f".{sidecar.name}.old").write_text("old")
    with hide_sidecars([sidecar]):
        sidecar.write_text("new")
    assert list(tmp_path.glob("*a.csv*")) == [sidecar]


def test_a_step_that_fails_while_the_same_one_succeeds_says_why(tmp_path):
    sidecar = tmp_path / "a.csv.provenance.json"
    sidecar.write_text("old")
    with pytest.raises(RadiogazeError, match="the reason"), hide_sidecars([sidecar]):
        with hide_sidecars([sidecar]):
            pass
        sidecar.write_text("new")
        raise RadiogazeError("the reason")
    assert sidecar.read_text() == "new"


def test_no_output_replaces_an_input_or_another_output():
    before = Path("images.npz").read_bytes()
    for outputs in (
        ["--metrics=m.json", "--logits=images.npz"],
        ["--metrics=sheet.tsv", "--logits=l.npz"],
        ["--metrics=m.json", "--logits=./m.json"],
    ):
        given = ["mirabest-fc-0g", "--sheet=sheet.tsv", "--images=images.npz", *outputs]
        error = CliRunner().invoke(measure, given).exception
        assert "would replace another file of this command" in str(error)
    assert Path("images.npz").read_bytes() == before
    assert not Path("m.json").exists()


def test_a_sidecar_beside_another_output_is_replaced():
    """As one that was written when the first output had vanished."""
    orphaned = FOLDER / "logits.npz.provenance.json"
    orphaned.write_text("{}")
    run_measure()
    assert not orphaned.exists()


def test_where_a_pinned_file_came_from_is_not_written_down(mirror, tmp_path):
    """A mirror's address may hold a password."""
    weights = "0719Exp30-range_norm-MiraBestNOHYBRIDAdam-AGRadGalNetft-5e-05/95.pt"
    out = tmp_path / "95.pt"
    ran = CliRunner().invoke(cli, ["fetch-weights", weights, f"--out={out}", f"--mirror={mirror}"])
    assert ran.exit_code == 0, ran.output
    text = (tmp_path / "95.pt.provenance.json").read_text()
    assert "mirror" not in json.loads(text)["settings"]
    assert str(mirror) not in text
