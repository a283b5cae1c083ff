"""The table of paired comparisons: from what is predicted of each source to its cells."""

import numpy as np
import pandas as pd
import pytest
from tables_tools import SHEET, evaluation, make, training, write_json

from radiogaze.errors import RadiogazeError
from radiogaze.tables.markdown import to_markdown
from radiogaze.tables.render import to_csv

FOUR = ["mirabest-fc-0g", "mirabest-range-ft-1g", "mirabest-range-ft-2g", "mirabest-range-ft-3g"]
ORDERS = ("file", "shuffled", "single")


def only(folder, number):
    """A sheet of the networks of one table, in no other one."""
    header, *rows = SHEET.read_text().splitlines()
    shown = [row for row in rows if number in row.split("\t")[-1].split(",")]
    path = folder / "sheet.tsv"
    lines = [header, *("\t".join([*row.split("\t")[:-1], number]) for row in shown)]
    path.write_text("\n".join(lines) + "\n")
    return path, [row.split("\t")[0] for row in shown]


def predicted(folder, run, wrong, orders=("file",), first=0):
    """Write a predictions.csv in which each source is wrong in some fraction of the passes."""
    index = first + np.arange(len(wrong))
    labels = index % 2
    margin = (2 * labels - 1) * (1 - 2 * np.asarray(wrong))
    frame = pd.DataFrame(
        {
            "index": index,
            "class": np.where(labels == 1, "FRII", "FRI"),
            "misclassification_rate": wrong,
            "logit_mean": margin,
            "p_frii_mean": (1 + margin) / 2,
        }
    )
    path = folder / f"{run.replace('/', '-')}.csv"
    pd.concat([frame.assign(order=order) for order in orders]).to_csv(path, index=False)
    return path


def wrong_of(number, count=60):
    """The first ``number`` sources are always wrong, two more in a quarter of the passes."""
    return np.where(np.arange(count) < number, 1, np.where(np.arange(count) < number + 2, 0.25, 0))


def cells_of(table, pair, group):
    return {c.metric: c for c in table.content.cells if (c.variant, c.group) == (pair, group)}


def test_released_networks_are_compared_pair_by_pair_under_every_order(tmp_path):
    sheet, names = only(tmp_path, "9")
    assert set(names) == set(FOUR)
    given = {
        "sheet": sheet,
        "metrics": [write_json(tmp_path, evaluation(name)) for name in FOUR],
        "predictions": {
            f"{name}/released": predicted(tmp_path, name, wrong_of(6 * number), ORDERS)
            for number, name in enumerate(FOUR)
        },
    }
    table = make("comparisons", **given)
    assert len(table.content.cells) == 3 * 6 * 5
    for order in ORDERS:
        found = cells_of(table, f"{FOUR[0]}~{FOUR[3]}", order)
        assert found["accuracy_change"].ours == pytest.approx(18 / 60)
        assert found["accuracy_change"].low > 0.15
        assert (found["only_first"].ours, found["only_second"].ours) == (18, 0)
        assert found["p"].ours == pytest.approx(2 / 2**18)
        assert found["auc_change"].ours > 0
    text = to_markdown(table)
    assert "## Table 9, single images" in text
    assert "| 0 − 3 " in text
    predicted(tmp_path, FOUR[1], wrong_of(0), ("file",))
    with pytest.raises(RadiogazeError, match=rf"{FOUR[1]}.*shuffled"):
        make("comparisons", **given)


def test_a_column_of_several_networks_is_compared_by_their_mean(tmp_path):
    sheet, names = only(tmp_path, "8")
    wrong = {name: 8 * ("softmax" in name) for name in names} | {"mirabest-range-concat-3g": 20}
    predictions = {
        f"{name}/released": predicted(tmp_path, name, wrong_of(number), ORDERS)
        for name, number in wrong.items()
    }
    metrics = [write_json(tmp_path, evaluation(name)) for name in names]
    table = make("comparisons", sheet=sheet, metrics=metrics, predictions=predictions)
    found = cells_of(table, "normalisation-range~normalisation-softmax", "file")
    assert found["accuracy_change"].ours == pytest.approx((8 - 20 / 4) / 60)
    assert found["only_first"].ours == 8
    # softmax is one of the four in each: wrong in a quarter of their passes, so right by majority
    found = cells_of(table, "aggregation-mean~aggregation-ft", "file")
    assert (found["accuracy_change"].ours, found["p"].ours) == (0, 1)


