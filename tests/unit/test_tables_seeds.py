"""Tables of our own training: mean and spread over seeds, released weights beside them."""

import json
import re
from statistics import stdev

import pytest
from tables_tools import (
    cell_of,
    compile_latex,
    evaluation,
    evaluations,
    make,
    needed,
    rows_of,
    run,
    training,
    trainings,
    write_json,
)

from radiogaze.errors import RadiogazeError
from radiogaze.tables.cells import Retrained
from radiogaze.tables.latex import to_latex
from radiogaze.tables.markdown import to_markdown
from radiogaze.tables.render import COLUMNS, COLUMNS_OF_TRAINING, to_csv

MAIN = "mirabest-range-ft-3g"
RANGE = [
    "mirabest-range-mean-3g",
    "mirabest-range-concat-3g",
    "mirabest-range-deepsup-3g",
    "mirabest-range-ft-3g-exp2",
]


def test_csv_has_the_mean_over_seeds_and_what_belongs_to_it(tmp_path):
    paths = trainings(tmp_path, "7", [0.80, 0.84, 0.85])
    paths.append(write_json(tmp_path, training(MAIN, 9, 0.91, redraws=2)))
    weights = evaluations(tmp_path, "7", {MAIN: 0.846})[:1]
    text = to_csv(make("07", metrics=paths, released=weights))
    assert text.splitlines()[0] == ",".join([*COLUMNS, *COLUMNS_OF_TRAINING])
    assert to_csv(make("07", metrics=paths[::-1], released=weights)) == text  # by seed
    rows = {(r["variant"], r["metric"], r["class"]): r for r in rows_of(text)}
    main = rows[MAIN, "accuracy", "both"]
    assert (main["ours"], main["low"], main["high"]) == ("0.8500", "0.8000", "0.9000")
    assert main["std"] == f"{stdev([0.80, 0.84, 0.85, 0.91]):.4f}"
    assert (main["seeds"], main["released"], main["redraws"]) == ("4", "0.8460", "2")
    assert main["runs"] == "0.8000 0.8400 0.8500 0.9100"
    assert (main["paper"], main["difference"]) == ("0.84", "0.0100")
    other = rows["mirabest-sigmoid-ft-3g", "recall", "FRII"]
    assert (other["ours"], other["seeds"]) == ("0.8300", "3")
    assert (other["released"], other["redraws"]) == ("", "0")


def test_a_training_that_did_not_converge_is_in_no_mean_and_named(tmp_path):
    paths = trainings(tmp_path, "7", [0.80, 0.84])
    paths.append(write_json(tmp_path, training(MAIN, 2, 0.5, epoch=None, flags=["lost"])))
    paths.append(write_json(tmp_path, training(MAIN, 3, 0.88, epoch=0)))  # its first was its best
    table = make("07", metrics=paths)
    cell = cell_of(table, MAIN, "accuracy", "both")
    assert (cell.ours, cell.retrained.seeds, cell.retrained.diverged) == (pytest.approx(0.84), 3, 1)
    assert f"{MAIN}, seed 2 (did not converge, in no mean): lost" in table.content.events
    lost = [write_json(tmp_path, training(MAIN, seed, 0.5, epoch=None)) for seed in (0, 1)]
    paths = [path for path in trainings(tmp_path, "7", [0.80, 0.84]) if MAIN not in str(path)]
    cell = cell_of(make("07", metrics=paths + lost), MAIN, "accuracy", "both")
    assert (cell.ours, cell.verdict) == (None, "not run: no training converged")


