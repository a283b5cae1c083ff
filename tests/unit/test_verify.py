"""Sidecars that the verbs write and check, and what `radiogaze verify` reports of changes."""

import errno
import hashlib
import json
import os
import re
import subprocess
from pathlib import Path

import click
import pytest
import yaml
from click.testing import CliRunner

from radiogaze.cli import cli
from radiogaze.cli.sidecar import writes
from radiogaze.errors import RadiogazeError
from radiogaze.provenance import record
from radiogaze.provenance.sidecars import (
    check_inputs,
    hide_sidecars,
    settings_of,
    write_sidecar,
)
from radiogaze.provenance.verify import verify
from radiogaze.provenance.versions import VERSIONS

PATH = click.Path(path_type=Path)
FOLDER = Path("results/quick")
SIDECAR = FOLDER / "metrics.json.provenance.json"


@click.command()
@click.argument("variant")
@click.option("--sheet", type=PATH)
@click.option("--recipe")
@click.option("--recipes", type=PATH)
@click.option("--images", type=PATH)
@click.option("--catalogue", multiple=True)
@click.option("--temperature", multiple=True)
@click.option("--passes", type=int, default=8)
@click.option("--metrics", type=PATH)
@click.option("--logits", type=PATH)
@writes("evaluate", "metrics", "logits")
def measure(
    variant, sheet, recipe, recipes, images, catalogue, temperature, passes, metrics, logits
):
    """A verb that reads and writes files."""
    metrics.parent.mkdir(parents=True, exist_ok=True)
    metrics.write_bytes(images.read_bytes() * passes)
    logits.write_text("logits")


def run_measure(folder=FOLDER):
    arguments = ["mirabest-fc-0g", "--sheet=sheet.tsv", "--images=images.npz"]
    arguments += ["--recipes=recipes.yaml"]
    arguments += ["--catalogue=mirabest=catalogue.csv", "--catalogue=x=other.csv"]
    arguments += ["--temperature=zoom=0.1"]
    arguments += [f"--metrics={folder}/metrics.json", f"--logits={folder}/logits.npz"]
    result = CliRunner().invoke(measure, arguments)
    if result.exception is not None:
        raise result.exception


@pytest.fixture(autouse=True)
def tree(root, tmp_path, monkeypatch):
    """A campaign with one evaluation, and the folder that it was made in."""
    monkeypatch.chdir(tmp_path)
    for name in ("images.npz", "catalogue.csv"):
        Path(name).write_text(name)
    Path("sheet.tsv").write_text((root / "experiments/gating.tsv").read_text())
    Path("recipes.yaml").write_text((root / "experiments/recipes.yaml").read_text())
    run_measure()
    return tmp_path


def run():
    """What verify prints; the status is 1 if that is anything."""
    result = CliRunner().invoke(cli, ["verify", str(FOLDER)])
    assert result.exit_code == (1 if result.stdout else 0)
    return result.stdout.splitlines()


def flip(path):
    """Flip one bit of a file."""
    data = bytearray(path.read_bytes())
    data[0] ^= 1
    path.write_bytes(data)


def change(path, **parts):
    path.write_text(json.dumps({**json.loads(path.read_text()), **parts}))


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


@pytest.mark.parametrize("change", [flip, Path.unlink])
@pytest.mark.parametrize("name", ["images.npz", "catalogue.csv", "metrics.json", "logits.npz"])
def test_a_flipped_bit_and_a_missing_file_are_one_line(name, change):
    kind, path = ("input", Path(name)) if Path(name).exists() else ("output", FOLDER / name)
    change(path)
    (line,) = run()
    what = "changed" if change is flip else "missing"
    assert line.startswith(f"{kind} {what}: {path}")


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


