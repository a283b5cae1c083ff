"""The files of a table, and the command line's errors, as a user meets them."""

import json
import re

import pytest
from tables_tools import (
    DIFFERENCES,
    catalogue,
    changed,
    evaluation,
    evaluations,
    make,
    needed,
    rows_of,
    run,
)

from radiogaze.errors import RadiogazeError
from radiogaze.tables.latex import escape as escape_latex
from radiogaze.tables.latex import to_latex
from radiogaze.tables.markdown import to_markdown
from radiogaze.tables.render import to_csv, write

HEADER = "table,variant,metric,class,paper,ours,difference,margin,low,high,verdict"


@pytest.fixture
def evaluated(tmp_path):
    folder = tmp_path / "metrics"
    folder.mkdir()
    return folder


def files(folder):
    return sorted(p.name for p in folder.iterdir() if p.is_file())


def test_the_command_writes_three_files_and_the_same_ones_again(tmp_path, evaluated):
    given = [f"--metrics={p}" for p in evaluations(evaluated, "7")]
    for _ in range(2):
        done = run("07", *given, "--banner=Synthetic sky", folder=tmp_path)
        assert (done.returncode, done.stderr) == (0, "")
        text = (tmp_path / "table.csv").read_text("utf-8")
        assert text.splitlines()[0] == HEADER
        before = [(tmp_path / name).read_bytes() for name in files(tmp_path)]
    assert files(tmp_path) == ["table.csv", "table.csv.provenance.json", "table.md", "table.tex"]
    assert before == [(tmp_path / name).read_bytes() for name in files(tmp_path)]
    row = rows_of(text)[0]
    assert (row["table"], row["ours"], row["low"]) == ("07", "0.8400", "0.7900")
    assert (row["paper"], row["difference"]) == ("0.82", "0.0200")
    assert "Synthetic sky" in (tmp_path / "table.md").read_text("utf-8").splitlines()[0]
    assert r"\caption{\textbf{Synthetic sky.}" in (tmp_path / "table.tex").read_text("utf-8")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["08"], "Table 8: no metrics of mirabest-range-mean-3g"),
        (["11"], "no table 11; there are: 01, 02"),
        (["04", "--catalogue=mirabest"], "--catalogue mirabest: expected NAME=PATH"),
        (["04", "--catalogue=mirabest=/none.csv"], "/none.csv: no such file"),
        (
            ["07", "--metrics=/none.json"],
            "/none.json: no such file; make it with radiogaze evaluate",
        ),
        (["07", "--paper=equivariant"], "equivariant paper: no table 07; there are:"),
        (["07", "--paper=other"], "no tables of the paper other; there are: gating"),
    ],
)
def test_a_mistake_is_one_line_and_leaves_nothing(tmp_path, arguments, message):
    done = run(*arguments, folder=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("radiogaze: error: ")
    assert message in done.stderr
    assert done.stderr.count("\n") == 1
    assert files(tmp_path) == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("orders.file",), "orders: 'file' is a required property"),
        (("orders.file.f1.FRII",), "orders.file.f1: 'FRII' is a required property"),
        (("orders.file.accuracy.value", "0.84"), "orders.file.accuracy.value: found"),
        (("orders.file.accuracy.value", 84.0), "accuracy.value: 84.0 is greater"),
        (("orders.file.accuracy.value", float("nan")), "in JSON, found NaN is no number"),
        (("orders.sorted", {}), "orders: unknown key sorted"),
        (("variant", "mirabest-cubic"), "variant: mirabest-cubic is not in the experiment"),
    ],
)
def test_a_malformed_evaluation_is_named_with_its_key(evaluated, change, message):
    paths = evaluations(evaluated, "7")
    paths[0].write_text(json.dumps(changed(evaluation(needed("7")[0]), *change)), "utf-8")
    with pytest.raises(RadiogazeError) as caught:
        make("07", metrics=paths)
    assert str(caught.value).startswith(f"{paths[0]}: ")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "{", "[]", '"text"', "\x00\xff"])
def test_a_file_that_is_no_evaluation_is_named(evaluated, text):
    path = evaluated / "m.json"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(RadiogazeError, match=r"m\.json: ") as caught:
        make("07", metrics=[path])
    assert "\n" not in str(caught.value)


def test_nothing_is_written_when_one_file_cannot_be(tmp_path, evaluated):
    table = make("07", metrics=evaluations(evaluated, "7"))
    old = tmp_path / "t.csv"
    old.write_text("old", "utf-8")
    (tmp_path / "t.tex").mkdir()
    with pytest.raises(RadiogazeError, match=r"t\.tex: cannot be written"):
        write(table, csv_path=old, md_path=tmp_path / "t.md", tex_path=tmp_path / "t.tex")
    assert files(tmp_path) == ["t.csv"]
    assert old.read_text("utf-8") == "old"


