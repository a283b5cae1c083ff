"""Networks in the same cross-validation, on MiraBest's own sources with known predictions."""

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from radiogaze.cli import cli
from radiogaze.cli.cross_validate import TABLES
from radiogaze.data.splits import use_fold
from radiogaze.data.store import save_cutouts
from radiogaze.errors import RadiogazeError
from radiogaze.evaluation import cross_validation, fixed_split, hard_sources
from radiogaze.evaluation.cross_validation import REGRESSION, REGRESSION_EXTENT, RULE
from radiogaze.terms import FOLDS

WRONG = 7  # every so many sources


def write(folder, cutouts, network, errs, folds=range(FOLDS)):
    """Write the predictions of a network that is sure of everything and wrong where it is told."""
    given = {}
    for fold in folds:
        rows = use_fold(cutouts, fold).scored_test("mirabest").rows
        frii = (rows["class"] == "FRII").to_numpy() ^ np.isin(rows.index, errs)
        table = pd.DataFrame(
            {
                "index": rows.index,
                "order": "file",
                "class": rows["class"],
                "misclassification_rate": np.isin(rows.index, errs).astype(float),
                "logit_mean": np.where(frii, 4.0, -4.0),
                "p_frii_mean": np.where(frii, 0.98, 0.02),
            }
        )
        path = folder / f"{network}-{fold}.csv"
        table.to_csv(path, index=False)
        given[f"{network}/fold-{fold}"] = path
    return given


@pytest.fixture(scope="module")
def scored(mirabest):
    return np.flatnonzero(cross_validation.binary_labels(mirabest.catalogue) >= 0)


@pytest.fixture(scope="module")
def found(mirabest, scored, tmp_path_factory):
    """Two networks; the second errs where the first does, and on 30 more sources."""
    folder = tmp_path_factory.mktemp("predictions")
    errs = scored[::WRONG]
    more = np.setdiff1d(scored, errs)[:30]
    given = write(folder, mirabest, "good", errs)
    given |= write(folder, mirabest, "worse", np.union1d(errs, more))
    return cross_validation.collect(given, mirabest.catalogue)


def test_errors_are_those_of_the_predictions(found, mirabest, scored):
    counts = {"good": 5, "worse": 6}
    rows = cross_validation.summarise(found, mirabest.catalogue, counts).set_index("network")
    assert rows.loc["good", "error"] == pytest.approx(len(scored[::WRONG]) / 1222)
    assert rows.loc["worse", "error"] - rows.loc["good", "error"] == pytest.approx(30 / 1222)
    assert (
        rows.loc["good", "error_low"] < rows.loc["good", "error"] < rows.loc["good", "error_high"]
    )
    assert rows.loc["good", "sources"] == 1222
    # sure of 98 % and right for 86 %: a temperature above 1 takes that back
    assert rows.loc["good", "ece_scaled"] < rows.loc["good", "ece"] / 2
    assert rows.loc["good", "nll_scaled"] < rows.loc["good", "nll"]


def test_one_uncertain_source_has_no_error_of_its_own(found, mirabest, scored):
    certain = mirabest.catalogue["confidence"].to_numpy()[found["index"]] == "certain"
    one = found[~certain]["index"].min()
    rows = cross_validation.summarise(
        found[certain | (found["index"] == one)], mirabest.catalogue, {"good": 5, "worse": 6}
    )
    assert rows["error_uncertain"].isna().all()
    assert rows["error_certain"].notna().all()


def test_a_paired_test_sees_what_intervals_do_not(found, mirabest):
    table = cross_validation.compare_with("good", found, mirabest.catalogue)
    row = table[(table["network"] == "worse") & (table["sources"] == "all")].iloc[0]
    assert (row["only_first"], row["only_other"]) == (30, 0)
    assert row["p_holm"] < 1e-6
    assert row["low"] > 0


def test_networks_and_other_classifiers_are_corrected_apart(found, mirabest):
    """The protocol's family is the networks; a regression beside them costs them nothing."""
    beside = pd.concat([found, cross_validation.predict_shapes(mirabest, 1)])
    table = cross_validation.compare_with("good", beside, mirabest.catalogue)
    row = table[table["network"] == "worse"].iloc[0]
    assert row["p_holm"] == row["p"]
    certain = np.flatnonzero((mirabest.catalogue["confidence"] == "certain").to_numpy(dtype=bool))
    part = found[(found["network"] == "worse") & found["index"].isin(certain)]
    with_part = pd.concat([found, part.assign(network="certain-alone")])
    assert set(cross_validation.of_all_sources(with_part)["network"]) == {"good", "worse"}
    counts = {"good": 5, "worse": 6, "certain-alone": 7}
    errors = cross_validation.summarise(with_part, mirabest.catalogue, counts)
    errors = errors.set_index("network").loc["certain-alone"]
    assert np.isnan(errors["error"]) and errors["error_certain"] > 0
    partial = cross_validation.compare_with("good", with_part, mirabest.catalogue)
    assert partial.loc[partial["network"] == "certain-alone", "sources"].tolist() == ["certain"]
    assert (partial["p_holm"] == partial["p"]).all()
    rules = table[(table["sources"] == "all") & table["network"].isin([RULE, REGRESSION])]
    assert rules["p_holm"].max() >= 2 * rules["p"].max()


