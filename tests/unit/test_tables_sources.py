"""Table 10: which of the paper's sources our own list has, and what else it has."""

import csv
import os
from pathlib import Path

import pytest
from tables_tools import ROOT, compile_latex, make, rows_of

from radiogaze.errors import RadiogazeError
from radiogaze.tables.latex import to_latex
from radiogaze.tables.markdown import to_markdown
from radiogaze.tables.render import to_csv

PRINTED = ROOT / "workflow" / "reference" / "table10.csv"
LETTERS = "ABCDEFGH"


def printed_rows():
    with PRINTED.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def found_rows():
    """The rows of `radiogaze misclassify` for the paper's sources and two others."""
    names = [row["source_name"] for row in printed_rows()]
    names += ["100_188.320+019.481_0.2282_0049.17", "200_164.479-008.634_0.2196_0037.58"]
    return [found_row(index, name) for index, name in enumerate(names)]


def found_row(index, name):
    code, sky, redshift, extent = name.split("_")
    return {
        "position": index,
        "source_name": name,
        "ra_deg": float(sky[:7]),
        "dec_deg": float(sky[7:]),
        "redshift": float(redshift),
        "extent_arcsec": float(extent),
        "label": 0,
        "class": "FRI" if code[0] == "1" else "FRII",
        "confidence": "uncertain" if code[1] == "1" else "certain",
        "passes": 1000,
        "misclassified": 990 if index < len(LETTERS) else 12,
    }


def write_rows(path, rows):
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return path


def make_10(path, rows, **given):
    return make("10", misclassified=write_rows(path, rows), printed=PRINTED, **given)


def verdicts(table, metric="misclassification_rate"):
    return {c.group: c.verdict for c in table.content.cells if c.metric == metric}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "misclassified.csv"


def test_all_eight_are_found_with_their_printed_details(path):
    rows = [row | {"variant": "mirabest-range-ft-3g", "seed": 3} for row in found_rows()]
    table = make_10(path, rows)
    assert verdicts(table) == dict.fromkeys(LETTERS, "found")
    others = [c.verdict for c in table.content.cells if c.metric != "misclassification_rate"]
    assert others == ["within rounding"] * 8 * 5
    note = table.content.notes[0]
    assert note == (
        "Found 8 of 8 sources of the paper. Classified: 1000 passes, variant mirabest-range-ft-3g,"
        " seed 3."
    )
    assert "0.9900 (above 95 %) ●" in to_markdown(table)


@pytest.mark.parametrize(("wrong", "is_found"), [(949, False), (950, True), (1000, True)])
def test_a_source_is_found_from_95_percent_on(path, wrong, is_found):
    rows = found_rows()
    rows[2]["misclassified"] = wrong
    table = make_10(path, rows)
    verdict = "found" if is_found else "not found: see docs/differences.md#table-10"
    assert verdicts(table)["C"] == verdict
    text = to_markdown(table)
    assert ("Found 7 of 8 sources of the paper; not found: C (0.9490)." in text) != is_found
    assert ("No cell differs" in text) == is_found
    assert ("Differs (docs/differences.md, section table-10)" in to_latex(table)) != is_found


def test_a_source_beyond_the_papers_is_listed_below_as_not_in_the_paper(path):
    rows = found_rows()
    rows[9]["misclassified"] = 1000
    table = make_10(path, rows)
    assert verdicts(table)["no. 9"] == "not in the paper: see docs/differences.md#table-10"
    extra = [c for c in table.content.cells if c.group == "no. 9"]
    assert [c.ours for c in extra] == [
        "10h57m55.0s", "-08d38m02s", "0.2196", "37.58", "Certain FRII", "1.0000",
    ]  # fmt: skip
    assert "Found 8 of 8 sources of the paper; not in the paper: no. 9." in to_markdown(table)
    # a declination is no formula, so it is left as it is
    assert rows_of(to_csv(table))[-5]["ours"] == "-08d38m02s"


