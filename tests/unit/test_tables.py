"""The content of the tables, from hand-made evaluations, small catalogues and the networks."""

import os
from pathlib import Path

import pytest
from tables_tools import (
    ROOT,
    SHEET,
    catalogue,
    cell_of,
    evaluation,
    evaluations,
    make,
    needed,
    write_json,
)

from radiogaze.errors import RadiogazeError

MAIN = "mirabest-range-ft-3g"


def test_table_7_sets_each_normalisation_beside_its_column(tmp_path):
    values = {
        MAIN: 0.842,
        "mirabest-standardisation-ft-3g": 0.80,
        "mirabest-sigmoid-ft-3g": 0.87,
        "mirabest-softmax-ft-3g": 0.95,
    }
    table = make("07", metrics=evaluations(tmp_path, "7", values))
    verdicts = {v: cell_of(table, v, "accuracy", "both").verdict for v in values}
    assert verdicts[MAIN] == "within rounding"
    assert verdicts["mirabest-standardisation-ft-3g"].startswith("differs")  # paper: 0.66
    assert verdicts["mirabest-sigmoid-ft-3g"] == "within rounding"
    assert verdicts["mirabest-softmax-ft-3g"].startswith("differs")  # paper: 0.87
    recall = cell_of(table, MAIN, "recall", "FRII")
    assert (recall.paper.value, recall.column) == ("0.93", "Range Norm.")
    assert cell_of(table, MAIN, "auc_logits", "both").verdict.endswith("#auc-ties")


def test_a_normalisation_that_the_paper_has_not_is_a_further_column_of_table_7(tmp_path):
    text = SHEET.read_text("utf-8")
    (row,) = (line for line in text.splitlines() if line.startswith("mirabest-softmax-ft-3g"))
    cells = row.replace("softmax-ft", "tanh-ft", 1).replace("\tsoftmax\t", "\ttanh\t").split("\t")
    cells[-3:] = "none", "none", "7"
    sheet = tmp_path / "sheet.tsv"
    sheet.write_text(text + "\t".join(cells) + "\n", "utf-8")
    paths = evaluations(tmp_path, "7", {MAIN: 0.84})
    paths.append(write_json(tmp_path, evaluation("mirabest-tanh-ft-3g", 0.77)))
    table = make("07", sheet=sheet, metrics=paths)
    found = cell_of(table, "mirabest-tanh-ft-3g", "accuracy", "both")
    assert (found.column, found.ours, found.paper) == ("tanh", 0.77, None)
    assert cell_of(table, MAIN, "accuracy", "both").paper.value == "0.84"


def test_table_6_leaves_the_unreleased_network_empty_unless_it_is_evaluated(tmp_path):
    paths = evaluations(tmp_path, "6")
    classic = cell_of(make("06", metrics=paths), "frdeep-classic", "f1", "FRI")
    assert (classic.ours, classic.verdict) == (None, "not run: no released weights")
    assert (classic.paper.value, classic.paper.uncertainty) == ("0.90", "0.03")
    paths.append(write_json(tmp_path, evaluation("frdeep-classic", 0.88)))
    classic = cell_of(make("06", metrics=paths), "frdeep-classic", "f1", "FRI")
    assert (classic.ours, classic.verdict) == (0.88, "within Monte Carlo error")


def test_table_8_averages_the_four_exp2_models_and_not_the_primary_one(tmp_path):
    values = {
        "mirabest-range-mean-3g": 0.80,
        "mirabest-range-concat-3g": 0.82,
        "mirabest-range-deepsup-3g": 0.84,
        "mirabest-range-ft-3g-exp2": 0.90,
        "mirabest-sigmoid-ft-3g": 0.60,
    }
    paths = evaluations(tmp_path, "8", values)
    paths.append(write_json(tmp_path, evaluation(MAIN, 0.1)))
    table = make("08", metrics=paths)
    found = cell_of(table, "normalisation-range", "accuracy", "both")
    assert found.ours == pytest.approx(0.84)
    assert (found.low, found.high) == (pytest.approx(0.79), pytest.approx(0.89))
    found = cell_of(table, "aggregation-ft", "accuracy", "both")
    assert found.ours == pytest.approx((0.90 + 0.60 + 0.84 + 0.84) / 4)
    assert {c.block for c in table.content.cells} == {"Normalisation", "Aggregation"}


