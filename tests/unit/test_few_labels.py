"""Few labels: which sources have one, networks of other widths, starts from trained weights."""

import csv
import hashlib
import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from click.testing import CliRunner

from radiogaze.augmentation.counter_rng import Stream, permutation
from radiogaze.campaigns.variants import load_sheet
from radiogaze.cli import cli
from radiogaze.data.disjoin import disjoin, highest_correlations
from radiogaze.data.splits import draw_labelled, draw_split
from radiogaze.data.store import save_cutouts
from radiogaze.errors import RadiogazeError
from radiogaze.models import build, count_parameters
from radiogaze.models.load import read_weights, save_weights
from radiogaze.provenance.sidecars import write_sidecar
from radiogaze.training.engine import train
from radiogaze.training.stepper import Stepper
from training_tools import PROVENANCE, ROOT, few_cutouts, small_job

SHEET = load_sheet(ROOT / "experiments/own.tsv")
COUNTS = (36, 73, 145, 292, 583)


def labelled(split: pd.DataFrame) -> pd.DataFrame:
    return split[split["split"] == "train"]


@pytest.mark.parametrize("dataset", ["mirabest", "mirabest-certain"])
def test_draws_of_mirabest_are_balanced_and_nested(dataset, mirabest):
    drawn = {}
    for draw in range(3):
        smaller: set[int] = set()
        for count in COUNTS:
            split = draw_split(mirabest, dataset, draw, "all", count)
            rows = labelled(split)
            classes = rows["class"].value_counts()
            assert (len(rows), abs(classes["FRI"] - classes["FRII"])) == (count, count % 2)
            assert smaller <= set(rows["index"])
            smaller = set(rows["index"])
            assert set(split["split"]) == {"train", "unlabelled"}
            drawn[draw, count] = smaller
    assert len(drawn[0, 36] & drawn[1, 36]) < 12  # another draw has other sources


def test_the_odd_label_goes_to_either_class(mirabest):
    odd = [labelled(draw_split(mirabest, "mirabest", d, "all", 73))["class"] for d in range(10)]
    assert {(classes == "FRI").sum() for classes in odd} == {36, 37}
    whole = draw_split(mirabest, "mirabest", 0, "all")["class"]
    firsts = [whole[int(permutation(Stream.LABELS, d, 0, 0, len(whole))[0])] for d in range(10)]
    assert [classes.mode()[0] for classes in odd] == firsts  # that of the first one drawn


def test_a_class_that_runs_out_is_filled_up_from_the_other():
    cutouts = few_cutouts(20)
    table = cutouts.catalogue
    three = np.arange(len(table)) < 3
    many = table.assign(**{"class": np.where(three, "FRII", "FRI")})
    split = draw_split(replace(cutouts, catalogue=many), "mirabest", 0, "all", 12)
    assert labelled(split)["class"].value_counts().to_dict() == {"FRI": 9, "FRII": 3}


def test_labels_come_from_the_sources_that_train(mirabest):
    whole = draw_split(mirabest, "mirabest", 4)
    few = draw_split(mirabest, "mirabest", 4, labels=36)
    validation = whole["split"] == "validation"
    assert ((few["split"] == "validation") == validation).all()
    assert (few["split"] == "unlabelled").sum() == (~validation).sum() - 36
    assert whole.equals(draw_split(mirabest, "mirabest", 4, labels=None))


@pytest.mark.parametrize("count", [1, 21])
def test_more_labels_than_sources_and_an_empty_class_are_one_line(count):
    with pytest.raises(RadiogazeError, match=f"mirabest: {count} labels of 20 sources") as error:
        draw_split(few_cutouts(20), "mirabest", 0, "all", count)
    assert "\n" not in str(error.value)
    every = draw_labelled(draw_split(few_cutouts(20), "mirabest", 0, "all"), "mirabest", 0, 20)
    assert len(labelled(every)) == 20


def test_the_width_of_the_network_counts():
    sizes = [
        count_parameters(build(replace(SHEET["zoom"], width_divisor=width)))
        for width in ("4", "2", "1", "0.5")
    ]
    assert sizes == [4_689, 17_693, 68_661, 270_437]
    # rounded up: 16, 32 and 48 channels by 3
    assert build(replace(SHEET["zoom"], width_divisor="3")).readout.in_features == 2 * (6 + 11 + 16)


