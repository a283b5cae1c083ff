"""From predictions of many draws to curves, paired tests, power laws and the shift of data."""

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from scipy import stats

from radiogaze.campaigns.variants import load_sheet
from radiogaze.cli import cli
from radiogaze.data.splits import draw_split
from radiogaze.data.store import Cutouts, save_cutouts
from radiogaze.errors import RadiogazeError
from radiogaze.evaluation.features import classify_frozen, frechet_distance, save_features
from radiogaze.evaluation.label_efficiency import collect, compare, summarise
from radiogaze.evaluation.label_shift import Features, measure_shift, predict_frozen
from radiogaze.evaluation.power_law import fit, fit_power_laws
from training_tools import ROOT, few_cutouts

SHEET = ROOT / "experiments/labels.tsv"
COUNTS = (36, 73, 145, 292, 583)


@pytest.fixture(scope="module")
def cutouts() -> Cutouts:
    """632 training and 8 test sources, a quarter of them uncertain; no image matters."""
    few = few_cutouts(600)
    table = pd.concat([few.catalogue, few.catalogue.tail(36)], ignore_index=True)
    order = np.arange(len(table))
    table = table.assign(
        index=order,
        source_name=[f"s{n}" for n in order],
        label=np.where(order % 2, 5, 0),
        **{"class": np.where(order % 2, "FRII", "FRI")},
        confidence=np.where(order % 4 == 3, "uncertain", "certain"),
        position=table.groupby("split").cumcount(),
    )
    images = np.zeros((len(table), 150, 150), np.uint8)
    return Cutouts(images, table)


def write(
    folder: Path, cutouts: Cutouts, variant: str, seed: int, error: float
) -> tuple[str, Path]:
    """Predictions in which every source is wrong in this fraction of the passes, but for noise."""
    test = cutouts.catalogue[cutouts.catalogue["split"] == "test"]
    noise = np.random.default_rng([seed, len(variant)]).normal(0, 0.01, len(test))
    wrong = np.clip(error + noise - noise.mean(), 0, 1)
    frii = (test["class"] == "FRII").to_numpy()
    table = pd.DataFrame(
        {
            "index": test.index,
            "order": "file",
            "class": test["class"],
            "misclassification_rate": wrong,
            "logit_mean": np.where(frii, 1, -1) * (0.5 - wrong),
            "p_frii_mean": np.where(frii, 1 - wrong, wrong),
        }
    )
    path = folder / f"{variant}-{seed}.csv"
    table.to_csv(path, index=False)
    return f"{variant}/seed-{seed}", path


@pytest.fixture(scope="module")
def predictions(cutouts, tmp_path_factory) -> dict[str, Path]:
    """Errors that fall as a power of the labels; pre-training helps with 36 labels alone."""
    folder, named = tmp_path_factory.mktemp("predictions"), {}
    for count in COUNTS:
        for seed in range(6):
            base = 0.3 * (count / 100) ** -0.4 + 0.004 * seed
            gain = 0.08 + 0.002 * (seed % 2) if count == 36 else 0.002 * (-1) ** seed
            for kind, error in (("zoom", base), ("synthetic", base - gain)):
                if kind == "synthetic" and count == 292:
                    continue
                named.update([write(folder, cutouts, f"{kind}-{count}", seed, error)])
            if count < 583 and seed < 5:
                for kind, change in (("fixmatch", -0.02), ("fixmatch-frdeep", 0.03)):
                    shift = change * (1 + 0.1 * seed)
                    named.update([write(folder, cutouts, f"{kind}-{count}", seed, base + shift)])
    return named