def test_only_the_row_of_the_variant_counts():
    sheet = Path("sheet.tsv")
    text = sheet.read_text()
    lines = text.splitlines()
    for name, expected in [
        ("mirabest-range-ft-2g", []),
        ("mirabest-fc-0g", ["mirabest-fc-0g: sheet.tsv: recipe"]),
    ]:
        row = next(line for line in lines if line.startswith(name))
        sheet.write_text(text.replace(row, row.replace("published-gating-fewer-gates", "modern")))
        assert run() == [f"variant changed: {line} (concerns {SIDECAR})" for line in expected]
    sheet.write_text(text.replace("\thead\t", "\ttop\t", 1))  # a column that there was
    assert run() == [f"variant changed: mirabest-fc-0g: sheet.tsv: head (concerns {SIDECAR})"]
    sheet.unlink()
    assert "no such file" in run()[0]


def test_only_the_recipe_of_the_variant_counts():
    recipes = Path("recipes.yaml")
    entries = yaml.safe_load(recipes.read_text())
    own = entries["published-gating-fewer-gates"]
    without_a_key = {key: value for key, value in own.items() if key != "batch"}
    name = "recipe changed: published-gating-fewer-gates: recipes.yaml: "
    for changed, expected in [
        ({"mine": own, "modern": {**entries["modern"], "batch": 8}}, []),
        ({"published-gating-fewer-gates": {**own, "batch": 8}}, [f"{name}batch"]),
        ({"published-gating-fewer-gates": {**own, "gradient_clip": 1}}, [f"{name}gradient_clip"]),
        ({"published-gating-fewer-gates": without_a_key}, [f"{name}batch"]),
        ({"published-gating-fewer-gates": None}, [f"{name}no such recipe"]),
    ]:
        recipes.write_text(yaml.safe_dump({**entries, **changed}))
        assert run() == [f"{line} (concerns {SIDECAR})" for line in expected]
    for text in ("[]", "", "{"):
        recipes.write_text(text)
        (line,) = run()
        assert line.startswith("recipe changed: published-gating-fewer-gates: ")
        assert "recipes.yaml: " in line


@pytest.mark.parametrize("version", [VERSIONS["evaluate"] - 1, 99])
def test_versions_that_differ_are_named(version):
    packages = json.loads(SIDECAR.read_text())["packages"]
    assert {"captum", "matplotlib", "numpy", "pandas", "scikit-learn", "scipy", "torch"} <= {
        *packages
    }
    change(
        SIDECAR, version=version, python="3.0", packages={**packages, "torch": "1.0", "x": "2.0"}
    )
    results, *versions = run()
    made = f"results changed: radiogaze evaluate: made by version {version}, here is"
    assert results.startswith(made)
    assert [line.partition(", here is ")[0] for line in versions] == [
        f"versions differ: {made}"
        for made in ("Python: made with 3.0", "torch: made with 1.0", "x: made with 2.0")
    ]


def test_a_result_without_a_sidecar_is_named():
    suffixes = ("csv", "html", "js", "json", "md", "npz", "pdf", "png", "safetensors", "tex")
    orphaned = [FOLDER / f"orphaned.{suffix}" for suffix in suffixes]
    for path in orphaned:
        path.write_text(path.name)
    (FOLDER / "README.md").write_text("no result")
    no_record = "no record of what it was made from"
    assert run() == [f"sidecar missing: {path}: {no_record}" for path in orphaned]


def test_the_last_byte_of_a_large_file_counts(tmp_path):
    large, data = tmp_path / "large", bytearray(3 << 20)
    for data[-1] in (0, 1):
        large.write_bytes(data)
        assert record.sha256_of(large) == hashlib.sha256(data).hexdigest()


def test_a_copy_of_a_result_needs_no_sidecar():
    """The rule `ship` makes such ones."""
    copy = FOLDER / "shipped/metrics.json"
    copy.parent.mkdir()
    copy.write_bytes((FOLDER / "metrics.json").read_bytes())
    assert run() == []
    flip(copy)
    assert run() == [f"sidecar missing: {copy}: no record of what it was made from"]


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"path": 1}', "\xff"])
def test_a_broken_sidecar_is_one_line(text):
    SIDECAR.write_text(text, encoding="latin-1")
    *_, line = lines = run()
    assert line.startswith(f"sidecar unreadable: {SIDECAR}")
    assert len(lines) == 3, "and its two outputs have none"