@pytest.mark.parametrize(
    ("column", "moved", "metric"), [("ra_deg", 0.002, "ra"), ("dec_deg", -0.002, "dec")]
)
def test_a_position_beyond_its_rounding_differs(path, column, moved, metric):
    rows = found_rows()
    rows[0][column] += moved
    found = verdicts(make_10(path, rows), metric)
    assert found.pop("A") == "differs: see docs/differences.md#table-10"
    assert set(found.values()) == {"within rounding"}


def test_a_synthetic_sky_lists_ours_only_and_needs_no_source_of_the_paper(path, tmp_path):
    rows = [found_row(index, row["source_name"]) for index, row in enumerate(found_rows()[8:])]
    rows[1]["misclassified"] = 1000
    table = make_10(path, rows, verdicts=False, banner="Synthetic sky")
    assert {c.group for c in table.content.cells} == {"no. 0", "no. 1"}
    rows[1]["misclassified"] = rows[0]["misclassified"] = 0
    empty = make_10(path, rows, verdicts=False, banner="Synthetic sky")
    assert not empty.content.cells
    for text in (to_markdown(empty), to_latex(empty).replace("\\", "")):
        assert "No sources are misclassified in at least 95 % of the passes." in text
    for made in (table, empty):
        assert set(verdicts(made).values()) <= {"not compared: synthetic sky"}
        assert all(c.paper is None for c in made.content.cells)
    compile_latex(tmp_path, [table, empty])


def test_a_data_set_of_ones_own_lists_ours_only_and_leaves_empty_what_is_unknown(path):
    unknown = dict.fromkeys(("ra_deg", "dec_deg", "redshift", "extent_arcsec"), "")
    rows = [found_rows()[0] | unknown | {"source_name": "mine"}]
    table = make_10(path, rows)
    found = {cell.metric: cell.ours for cell in table.content.cells}
    assert (found["misclassification_rate"], found["class"]) == ("0.9900", "Certain FRI")
    assert {found[name] for name in ("ra", "dec", "redshift", "extent")} == {""}
    assert "None of the paper's sources was classified." in table.content.notes[0]
    assert "nan" not in to_csv(table)


def test_of_a_split_of_ones_own_the_sources_that_are_there_are_compared(path):
    table = make_10(path, found_rows()[:2])
    (note,) = (note for note in table.content.notes if "of the paper" in note)
    assert note.startswith("Found 2 of 2 sources of the paper")
    assert " 6 more of the paper are no test sources here. Classified: " in note


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([row | {"passes": 0} for row in found_rows()], "division by zero; make it again"),
        ([row | {"ra_deg": "x"} for row in found_rows()], "expected a table of misclassified"),
        ([{"position": 1, "letter": "A"}], "found no 'ra_deg'; make it again with radiogaze misc"),
    ],
)
def test_a_faulty_list_is_one_line_that_names_it(path, rows, message):
    with pytest.raises(RadiogazeError) as caught:
        make_10(path, rows)
    assert str(caught.value).startswith(f"{path}: ")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_faulty_reference_is_one_line_that_names_it(path, tmp_path):
    rows = printed_rows()
    rows[3]["ra"] = "12 past noon"
    reference = write_rows(tmp_path / "t10.csv", rows)
    given = {"misclassified": write_rows(path, found_rows()), "printed": reference}
    with pytest.raises(RadiogazeError, match=r't10\.csv: row 4 \(D\): ra: found "12 past noon"'):
        make("10", **given)
    write_rows(reference, [{"source": "A"}])
    with pytest.raises(RadiogazeError, match=r"t10\.csv: no column ra, dec, "):
        make("10", **given)


def test_the_list_must_be_given():
    with pytest.raises(RadiogazeError, match=r"^Table 10 needs --misclassified PATH"):
        make("10", printed=PRINTED)


def test_the_printed_sources_equal_the_shared_transcription():
    shared = os.environ.get("RADIOGAZE_FIXTURES")
    if not shared:
        pytest.skip("RADIOGAZE_FIXTURES is not set: no second transcription to compare with")
    with (Path(shared) / "papers" / "values" / "table10.csv").open(encoding="utf-8") as file:
        second = list(csv.DictReader(file))
    assert [{key: row[key] for key in second[0]} for row in printed_rows()] == second
