"""Verdicts at their edges."""

import pytest

from radiogaze.tables.cells import Cell, Retrained
from radiogaze.tables.layout import number, readable
from radiogaze.tables.reference import PaperValue
from radiogaze.tables.verdict import monte_carlo_margin

DIFFERS = "differs: see docs/differences.md#table-7"


def cell(ours, printed, see=""):
    paper = None if printed is None else PaperValue(printed, "", see)
    return Cell("v", "f1", "FRI", "F1", "Range", ours, paper, "table-7")


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
    ("printed", "uncertainty", "margin", "verdict"),
    [
        # half of the printed digit, 0.005, and the margin
        ("0.81", "", 0.005, "within Monte Carlo error"),
        ("0.79", "", 0.005, "within Monte Carlo error"),
        ("0.81", "", 0.0049, DIFFERS),
        ("0.79", "", 0.0049, DIFFERS),
        ("0.84", "0.03", 0.005, "within Monte Carlo error"),
        ("0.84", "0.03", 0.0049, DIFFERS),
        ("0.81", "", None, "not compared: one training has no spread, one pass no error"),
        ("0.80", "", None, "within rounding"),
    ],
)
def test_the_wide_interval_over_test_sources_excuses_no_difference(
    printed, uncertainty, margin, verdict
):
    paper = PaperValue(printed, uncertainty)
    cell = Cell("v", "f1", "FRI", "F1", "Range", 0.8, paper, "table-7", 0.7, 0.9, margin)
    assert cell.verdict == verdict


def test_the_monte_carlo_margin_is_that_of_two_means_over_passes():
    """1.96 √2 times the error for as many passes; with 8 of ours, theirs adds 8 / 360 of ours."""
    assert monte_carlo_margin(0.001, 360, 360) == pytest.approx(1.95996 * 0.0014142, rel=1e-4)
    assert monte_carlo_margin(0.001, 8, 360) == pytest.approx(1.95996e-3 * 1.01105, rel=1e-4)
    assert monte_carlo_margin(None, 1, 360) is None


@pytest.mark.parametrize(
    ("printed", "uncertainty", "std", "seeds", "verdict"),
    [
        # t = 2.3646 for 8 seeds: t 0.01 √(1 + 1/8) = 0.02508, and half of the digit, 0.00005
        ("0.8651", "", 0.01, 8, "within the spread over seeds"),
        ("0.8652", "", 0.01, 8, "differs"),
        ("0.8149", "", 0.01, 8, "within the spread over seeds"),
        ("0.8148", "", 0.01, 8, "differs"),
        ("0.8751", "0.01", 0.01, 8, "within the spread over seeds"),
        # t = 12.706 for 2 seeds: 0.15562
        ("0.9956", "", 0.01, 2, "within the spread over seeds"),
        ("0.9957", "", 0.01, 2, "differs"),
        ("0.8500", "", None, 1, "not compared"),
        ("0.8401", "", 0.0, 8, "differs"),
        ("0.84", "", None, 1, "within rounding"),
    ],
)
def test_a_mean_over_seeds_may_differ_as_one_more_training(
    printed, uncertainty, std, seeds, verdict
):
    paper, spread = PaperValue(printed, uncertainty), Retrained(seeds, std)
    cell = Cell(
        *("v", "f1", "FRI", "F1", "Range", 0.84, paper, "table-7"),
        low=0.79,
        high=0.89,
        monte_carlo=0.5,  # of released weights only
        retrained=spread,
    )
    assert cell.verdict.partition(":")[0] == verdict


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