def test_networks_are_compared_over_the_repeats_that_both_have(mirabest, scored, tmp_path):
    """A second repeat of one network alone would set the mean of two trainings against one."""
    twice = write(tmp_path, mirabest, "twice", scored[:20])
    twice |= write(tmp_path, mirabest, "twice", scored[-100:], range(FOLDS, 2 * FOLDS))
    once = write(tmp_path, mirabest, "once", scored[:30])
    found = cross_validation.collect(twice | once, mirabest.catalogue)
    row = cross_validation.compare_with("twice", found, mirabest.catalogue).iloc[0]
    assert (row["repeats"], row["only_first"], row["only_other"]) == (1, 10, 0)
    second = found[~((found["network"] == "twice") & (found["repeat"] == 0))]
    with pytest.raises(RadiogazeError, match="twice and once: no repeat that both have"):
        cross_validation.compare_with("twice", second, mirabest.catalogue)


def test_an_incomplete_cross_validation_is_left_out_and_none_is_refused(mirabest, tmp_path):
    whole = write(tmp_path, mirabest, "whole", [])
    part = write(tmp_path, mirabest, "part", [], folds=range(9))
    assert set(cross_validation.collect(whole | part, mirabest.catalogue)["network"]) == {"whole"}
    with pytest.raises(RadiogazeError, match="no network with all 10 folds"):
        cross_validation.collect(part, mirabest.catalogue)
    with pytest.raises(RadiogazeError, match="whole/fold-7: has sources of another fold; give the"):
        cross_validation.collect(
            {**whole, "whole/fold-7": whole["whole/fold-1"]}, mirabest.catalogue
        )
    with pytest.raises(RadiogazeError, match="expected <network>/fold-<n>=PATH"):
        cross_validation.collect({"whole": whole["whole/fold-0"]}, mirabest.catalogue)


def test_an_easy_fixed_split_has_few_random_ones_below_it(mirabest, scored, tmp_path):
    rows = mirabest.catalogue
    hard = scored[(rows["split"] == "train").to_numpy()[scored]][::5]
    given = write(tmp_path, mirabest, "a", hard)
    row = hard_sources.place_fixed_split(
        cross_validation.collect(given, mirabest.catalogue), rows
    ).iloc[0]
    assert row["fixed"] == 0
    assert row["easier"] == 0
    assert row["mean"] == pytest.approx(len(hard) / 1222, abs=0.02)


def test_the_sources_that_all_networks_get_wrong_come_first(found, mirabest, scored):
    table = hard_sources.rank_labels(found, mirabest.catalogue)
    count = len(scored[::WRONG])
    assert set(table["index"][:count]) == set(scored[::WRONG])
    assert (table["networks_wrong"][:count] == 1).all()


def test_classifiers_without_a_network_predict_every_source_once(mirabest):
    table = cross_validation.predict_shapes(mirabest, 1)
    errors = table.groupby("network")["wrong"].mean()
    assert set(errors.index) == {RULE, REGRESSION, REGRESSION_EXTENT}
    assert table.groupby("network")["index"].nunique().tolist() == [1222] * 3
    # what was measured on the training batches holds on all: extent helps, the rule alone is weak
    assert errors[REGRESSION_EXTENT] < errors[REGRESSION] < errors[RULE] < 0.5