def test_the_mean_over_the_folds_is_beside_the_fixed_split(tmp_path):
    paths = trainings(tmp_path, "7", [0.80, 0.84])
    folds = []
    for fold, value in enumerate((0.7, 0.8, 0.9)):
        found = training(MAIN, 0, value)
        found["provenance"] = found["provenance"] | {"settings": {"fold": fold}}
        folds.append(tmp_path / f"fold-{fold}.json")
        folds[-1].write_text(json.dumps(found))
    table = make("07", metrics=paths, folds=folds)
    rows = {(r["variant"], r["metric"]): r for r in rows_of(to_csv(table))}
    assert (rows[MAIN, "accuracy"]["ours"], rows[MAIN, "accuracy"]["folds"]) == ("0.8200", "0.8000")
    assert rows[MAIN, "accuracy"]["folds_std"] == "0.1000"
    assert rows["mirabest-sigmoid-ft-3g", "accuracy"]["folds"] == ""
    assert "\\[3 folds 0.800\\]" in to_markdown(table)
    with pytest.raises(RadiogazeError, match=f"{MAIN}, fold 1, was already read from"):
        make("07", metrics=paths, folds=[*folds, folds[1]])
    with pytest.raises(RadiogazeError, match="expected the evaluation of one fold"):
        make("07", metrics=paths, folds=paths)
    with pytest.raises(RadiogazeError, match=r"fold-2\.json: evaluation of fold 2, .* --folds"):
        make("07", metrics=[*paths[2:], folds[2]])


def test_the_folds_of_table_8_are_averaged_where_all_four_models_have_them(tmp_path):
    """Each model of a mean lacks another fold: what is left is not of the same sources."""
    paths, folds = trainings(tmp_path, "8", [0.80, 0.84]), []
    for name in needed("8"):
        for fold, value in enumerate((0.7, 0.8, 0.9)):
            lost = name in RANGE and fold == RANGE.index(name) % 3
            found = training(name, 0, value, epoch=None if lost else 7)
            found["provenance"] = found["provenance"] | {"settings": {"fold": fold}}
            folds.append(write_json(tmp_path, found))
    table = make("08", metrics=paths, folds=folds[::-1])
    assert cell_of(table, "normalisation-range", "accuracy", "both").retrained.folds == ()
    of_sigmoid = cell_of(table, "normalisation-sigmoid", "accuracy", "both").retrained
    assert sorted(of_sigmoid.folds) == pytest.approx([0.7, 0.8, 0.9])


def test_one_seed_has_no_spread(tmp_path):
    cell = cell_of(make("07", metrics=trainings(tmp_path, "7", [0.84])), MAIN, "f1", "FRI")
    assert (cell.ours, cell.retrained) == (0.84, Retrained(seeds=1, values=(0.84,)))


def test_table_8_averages_the_models_of_a_seed_before_the_seeds(tmp_path):
    moving = {RANGE[0]: [0.70, 0.90], RANGE[1]: [0.90, 0.70], "mirabest-softmax-ft-3g": [0.8, 0.9]}
    table = make("08", metrics=trainings(tmp_path, "8", [0.84, 0.84], moving))
    cell = cell_of(table, "normalisation-range", "auc", "both")
    assert cell.ours == pytest.approx(0.82)
    assert cell.retrained.std == pytest.approx(0)
    cell = cell_of(table, "normalisation-softmax", "auc", "both")
    assert cell.retrained.std == pytest.approx(stdev([0.83, 0.855]))
    assert any(note == "Training seeds: 0, 1." for note in table.content.notes)
    (note,) = [note for note in table.content.notes if "plain mean over four models" in note]
    assert "margin" not in note  # which is that of the seeds' averages
    (note,) = [
        n for n in make("08", metrics=evaluations(tmp_path, "8")).content.notes if "four" in n
    ]
    assert "Its interval and its margin are the means of theirs" in note


def test_table_8_uses_the_seeds_that_all_four_have_and_says_so(tmp_path):
    lacking = {RANGE[0]: {1: 0.80, 2: 0.80, 5: 0.10}}
    table = make("08", metrics=trainings(tmp_path, "8", [0.84, 0.86, 0.86], lacking))
    cell = cell_of(table, "normalisation-range", "accuracy", "both")
    assert (cell.ours, cell.retrained.seeds) == (pytest.approx(0.845), 2)
    assert cell_of(table, "normalisation-sigmoid", "f1", "FRI").retrained.seeds == 3
    (note,) = [n for n in table.content.notes if "seeds differ" in n]
    assert f"({RANGE[0]}: 1, 2, 5; " in note


