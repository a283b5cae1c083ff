"""Whatever stands in settings, sheets and manifests: it is meant, or it is one line."""

import copy
import csv
import json
import math
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from limits import one_line, outcome, within
from strategies import changed_bytes, changed_tables, changed_values, texts

from radiogaze.campaigns.variants import Variant, load_sheet
from radiogaze.data.first_images import load_images
from radiogaze.data.manifest import load_datasets, load_weights
from radiogaze.errors import RadiogazeError
from radiogaze.figures.equivariant.published_curves import load_published_minima
from radiogaze.files.schema import load_schema, validate
from radiogaze.report.claims import load_claims
from radiogaze.report.files import parse_settings
from radiogaze.tables.gating.misclassified_sources import read_printed
from radiogaze.tables.reference import load_reference

ROOT = Path(__file__).resolve().parents[2]
CONFIG = yaml.safe_load((ROOT / "config.yaml").read_text("utf-8"))
SCHEMA = load_schema("config")
SHEETS = {
    name: (ROOT / f"experiments/{name}.tsv").read_text() for name in ("gating", "equivariant")
}
REFERENCE = ROOT / "workflow/reference"


@given(changed_values(copy.deepcopy(CONFIG)))
def test_settings(config):
    if outcome(validate, config, SCHEMA, "config.yaml") is not None or not isinstance(config, dict):
        return
    try:
        validate(config, SCHEMA, "config.yaml")
    except RadiogazeError:
        return
    # what passes can be used as the workflow does: names join, numbers count
    assert all(isinstance(name, str) and name.isprintable() for name in config["campaigns"])
    for campaign in config["campaigns"].values():
        for paper in ("gating", "equivariant"):
            if paper in campaign:
                assert all(type(n) is int for n in campaign[paper].get("examples", []))
                assert type(campaign[paper]["passes"]) is int
        assert list(range(min(campaign.get("seeds", 1), 9)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("on: 1", "found the key true, expected text"),
        ("campaigns: {1: {sky: published}}", "found the key 1, expected text"),
        ("campaigns: {? [1, 2] : x}", "not YAML|found the key"),
        ("a: &a [*a]", "nested too deeply or too large"),
        ("a: &a {b: *a}", "nested too deeply or too large"),
        ("a: " + "[" * 60 + "]" * 60, "nested too deeply or too large"),
        (
            "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
            + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 12)),
            "nested too deeply or too large",
        ),
        ("orders: 2020-01-01", "unknown key|required|found"),
    ],
)
def test_settings_that_yaml_allows_and_nobody_means(text, expected):
    with within(10):
        try:
            found = yaml.safe_load(text)
        except yaml.YAMLError:
            return
        with pytest.raises(RadiogazeError, match=expected) as caught:
            validate(found, SCHEMA, "config.yaml")
    one_line(caught.value)


def changed(**keys):
    """The settings with keys of the campaign quick changed."""
    config = copy.deepcopy(CONFIG)
    config["campaigns"]["quick"] |= keys
    return config


@pytest.mark.parametrize("keys", [{"seed": 0.0}, {"seed": 1.0}, {"dataset": "mine\n"}])
def test_values_that_a_plain_schema_would_let_pass(keys):
    with pytest.raises(RadiogazeError, match=r"campaigns\.quick"):
        validate(changed(**keys), SCHEMA, "config.yaml")


