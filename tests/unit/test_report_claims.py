"""The rules that decide whether a claim of a paper holds."""

from math import nan

import pytest

from radiogaze.errors import RadiogazeError
from radiogaze.report.cells import Measured, read_cells
from radiogaze.report.claims import Claim, judge, load_claims


def cell(value, low=None, high=None, paper="0.9", verdict="within rounding"):
    exact = nan if value == "" else value
    return Measured(paper, str(value), low or exact, high or exact, verdict)


def judged(rule, cells, against="", **measured):
    """Judge a claim about cells that are called by one letter."""

    def named(letters):
        return "; ".join(f"{k}={'paper:' if k.isupper() else ''}t/{k.lower()}/m/c" for k in letters)

    given = named(against) if against.isalpha() else against
    claim = Claim("id", "gating", "1", "text", rule, named(cells), given, "")
    table = {("gating", "t", name, "m", "c"): value for name, value in measured.items()}
    return judge(claim, table).state


@pytest.mark.parametrize(
    ("rule", "a", "b", "state"),
    [
        ("above", cell(0.9, 0.85, 0.95), cell(0.7, 0.65, 0.75), "holds"),
        ("above", cell(0.7, 0.65, 0.75), cell(0.9, 0.85, 0.95), "does not hold"),
        ("above", cell(0.9, 0.70, 0.95), cell(0.8, 0.65, 0.75), "cannot be told"),
        ("not-above", cell(0.9, 0.70, 0.95), cell(0.8, 0.65, 0.75), "holds"),
        ("not-above", cell(0.9, 0.85, 0.95), cell(0.7, 0.65, 0.75), "does not hold"),
        ("largest", cell(0.9, 0.85, 0.95), cell(0.7, 0.65, 0.75), "holds"),
        ("largest", cell(0.9, 0.70, 0.95), cell(0.8, 0.65, 0.75), "cannot be told"),
        ("largest", cell(0.7, 0.65, 0.75), cell(0.9, 0.85, 0.95), "does not hold"),
    ],
)
def test_two_cells(rule, a, b, state):
    assert judged(rule, "a", "b", a=a, b=b) == state


def test_cells_are_alike_until_one_lies_apart():
    a, b = cell(0.8, 0.75, 0.85), cell(0.84, 0.8, 0.9)
    assert judged("alike", "abc", a=a, b=b, c=cell(0.78, 0.7, 0.81)) == "holds"
    assert judged("alike", "abc", a=a, b=b, c=cell(0.6, 0.5, 0.7)) == "does not hold"


def test_a_quoted_number_is_the_papers_not_ours():
    quoted = cell("", paper="0.89")
    assert judged("agree", "a", "B", a=cell(0.88, 0.8, 0.95), b=quoted) == "holds"
    assert judged("agree", "a", "B", a=cell(0.7, 0.6, 0.8), b=quoted) == "does not hold"
    assert judged("agree", "a", "b", a=cell(0.7, 0.6, 0.8), b=quoted) == "cannot be told"


def test_a_count_is_compared_with_a_number():
    assert judged("below", "a", "125000", a=cell(101447)) == "holds"
    assert judged("below", "a", "101447", a=cell(101447)) != "holds"
    assert judged("below", "a", "100000", a=cell(101447)) == "does not hold"


def test_sources_are_found_or_not():
    found, lost = (
        cell(1.0, verdict="found"),
        cell(0.9, verdict="not found: see docs/x.md#a"),
    )
    assert judged("found", "ab", a=found, b=found) == "holds"
    assert judged("found", "ab", a=found, b=lost) == "does not hold"
    assert judged("found", "ab", a=found) == "cannot be told"


@pytest.mark.parametrize("rule", ["agree", "above", "below", "alike", "largest", "not-above"])
def test_without_its_cell_a_claim_cannot_be_told(rule):
    assert judged(rule, "a", "b", b=cell(0.9, 0.8, 0.95)) == "cannot be told"
    assert judged(rule, "a", "b", a=cell(""), b=cell(0.9, 0.8, 0.95)) == "cannot be told"


def test_the_spread_of_the_seeds_widens_the_interval(tmp_path):
    header = "table,variant,metric,class,paper,ours,difference,margin,low,high,verdict,std,seeds"
    row = "06,a,accuracy,both,0.84,0.80,,,0.77,0.83,within the spread over seeds"
    (tmp_path / "t.csv").write_text(f"{header}\n{row},0.04,4\n{row.replace(',a,', ',b,')},,1\n")
    cells = read_cells([("gating", tmp_path / "t.csv")])
    several, single = (cells["gating", "06", name, "accuracy", "both"] for name in "ab")
    # Student's t for 3 degrees of freedom is 3.1824: hypot(0.03, 3.1824 * 0.04 / 2) = 0.0703
    assert several.low == pytest.approx(0.80 - 0.0703, abs=1e-4)
    assert several.high == pytest.approx(0.80 + 0.0703, abs=1e-4)
    assert (single.low, single.high) == (0.77, 0.83)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("a,gating,1,text,best,x=1/2/3/4,,", "claim a: rule 'best', expected one of agree"),
        ("a,gating,1,text,above,x=1/2/3,,", "'x=1/2/3', expected NAME=table/variant/metric/class"),
    ],
)
def test_a_faulty_row_is_named(tmp_path, row, expected):
    path = tmp_path / "claims.csv"
    path.write_text(f"id,paper,section,claim,rule,cells,against,note\n{row}\n")
    with pytest.raises(RadiogazeError, match=expected):
        load_claims(path)