def test_kinds_and_families_follow_from_the_sheet(predictions, cutouts):
    # the first kind of the sheet comes first, in whatever order the files are given
    found = collect(dict(reversed(predictions.items())), load_sheet(SHEET), cutouts)
    assert found[0].kind == "zoom"
    assert {(each.kind, each.family) for each in found} == {
        ("zoom", ""),
        ("synthetic", "pre-training"),
        ("fixmatch", "fixmatch"),
        ("fixmatch-frdeep", "fixmatch"),
    }
    curves = summarise(found).set_index(["kind", "labels", "sources"])
    assert curves.loc[("zoom", 36, "all"), "error"] == pytest.approx(
        0.3 * 0.36**-0.4 + 0.01, abs=1e-3
    )
    assert curves.loc[("fixmatch", 36, "all"), "draws"] == 5
    assert (curves["low"] < curves["error"]).all()
    assert (curves["error"] < curves["high"]).all()


def test_pre_training_is_told_apart_where_it_helps_and_nowhere_else(predictions, cutouts):
    table = compare(collect(predictions, load_sheet(SHEET), cutouts))
    of = table.set_index(["family", "kind", "reference", "labels"])
    helped = of.loc[("pre-training", "synthetic", "zoom", 36)]
    assert helped["difference"] == pytest.approx(-0.081, abs=1e-3)
    assert helped["low"] < -0.08
    assert helped["high"] < 0
    assert helped["p_holm"] < 0.01
    others = of.loc[("pre-training", "synthetic", "zoom")].drop(36)
    assert (others["p_holm"] > 0.5).all()
    # of the same data set as the labels, and of another
    against = of.loc[("fixmatch", "fixmatch-frdeep", "fixmatch")]
    assert against["difference"].tolist() == pytest.approx([0.06] * 4, abs=2e-3)
    assert len(of.loc["fixmatch"]) == 3 * 4
    assert of.loc["pre-training", "p_holm"].max() <= 1
    paired = [0.02 * (1 + 0.1 * seed) for seed in range(5)]
    p = of.loc[("fixmatch", "fixmatch", "zoom", 145), "p"]
    assert p == pytest.approx(stats.ttest_1samp(paired, 0).pvalue, rel=0.05)


def test_of_certain_sources_alone_all_and_certain_are_the_same(predictions, cutouts):
    sure = Cutouts(cutouts.images, cutouts.catalogue.assign(confidence="certain"))
    found = collect(predictions, load_sheet(SHEET), sure)
    errors = summarise(found).set_index("sources")["error"]
    assert errors["all"].tolist() == pytest.approx(errors["certain"].tolist())
    assert len(compare(found)) == len(compare(collect(predictions, load_sheet(SHEET), cutouts)))


@pytest.mark.parametrize(("split", "labels"), [("all", 632), ("seed", 632 - 126)])
def test_all_labels_are_those_of_the_training_sources(predictions, cutouts, split, labels):
    row = replace(load_sheet(SHEET)["zoom-36"], labels=None, split=split)
    given = {name: predictions[name] for name in ("zoom-36/seed-0", "zoom-36/seed-1")}
    assert [each.labels for each in collect(given, {"zoom-36": row}, cutouts)] == [labels]


def test_a_power_law_is_found_again():
    labels = np.array([36, 73, 145, 292, 583, 1069])
    pure = 0.2 * (labels / 100) ** -0.35
    assert fit(labels, pure, floor=False) == pytest.approx([0.2, 0.35, 0], abs=1e-3)
    with_floor = 0.15 * (labels / 100) ** -0.9 + 0.11
    assert fit(labels, with_floor, floor=True) == pytest.approx([0.15, 0.9, 0.11], abs=2e-3)
    flat, twice = fit(labels, np.stack([np.full(6, 0.2), pure]), floor=False).T
    assert flat == pytest.approx([0.2, 0, 0], abs=1e-3)
    assert twice == pytest.approx(fit(labels, pure, floor=False))
    # a fall that grows steeper has no floor below 0
    assert fit(labels, 0.3 - 0.0002 * labels, floor=True)[2] == 0


def test_the_interval_of_an_exponent_covers_it(predictions, cutouts):
    table = fit_power_laws(collect(predictions, load_sheet(SHEET), cutouts))
    row = table.set_index(["kind", "sources", "form"]).loc[("zoom", "all", "power")]
    assert row["draws"] == 6
    assert row["exponent_low"] < row["exponent"] < row["exponent_high"]
    assert row["exponent"] == pytest.approx(0.39, abs=0.01)  # the draws add a constant