def test_table_8_without_a_common_seed_is_refused(tmp_path):
    paths = trainings(tmp_path, "8", [0.84, 0.86], {RANGE[0]: {7: 0.8}})
    with pytest.raises(RadiogazeError, match="no training seed that all of") as caught:
        make("08", metrics=paths)
    assert "\n" not in str(caught.value)


def test_released_means_need_all_four_models(tmp_path):
    paths = trainings(tmp_path, "8", [0.84, 0.86])
    weights = evaluations(tmp_path, "8", {RANGE[0]: 0.80})
    table = make("08", metrics=paths, released=weights)
    found = cell_of(table, "normalisation-range", "f1", "FRI").retrained.released
    assert found == pytest.approx(0.83)
    table = make("08", metrics=paths, released=weights[1:])
    assert cell_of(table, "normalisation-range", "f1", "FRI").retrained.released is None
    assert cell_of(table, "normalisation-sigmoid", "f1", "FRI").retrained.released == 0.84


def test_the_change_of_an_order_is_taken_seed_by_seed(tmp_path):
    paths = trainings(tmp_path, "7", [0.70, 0.80], shuffled=0.05)
    weights = evaluations(tmp_path, "7", shuffled=0.83)
    table = make("07_order", metrics=paths, released=weights)
    cell = cell_of(table, f"{MAIN}@shuffled", "f1", "FRI")
    assert (cell.ours, cell.retrained.released) == (pytest.approx(0.80), 0.83)
    assert cell.retrained.std == pytest.approx(stdev([0.75, 0.85]))
    moved = cell_of(table, f"{MAIN}@shuffled", "f1_change", "FRI")
    assert moved.ours == pytest.approx(0.05)
    assert moved.retrained.std == pytest.approx(0)
    assert moved.retrained.released == pytest.approx(-0.01)
    assert r"+0.050 ± 0.000 \[released -0.010\]" in to_markdown(table)


def test_an_order_that_one_seed_lacks_is_left_out(tmp_path):
    paths = trainings(tmp_path, "7", [0.70, 0.80], shuffled=0.05, single=0.01)
    paths.append(write_json(tmp_path, training(MAIN, 2, 0.8, shuffled=0.9)))
    table = make("07_order", metrics=paths)
    assert {c.column for c in table.content.cells} == {"file", "shuffled", "shuffled − file"}


def test_a_variant_that_never_converged_has_no_change_of_an_order(tmp_path):
    bad = {"epoch": None, "flags": ["collapsed"]}
    lost = [write_json(tmp_path, training(MAIN, seed, shuffled=0.5, **bad)) for seed in (0, 1)]
    others = trainings(tmp_path, "7", [0.70, 0.80], shuffled=0.05)
    paths = lost + [path for path in others if MAIN not in path.name]
    table = make("07_order", metrics=paths)
    assert not any(cell.variant.startswith(MAIN) for cell in table.content.cells)
    assert f"{MAIN}, seed 1 (did not converge, in no mean)" in to_markdown(table)


def test_the_classic_cnn_is_filled_by_training_only(tmp_path):
    paths = trainings(tmp_path, "6", [0.82, 0.84])
    table = make("06", metrics=paths)
    classic = cell_of(table, "frdeep-classic", "f1", "FRI")
    assert (classic.ours, classic.verdict) == (None, "not run: not trained")
    assert "– not run." in to_markdown(table)
    paths += [
        write_json(tmp_path, training("frdeep-classic", s, v)) for s, v in ((0, 0.9), (1, 0.86))
    ]
    table = make("06", metrics=paths)
    classic = cell_of(table, "frdeep-classic", "f1", "FRI")
    assert (classic.ours, classic.verdict) == (0.88, "within the spread over seeds")
    assert "not run" not in to_csv(table)


