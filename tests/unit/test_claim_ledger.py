"""repro.yaml and codecheck.yml: what was reproduced, as machines read it."""

import csv
import hashlib
import shutil
from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from radiogaze.cli import cli
from radiogaze.errors import RadiogazeError

RELEASED = Path("docs/reproduction/released")


@pytest.fixture(autouse=True)
def in_the_repository(root, monkeypatch):
    monkeypatch.chdir(root)


def ledger(folder, tmp_path, *options):
    out = [f"--out-{name}={tmp_path / name}" for name in ("repro", "codecheck")]
    done = CliRunner().invoke(cli, ["ledger", str(folder), *out, *options])
    if done.exception is not None:
        raise done.exception
    return done.output


def digest(path):
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def test_the_committed_ledger_is_up_to_date(tmp_path):
    assert "168 printed numbers" in ledger(RELEASED, tmp_path)
    for name, committed in (("repro", "repro.yaml"), ("codecheck", "codecheck.yml")):
        again = "run `radiogaze ledger docs/reproduction/released` and commit its files"
        assert (tmp_path / name).read_bytes() == Path(committed).read_bytes(), again


def test_every_file_is_pinned_by_its_digest():
    pinned = yaml.safe_load(Path("repro.yaml").read_text())["artifacts"]
    assert {each["path"]: each["digest"]["value"] for each in pinned} == {
        str(path): digest(path) for path in RELEASED.glob("*.csv")
    }
    check = yaml.safe_load(Path("codecheck.yml").read_text())
    files = sorted(map(str, RELEASED.iterdir()))
    assert [each["file"] for each in check["manifest"]] == files
    assert check["radiogaze"]["sha256"] == {file: digest(file) for file in files}
    assert check["version"] == "https://codecheck.org.uk/spec/config/1.0/"
    assert Path("codecheck.yml").read_text().startswith("%YAML 1.1\n---\n")


def test_what_the_manifest_compares_comes_out_as_the_tables_say():
    """As claims-cli reads it: one cell by its row, equal within the tolerance or not."""
    manifest = yaml.safe_load(Path("repro.yaml").read_text())
    paths = {each["id"]: each["path"] for each in manifest["artifacts"]}
    found = {True: [], False: []}
    for claim in manifest["claims"]:
        for evidence in claim["evidence"]:
            text = Path(paths[evidence["artifact"]]).read_text()
            if evidence["kind"] == "quote":
                assert text.count(evidence["text"]) == 1
                continue
            rows = list(csv.DictReader(text.splitlines()))
            (row,) = (row for row in rows if evidence["where"].items() <= row.items())
            apart = abs(Decimal(row[evidence["column"]]) - Decimal(evidence["reported"]))
            found[apart <= Decimal(evidence["tolerance"])].append(row["verdict"].split(":")[0])
    assert set(found[False]) == {"differs"}
    assert set(found[True]) == {"within rounding", "within Monte Carlo error"}
    assert (len(found[True]), len(found[False])) == (165, 3)


def test_every_printed_number_of_the_released_networks_is_compared():
    with Path("workflow/reference/paper_values.csv").open(newline="") as file:
        printed = [
            (int(row["table"]), row["class"], row["value"])
            for row in csv.DictReader(file)
            if row["paper"] == "gating" and row["table"] in set("6789")
            if not row["column"].startswith("Classic CNN")  # never released
        ]
    listed = [
        (int(claim["id"].removeprefix("table")), each["where"]["class"], each["reported"])
        for claim in yaml.safe_load(Path("repro.yaml").read_text())["claims"]
        for each in claim["evidence"]
        if each["kind"] == "table" and claim["id"] != "table10"
    ]
    assert len(listed) == 152
    assert sorted(listed) == sorted(printed)


def test_a_changed_cell_changes_the_ledger(tmp_path):
    copy = tmp_path / "released"
    shutil.copytree(RELEASED, copy)
    table = copy / "table07.csv"
    table.write_text(table.read_text().replace("0.8233", "0.7233"))
    ledger(copy, tmp_path)
    pinned = yaml.safe_load((tmp_path / "repro").read_text())["artifacts"]
    assert digest(table) in {each["digest"]["value"] for each in pinned}


def test_bad_input_is_one_line(tmp_path):
    with pytest.raises(RadiogazeError, match=r"^docs: no claims.csv or no table\*.csv in it;"):
        ledger("docs", tmp_path)
    for name, text in (("table06.csv", "a,b\n1,2\n"), ("claims.csv", "id,claim\n1,2\n")):
        copy = tmp_path / name.removesuffix(".csv")
        shutil.copytree(RELEASED, copy)
        (copy / name).write_text(text)
        with pytest.raises(RadiogazeError, match=rf"/{name}: no column .*; expected "):
            ledger(copy, tmp_path)
    retrained = tmp_path / "retrained"
    shutil.copytree(RELEASED, retrained)
    shutil.copy("docs/reproduction/retrained/table08.csv", retrained)
    with pytest.raises(RadiogazeError, match=r"table08.csv: a table of our own training; expected"):
        ledger(retrained, tmp_path)
    citation = tmp_path / "CITATION.cff"
    citation.write_text("references: []")
    with pytest.raises(RadiogazeError, match=r"CITATION.cff: expected a reference to https://doi"):
        ledger(RELEASED, tmp_path, f"--citation={citation}")
    assert not (tmp_path / "repro").exists()


@pytest.mark.parametrize("name", ["CITATION.cff", "released/claims.csv", "repro"])
def test_no_file_of_the_ledger_replaces_another(tmp_path, name):
    """Of what it reads, or of what it writes."""
    shutil.copytree(RELEASED, tmp_path / "released")
    shutil.copy("CITATION.cff", tmp_path)
    read = [tmp_path / "CITATION.cff", tmp_path / "released/claims.csv"]
    before = [digest(path) for path in read]
    options = [f"--citation={read[0]}", f"--out-codecheck={tmp_path / name}"]
    with pytest.raises(RadiogazeError, match="would replace another file of this command"):
        ledger(tmp_path / "released", tmp_path, *options)
    assert [digest(path) for path in read] == before
