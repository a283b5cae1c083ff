"""Verdicts at their edges."""

import pytest

from radiogaze.tables.cells import Cell, Retrained
from radiogaze.tables.layout import number, readable
from radiogaze.tables.reference import PaperValue

DIFFERS = "differs: see docs/differences.md#table-7"


def cell(ours, printed, margin="", interval=(None, None), see=""):
    paper = None if printed is None else PaperValue(printed, margin, see)
    low, high = interval
    return Cell("v", "f1", "FRI", "F1", "Range", ours, paper, "table-7", low, high)


@pytest.mark.parametrize(
    ("ours", "printed", "verdict"),
    [
        (0.8449, "0.84", "within rounding"),
        (0.845, "0.84", "within rounding"),  # ties round both ways
        (0.845, "0.85", "within rounding"),
        ((0.84 + 0.85 + 0.84 + 0.85) / 4, "0.84", "within rounding"),  # a tie with binary noise
        (0.8451, "0.84", DIFFERS),
        (0.8349, "0.84", DIFFERS),
        (0.894, "0.90", DIFFERS),
        (0.894, "0.9", "within rounding"),
        (0, "0", "within rounding"),
        (856, "855", DIFFERS),
        (101447, "101447", "within rounding"),
        ("Max Pooling", "Max Pooling", "within rounding"),
        ("BNorm + ReLU", "ReLU + BNorm", DIFFERS),
    ],
)
def test_rounding_uses_the_papers_last_digit(ours, printed, verdict):
    assert cell(ours, printed).verdict == verdict


@pytest.mark.parametrize(
    ("printed", "margin", "interval", "verdict"),
    [
        ("0.84", "", (0.84, 0.90), "within interval"),
        ("0.84", "", (0.75, 0.84), "within interval"),
        ("0.84", "", (0.841, 0.90), DIFFERS),
        ("0.84", "", (0.75, 0.839), DIFFERS),
        ("0.90", "0.03", (0.80, 0.87), "within interval"),
        ("0.90", "0.03", (0.80, 0.869), DIFFERS),
        ("0.70", "0.03", (0.73, 0.80), "within interval"),
        ("0.70", "0.03", (0.731, 0.80), DIFFERS),
    ],
)
def test_interval_counts_its_ends_and_the_papers_uncertainty(printed, margin, interval, verdict):
    assert cell(0.8, printed, margin, interval).verdict == verdict


@pytest.mark.parametrize(
    ("printed", "margin", "std", "seeds", "verdict"),
    [
        # half an interval 0.05; t = 2.3646 for 8 seeds: sqrt(0.05² + (t 0.01)² (1 + 1/8)) = 0.05594
        ("0.8959", "", 0.01, 8, "within interval"),
        ("0.8960", "", 0.01, 8, "differs"),
        ("0.7841", "", 0.01, 8, "within interval"),
        ("0.7840", "", 0.01, 8, "differs"),
        ("0.9059", "0.01", 0.01, 8, "within interval"),
        # t = 12.706 for 2 seeds: 0.16344
        ("1.0034", "", 0.01, 2, "within interval"),
        ("1.0035", "", 0.01, 2, "differs"),
        ("0.8900", "", None, 1, "within interval"),
        ("0.8901", "", None, 1, "differs"),
        ("0.8901", "", 0.0, 8, "differs"),
        ("0.84", "", 0.0, 8, "within rounding"),
    ],
)
def test_the_interval_is_widened_by_one_more_training(printed, margin, std, seeds, verdict):
    paper, spread = PaperValue(printed, margin), Retrained(seeds, std)
    cell = Cell("v", "f1", "FRI", "F1", "Range", 0.84, paper, "table-7", 0.79, 0.89, "", spread)
    assert cell.verdict.partition(":")[0] == verdict
    assert (cell.low, cell.high) == (0.79, 0.89)


def test_the_papers_known_disagreement_is_linked_before_the_tables_section():
    assert cell(0.5, "0.9", see="auc-ties").verdict.endswith("#auc-ties")
    assert cell(0.5, "0.9").verdict.endswith("#table-7")


def test_nothing_to_compare_has_its_own_verdicts_and_no_difference():
    not_run, not_printed = cell(None, "0.9"), cell(0.9, None)
    assert not_run.verdict == "not run: no released weights"
    assert not_printed.verdict == "not in the paper: see docs/differences.md#table-7"
    assert not_run.difference is None
    assert not_printed.difference is None
    assert cell("ReLU", "ReLU").difference is None


def test_difference_of_counts_is_whole_and_of_fractions_has_no_negative_zero():
    assert number(cell(856, "855").difference) == "1"
    assert number(cell(0.81, "0.84").difference) == "-0.0300"
    assert number(cell(0.83999999, "0.84").difference) == "0.0000"


def test_a_reader_gets_one_digit_more_than_the_paper_prints():
    assert readable(cell(0.84375, "0.84")) == "0.844"
    assert readable(cell(278.4, "278")) == "278.4"
    assert readable(cell(0.84375, None)) == "0.844"
