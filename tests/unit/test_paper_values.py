"""The typed reference: right against the paper, strict against typos, linked to differences.md."""

import csv
import itertools
import os
import re
from collections import Counter
from pathlib import Path

import pytest
from tables_tools import DIFFERENCES, REFERENCE, ROOT

from radiogaze.errors import RadiogazeError
from radiogaze.tables.columns import EQUIVARIANT
from radiogaze.tables.reference import load_reference
from radiogaze.terms import CLASSES

HEADER = "paper,table,row,column,class,value,uncertainty,see"
GOOD = "gating,7,f1,Sigmoid,FRI,0.85,,"


@pytest.fixture(scope="module")
def values():
    return load_reference(REFERENCE, "gating").values


def numbers(values, table, column):
    return {
        key[1]: int(v.value) for key, v in values.items() if key[0] == table and key[2] == column
    }


def anchors():
    """The anchors that a Markdown renderer makes of the headings."""
    headings = re.findall(r"^#+ (.+)$", DIFFERENCES.read_text("utf-8"), re.MULTILINE)
    return [re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-") for heading in headings]


def test_every_table_is_typed_in_full(values):
    found = Counter(key[0] for key in values)
    assert {t: found[t] for t in ("6", "7", "8", "9")} == {"6": 32, "7": 32, "8": 64, "9": 32}
    assert found["5"] == 8 * 5
    assert found["4"] == 12 + 9
    assert (found["1"], found["2"]) == (22 * 5 - 1 - 2 * 3 - 3, 9 * 5 - 3)


def test_the_papers_own_sums(values):
    layers = numbers(values, "1", "parameters")
    assert layers.pop("22") == 101447
    assert sum(layers.values()) == 101333  # the paper's rows miss 114 of the aggregation
    sources = numbers(values, "4", "sources")
    fri = [n for row, n in sources.items() if row.startswith("FRI ")]
    assert sum(fri) == sources["FRI"] == 591
    totals, augmented = numbers(values, "5", "total"), numbers(values, "5", "total_augmented")
    assert {row: n * 72 for row, n in totals.items()} == augmented
    assert numbers(values, "5", "test")["MiraBest Total"] == 153


def implied(fri, frii):
    """What the recalls of the two classes imply for the test sources of MiraBest (Table 5)."""
    right, wrong = (74 * fri, 79 * frii), (74 - 74 * fri, 79 - 79 * frii)
    found = {("accuracy", "both"): sum(right) / 153}
    for name, mine, other in (("FRI", 0, 1), ("FRII", 1, 0)):
        found["precision", name] = right[mine] / (right[mine] + wrong[other])
        found["f1", name] = 2 * right[mine] / (2 * right[mine] + sum(wrong))
    return found


@pytest.mark.parametrize(
    ("paper", "table", "half", "columns"),
    [
        ("gating", "7", 0.005, ["Range Norm.", "Standardisation", "Sigmoid", "Softmax"]),
        ("equivariant", "1", 0.0005, [*EQUIVARIANT.values()]),
    ],
)
def test_the_papers_recalls_imply_its_other_numbers_within_rounding(paper, table, half, columns):
    """A note below the equivariant paper's Table 1 states it."""
    values = load_reference(REFERENCE, paper).values
    for column in columns:
        recalls = [float(values[table, "recall", column, name].value) for name in CLASSES]
        corners = itertools.product(*((r - half, r + half) for r in recalls))
        possible = [implied(*corner) for corner in corners]
        for metric, name in [("accuracy", "both")] if paper == "gating" else possible[0]:
            found = [one[metric, name] for one in possible]
            value = float(values[table, metric, column, name].value)
            assert min(found) - half <= value <= max(found) + half, (column, metric, name)


def test_numbers_equal_the_shared_transcription(values):
    shared = os.environ.get("RADIOGAZE_FIXTURES")
    if not shared:
        pytest.skip("RADIOGAZE_FIXTURES is not set: no second transcription to compare with")
    found = Counter()
    for table in ("6", "7", "8", "9"):
        path = Path(shared) / "papers" / "values" / f"table0{table}.csv"
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                for name in ("FRI", "FRII", "both"):
                    value, _, margin = row[name].partition("±")
                    if value:
                        found[table, row["metric"], name, value, margin] += 1
    typed = Counter(
        (table, row, name, v.value, v.uncertainty)
        for (table, row, _, name), v in values.items()
        if table in ("6", "7", "8", "9")
    )
    assert typed == found


def test_every_link_leads_to_a_section(values):
    used = {v.see for v in values.values() if v.see}
    for path in (ROOT / "src" / "radiogaze" / "tables").rglob("*.py"):
        used |= set(re.findall(r'(?:anchor|ANCHOR) = "([a-z0-9-]+)"', path.read_text("utf-8")))
    used |= {f"table-{n}" for n in (1, 2, 4, 5, 6, 7, 8, 9)} | {"auc-ties", "double-doubles"}
    assert {"test-batch-order", "layer-order", "equivariant-table-1"} <= used
    assert used <= set(anchors())


def test_sections_are_unique_and_links_between_them_lead_somewhere():
    found = anchors()
    assert len(found) == len(set(found))
    links = re.findall(r"\]\(#([^)]+)\)", DIFFERENCES.read_text("utf-8"))
    assert links
    assert set(links) <= set(found)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([HEADER, GOOD.replace("0.85", "85 %")], 'row 1 (f1): value: found "85 %"'),
        ([HEADER, GOOD.replace("FRI", "FR1")], "row 1 (f1): class"),
        ([HEADER, GOOD + "#Auc Ties"], "row 1 (f1): see"),
        ([HEADER, GOOD, GOOD], "row 2: Table 7: f1, Sigmoid, FRI is listed twice"),
        ([HEADER + ",note", GOOD + ","], "unknown key note"),
        ([HEADER, GOOD.replace("gating", "equivariant")], "no values of the paper gating"),
    ],
)
def test_a_typo_in_the_reference_is_one_line_that_names_it(tmp_path, lines, message):
    path = tmp_path / "values.csv"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    with pytest.raises(RadiogazeError) as caught:
        load_reference(path, "gating")
    assert str(caught.value).startswith(str(path))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_cell_that_is_not_typed_is_named():
    reference = load_reference(REFERENCE, "gating")
    with pytest.raises(RadiogazeError, match="no value for Table 7: f1, Tanh, FRI; type it in"):
        reference.get("7", "f1", "Tanh", "FRI")