def test_one_cause_is_one_line_however_many_it_concerns():
    run_measure(FOLDER / "other")
    flip(Path("images.npz"))
    (line,) = run()
    assert line.endswith("and 1 more)")
    result = CliRunner().invoke(cli, ["verify", str(FOLDER), "--json"])
    found = json.loads(result.stdout)
    assert (result.exit_code, found["files"], found["sidecars"]) == (1, 4, 2)
    assert [len(drift["affects"]) for drift in found["drifts"]] == [2]


def test_a_tree_that_was_moved_and_results_outside_it_are_checked(tree, monkeypatch):
    moved, outside = tree.with_name(tree.name + "-moved"), tree.with_name(tree.name + "-outside")
    run_measure(outside)
    assert verify([outside]).drifts == []
    tree.rename(moved)
    monkeypatch.chdir("/")
    assert verify([moved / FOLDER]).drifts == []
    flip(moved / "images.npz")
    assert [drift.kind for drift in verify([moved / "results"]).drifts] == ["input changed"]


def test_results_behind_a_link_to_a_folder_are_checked_once(tree):
    elsewhere = tree.with_name(tree.name + "-disk")
    FOLDER.rename(elsewhere)
    FOLDER.symlink_to(elsewhere)
    (elsewhere / "above").symlink_to(tree / "results")
    found = verify([Path("results"), FOLDER, Path("results")])
    assert (found.drifts, found.files, found.sidecars) == ([], 2, 1)
    flip(elsewhere / "metrics.json")
    assert [drift.kind for drift in verify([Path("results")]).drifts] == ["output changed"]


def test_a_folder_that_may_not_be_read_is_not_passed_over(monkeypatch):
    def scan(folder):
        if str(folder) == str(FOLDER):
            raise PermissionError(errno.EACCES, "Permission denied", str(folder))
        return scandir(folder)

    scandir = os.scandir
    monkeypatch.setattr(os, "scandir", scan)
    with pytest.raises(RadiogazeError, match=f"^{FOLDER}: cannot be read: Permission denied; "):
        verify([Path("results")])


@pytest.mark.parametrize("outside", ["", ".."])
def test_results_outside_the_folder_are_checked_from_any_other(tree, monkeypatch, outside):
    """Their inputs, sheet and recipes were named by relative paths."""
    folder = Path(outside or tree.parent) / f"{tree.name}-outside"
    run_measure(folder)
    monkeypatch.chdir(tree.parent)
    outside = tree.parent / folder.name
    assert verify([outside]).drifts == []
    flip(tree / "images.npz")
    assert [drift.kind for drift in verify([outside]).drifts] == ["input changed"]


def test_a_folder_that_was_renamed_or_copied_is_checked_where_it_is(monkeypatch):
    FOLDER.rename("results/old")
    assert verify([Path("results")]).drifts == []
    run_measure()
    flip(Path("results/old/metrics.json"))
    (drift,) = verify([Path("results")]).drifts
    assert (drift.kind, drift.what) == ("output changed", "results/old/metrics.json")


def test_results_under_the_name_of_a_link_are_checked_from_any_other(tree, monkeypatch):
    Path("final").symlink_to(FOLDER)
    monkeypatch.chdir("/")
    assert verify([tree / "final"]).drifts == []


def test_a_link_to_itself_in_place_of_a_result_is_a_missing_one():
    result = FOLDER / "metrics.json"
    result.unlink()
    result.symlink_to(result.name)
    assert run() == [f"output missing: {result} (concerns {SIDECAR})"]


@pytest.mark.parametrize(("name", "expected"), [("nosuch", "no such folder"), ("empty", "nothing")])
def test_nothing_to_verify_is_a_mistake(name, expected):
    Path("empty").mkdir()
    with pytest.raises(RadiogazeError, match=expected):
        verify([Path(name)])


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
