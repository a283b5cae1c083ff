"""`radiogaze crate`: a campaign packed with what it was made from, read back by rocrate."""

import hashlib
import json
import zipfile
from errno import ENOSPC
from pathlib import Path
from shutil import rmtree

import pytest
from click.testing import CliRunner
from rocrate.rocrate import ROCrate

from radiogaze.cli import cli
from radiogaze.errors import RadiogazeError
from radiogaze.files.packaged import packaged_table
from radiogaze.files.rows import read_rows
from radiogaze.provenance.sidecars import write_sidecar

ARCHIVE = Path("resources/archives/mirabest.archive")
IMAGES = Path("resources/datasets/mirabest/images.npz")
SHEET = Path("experiments/gating.tsv")
METRICS = Path("results/quick/gating/a variant/released/metrics.json")
TABLE = Path("paper_tables/quick/gating/table07.csv")
FIGURE = Path("figures/quick/gating/fig04.pdf")
PAGE = Path("results/quick/report/index.html")
WEIGHTS = read_rows(packaged_table("weights.csv"), ",")[0]
IMAGE = read_rows(packaged_table("first_images.csv"), ",")[0]
PUBLISHED = {Path("w.pt"): WEIGHTS["sha256"], Path("i.fits"): IMAGE["sha256"]}


def digest(path):
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def step(verb, output, *inputs, fetched=(), **settings):
    """Write an output and its sidecar."""
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(f"{verb} {output} {settings}")
    write_sidecar(verb, [output], {p: digest(p) for p in inputs} | dict(fetched), settings)


@pytest.fixture(autouse=True)
def campaign(tmp_path, monkeypatch):
    """A campaign of four steps, from an archive and released weights."""
    monkeypatch.chdir(tmp_path)
    SHEET.parent.mkdir()
    SHEET.write_text("sheet")
    step("fetch-dataset", ARCHIVE, dataset="mirabest")
    step("prepare", IMAGES, ARCHIVE)
    step("evaluate", METRICS, IMAGES, fetched=PUBLISHED, passes=8)
    step("tabulate", TABLE, METRICS, SHEET)
    step("figure", FIGURE, METRICS)
    step("report", PAGE, TABLE, settings='{"seed": 0}')


def run(*arguments):
    done = CliRunner().invoke(cli, ["crate", *map(str, arguments)])
    if done.exception is not None:
        raise done.exception
    return done.output


def test_a_crate_is_read_back_with_every_file_and_its_digest(tmp_path):
    assert "9 files, 6 steps" in run("results/quick")
    with zipfile.ZipFile("results/quick.crate.zip") as packed:
        packed.extractall(tmp_path / "read")
    crate = ROCrate(tmp_path / "read")
    # without it the digests mean nothing: the context of RO-Crate 1.1 has no sha256
    context = json.loads((tmp_path / "read/ro-crate-metadata.json").read_text())["@context"]
    assert {"sha256": "https://w3id.org/ro/terms/workflow-run#sha256"} in context
    inside = {}
    for file in crate.get_by_type("File"):
        if not file.id.startswith("http"):
            path = tmp_path / "read" / file["name"]
            inside[file["name"]] = digest(path)
            assert file["sha256"] == digest(path), file.id
    packed = {METRICS, TABLE, FIGURE, PAGE}
    sidecars = {path.with_name(f"{path.name}.provenance.json") for path in packed}
    assert {Path(name) for name in inside} == packed | sidecars | {SHEET}


def test_a_crate_is_written_beside_its_folder_also_from_within(monkeypatch):
    monkeypatch.chdir("results/quick")
    assert "quick.crate.zip: 9 files" in run(".")
    assert Path("../quick.crate.zip").is_file()


def test_a_copy_of_a_result_is_packed_too(tmp_path):
    copy = Path("results/quick/shipped") / METRICS.name
    copy.parent.mkdir()
    copy.write_bytes(METRICS.read_bytes())
    assert "10 files, 6 steps" in run("results/quick", "--out", tmp_path / "c.zip")
    assert ROCrate(tmp_path / "c.zip").dereference(str(copy))["sha256"] == digest(METRICS)


@pytest.mark.parametrize("linked", [METRICS.parents[3], METRICS.parents[2], FIGURE.parent])
def test_a_campaign_behind_a_link_is_packed_whole(tmp_path, linked):
    elsewhere = tmp_path.with_name(f"{tmp_path.name}-disk") / linked
    elsewhere.parent.mkdir(parents=True)
    linked.rename(elsewhere)
    linked.symlink_to(elsewhere)
    Path("final").symlink_to("results/quick")
    for name in ("results/quick", "final") if linked == FIGURE.parent else ("results/quick",):
        assert "9 files, 6 steps" in run(name, "--out", tmp_path / "c.zip")