def test_a_campaign_whose_name_ends_in_a_line_break():
    config = copy.deepcopy(CONFIG)
    config["campaigns"]["mine\n"] = config["campaigns"]["quick"]
    with pytest.raises(RadiogazeError, match="campaigns"):
        validate(config, SCHEMA, "config.yaml")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda all_: all_.update({1: all_["quick"]}), "config.yaml: found the key 1, expected"),
        (lambda all_: all_["quick"].update(seed="many"), 'seed: found "many", expected integer'),
        (lambda all_: all_["quick"]["gating"].update(sheet="."), ".: cannot be read: Is a direct"),
    ],
    ids=["key", "seed", "folder"],
)
def test_the_workflow_tells_a_slip_of_the_settings_in_one_line(change, expected, tmp_path):
    config = copy.deepcopy(CONFIG)
    change(config["campaigns"])
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(config))
    line = [sys.executable, "-m", "snakemake", "-n", "quick", "--configfile"]
    done = subprocess.run(
        [*line, str(tmp_path / "config.yaml")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stdout + done.stderr
    assert "Error" not in done.stderr
    told = [line for line in done.stdout.splitlines() if expected in line]
    assert len(told) == 1, done


def check_variant(variant: Variant) -> None:
    """What passes must be able to be built and trained."""
    assert math.isfinite(variant.learning_rate)
    assert variant.learning_rate > 0
    assert 0 <= variant.dropout < 1
    for number in (variant.batch, variant.passes, variant.epochs, variant.patience or 1):
        assert 1 <= number < 10**6
    assert variant.width == "group" or 1e-3 <= float(variant.width) < 1e3
    assert all(table.isdecimal() and int(table) for table in variant.tables)
    assert variant.variant.isprintable()


@pytest.mark.parametrize("name", SHEETS)
@given(data=st.data())
def test_sheets(name, data, tmp_path_factory):
    path = tmp_path_factory.getbasetemp() / "sheet.tsv"
    cells = st.one_of(texts, st.sampled_from(sorted(set(SHEETS[name].split()))))
    path.write_bytes(data.draw(changed_tables(SHEETS[name], "\t", cells)))
    for variant in (outcome(load_sheet, path) or {}).values():
        check_variant(variant)


HEADER, ROW = SHEETS["gating"].splitlines()[:2]


def sheet_with(tmp_path: Path, **cells: str) -> Path:
    """The header and one row of the sheet, with cells changed, quoted as a spreadsheet does."""
    names, values = HEADER.split("\t"), ROW.split("\t")
    path = tmp_path / "sheet.tsv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, delimiter="\t")
        writer.writerow(names)
        writer.writerow([cells.get(n, v) for n, v in zip(names, values, strict=True)])
    return path


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("variant", "frdeep-classic\n"),
        ("learning_rate", "0"),
        ("learning_rate", "0.0e5"),
        ("learning_rate", "1e999"),
        ("learning_rate", "5e-05\n"),
        ("dropout", "0." + "9" * 30),
        ("batch", "9" * 5000),
        ("batch", "1000000"),
        ("epochs", "٣"),
        ("tables", "6,06"),
        ("tables", "0"),
    ],
)
def test_cells_that_look_right(column, cell, tmp_path):
    assert load_sheet(sheet_with(tmp_path))
    with pytest.raises(RadiogazeError, match=column) as caught:
        load_sheet(sheet_with(tmp_path, **{column: cell}))
    one_line(caught.value)


def test_a_column_that_stands_twice_is_not_read_by_its_last(tmp_path):
    path = tmp_path / "sheet.tsv"
    path.write_text(f"{HEADER}\tbatch\n{ROW}\t999\n")
    with pytest.raises(RadiogazeError, match="column batch occurs twice"):
        load_sheet(path)


def test_a_sheet_that_a_spreadsheet_saved_is_read(tmp_path):
    path = tmp_path / "sheet.tsv"
    path.write_text(f"{HEADER}\r\n{ROW}\r\n", encoding="utf-8-sig", newline="")
    assert list(load_sheet(path)) == [ROW.split("\t")[0]]


@pytest.mark.parametrize("place", [".", "/dev/null", "sheet\0.tsv", "x" * 300])
def test_places_that_hold_no_table(place):
    with pytest.raises(RadiogazeError) as caught:
        load_sheet(Path(place))
    one_line(caught.value)


MANIFESTS = {
    "datasets.csv": load_datasets,
    "weights.csv": load_weights,
    "first_images.csv": load_images,
    "paper_values.csv": lambda path: load_reference(path, "gating"),
    "table10.csv": read_printed,
    "claims.csv": load_claims,
    "equivariant_curves.csv": load_published_minima,
}


@pytest.mark.parametrize("name", MANIFESTS)
@given(data=st.data())
def test_manifests_and_reference_values(name, data, tmp_path_factory):
    path = tmp_path_factory.getbasetemp() / name
    text = "\n".join((REFERENCE / name).read_text("utf-8").splitlines()[:8])
    path.write_bytes(data.draw(changed_tables(text, ",", texts)))
    outcome(MANIFESTS[name], path)


@settings(max_examples=max(10, settings().max_examples // 4))
@given(data=changed_bytes(json.dumps(CONFIG["campaigns"]["quick"]).encode()))
def test_settings_of_the_report(data):
    outcome(parse_settings, data.decode("utf-8", "replace"))
