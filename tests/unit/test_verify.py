"""What `radiogaze verify` reports of changes."""

import errno
import json
import os
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner
from verify_tools import FOLDER, SIDECAR, flip, run, run_measure

from radiogaze.cli import cli
from radiogaze.errors import RadiogazeError
from radiogaze.provenance.verify import verify
from radiogaze.provenance.versions import VERSIONS

pytestmark = pytest.mark.usefixtures("tree")


def change(path, **parts):
    path.write_text(json.dumps({**json.loads(path.read_text()), **parts}))


@pytest.mark.parametrize("change", [flip, Path.unlink])
@pytest.mark.parametrize("name", ["images.npz", "catalogue.csv", "metrics.json", "logits.npz"])
def test_a_flipped_bit_and_a_missing_file_are_one_line(name, change):
    kind, path = ("input", Path(name)) if Path(name).exists() else ("output", FOLDER / name)
    change(path)
    (line,) = run()
    what = "changed" if change is flip else "missing"
    assert line.startswith(f"{kind} {what}: {path}")


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
    row = next(line for line in lines if line.startswith("mirabest-fc-0g"))
    assert row.endswith("\t9")
    sheet.write_text(text.replace(row, f"{row},7"))  # shown in one more table
    assert run() == []
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