def test_fewer_than_five_draws_give_a_power_law_without_an_interval(predictions, cutouts):
    few = {name: path for name, path in predictions.items() if int(name[-1]) < 4}
    found = [collect(given, load_sheet(SHEET), cutouts) for given in (predictions, few)]
    enough, too_few = (fit_power_laws(each).set_index(["kind", "sources"]) for each in found)
    ends = [f"exponent_{end}" for end in ("low", "high")]
    assert enough.loc["fixmatch", "draws"].eq(5).all()
    assert enough[ends].notna().all(axis=None)
    assert too_few[ends].isna().all(axis=None)
    assert too_few["exponent"].notna().all()
    apart = {name: path for name, path in few.items() if ("-36/" in name) == (int(name[-1]) > 1)}
    with pytest.raises(RadiogazeError, match="zoom: expected a seed that all its numbers of label"):
        fit_power_laws(collect(apart, load_sheet(SHEET), cutouts))


@pytest.mark.parametrize("draw", [0, 3])
def test_shift_and_frozen_features_are_of_the_labels_of_each_draw(predictions, cutouts, draw):
    sheet, count = load_sheet(SHEET), len(cutouts.catalogue)
    found = collect(predictions, sheet, cutouts)
    train = (cutouts.catalogue["split"] == "train").to_numpy()
    values = np.random.default_rng(draw).normal(size=(count, 4))
    features = {("zoom", 0, "mirabest"): Features(values, train)}
    shift = measure_shift(features, found, sheet, cutouts).set_index(["kind", "labels", "draw"])
    row = sheet["fixmatch-36"]
    split = draw_split(cutouts, row.dataset, draw, row.split, 36).set_index("split")["index"]
    measured = shift.loc["fixmatch", 36, draw]
    expected = frechet_distance(values[split["train"]], values[split["unlabelled"]])
    assert measured["distance"] == pytest.approx(expected)
    assert measured["change"] == pytest.approx(-0.02 * (1 + 0.1 * draw), abs=2e-3)

    features = {("pre-synthetic", draw, "mirabest"): Features(values, train)}
    frozen = next(k for k in predict_frozen(features, found, sheet, cutouts) if k.labels == 36)
    row = sheet["synthetic-36"]
    rows = draw_split(cutouts, row.dataset, draw, row.split, 36).query("split == 'train'")
    frii = (rows["class"] == "FRII").to_numpy()
    predicted = classify_frozen(values, rows["index"].to_numpy(), frii, frozen.rows)
    assert (frozen.kind, frozen.draws.tolist()) == ("frozen-synthetic", [draw])
    assert frozen.wrong[0].tolist() == (predicted != frozen.frii).tolist()


def run(folder: Path, cutouts: Cutouts, *options: str):
    files = [folder / "images.npz", folder / "catalogue.csv"]
    if not files[0].exists():
        save_cutouts(cutouts, *files)
    given = [f"--images={files[0]}", f"--catalogue={files[1]}", f"--out={folder}/out"]
    return CliRunner().invoke(cli, ["label-efficiency", f"--sheet={SHEET}", *given, *options])