def test_a_crate_says_what_every_output_was_made_from(tmp_path):
    run("results/quick", "--out", tmp_path / "c.zip")
    crate = ROCrate(tmp_path / "c.zip")
    made = {each["name"]: each for each in crate.get_by_type("CreateAction")}
    assert [each["name"] for each in made["radiogaze tabulate"]["result"]] == [str(TABLE)]
    read = {each["name"]: each for each in made["radiogaze evaluate"]["object"]}
    assert read[str(IMAGES)]["sha256"] == digest(IMAGES)
    weights = next(each for name, each in read.items() if each.id.endswith(".pt"))
    assert weights.id in WEIGHTS["urls"].split()
    assert weights["sha256"] == WEIGHTS["sha256"]
    assert weights["license"]["name"] == WEIGHTS["licence"] == "GPL-3.0"
    image = next(each for each in read.values() if each["sha256"] == IMAGE["sha256"])
    assert image.id in IMAGE["urls"].split()
    (archive,) = made["radiogaze prepare"]["object"]
    assert archive.id == "https://doi.org/10.5281/zenodo.4288837"
    assert archive["sha256"] == digest(ARCHIVE)
    assert (
        archive["license"]["name"] == read_rows(packaged_table("datasets.csv"), ",")[0]["licence"]
    )
    whole = made["snakemake --cores all results/quick/report/index.html"]
    assert {each.id for each in whole["object"]} == {
        archive.id,
        weights.id,
        image.id,
        "#settings",
    }
    assert crate.dereference("#settings")["value"] == '{"seed": 0}'
    assert len(whole["result"]) == 4
    program = made["radiogaze evaluate"]["instrument"]
    assert "torch" in {each["name"] for each in program["softwareRequirements"]}


def test_a_sheet_that_was_edited_since_is_described_as_it_was_read(tmp_path):
    read = digest(SHEET)
    SHEET.write_text("edited")
    assert "8 files, 6 steps" in run("results/quick", "--out", tmp_path / "c.zip")
    described = ROCrate(tmp_path / "c.zip").dereference(f"#sha256-{read}")
    assert (described["name"], described.type) == (str(SHEET), "CreativeWork")


def test_a_crate_that_cannot_be_written_leaves_the_last_one(tmp_path, monkeypatch):
    def stop(_, path):
        path.write_text("half")
        raise OSError(ENOSPC, "No space left on device")

    out = tmp_path / "c.zip"
    out.write_text("old")
    monkeypatch.setattr(ROCrate, "write_zip", stop)
    with pytest.raises(RadiogazeError, match="cannot be written: No space left on device; free"):
        run("results/quick", "--out", out)
    assert out.read_text() == "old"


def test_networks_of_another_campaign_are_in_it_with_the_step_that_made_them(tmp_path):
    other = Path("results/paper/gating/v/seed-0/metrics.json")
    step("train", other, IMAGES)
    step("tabulate", TABLE, METRICS, other)
    step("report", PAGE, TABLE, settings="{}")
    run("results/quick", "--out", tmp_path / "c.zip")
    crate = ROCrate(tmp_path / "c.zip")
    assert crate.dereference(str(other))["sha256"] == digest(other)
    made = {each["name"]: each for each in crate.get_by_type("CreateAction")}
    assert [each["name"] for each in made["radiogaze train"]["result"]] == [str(other)]


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda: METRICS.write_text("edited"), f"{METRICS}: is not what radiogaze"),
        (FIGURE.unlink, f"{FIGURE}: is not what radiogaze"),
        (lambda: step("tabulate", TABLE, METRICS, SHEET, x=1), f"{TABLE}: is not what radiogaze"),
        (lambda: Path(f"{PAGE}.provenance.json").unlink(), "results/quick: this campaign is not"),
        (lambda: Path(f"{FIGURE}.provenance.json").write_text("{"), f"{FIGURE}.provenance.json"),
        (Path(f"{FIGURE}.provenance.json").unlink, f"{FIGURE}: no sidecar beside it lists it"),
        (lambda: rmtree(TABLE.parent), f"{TABLE}: radiogaze report read it, and it is not there"),
    ],
)
def test_a_campaign_that_is_not_whole_is_refused_in_one_line(damage, words):
    damage()
    with pytest.raises(RadiogazeError, match=r".") as refused:
        run("results/quick")
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)
    assert not Path("results/quick.crate.zip").exists()


@pytest.mark.parametrize("key", ["commit", "inputs", "outputs", "settings"])
def test_a_sidecar_that_is_not_whole_or_leaves_the_folder_is_refused(tmp_path, key):
    sidecar = Path(f"{METRICS}.provenance.json")
    content = json.loads(sidecar.read_text())
    secret = tmp_path.parent / "secret"
    secret.write_text("secret")
    content["inputs"]["../secret"] = digest(secret)
    sidecar.write_text(json.dumps(content))
    run("results/quick")
    with zipfile.ZipFile("results/quick.crate.zip") as packed:
        assert not [name for name in packed.namelist() if "secret" in name]
    changed = {"outputs": {"../secret": digest(secret)}}
    sidecar.write_text(
        json.dumps(
            {k: v for k, v in content.items() if k != key}
            | {k: v for k, v in changed.items() if k == key}
        )
    )
    with pytest.raises(RadiogazeError, match=f"{sidecar}: unreadable; remove it"):
        run("results/quick")


@pytest.mark.parametrize("out", [PAGE, SHEET])
def test_a_crate_replaces_no_file_of_its_own(out):
    before = out.read_bytes()
    with pytest.raises(RadiogazeError, match=f"^{out}: would replace a file of the crate"):
        run("results/quick", "--out", out)
    assert out.read_bytes() == before


@pytest.mark.parametrize("folder", ["resources", "results", "results/slow", "paper_tables/quick"])
def test_what_is_no_campaign_is_refused(folder):
    with pytest.raises(RadiogazeError, match=f"^{folder}: no campaign; expected a folder such as"):
        run(folder)