def test_a_training_starts_from_the_weights_of_its_seed(tmp_path):
    first = small_job("mirabest-fc-0g", seeds=(0, 1))
    train(first, few_cutouts(), tmp_path / "state", tmp_path / "first", PROVENANCE)
    row = replace(first.variant, start="first", variant="second")
    second = replace(first, variant=row, start=tmp_path / "first")
    for seed in (0, 1):
        path = tmp_path / f"first/seed-{seed}/model.safetensors"
        trained, _ = read_weights(path)
        state = Stepper(second, 8, seed, 0).model.state_dict()
        assert all(torch.equal(value, state[name]) for name, value in trained.items())
    train(second, few_cutouts(), tmp_path / "state", tmp_path / "second", PROVENANCE)
    result = json.loads((tmp_path / "second/seed-1/result.json").read_text())
    weights = hashlib.sha256((tmp_path / "first/seed-1/model.safetensors").read_bytes())
    assert result["provenance"]["settings"]["start_weights"] == weights.hexdigest()
    assert result["provenance"]["settings"]["start"] == "first"


def test_the_weights_that_a_training_starts_from_are_its_inputs(tmp_path):
    start = tmp_path / "pre/seed-1/model.safetensors"
    save_weights(start, build(SHEET["zoom"]).state_dict(), {})
    write_sidecar("train", [start], {}, {})
    save_weights(start, build(SHEET["zoom"]).state_dict(), {})  # drawn again
    save_cutouts(few_cutouts(), tmp_path / "images.npz", tmp_path / "catalogue.csv")
    given = ["train", "synthetic-36", f"--sheet={ROOT}/experiments/labels.tsv", "--seed=1"]
    given += [f"--images={tmp_path}/images.npz", f"--catalogue={tmp_path}/catalogue.csv"]
    given += [f"--start={tmp_path}/pre", f"--state={tmp_path}/state", f"--out={tmp_path}/out"]
    error = CliRunner().invoke(cli, given).exception
    assert f"{start}: is not what radiogaze train wrote" in str(error)


def test_a_start_of_another_network_or_of_none_is_one_line(tmp_path):
    path = tmp_path / "seed-0/model.safetensors"
    row = SHEET["zoom"]
    other = replace(row, width_divisor="2")
    save_weights(path, build(other).state_dict(), {"variant": other.cells})

    def job(**changes):
        small = small_job(recipe="zoom")
        return replace(small, variant=replace(row, split="seed", start="pre"), **changes)

    for make, words in (
        (lambda: Stepper(job(start=tmp_path), 4, 0, 0), "width_divisor 2, but variant zoom has 1"),
        (lambda: job(start=tmp_path).settings(3), "seed-3/model.safetensors: no such file"),
        (lambda: job(start=tmp_path, folds=(3,)), "trained on sources that --fold 3 tests on"),
        (lambda: job(start=None), "zoom: --start is none, expected the folder of pre"),
        (lambda: replace(small_job(), start=tmp_path), "expected none, which the column start"),
    ):
        with pytest.raises(RadiogazeError) as error:
            make()
        assert words in str(error.value)
        assert "\n" not in str(error.value)


def change_sheet(path, variant, cells):
    """Write the sheet of few labels with other cells in a row."""
    with (ROOT / "experiments/labels.tsv").open(newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    next(row for row in rows if row["variant"] == variant).update(cells)
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0], delimiter="\t")
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_a_start_that_has_seen_what_it_is_tested_on_is_refused_and_no_other(tmp_path):
    path = tmp_path / "sheet.tsv"
    words = "start is pre-frdeep, which learns from frdeep, which has sources of MiraBest's test"
    with pytest.raises(RadiogazeError, match=words):
        load_sheet(change_sheet(path, "pre-frdeep", {"dataset": "frdeep"}))
    for variant, cells in (
        ("double", {"start": "zoom"}),
        ("zoom-certain-145", {"labels": "none", "start": "zoom"}),
        ("frdeep-36", {"dataset": "frdeep", "start": "pre-synthetic"}),
    ):
        assert load_sheet(change_sheet(path, variant, cells))[variant].start == cells["start"]