def test_ensembles_of_seeds_on_the_fixed_split(mirabest, tmp_path):
    rows = mirabest.scored_test("mirabest").rows
    certain = rows.index[rows["confidence"] == "certain"]
    wrong = [certain[:9], certain[:9], certain[9:12]]  # nine by two of three seeds
    given = {}
    for seed, errs in enumerate(wrong):
        frii = (rows["class"] == "FRII").to_numpy() ^ np.isin(rows.index, errs)
        table = pd.DataFrame({"index": rows.index, "order": "file", "class": rows["class"]})
        table["misclassification_rate"] = np.isin(rows.index, errs).astype(float)
        table["logit_mean"], table["p_frii_mean"] = np.where(frii, 4, -4), np.where(frii, 0.9, 0.1)
        table.to_csv(tmp_path / f"{seed}.csv", index=False)
        given[f"net/seed-{seed}"] = tmp_path / f"{seed}.csv"
    found = fixed_split.summarise_seeds(given, mirabest.catalogue).set_index("members")
    assert found.index.tolist() == [1, 3]
    assert found.loc[1, "error_certain"] == pytest.approx(21 / 3 / len(certain))
    assert found.loc[1, "error_sd"] == pytest.approx(np.std([9, 9, 3], ddof=1) / len(rows))
    assert found.loc[3, "error"] == pytest.approx(9 / len(rows))
    assert found.loc[3, "error_pass"] == pytest.approx(found.loc[1, "error_pass"])
    assert np.isnan(found.loc[3, "error_sd"])
    # one that is tested on certain sources alone has no error on all, one of FR-DEEP none at all
    for name, path in list(given.items()):
        table = pd.read_csv(path)
        table[table["index"].isin(certain)].to_csv(tmp_path / f"c{path.name}", index=False)
        given[name.replace("net", "part")] = tmp_path / f"c{path.name}"
    found = fixed_split.summarise_seeds(given, mirabest.catalogue).set_index(["network", "members"])
    part, net = found.loc[("part", 3)], found.loc[("net", 3)]
    assert part[["error", "error_pass"]].isna().all()
    assert part["error_certain"] == net["error_certain"]
    table.assign(index=range(550, 550 + len(table))).to_csv(tmp_path / "frdeep.csv", index=False)
    frdeep = {"frdeep/seed-0": tmp_path / "frdeep.csv", "frdeep/fold-0": tmp_path / "frdeep.csv"}
    for collect, name in (
        (fixed_split.summarise_seeds, "seed"),
        (cross_validation.collect, "fold"),
    ):
        with pytest.raises(RadiogazeError, match=f"frdeep/{name}-0: has sources of another cat"):
            collect(frdeep, mirabest.catalogue)


def test_an_ensemble_has_the_mean_probability_of_its_members_not_their_votes(tmp_path):
    columns = {"class": ["FRI", "FRII"] * 2, "confidence": "certain", "split": "test"}
    catalogue, given = pd.DataFrame(columns), {}
    for seed, sure in enumerate((0.9, 0.4, 0.4)):
        table = pd.DataFrame({"index": range(4), "order": "file", "class": ["FRI", "FRII"] * 2})
        table["misclassification_rate"], table["logit_mean"] = float(sure < 0.5), 0.0
        table["p_frii_mean"] = np.where(table["class"] == "FRII", sure, 1 - sure)
        table.to_csv(tmp_path / f"{seed}.csv", index=False)
        given[f"net/seed-{seed}"] = tmp_path / f"{seed}.csv"
    found = fixed_split.summarise_seeds(given, catalogue).set_index("members")["error"]
    assert found.tolist() == pytest.approx([2 / 3, 0])


def test_ensembles_of_many_seeds_are_a_random_choice_of_all(tmp_path):
    """Of 30 seeds the first 15 are wrong: 120 threes of all of them, not those of the first."""
    catalogue = pd.DataFrame({"confidence": ["certain"] * 4, "class": ["FRI", "FRII"] * 2})
    catalogue["split"] = "test"
    given = {}
    for seed in range(30):
        table = pd.DataFrame({"index": range(4), "order": "file", "class": ["FRI", "FRII"] * 2})
        table["misclassification_rate"], table["logit_mean"] = float(seed < 15), 0.0
        table["p_frii_mean"] = np.abs((table["class"] == "FRII") - (0.9 if seed < 15 else 0.1))
        table.to_csv(tmp_path / f"{seed}.csv", index=False)
        given[f"net/seed-{seed}"] = tmp_path / f"{seed}.csv"
    found = fixed_split.summarise_seeds(given, catalogue).set_index("members")
    assert found["error_pass"].tolist() == pytest.approx([0.5, 0.5, 0.5], abs=0.06)
    assert found.loc[3, "error_sd"] == pytest.approx(0.5, abs=0.02)
    assert list(fixed_split.summarise_seeds({}, catalogue).columns) == [
        "network",
        "seeds",
        "members",
    ]


def test_the_verb_writes_its_tables_and_refuses_an_unknown_network(root, mirabest, tmp_path):
    images, catalogue = tmp_path / "images.npz", tmp_path / "catalogue.csv"
    save_cutouts(mirabest, images, catalogue)
    given = write(tmp_path, mirabest, "zoom", [1]) | write(tmp_path, mirabest, "lenet", [2, 3])
    call = ["cross-validate", f"--images={images}", f"--catalogue={catalogue}"]
    call += [f"--sheet={root}/experiments/own.tsv"]
    call += [f"--predictions={name}={path}" for name, path in given.items()]
    done = CliRunner().invoke(cli, [*call, "--first=zoom", f"--out={tmp_path}/out"])
    assert done.exit_code == 0, done.output
    names = {path.name for path in (tmp_path / "out").glob("*.csv")}
    assert names == {f"{name}.csv" for name in TABLES}
    counts = pd.read_csv(tmp_path / "out/networks.csv").set_index("network")["parameters"]
    assert (counts["zoom"], counts[RULE]) == (68_661, 0)
    done = CliRunner().invoke(cli, [*call, "--first=c", f"--out={tmp_path}/none"])
    assert "network c: no complete cross-validation" in str(done.exception)
    assert not list(tmp_path.glob("none/*"))
