"""Sidecars and what `radiogaze verify` prints when something has drifted."""

import json
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from radiogaze.cli.sidecar import writes
from radiogaze.cli.verify import command
from radiogaze.errors import RadiogazeError
from radiogaze.provenance.verify import verify
from radiogaze.provenance.versions import VERSIONS


@click.command()
@click.argument("variant", default="")
@click.option("--sheet", type=click.Path(path_type=Path))
@click.option("--images", type=click.Path(path_type=Path))
@click.option("--catalogue", multiple=True)
@click.option("--passes", type=int, default=8)
@click.option("--metrics", type=click.Path(path_type=Path))
@click.option("--logits", type=click.Path(path_type=Path))
@writes("evaluate", "metrics", "logits")
def measure(variant, sheet, images, catalogue, passes, metrics, logits):
    """A verb that reads and writes files."""
    metrics.parent.mkdir(parents=True, exist_ok=True)
    metrics.write_text(images.read_text() * passes)
    logits.write_text("logits")


@pytest.fixture
def tree(root, tmp_path, monkeypatch) -> Path:
    """A campaign with one evaluation, and the folder that it was made in."""
    monkeypatch.chdir(tmp_path)
    Path("images.npz").write_text("images")
    Path("catalogue.csv").write_text("catalogue")
    Path("sheet.tsv").write_text((root / "experiments/gating.tsv").read_text())
    folder = "results/quick/gating/variant/released"
    arguments = [
        "mirabest-fc-0g",
        "--sheet",
        "sheet.tsv",
        "--images",
        "images.npz",
        "--catalogue",
        "mirabest=catalogue.csv",
    ]
    arguments += ["--metrics", f"{folder}/metrics.json", "--logits", f"{folder}/logits.npz"]
    result = CliRunner().invoke(measure, arguments, catch_exceptions=False)
    assert result.exit_code == 0
    return tmp_path


def run(*arguments: str) -> tuple[int, list[str]]:
    result = CliRunner().invoke(command, ["results/quick", *arguments])
    return result.exit_code, result.stdout.splitlines()


def flip(path: Path) -> None:
    """Flip one bit of a file."""
    data = bytearray(path.read_bytes())
    data[0] ^= 1
    path.write_bytes(data)


SIDECAR = Path("results/quick/gating/variant/released/metrics.json.provenance.json")


def change(path: Path, **parts) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **parts}))


def test_what_has_not_drifted_passes(tree):
    assert run() == (0, [])


def test_a_sidecar_records_what_the_outputs_were_made_from(tree):
    metadata = json.loads(SIDECAR.read_text())
    assert set(metadata["inputs"]) == {"images.npz", "catalogue.csv"}
    assert set(metadata["outputs"]) == {
        str(SIDECAR.with_name(n)) for n in ("metrics.json", "logits.npz")
    }
    assert metadata["settings"]["passes"] == 8
    assert metadata["settings"]["row"]["variant"] == "mirabest-fc-0g"
    assert metadata["verb"] == "evaluate"
    assert {"commit", "packages", "python", "radiogaze", "version"} <= set(metadata)


@pytest.mark.parametrize("name", ["metrics.json", "logits.npz"])
def test_a_flipped_bit_of_an_output_is_found(tree, name):
    flip(SIDECAR.with_name(name))
    status, lines = run()
    assert status == 1
    assert len(lines) == 1
    assert lines[0].startswith(f"output changed: {SIDECAR.with_name(name)}: sha256 ")


@pytest.mark.parametrize("name", ["images.npz", "catalogue.csv"])
def test_a_flipped_bit_of_an_input_is_found(tree, name):
    flip(Path(name))
    status, lines = run()
    assert status == 1
    assert [line.split(": sha256")[0] for line in lines] == [f"input changed: {name}"]


def test_files_that_are_gone_are_named(tree):
    Path("images.npz").unlink()
    SIDECAR.with_name("logits.npz").unlink()
    status, lines = run()
    assert status == 1
    assert [line.split(" (")[0] for line in lines] == [
        "input missing: images.npz",
        f"output missing: {SIDECAR.with_name('logits.npz')}",
    ]