def test_the_command_writes_every_table(predictions, cutouts, tmp_path):
    rng = np.random.default_rng(1)
    train = (cutouts.catalogue["split"] == "train").to_numpy()
    frii = (cutouts.catalogue["class"] == "FRII").to_numpy()
    options = [f"--predictions={name}={path}" for name, path in predictions.items()]
    for name, dataset in (
        *((f"pre-synthetic/seed-{seed}", "mirabest") for seed in (1, 0)),
        ("pre-synthetic/seed-0", "frdeep-disjoint"),  # of no use, and no further draw
        ("zoom/seed-0", "mirabest"),
        ("zoom/seed-0", "frdeep-disjoint"),
    ):
        features = rng.normal(size=(len(frii), 4)) + 4 * frii[:, None] * (dataset == "mirabest")
        path = tmp_path / f"{name.replace('/', '-')}-{dataset}.npz"
        save_features(features.astype(np.float32), train, path)
        options.append(f"--features={name}/{dataset}={path}")
    done = run(tmp_path, cutouts, *options)
    assert done.exit_code == 0, done.output
    tables = {path.stem: pd.read_csv(path) for path in (tmp_path / "out").glob("*.csv")}
    curves = tables["curves"].set_index(["kind", "labels", "sources"])
    assert curves.loc[("frozen-synthetic", 583, "all"), "error"] < 0.05
    assert curves.loc[("frozen-synthetic", 583, "all"), "draws"] == 2
    assert len(tables["errors"]) == len(predictions) + 2 * 4
    frozen = tables["errors"][tables["errors"]["kind"] == "frozen-synthetic"]
    assert frozen["draw"].tolist() == [0, 1] * 4
    shift = tables["shift"].groupby("kind")["distance"].mean()
    assert shift["fixmatch-frdeep"] > 3 * shift["fixmatch"]
    assert len(tables["shift"]) == 2 * 4 * 5
    overall = tables["correlations"].set_index("labels").loc["all"]
    assert overall["low"] > 0.5  # the shifted data hurt, by construction


def test_what_cannot_be_compared_is_one_line(predictions, cutouts, tmp_path):
    names = list(predictions)
    first = f"--predictions={names[0]}={predictions[names[0]]}"
    other = tmp_path / "other.csv"
    pd.read_csv(predictions[names[0]]).iloc[1:].to_csv(other, index=False)
    features = tmp_path / "features.npz"
    save_features(np.zeros((3, 2), np.float32), np.ones(3, bool), features)
    others = [f"zoom-36/seed-{n}" for n in (0, 1)] + [f"fixmatch-36/seed-{n}" for n in (1, 2)]
    zoom_73 = [f"--predictions={name}={predictions[name]}" for name in names if "zoom-73/" in name]
    unpaired = [f"--predictions={name}={predictions[name]}" for name in others]
    shifted = [f"--features=zoom/seed-0/mirabest={tmp_path}/features-of-all.npz"]
    count = len(cutouts.catalogue)
    save_features(
        np.zeros((count, 2), np.float32), np.ones(count, bool), tmp_path / "features-of-all.npz"
    )
    for options, words in (
        (unpaired, "fixmatch and zoom with 36 labels: expected two draws or more, so that there"),
        (zoom_73 + unpaired[2:] + shifted, "no kind has a number of labels that zoom has too"),
        ([f"--predictions=absent/seed-0={other}"], "of a variant of the sheet"),
        (
            [first],
            "zoom with 36 labels: expected two draws or more, so that there is a spread, found 1",
        ),
        ([first, f"--predictions=zoom-36/seed-1={other}"], "tested on different sources"),
        ([first, f"--features=zoom={features}"], "expected <variant>/seed-<n>/<data set>=PATH"),
        ([first, f"--features=zoom/seed-0/mirabest={features}"], "features of 3 cutouts, the"),
    ):
        done = run(tmp_path, cutouts, *options)
        assert isinstance(done.exception, RadiogazeError), (words, done.output)
        assert words in str(done.exception)
        assert "\n" not in str(done.exception)
    assert not (tmp_path / "out").exists()


def test_the_sheet_has_the_rows_of_the_protocol():
    with SHEET.open(newline="") as file:
        rows = {row["variant"]: row for row in csv.DictReader(file, delimiter="\t")}
    for kind, counts in (
        ("zoom", COUNTS),
        ("synthetic", (36, 73, 145, 583)),
        ("frdeep", (36, 73, 145, 583)),
        ("fixmatch", COUNTS[:4]),
        ("fixmatch-frdeep", COUNTS[:4]),
        *((kind, (36, 145, 583)) for kind in ("quarter", "half", "double")),
    ):
        named = {name.removeprefix(f"{kind}-") for name in rows if name.startswith(f"{kind}-")}
        found = sorted(int(number) for number in named if number.isdigit())
        assert found == list(counts), kind