def test_flags_and_redraws_are_listed_by_variant_and_seed(tmp_path):
    paths = trainings(tmp_path, "7", [0.84, 0.85])
    bad = {"flags": ["collapsed", "diverged at epoch 3 step 120"], "redraws": 1}
    paths.append(write_json(tmp_path, training(MAIN, 12, 0.5, epoch=2, **bad)))
    table = make("07", metrics=paths)
    assert cell_of(table, MAIN, "f1", "FRI").ours == pytest.approx((0.84 + 0.85 + 0.5) / 3)
    line = (
        f"- {MAIN}, seed 12 (epoch 2 kept): re-initialised once; collapsed; diverged at epoch 3"
        " step 120"
    )
    text = to_markdown(table)
    assert line in text.splitlines()
    assert "No run is flagged" not in text
    assert "diverged at epoch 3 step 120" in to_latex(table)
    without = to_markdown(make("07", metrics=paths[:-1]))
    assert "No run is flagged, and none was re-initialised." in without


def test_latex_has_paper_released_and_retrained_as_neighbours(tmp_path):
    paths = trainings(tmp_path, "6", [0.831, 0.855])
    weights = evaluations(tmp_path, "6", {MAIN: 0.846})
    latex = to_latex(make("06", metrics=paths, released=weights))
    (columns,) = re.findall(r"\\begin\{tabular\}\{(l+S+)\}", latex)
    assert columns.count("S") == 12
    (head,) = [line for line in latex.splitlines() if "{retrained}" in line]
    assert head.count("{paper} & {released} & {retrained}") == 4
    assert r"0.84 & 0.846 & 0.843 \pm 0.017 \\" in latex
    rows = re.search(r"\\midrule\n(.*?)\\bottomrule", latex, re.DOTALL)[1].split("\\\\\n")[:-1]
    assert {row.count(" & ") for row in rows} == {12}
    assert "{released}" not in to_latex(make("06", metrics=paths))


def test_without_verdicts_nothing_is_compared(tmp_path):
    given = [f"--metrics={p}" for p in trainings(tmp_path, "7", [0.2, 0.3])]
    given += [f"--released={p}" for p in evaluations(tmp_path, "7")]
    done = run("07", *given, "--no-verdicts", "--banner=Synthetic sky", folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    rows = rows_of((tmp_path / "table.csv").read_text("utf-8"))
    assert {(r["verdict"], r["difference"]) for r in rows} == {("not compared: synthetic sky", "")}
    assert {r["released"] for r in rows} == {"0.8400"}
    assert {r["paper"] for r in rows} != {""}
    for kind in ("md", "tex"):
        text = (tmp_path / f"table.{kind}").read_text("utf-8")
        assert "Synthetic sky" in text
        assert "Not compared: synthetic sky." in text
        assert not re.search(r"[Dd]iffer|verdict|✗|≈|✓|\+ not", text)


def test_released_weights_keep_their_table(tmp_path):
    text = to_csv(make("07", metrics=evaluations(tmp_path, "7")))
    null = [write_json(tmp_path, evaluation(name) | {"training": None}) for name in needed("7")]
    assert to_csv(make("07", metrics=null)) == text
    assert text.splitlines()[0] == ",".join(COLUMNS)


def test_latex_compiles(tmp_path):
    released = evaluations(tmp_path, "6")
    means = [
        p for p in evaluations(tmp_path, "8", shuffled=0.9) if "range-ft-3g.json" not in p.name
    ]
    paths = trainings(tmp_path, "6", [0.82, 0.84])
    paths.append(write_json(tmp_path, training(MAIN, 2, 0.5, flags=["100 % of _x_ collapsed"])))
    moved = trainings(tmp_path, "7", [0.82, 0.84], shuffled=-0.01)
    tables = [
        make("01"),
        make("06", metrics=released, banner="50 % _x_"),
        make("08_order", metrics=means),
        make("06", metrics=paths, released=released, banner="50 % _x_"),
        make("06", metrics=paths, verdicts=False),
        make("07_order", metrics=moved),
    ]
    compile_latex(tmp_path, tables)
