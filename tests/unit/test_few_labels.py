"""Few labels: which sources have one, and networks of other widths."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from radiogaze.campaigns.variants import load_sheet
from radiogaze.data.splits import draw_labelled, draw_split
from radiogaze.errors import RadiogazeError
from radiogaze.models import build, count_parameters
from training_tools import ROOT, few_cutouts

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


def test_a_class_that_runs_out_is_filled_up_from_the_other():
    cutouts = few_cutouts(20)
    table = cutouts.catalogue
    many = table.assign(label=np.where(np.arange(len(table)) < 3, 5, 0))  # three FRII
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