def test_text_from_a_catalogue_cannot_become_a_formula_or_markup(tmp_path):
    rows = [('=HYPERLINK("a")|_b_%', "FRI", "certain", "standard", "train", 1)]
    path = catalogue(tmp_path / "c.csv", rows)
    path.write_text(path.read_text("utf-8").replace('=HYPERLINK("a")', "=HYPERLINK(a)"), "utf-8")
    table = make("04", catalogues={"mirabest": path})
    labels = {r["class"]: r["ours"] for r in rows_of(to_csv(table)) if r["metric"] == "label"}
    assert labels["FRI certain standard"] == "'=HYPERLINK(a)|_b_%"
    assert r"=HYPERLINK(a)\|\_b\_%" in to_markdown(table)
    assert r"=HYPERLINK(a)|\_b\_\%" in to_latex(table)


def test_markdown_is_laid_out_like_the_paper_and_links_lead_somewhere(evaluated):
    paths = evaluations(evaluated, "6", {"mirabest-certain-range-ft-3g": 0.70})
    text = to_markdown(make("06", metrics=paths, banner="a | b"))
    lines = text.splitlines()
    assert lines[0] == r"> **⚠ a \| b**"
    grid = [line for line in lines if line.startswith("|")]
    assert {line.replace(r"\|", "").count("|") for line in grid} == {6}
    assert r"AG-CNN, MiraBest\*" in grid[0]
    names = [line.split("|")[1].strip() for line in grid[2:]]
    assert names[:3] == ["F1 Score, FRI", "F1 Score, FRII", "Precision, FRI"]
    assert r"0.840 ± 0.004 (0.84) \[0.790, 0.890\] ✓" in text
    assert "(0.90 ± 0.03) –" in grid[2]
    assert r"0.700 ± 0.004 (0.91) \[0.650, 0.750\] ✗" in grid[2]
    headings = DIFFERENCES.read_text("utf-8").lower()
    for section in re.findall(r"\]\(\.\./\.\./\.\./docs/differences\.md#([a-z0-9-]+)\)", text):
        assert re.search(rf"^### {section.replace('-', '[ :-]+')}$", headings, re.MULTILINE)
    assert "table-6-precision-and-recall" in text
    origin = lines[-1]
    for part in ("campaign quick", "passes 8", "seed 0", "commit c0ffeec0ffee"):
        assert part in origin


def test_a_known_slip_is_linked_though_it_lies_within_the_margin(evaluated):
    paths = evaluations(evaluated, "6", {"mirabest-certain-range-ft-3g": 0.8965})
    table = make("06", metrics=paths)
    text = to_markdown(table).partition("yet known to disagree:")[2].partition("\n\nNot in")[0]
    assert text.count("against") == 1
    assert "AG-CNN, MiraBest\\*, Precision, FRII: 0.896 ± 0.004 against 0.89" in text
    assert "#table-6-precision-and-recall" in text
    assert "Disagrees (docs/differences.md, section table-6-precision" in to_latex(table)


def body(latex):
    return re.findall(r"\\midrule\n(.*?)\\bottomrule", latex, re.DOTALL)


@pytest.mark.parametrize("identity", ["06", "07", "08", "09", "07_order", "08_order"])
def test_latex_has_a_column_for_every_cell(evaluated, identity):
    paths = evaluations(evaluated, str(int(identity[:2])), shuffled=0.86)
    latex = to_latex(make(identity, metrics=paths, banner="100 % synthetic"))
    formats = re.findall(r"\\begin\{tabular\}\{(l+S+)\}", latex)
    assert len(formats) == len(body(latex)) == latex.count(r"\toprule")
    for columns, rows in zip(formats, body(latex), strict=True):
        found = [row for row in rows.split("\\\\\n") if row.strip()]
        assert len(found) == 9
        assert {row.count(" & ") for row in found} == {len(columns) - 1}
    assert latex.count("{") - latex.count(r"\{") == latex.count("}") - latex.count(r"\}")
    assert r"\multicolumn{2}{c}" in latex
    assert r"100 \% synthetic" in latex
    labels = re.findall(r"\\label\{(.+?)\}", latex)
    assert len(labels) == len(set(labels)) == len(formats)


def test_latex_escapes_every_special_sign():
    assert escape_latex("a_b % & # $ { } ~ ^ \\ [1 × 1] ±\nx") == (
        r"a\_b \% \& \# \$ \{ \} \textasciitilde{} \textasciicircum{} \textbackslash{}"
        r" {[}1 $\times$ 1] $\pm$ x"
    )
