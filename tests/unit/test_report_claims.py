"""The rules that decide whether a claim of a paper holds."""

import re
from dataclasses import replace
from itertools import combinations
from math import nan

import pytest

from radiogaze.errors import RadiogazeError
from radiogaze.report.cells import Measured, read_cells
from radiogaze.report.claims import Claim, judge, load_claims
from radiogaze.report.rules import Difference


def cell(value, low=None, high=None, paper="0.9", verdict="within rounding"):
    exact = nan if value == "" else value
    return Measured(paper, str(value), low or exact, high or exact, verdict)


def judged(*claim, **measured):
    """The state of a claim that is judged as by `verdict`."""
    return verdict(*claim, **measured).state


def verdict(rule, cells, against="", pairs=None, **measured):
    """Judge a claim about cells that are called by one letter, and compared as ``pairs`` say."""

    def named(letters):
        return "; ".join(
            f"{k}={'paper:' if k.isupper() else ''}t/{k.lower()}/accuracy/both" for k in letters
        )

    given = named(against) if against.isalpha() else against
    claim = Claim("id", "gating", "1", "text", rule, named(cells), given, "")
    table = {("gating", "t", name, "accuracy", "both"): cell for name, cell in measured.items()}
    for pair, (low, high, p) in (pairs or {}).items():
        key = ("gating", "comparisons", "~".join(pair))
        table[(*key, "accuracy_change", "file")] = cell((low + high) / 2, low, high)
        table[(*key, "p", "file")] = cell(p)
    return judge([claim], table)[0]


CELLS = {"a": cell(0.85, 0.80, 0.90), "b": cell(0.80, 0.75, 0.85), "c": cell(0.82, 0.77, 0.87)}


@pytest.mark.parametrize(
    ("rule", "difference", "state"),
    [
        ("above", (0.01, 0.09, 0.04), "holds"),
        ("above", (0.01, 0.09, 0.05), "holds"),
        ("above", (0.01, 0.09, 0.06), "cannot be told"),
        ("above", (-0.01, 0.09, 0.06), "cannot be told"),
        ("above", (-0.09, -0.01, 0.04), "does not hold"),
        ("above", (-0.02, 0.029, 0.5), "does not hold"),  # no difference that matters
        ("below", (-0.09, -0.01, 0.04), "holds"),
        ("not-above", (-0.09, 0.029, 0.5), "holds"),
        ("not-above", (-0.09, 0.031, 0.5), "cannot be told"),
        ("not-above", (0.01, 0.09, 0.04), "does not hold"),
        ("not-above", (0.001, 0.029, 0.04), "holds"),  # above, and by too little to matter
        ("alike", (-0.029, 0.029, 0.5), "holds"),
        ("alike", (-0.031, 0.029, 0.5), "cannot be told"),
        ("alike", (0.01, 0.09, 0.04), "does not hold"),
        ("alike", (0.001, 0.029, 0.04), "holds"),  # told apart, and too small to matter
        ("largest", (0.01, 0.09, 0.04), "holds"),
        ("largest", (-0.01, 0.09, 0.5), "cannot be told"),
        ("largest", (-0.09, -0.01, 0.04), "does not hold"),
    ],
)
def test_a_paired_comparison_decides_and_not_the_two_intervals(rule, difference, state):
    assert judged(rule, "a", "b", {"ab": difference}, **CELLS) == state
    low, high, p = difference
    assert judged(rule, "a", "b", {"ba": (-high, -low, p)}, **CELLS) == state


@pytest.mark.parametrize(
    ("first", "second", "state"),
    [
        ("stands", "stands", "holds"),
        ("falls", "cannot be told", "does not hold"),
        ("falls", "stands", "cannot be told"),
        ("cannot be told", "cannot be told", "cannot be told"),
        ("cannot be told", "stands", "cannot be told"),
        ("falls", "", "cannot be told"),  # the second was not run
    ],
)
def test_answers_of_tables_decide_together(first, second, state):
    cells = {"a": Measured("", first, nan, nan, ""), "b": Measured("", second, nan, nan, "")}
    assert judged("answers", "ab", **cells) == state
    assert cells["a"].shown == first


def test_alike_compares_only_what_a_claim_sets_against_each_other():
    near, apart = (-0.01, 0.01, 0.9), (0.05, 0.09, 0.001)
    pairs = {"ab": apart, "ac": near, "bc": near}  # a and b are of one kind
    assert judged("alike", "ab", "c", pairs, **CELLS) == "holds"
    assert judged("alike", "abc", "", pairs, **CELLS) == "does not hold"
    assert judged("alike", "ab", "c", {**pairs, "bc": apart}, **CELLS) == "does not hold"