SEEN = "which may have learned from sources that this row lacks or validates on; expected "


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ({"unlabelled": "frdeep"}, "which has sources of MiraBest's test set; expected frdeep-dis"),
        ({"start": "zoom"}, f"start is zoom, {SEEN}dataset mirabest, split all, labels 36"),
        ({"start": "zoom-145"}, f"start is zoom-145, {SEEN}"),
        ({"start": "zoom", "labels": "none", "split": "seed"}, f"{SEEN}dataset mirabest, split se"),
        ({"start": "zoom-certain-145", "labels": "145"}, f"start is zoom-certain-145, {SEEN}"),
        ({"start": "absent"}, "start is absent, expected a variant of the sheet: zoom, "),
        ({"start": "synthetic-36"}, "which starts from another one itself"),
        ({"start": "fixmatch-36"}, "which has 5 seeds; expected as many as frdeep-36 has"),
        ({"unlabelled": "rest", "labels": "none"}, "unlabelled is rest, but all sources have"),
        ({"labels": "0"}, "a number of labelled sources from 1 to 999999, or none"),
    ],
)
def test_a_faulty_row_of_the_sheet_is_one_line(cells, words, tmp_path):
    path = change_sheet(tmp_path / "sheet.tsv", "frdeep-36", cells)
    with pytest.raises(RadiogazeError) as error:
        load_sheet(path)
    assert words in str(error.value)
    assert "\n" not in str(error.value)


def test_the_row_of_all_labels_is_that_of_the_campaign_own():
    sheet = load_sheet(ROOT / "experiments/labels.tsv")
    assert sheet["zoom"] == SHEET["zoom"]
    assert sorted({row.labels for row in sheet.values() if row.labels}) == list(COUNTS)


def test_what_another_data_set_tests_on_is_left_out():
    cutouts = few_cutouts(20)
    images = np.zeros((6, 150, 150), np.uint8)
    images[:, 60:64, 50:90] = 200
    for number in range(6):
        images[number, 80 + 2 * number : 90 + 2 * number, 70 - 3 * number : 75] = 250
    moved = np.roll(images, (8, -10), axis=(1, 2))  # catalogues place one source differently
    beside = np.roll(images, (15, 60), axis=(1, 2))  # of a neighbour, partly out of the image
    beside[:, :, :60] = 0
    test = replace(cutouts, images=np.concatenate([cutouts.images[:20], images[:4]]))
    table = cutouts.catalogue.iloc[:6]
    found = disjoin(replace(cutouts, images=moved, catalogue=table), test)
    assert np.array_equal(found.images, moved[4:])
    assert found.catalogue["index"].tolist() == [0, 1]
    assert found.catalogue["source_name"].tolist() == ["source-4", "source-5"]
    assert highest_correlations(moved, images).tolist() == pytest.approx([1] * 6)
    assert len(disjoin(replace(cutouts, images=beside, catalogue=table), test).images) == 2
    like = images + np.roll(images, (4, 0), axis=(1, 2)) // 8  # of the same shape, another source
    assert len(disjoin(replace(cutouts, images=like, catalogue=table), test).images) == 6
    assert highest_correlations(np.zeros((1, 150, 150), np.uint8), images).tolist() == [0]
    with pytest.raises(RadiogazeError, match="all 4 sources are in the test set"):
        disjoin(replace(test, images=images[:4], catalogue=table[:4]), test)


def test_unlabelled_files_that_the_sheet_does_not_ask_for_are_refused(tmp_path):
    files = [tmp_path / "images.npz", tmp_path / "catalogue.csv"]
    save_cutouts(few_cutouts(), *files)
    data = ["--images", files[0], "--catalogue", files[1]]
    sheet = [f"--sheet={ROOT}/experiments/labels.tsv", f"--state={tmp_path}/s", f"--out={tmp_path}"]
    for name, given, words in (
        ("zoom-36", ["--unlabelled-images", files[0]], "found 1 of them, expected none"),
        ("fixmatch-frdeep-36", [], "found 0 of them, expected both, of frdeep-disjoint"),
    ):
        command = ["train", name, *map(str, [*data, *given]), *sheet]
        done = CliRunner().invoke(cli, command)
        assert isinstance(done.exception, RadiogazeError)
        assert words in str(done.exception)
        assert "\n" not in str(done.exception)