def test_the_margin_of_a_mean_of_models_is_as_wide_as_that_of_one_and_of_the_fewest_passes(
    tmp_path,
):
    """Their augmentations are the same, so that their errors do not average out."""
    written = [evaluation(name) for name in needed("8")]
    written[-1]["passes"] = 360  # of 8 of the others
    table = make("08", metrics=[write_json(tmp_path, content) for content in written])
    found = [c.monte_carlo for c in table.content.cells if c.metric == "accuracy"]
    expected = 1.95996 * 0.002 * (1 + 8 / 360) ** 0.5
    assert found == pytest.approx([expected] * 8, rel=1e-4)


def test_order_companion_shows_each_order_and_the_change_to_file(tmp_path):
    paths = evaluations(tmp_path, "7", {MAIN: 0.80}, shuffled=0.86, single=0.70)
    table = make("07_order", metrics=paths)
    for name, value, change in (("shuffled", 0.86, 0.06), ("single", 0.70, -0.10)):
        cell = cell_of(table, f"{MAIN}@{name}", "f1", "FRI")
        assert (cell.ours, cell.paper.value) == (value, "0.82")
        moved = cell_of(table, f"{MAIN}@{name}", "f1_change", "FRI")
        assert moved.ours == pytest.approx(change)
        assert moved.verdict == "not in the paper: see docs/differences.md#test-batch-order"
    assert cell_of(table, f"{MAIN}@single", "f1", "FRI").verdict.endswith("#test-batch-order")
    assert cell_of(table, f"{MAIN}@file", "f1", "FRI").ours == 0.80


def test_order_companion_of_means_needs_only_the_orders_that_all_have(tmp_path):
    paths = evaluations(tmp_path, "8", shuffled=0.86)
    paths[0].unlink()
    paths[0] = write_json(tmp_path, evaluation(needed("8")[0], shuffled=0.86, single=0.5))
    table = make("08_order", metrics=paths)
    moved = cell_of(table, "normalisation-range@shuffled", "auc_change", "both")
    assert moved.ours == pytest.approx(0.02)
    assert not any("single" in c.variant for c in table.content.cells)


def test_order_companion_refuses_metrics_with_the_file_order_only(tmp_path):
    paths = evaluations(tmp_path, "7", shuffled=0.86)
    paths[1].unlink()
    paths[1] = write_json(tmp_path, evaluation(needed("7")[1]))
    with pytest.raises(RadiogazeError, match="orders: expected shuffled or single") as caught:
        make("07_order", metrics=paths)
    assert str(caught.value).startswith(str(paths[1]))


def sheet_with(tmp_path, old, new):
    text = SHEET.read_text("utf-8")
    assert old in text
    path = tmp_path / "sheet.tsv"
    path.write_text(text.replace(old, new), "utf-8")
    return path


@pytest.mark.parametrize(
    ("table", "old", "new", "message"),
    [
        ("08", "sigmoid-ft-3g\tmirabest\tag-cnn\t3\tsigmoid",
         "sigmoid-ft-3g\tmirabest\tag-cnn\t3\ttanh",
         "mirabest-sigmoid-ft-3g: Table 8 has no column for it"),
        ("07", "\t37\t7,8", "\t37\t8", "Table 7: Softmax: expected one variant, found none"),
        ("07", "\t51\t8", "\t51\t7,8", "Softmax: expected one variant, found mirabest-softmax"),
        ("08", "\t51\t8", "\t51\tnone", "Softmax: expected one variant of each aggregation"),
        ("01", "\t6,7,9", "\t7,9", "the primary network"),
    ],
)  # fmt: skip
def test_a_sheet_that_does_not_fill_a_table_is_refused(tmp_path, table, old, new, message):
    sheet = sheet_with(tmp_path, old, new)
    with pytest.raises(RadiogazeError, match=message):
        make(table, sheet=sheet)


MIRABEST = [
    (0, "FRI", "certain", "standard", "train", 7),
    (0, "FRI", "certain", "standard", "test", 2),
    (3, "FRI", "uncertain", "standard", "train", 1),
    (5, "FRII", "certain", "standard", "train", 3),
    (6, "FRII", "certain", "double-double", "test", 1),
    (8, "hybrid", "certain", "standard", "train", 4),
]


