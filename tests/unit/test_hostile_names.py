"""Names that are markup, formulae, escapes or no text at all: shown as text, run by nobody."""

import csv
import html.parser
import json
import shutil

import pytest
from astropy.table import Table
from click.testing import CliRunner

from radiogaze.cli import cli
from radiogaze.data.store import load_cutouts, save_cutouts
from radiogaze.data.synthetic import synthesise
from radiogaze.errors import RadiogazeError, printable
from radiogaze.files.broken_bytes import FaultError, redacted
from radiogaze.files.spreadsheet import escape_formula, is_formula
from radiogaze.provenance.record import to_json
from radiogaze.report.markup import inline_html, table_html
from radiogaze.tables.markdown import escape as markdown
from sky_tools import own_weights, write_fits

MARKUP = "</script><script>alert(1)</script>"
FORMULA = "=cmd|' !C calc'!A0"


class Handlers(html.parser.HTMLParser):
    """Collects what a browser would run or fetch."""

    def __init__(self):
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag, attrs):
        if tag in ("script", "img", "iframe", "object", "embed", "svg", "style", "link"):
            self.found.append(tag)
        self.found += [f"{name}={value}" for name, value in attrs if name.startswith("on")]
        for name, value in attrs:
            if name in ("href", "src") and not str(value).startswith(("#", "https://", "../")):
                self.found.append(f"{name}={value}")


def runs(text: str) -> list[str]:
    parser = Handlers()
    parser.feed(text)
    return parser.found


MARKED = (
    *(MARKUP, '<img src=x onerror="alert(1)">', "[x](javascript:alert(1))", "![x](//evil/x.png)"),
    *("`a` | b", "x\n\n<script>"),
)


@pytest.mark.parametrize("name", MARKED)
def test_markup_in_a_name_is_text_in_a_table(name):
    line = markdown(name)
    assert line.isprintable()
    body = table_html(f"# {line}\n\n| a |\n| --- |\n| {line} |\n\n{line}\n")
    assert runs(f"{body}") == []
    assert runs(f"{inline_html(line)}") == []
    assert "<td" in body


FORMULAS = (
    *(FORMULA, "@SUM(1)", "+cmd|x", "-2+HYPERLINK(1)", "＝1", "\t=1", "\r=1", "\n=1"),
    *("＠SUM(1)", "＋cmd|x", "－cmd|x", "-A1", "+e(1)", "-e|d"),
)
NUMBERS = (
    *("-12.3", "+45d44m46s", "-00:12:33.5", "J1354+28", "-1e5", "", "12.3-4", "--", "-"),
    *("-00°12′30″", "-12 30 00", "+12h30m", "-1_2", "-12.3+4", "－12.3", "3C 33=A", "a@b"),
)


@pytest.mark.parametrize("text", [*FORMULAS, *NUMBERS])
def test_what_a_spreadsheet_would_run(text):
    assert is_formula(text) is (text in FORMULAS)
    assert escape_formula(text) == (f"'{text}" if text in FORMULAS else text)


@pytest.fixture
def classify(tmp_path, monkeypatch):
    monkeypatch.setenv("RADIOGAZE_CACHE", str(tmp_path / "cache"))
    own_weights(tmp_path / "w" / "model.safetensors", 0, "range")
    images = tmp_path / "images"
    images.mkdir()

    def run(names, out, *more):
        whole = write_fits(tmp_path / "whole.fits")
        for name in names:
            shutil.copy(whole, images / f"{name}.fits")
        line = ["classify", str(images), "--out", str(tmp_path / out), "--passes", "0"]
        return CliRunner().invoke(cli, [*line, "--weights", str(tmp_path / "w"), *map(str, more)])

    return run


NAMES = sorted(
    ["-12.3", "+45.6", FORMULA, "a\nb", "caf\udce9", "x\x1b[31m", "<b>&amp;", 'a,b"c', "é"]
)


@pytest.mark.parametrize("form", ["csv", "vot", "fits"])
def test_sources_of_any_name_are_classified(form, classify, tmp_path):
    done = classify(NAMES, f"p.{form}")
    assert done.exit_code == 0, done.output
    if form == "csv":
        with (tmp_path / "p.csv").open(newline="", encoding="utf-8") as file:
            found = [row["name"] for row in csv.DictReader(file)]
        assert found == [escape_formula(printable(name)) for name in NAMES]
        assert "-12.3" in found
        assert f"'{FORMULA}" in found
        return
    table = Table.read(tmp_path / f"p.{form}", format={"vot": "votable"}.get(form, form))
    found = [v.decode() if isinstance(v, bytes) else str(v) for v in table["name"]]
    assert found == [printable(name) for name in NAMES]


def test_overlays_of_names_that_would_be_one_file_or_a_formula_of_mathematics(classify, tmp_path):
    names = ["a b", "a_b", "$\\frac$", "x" * 200]
    done = classify(names, "p.csv", "--overlays", tmp_path / "maps")
    assert done.exit_code == 0, done.output
    assert len(list((tmp_path / "maps").glob("*.png"))) == len(names)


@pytest.mark.parametrize("name", [FORMULA, "a\nb", "", "caf\udce9", "\x1b[2J"])
def test_a_data_set_has_no_names_that_do_harm(name, tmp_path):
    sky = synthesise(20, 20, 0)
    places = tmp_path / "images.npz", tmp_path / "catalogue.csv"
    sky.catalogue.loc[3, "source_name"] = name
    with pytest.raises(RadiogazeError, match="row 4: source_name: found") as caught:
        save_cutouts(sky, *places)
    assert str(caught.value).isprintable()
    assert list(tmp_path.iterdir()) == []
    sky.catalogue.loc[3, "source_name"] = "-12.3"
    save_cutouts(sky, *places)
    assert load_cutouts(*places).catalogue["source_name"][3] == "-12.3"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://user:pa55@host/x: 404", "https://host/x: 404"),
        ("http://user:p@55@host:80/x", "http://host:80/x"),
        ("http://pa55token@host", "http://host"),
        ("https://host:8080/a@v1", "https://host:8080/a@v1"),
    ],
)
def test_passwords_of_addresses_are_not_shown(text, shown):
    assert redacted(text) == shown
    assert str(FaultError(text)) == shown


def test_text_that_can_be_printed_stays_as_it_is():
    for text in ("é × ″ ± Σ 日本", "a b", "-12.3"):
        assert printable(text) == text
    assert printable("a\nb\u202ec\udce9\x00") == r"a\nb\u202ec\udce9\x00"
    assert json.loads(to_json({"a": "caf\udce9"}).encode("utf-8")) == {"a": "caf\udce9"}