@pytest.mark.parametrize(
    ("rule", "ab", "ac", "state", "reason"),
    [
        # one of two decides nothing, and the sentence names the one that is in the way
        ("largest", (0.01, 0.09, 0.001), (-0.01, 0.05, 0.5), "cannot be told", "other: a − c: "),
        ("largest", (0.01, 0.09, 0.001), (-0.09, -0.01, 0.001), "does not hold", "^a − c: "),
        ("alike", (-0.01, 0.01, 0.5), (-0.05, 0.04, 0.5), "cannot be told", "excluded: a − c: "),
        ("alike", (-0.028, 0.01, 0.5), (-0.01, 0.02, 0.5), "holds", "furthest from 0: a − b: "),
    ],
)
def test_a_claim_about_several_needs_all_of_them(rule, ab, ac, state, reason):
    found = verdict(rule, "a", "bc", {"ab": ab, "ac": ac}, **CELLS)
    assert found.state == state
    assert re.search(reason, found.reason)


def test_kinds_that_the_equivariant_paper_does_not_compare_do_not_separate_them(root):
    (claim,) = (
        one
        for one in load_claims(root / "workflow/reference/claims.csv")
        if one.id == "not-separated"
    )
    table = {}
    names = re.findall(r"01/([\w-]+)/", f"{claim.cells};{claim.against}")
    for name in names:
        table["equivariant", "01", name, "accuracy", "both"] = cell(0.85, 0.80, 0.90)
    plain = {"lenet", "attention"}
    for first, second in combinations(names, 2):
        own = len({first, second} & plain) != 1  # two networks of one kind, far apart
        key = ("equivariant", "comparisons", f"{first}~{second}")
        ends = (0.05, 0.09) if own else (-0.01, 0.01)
        table[(*key, "accuracy_change", "file")] = cell(sum(ends) / 2, *ends)
        table[(*key, "p", "file")] = cell(1e-6 if own else 0.9)
    assert judge([claim], table)[0].state == "holds"


def test_p_values_are_corrected_over_all_comparisons_of_a_paper():
    pairs = {"ab": (0.01, 0.09, 0.03), "ac": (0.01, 0.09, 0.01)}
    assert judged("largest", "a", "bc", pairs, **CELLS) == "holds"  # 0.02 and 0.03
    pairs["ac"] = (0.01, 0.09, 0.03)
    assert judged("largest", "a", "bc", pairs, **CELLS) == "cannot be told"  # 0.06 both
    # a paper's claims are one family, each comparison counted once
    claims = [
        Claim(name, paper, "1", "text", "above", "a=t/a/accuracy/both", against, "")
        for name, paper, against in (
            ("1", "gating", "b=t/b/accuracy/both"),
            ("2", "gating", "c=t/c/accuracy/both"),
            ("3", "gating", "c=t/c/accuracy/both"),
            ("4", "equivariant", "b=t/b/accuracy/both"),
        )
    ]
    table = {}
    for paper in ("gating", "equivariant"):
        table |= {(paper, "t", name, "accuracy", "both"): one for name, one in CELLS.items()}
        for pair in ("a~b", "a~c"):
            table[paper, "comparisons", pair, "accuracy_change", "folds"] = cell(0.05, 0.01, 0.09)
            table[paper, "comparisons", pair, "p", "folds"] = cell(0.03)
    states = [found.state for found in judge(claims, table)]
    assert states == ["cannot be told"] * 3 + ["holds"]


def test_folds_decide_before_the_fixed_split():
    claim = Claim(
        "1", "gating", "1", "text", "above", *(f"{k}=t/{k}/accuracy/both" for k in "ab"), ""
    )
    table = {("gating", "t", name, "accuracy", "both"): one for name, one in CELLS.items()}
    table["gating", "comparisons", "a~b", "accuracy_change", "seeds"] = cell(0.05, 0.01, 0.09)
    table["gating", "comparisons", "a~b", "p", "seeds"] = cell(0.02)
    (by_seeds,) = judge([claim], table)
    assert (by_seeds.state, by_seeds.reason[-20:]) == ("holds", "p = 0.02 after Holm.")
    table["gating", "comparisons", "a~b", "accuracy_change", "folds"] = cell(0.01, -0.01, 0.04)
    table["gating", "comparisons", "a~b", "p", "folds"] = cell(0.3)
    (by_folds,) = judge([claim], table)
    assert by_folds.state == "cannot be told"
    table["gating", "comparisons", "a~b", "accuracy_change", "file"] = cell(0.07, 0.05, 0.09)
    table["gating", "comparisons", "a~b", "p", "file"] = cell(0.01)
    assert judge([claim], table) == [by_folds]
    without = {key: one for key, one in table.items() if key[-1] != "folds"}
    (by_test_split,) = judge([claim], without)  # before seeds
    assert "+0.070 [+0.050, +0.090], p = 0.01 after Holm" in by_test_split.reason
    assert "+0.010 [−0.010, +0.040], p = 0.3 after Holm" in by_folds.reason