def test_table_4_counts_sources_and_reads_their_label(tmp_path):
    path = catalogue(tmp_path / "m.csv", MIRABEST)
    table = make("04", catalogues={"mirabest": path})
    assert cell_of(table, "mirabest", "sources", "FRI").ours == 10
    assert cell_of(table, "mirabest", "sources", "FRI certain standard").ours == 9
    assert cell_of(table, "mirabest", "label", "FRI certain standard").ours == 0
    assert cell_of(table, "mirabest", "sources", "FRI certain head-tail").ours == 0
    assert cell_of(table, "mirabest", "label", "FRI certain head-tail").ours == "none"
    assert cell_of(table, "mirabest", "sources", "hybrid").ours == 4
    extra = cell_of(table, "mirabest", "sources", "FRII certain double-double")
    assert (extra.ours, extra.verdict.partition("#")[2]) == (1, "double-doubles")


def test_table_5_leaves_hybrids_out_and_splits_a_fifth_off(tmp_path):
    paths = {
        "mirabest": catalogue(tmp_path / "m.csv", MIRABEST),
        "frdeep": catalogue(
            tmp_path / "f.csv", [(0, "FRI", "", "", "train", 6), (1, "FRII", "", "", "test", 3)]
        ),
    }
    table = make("05", catalogues=paths)
    found = {
        metric: cell_of(table, "mirabest", metric, "Total").ours
        for metric in ("total_augmented", "total", "train", "validation", "test")
    }
    assert found == {
        "total_augmented": 14 * 72, "total": 14, "train": 9, "validation": 2, "test": 3,
    }  # fmt: skip
    assert cell_of(table, "mirabest", "train", "FRI certain").ours == pytest.approx(5.6)
    assert cell_of(table, "frdeep", "validation", "FRI").ours == pytest.approx(1.2)
    # of the recipes that are given, which may have others
    recipes = tmp_path / "recipes.yaml"
    text = (ROOT / "experiments/recipes.yaml").read_text("utf-8")
    recipes.write_text(text.replace("published-gating:", "mine:"), "utf-8")
    with pytest.raises(RadiogazeError, match=f"{recipes}: no recipe published-gating"):
        make("05", catalogues=paths, recipe_file=recipes)
    sheet = tmp_path / "gating.tsv"
    sheet.write_text(SHEET.read_text("utf-8").replace("\tpublished-gating\t", "\tmine\t"), "utf-8")
    assert make("05", sheet=sheet, catalogues=paths, recipe_file=recipes).content == table.content


def test_tables_4_and_5_of_the_real_catalogues(tmp_path):
    mirror = os.environ.get("RADIOGAZE_MIRROR")
    if not mirror or "://" in mirror:
        pytest.skip("RADIOGAZE_MIRROR is not set to a folder: no archives to read")
    from radiogaze.data.manifest import find_dataset
    from radiogaze.data.prepare import prepare_dataset

    archives = {"mirabest": "MiraBest_full_batches", "frdeep": "FIRST_PNG_dataset"}
    paths = {}
    for name, archive in archives.items():
        paths[name] = tmp_path / f"{name}.csv"
        pin = find_dataset(ROOT / "workflow" / "reference" / "datasets.csv", name)
        source = Path(mirror) / f"{archive}.tar.gz"
        prepare_dataset(pin, source, tmp_path / f"{name}.npz", paths[name])
    for identity in ("04", "05"):
        cells = make(identity, catalogues=paths).content.cells
        unlike = [c for c in cells if c.verdict != "within rounding"]
        sections = {c.section: c.ours for c in unlike if c.metric != "label"}
        assert sections == (
            {"double-doubles": 4} if identity == "04" else {"training-sources": 856}
        )


def test_a_missing_or_wrong_catalogue_is_named(tmp_path):
    with pytest.raises(RadiogazeError, match="give --catalogue mirabest=PATH"):
        make("04")
    path = tmp_path / "c.csv"
    path.write_text("label,class\n0,FRI\n", "utf-8")
    with pytest.raises(RadiogazeError, match=r"c\.csv: no column confidence, morphology, split"):
        make("04", catalogues={"mirabest": path})


def test_tables_1_and_2_read_the_network():
    for identity, total, known in (
        ("01", 101447, {"layer-order": 11, "aggregation-parameters": 1}),
        ("02", 6209, {"gate-kernels": 3}),
    ):
        cells = make(identity).content.cells
        unlike = [c.section for c in cells if c.verdict.startswith("differs")]
        assert {section: unlike.count(section) for section in unlike} == known
        assert cells[-1].ours == int(cells[-1].paper.value) == total


def test_table_1_follows_the_sheet(tmp_path):
    sheet = sheet_with(tmp_path, "\trelu\tbn_relu\t", "\trelu\trelu_bn\t")
    cells = make("01", sheet=sheet).content.cells
    assert not any(c.section == "layer-order" and c.verdict.startswith("differs") for c in cells)