def test_ten_folds_are_one_test_of_every_source(tmp_path):
    paths = [write_json(tmp_path, training(name, seed)) for name in FOUR for seed in (0, 1)]
    predictions = {}
    for number, name in enumerate(FOUR):
        for fold in range(10):
            run = f"{name}/fold-{fold}"
            wrong = wrong_of(number if fold else 0, 12)
            predictions[run] = predicted(tmp_path, run, wrong, first=12 * fold)
        for seed in (0, 1):
            run = f"{name}/seed-{seed}"
            predictions[run] = predicted(tmp_path, run, wrong_of(number + seed))
    given = {name: path for name, path in predictions.items() if "fold-3" not in name}
    sheet, _ = only(tmp_path, "9")
    without = make("comparisons", metrics=paths, predictions=given, sheet=sheet)
    assert {cell.group for cell in without.content.cells} == {"seeds"}
    table = make("comparisons", metrics=paths, predictions=predictions, sheet=sheet)
    found = cells_of(table, f"{FOUR[0]}~{FOUR[2]}", "folds")
    assert found["accuracy_change"].ours == pytest.approx(9 * 2 / 120)
    assert (found["only_first"].ours, found["only_second"].ours) == (18, 0)
    seeds = cells_of(table, f"{FOUR[0]}~{FOUR[2]}", "seeds")
    assert seeds["accuracy_change"].ours == pytest.approx(2 / 60)
    assert set(seeds) == {"accuracy_change", "p"}
    text = to_csv(table)  # of 9 and 27 discordant sources; Holm's correction multiplies what it has
    assert f"{FOUR[0]}~{FOUR[1]},p,folds,,0.0039," in text
    assert f"{FOUR[0]}~{FOUR[3]},p,folds,,1.5e-08," in text
    twice = {f"{name}/fold-7": predictions[f"{name}/fold-6"] for name in FOUR}
    with pytest.raises(RadiogazeError, match=f"{FOUR[0]}/fold-7: has sources of another fold"):
        make("comparisons", metrics=paths, predictions=predictions | twice, sheet=sheet)
    assert 0 < seeds["p"].ours < 1
    lost = training(FOUR[0], 0, epoch=None, flags=["train loss not finite in epoch 3"])
    lost["provenance"] = lost["provenance"] | {"settings": {"fold": 3}}
    folds = [write_json(tmp_path, lost)]
    table = make("comparisons", metrics=paths, predictions=predictions, sheet=sheet, folds=folds)
    compared = {cell.variant for cell in table.content.cells if cell.group == "folds"}
    assert compared
    assert not [pair for pair in compared if FOUR[0] in pair]


def test_other_sources_are_refused_and_missing_predictions_named(tmp_path):
    paths = [write_json(tmp_path, evaluation(name)) for name in FOUR]
    sheet, _ = only(tmp_path, "9")
    predictions = {
        f"{name}/released": predicted(tmp_path, name, wrong_of(3), ORDERS) for name in FOUR
    }
    predicted(tmp_path, FOUR[2], wrong_of(3), ORDERS, first=60)
    with pytest.raises(RadiogazeError, match="sources that are not those of the networks beside"):
        make("comparisons", metrics=paths, predictions=predictions, sheet=sheet)
    del predictions[f"{FOUR[2]}/released"]
    with pytest.raises(RadiogazeError, match=f"no predictions of {FOUR[2]}/released; give"):
        make("comparisons", metrics=paths, predictions=predictions, sheet=sheet)


def test_a_further_seed_on_other_sources_is_refused(tmp_path):
    runs = [(name, seed) for name in FOUR for seed in (0, 1)] + [(FOUR[0], 2)]
    predictions = {
        f"{name}/seed-{seed}": predicted(
            tmp_path, f"{name}/seed-{seed}", wrong_of(3), first=60 * (seed == 2)
        )
        for name, seed in runs
    }
    paths = [write_json(tmp_path, training(*run)) for run in runs]
    sheet, _ = only(tmp_path, "9")
    with pytest.raises(RadiogazeError, match=f"{FOUR[0]}/seed-2: 60 sources that are not those"):
        make("comparisons", metrics=paths, predictions=predictions, sheet=sheet)


def test_a_control_without_folds_does_not_take_the_folds_from_the_others(tmp_path):
    names = ["attention", "d4-attention-compute-matched", "lenet-150px"]
    table = make(
        "comparisons",
        paper="equivariant",
        sheet=SHEET.with_name("retrained_equivariant.tsv"),
        metrics=[write_json(tmp_path, training(name, seed)) for name in names for seed in (0, 1)],
        predictions={
            f"{name}/{kind}-{run}": predicted(
                tmp_path, f"{name}/{kind}-{run}", wrong_of(6), first=60 * run * (kind == "fold")
            )
            for name in names
            for kind, count in (("seed", 2), ("fold", 10))
            for run in range(count)
            if name != names[2] or kind == "seed"
        },
    )
    pair, control = (f"{name}~{names[0]}" for name in names[1:])
    assert {(cell.variant, cell.group) for cell in table.content.cells} == {
        (pair, "folds"),
        (pair, "seeds"),
        (control, "seeds"),
    }


def test_a_control_is_compared_with_what_it_is_a_control_of(tmp_path):
    primary, uniform, large = (
        f"mirabest-{name}" for name in ("range-ft-3g", "uniform-ft-3g", "range-ft-3g-150px")
    )
    wrong = {primary: 6, uniform: 12, large: 9, "mirabest-softmax-ft-3g-150px": 3}
    table = make(
        "comparisons",
        sheet=SHEET.with_name("retrained_gating.tsv"),
        metrics=[write_json(tmp_path, training(name, seed)) for name in wrong for seed in (0, 1)],
        predictions={
            f"{name}/{run}": predicted(tmp_path, f"{name}/{run}", wrong_of(number))
            for name, number in wrong.items()
            for run in ("seed-0", "seed-1")
        },
    )
    found = {c.variant: c for c in table.content.cells if c.metric == "accuracy_change"}
    assert set(found) == {f"{uniform}~{primary}", f"{large}~{primary}"}
    assert found[f"{uniform}~{primary}"].ours == pytest.approx(-6 / 60)
    assert found[f"{large}~{primary}"].block.startswith(f"Controls of {primary}, training seeds")