def test_cells_without_a_paired_comparison_are_combined_as_independent():
    """Newcombe: 0.2 ± hypot(0.05, 0.05) = 0.2 ± 0.0707."""
    far = {"a": cell(0.9, 0.85, 0.95), "b": cell(0.7, 0.65, 0.75)}
    assert judged("above", "a", "b", **far) == "holds"
    near = {"a": cell(0.9, 0.85, 0.95), "b": cell(0.83, 0.78, 0.88)}
    assert judged("above", "a", "b", **near) == "cannot be told"
    assert judged("above", "a", "b", **{**near, "b": cell(0.829, 0.779, 0.879)}) == "holds"
    # only the ends that face each other count: 0.05 - hypot(0.01, 0.01) is above 0
    facing = {"a": cell(0.9, 0.89, 0.95), "b": cell(0.85, 0.75, 0.86)}
    assert judged("above", "a", "b", **facing) == "holds"
    assert judged("above", "b", "a", **facing) == "does not hold"


def test_a_quoted_number_is_the_papers_not_ours():
    quoted = cell("", paper="0.89")
    assert judged("alike", "a", "B", a=cell(0.89, 0.87, 0.91), b=quoted) == "holds"
    assert judged("alike", "a", "B", a=cell(0.88, 0.8, 0.95), b=quoted) == "cannot be told"
    assert judged("alike", "a", "B", a=cell(0.7, 0.6, 0.8), b=quoted) == "does not hold"
    assert judged("alike", "a", "b", a=cell(0.7, 0.6, 0.8), b=quoted) == "cannot be told"


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
    unknown = cell(0.9, verdict="not run: not trained")
    assert judged("found", "ab", a=found, b=unknown) == "cannot be told"


@pytest.mark.parametrize("rule", ["above", "below", "alike", "largest", "not-above"])
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


def test_one_training_of_our_own_decides_no_claim_without_a_paired_comparison(tmp_path):
    header = "table,variant,metric,class,paper,ours,difference,margin,low,high,verdict,std,seeds"
    rows = ["0.90,,,0.88,0.92,differs,,1", "0.70,,,0.68,0.72,differs,0.01,2"]
    rows = [f"06,{name},accuracy,both,0.84,{row}" for name, row in zip("ab", rows, strict=True)]
    (tmp_path / "t.csv").write_text("\n".join([header, *rows]))
    trained = read_cells([("gating", tmp_path / "t.csv")])
    claim = Claim("1", "gating", "1", "", "above", *(f"06/{k}/accuracy/both" for k in "ab"), "")
    (found,) = judge([replace(claim, cells="A=06/a/accuracy/both")], trained)
    assert (found.state, found.reason) == ("cannot be told", "One training has no spread: A.")
    assert [cell.ours for cell in found.numbers] == ["0.90", "0.70"]
    turned = replace(claim, cells=claim.against, against="A=06/a/accuracy/both")
    (other,) = judge([turned], trained)
    assert (other.state, other.reason) == (found.state, found.reason)
    key = ("gating", "comparisons", "a~b")
    by_folds = {(*key, "accuracy_change", "folds"): cell(0.2, 0.1, 0.3)}
    assert judge([claim], {**trained, **by_folds})[0].state == "holds"
    released = {key: replace(cell, seeds=nan) for key, cell in trained.items()}
    assert judge([claim], released)[0].state == "holds"


def test_a_difference_without_width_is_a_count_only_if_it_is_of_counts():
    assert Difference("a", "b", *3 * [1447.0]).shown == "a − b: +1,447"
    paired = Difference("a", "b", *3 * [0.0], p=1.0).shown
    assert paired == "a − b: +0.000 [+0.000, +0.000], p = 1 after Holm"


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("a,gating,1,text,best,x=1/2/3/4,,", "claim a: rule 'best', expected one of above"),
        ("a,gating,1,text,above,x=1/2/3,,", "'x=1/2/3', expected NAME=table/variant/metric/class"),
        ("a,gating,1,text,largest,x=1/2/3/4,,", "found 1 in cells and 0 in against, too few"),
        ("a,gating,1,text,alike,x=1/2/3/4,,", "too few for rule alike"),
        ("a,gating,1,text,found,,,", "found 0 in cells"),
    ],
)
def test_a_faulty_row_is_named(tmp_path, row, expected):
    path = tmp_path / "claims.csv"
    path.write_text(f"id,paper,section,claim,rule,cells,against,note\n{row}\n")
    with pytest.raises(RadiogazeError, match=expected):
        load_claims(path)
