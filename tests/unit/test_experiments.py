import pytest

from radiogaze.data.subsets import SUBSETS
from radiogaze.errors import RadiogazeError
from radiogaze.experiments import find_variant, load_sheet
from radiogaze.models.agcnn import UNIT_ORDERS
from radiogaze.models.aggregation import AGGREGATIONS, HEADS
from radiogaze.models.gates import EXTREMES_NORMALISATIONS, MAP_NORMALISATIONS
from radiogaze.models.registry import ARCHITECTURES
from radiogaze.schemas import load_schema


@pytest.fixture
def edited(root, tmp_path):
    """The gating sheet with one replacement."""

    def edit(old: str, new: str):
        text = (root / "experiments/gating.tsv").read_text()
        assert old in text
        path = tmp_path / "sheet.tsv"
        path.write_text(text.replace(old, new, 1))
        return path

    return edit


def test_the_sheet_holds_the_papers_variants(root):
    sheet = load_sheet(root / "experiments/gating.tsv")
    count = {table: sum(table in v.tables for v in sheet.values()) for table in "6789"}
    assert count == {"6": 4, "7": 4, "8": 16, "9": 4}
    main = sheet["mirabest-range-ft-3g"]
    assert main.tables == ("6", "7", "9")
    assert (main.learning_rate, main.batch, main.passes, main.epochs) == (5e-5, 16, 72, 100)
    assert sheet["mirabest-range-ft-1g"].learning_rate == 1e-5
    assert sheet["frdeep-classic"].released_file is None


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        ("\tsoftmax\t", "\tsoftmaxx\t", ["normalisation", '"softmaxx"', "softmax, sigmoid, range"]),
        ("\t5e-05\t", "\t-5e-05\t", ["learning_rate", "a positive number"]),
        ("mirabest-fc-0g", "mirabest fc", ["row 21", "variant", "lower-case words"]),
        ("\ttables", "\ttable", ["unknown key table", "tables"]),
        ("mirabest-fc-0g", "mirabest-range-ft-2g", ["mirabest-range-ft-2g stands twice"]),
        ("mirabest-fc-0g\tmirabest", "mirabest-fc-0g", ["row 21", "another number of cells"]),
        ("range\tbatch", "range\tnone", ["frdeep-range-ft-3g", "scope is none", "batch or image"]),
        ("ft\trelu", "ft\tnone", ["head is none", "relu or linear"]),
        ("ag-cnn\t0", "ag-cnn\tnone", ["mirabest-fc-0g", "gates is none"]),
    ],
)
def test_a_typo_names_row_column_and_what_is_allowed(edited, old, new, parts):
    path = edited(old, new)
    with pytest.raises(RadiogazeError) as caught:
        load_sheet(path)
    message = str(caught.value)
    assert message.startswith(str(path))
    assert "\n" not in message
    for part in parts:
        assert part in message


def test_unreadable_sheets(tmp_path):
    for name, content in (
        ("empty", b""),
        ("header", b"variant\tdataset\n"),
        ("binary", b"\xff\x00"),
    ):
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(RadiogazeError, match=name):
            load_sheet(path)
    with pytest.raises(RadiogazeError, match="no such file"):
        load_sheet(tmp_path / "missing.tsv")


def test_an_unknown_variant_is_answered_with_the_known_ones(root):
    with pytest.raises(RadiogazeError, match=r"no variant nonsense; it has: frdeep-classic, "):
        find_variant(root / "experiments/gating.tsv", "nonsense")


def test_the_schema_allows_what_the_library_knows():
    columns = load_schema("experiments")["properties"]
    known = {
        "dataset": SUBSETS,
        "architecture": ARCHITECTURES,
        "normalisation": ["none", *MAP_NORMALISATIONS, *EXTREMES_NORMALISATIONS],
        "aggregation": ["none", *AGGREGATIONS],
        "head": ["none", *HEADS],
        "unit_order": UNIT_ORDERS,
    }
    for column, values in known.items():
        assert set(columns[column]["enum"]) == set(values), column