def test_only_the_row_of_the_variant_counts(tree):
    sheet = Path("sheet.tsv")
    rows = sheet.read_text().splitlines()
    own = next(row for row in rows if row.startswith("mirabest-fc-0g"))
    other = next(row for row in rows if row.startswith("mirabest-range-ft-2g"))
    sheet.write_text("\n".join(rows).replace(other, other.replace("5e-05", "5e-04")) + "\n")
    assert run() == (0, [])
    sheet.write_text("\n".join(rows).replace(own, own.replace("\t5e-05", "\t5e-04")) + "\n")
    status, lines = run()
    assert status == 1
    assert lines == [
        f"variant changed: mirabest-fc-0g: sheet.tsv: learning_rate (concerns {SIDECAR})"
    ]
    sheet.unlink()
    assert "no such file" in run()[1][0]


def test_versions_that_differ_are_named(tree):
    metadata = json.loads(SIDECAR.read_text())
    change(
        SIDECAR,
        version=VERSIONS["evaluate"] + 1,
        packages={**metadata["packages"], "torch": "1.0"},
    )
    status, lines = run()
    assert status == 1
    assert lines[0].startswith(
        f"results changed: radiogaze evaluate: made by version {VERSIONS['evaluate'] + 1}, here is"
    )
    assert lines[1].startswith("versions differ: torch: made with 1.0, here is ")


def test_a_result_without_a_sidecar_is_named(tree):
    stray = SIDECAR.with_name("table.csv")
    stray.write_text("a,b")
    (SIDECAR.parent / "README.md").write_text("no result")
    assert run() == (1, [f"sidecar missing: {stray}: nothing says what it was made from"])


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"path": 1}', "\xff"])
def test_a_broken_sidecar_is_one_line(tree, text):
    SIDECAR.write_text(text, encoding="latin-1")
    status, lines = run()
    assert status == 1
    assert lines[-1].startswith(f"sidecar unreadable: {SIDECAR}")
    assert len(lines) == 3, "and its two outputs have none"


def test_one_cause_is_one_line_however_many_it_concerns(tree):
    for number in range(3):
        copy = SIDECAR.with_name(f"copy{number}.json")
        copy.write_text("x")
    other = SIDECAR.with_name("other.json.provenance.json")
    other.write_text(SIDECAR.read_text().replace(SIDECAR.name, other.name))
    flip(Path("images.npz"))
    status, lines = run()
    assert status == 1
    assert sum("images.npz" in line for line in lines) == 1
    assert "and 1 more" in next(line for line in lines if "images.npz" in line)


def test_a_tree_that_was_moved_is_checked_where_it_stands(tree, monkeypatch):
    moved = tree.with_name(tree.name + "-moved")
    tree.rename(moved)
    monkeypatch.chdir("/")
    assert verify([moved / "results/quick"]).drifts == []
    flip(moved / "images.npz")
    assert [drift.kind for drift in verify([moved / "results"]).drifts] == ["input changed"]


def test_results_outside_the_folder_are_checked_too(tree, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    arguments = ["mirabest-fc-0g", "--images", "images.npz"]
    arguments += [f"--metrics={elsewhere}/m.json", f"--logits={elsewhere}/l.npz"]
    CliRunner().invoke(measure, arguments, catch_exceptions=False)
    assert verify([elsewhere]).drifts == []
    flip(elsewhere / "l.npz")
    flip(Path("images.npz"))
    assert [drift.kind for drift in verify([elsewhere]).drifts] == [
        "input changed",
        "output changed",
    ]


def test_json_holds_everything(tree):
    flip(Path("images.npz"))
    result = CliRunner().invoke(command, ["results/quick", "--json"])
    found = json.loads(result.stdout)
    assert result.exit_code == 1
    assert (found["files"], found["sidecars"]) == (2, 1)
    assert [drift["kind"] for drift in found["drifts"]] == ["input changed"]
    assert found["drifts"][0]["affects"] == [str(SIDECAR)]


@pytest.mark.parametrize(("name", "expected"), [("nosuch", "no such folder"), ("empty", "nothing")])
def test_nothing_to_verify_is_a_mistake(tree, name, expected):
    Path("empty").mkdir()
    with pytest.raises(RadiogazeError, match=expected):
        verify([Path(name)])
