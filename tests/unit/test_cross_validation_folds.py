"""Cross-validation of sixty sources, its numbers by fold worked out by hand."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.optimize import minimize_scalar
from scipy.special import expit

from radiogaze.data.splits import use_fold
from radiogaze.data.store import Cutouts
from radiogaze.evaluation import cross_validation, hard_sources, shapes
from radiogaze.evaluation.cross_validation import REGRESSION, REGRESSION_EXTENT, RULE
from training_tools import few_cutouts

INDEX = np.arange(60)
LABELS, CERTAIN = INDEX % 2, INDEX % 3 > 0
MEMBERS = np.split(INDEX, 10)
CATALOGUE = pd.DataFrame(
    {
        "source_name": [f"s{n}" for n in INDEX],
        "class": np.where(LABELS, "FRII", "FRI"),
        "confidence": np.where(CERTAIN, "certain", "uncertain"),
        "split": "train",
    }
)


def predicted(network, p, wrong=None, repeat=0):
    """Six sources in each of ten folds."""
    wrong = (p > 0.5) != LABELS if wrong is None else wrong
    columns = {"network": network, "repeat": repeat, "fold": 10 * repeat + INDEX // 6}
    return pd.DataFrame({"index": INDEX, **columns, "p": p, "margin": p - 0.5, "wrong": wrong})


def test_two_networks_are_compared_fold_by_fold():
    rng = np.random.default_rng(0)
    ours, theirs = rng.uniform(0, 0.3, 60), rng.uniform(0, 0.6, 60)
    pair = [predicted(name, 1 - w, w) for name, w in (("a", ours), ("b", theirs))]
    rows = cross_validation.compare_with("a", pd.concat(pair), CATALOGUE).set_index("sources")
    for which, chosen in (("all", INDEX), ("certain", np.flatnonzero(CERTAIN))):
        of_fold = [np.intersect1d(chosen, members) for members in MEMBERS]
        gains = [(theirs - ours)[members].mean() for members in of_fold]
        error = np.sqrt(np.var(gains, ddof=1) * (1 / 10 + 1 / 9))
        ends = stats.t(9, np.mean(gains), error).interval(0.95)
        assert rows.loc[which, ["folds_low", "folds_high"]].tolist() == pytest.approx(ends)
        p = 2 * stats.t.sf(abs(np.mean(gains)) / error, 9)
        assert rows.loc[which, "folds_p"] == pytest.approx(p)


def loss(log_temperature, towards):
    """The mean loss of logits towards the label, divided by a temperature."""
    return np.log1p(np.exp(-towards / np.exp(log_temperature))).mean()


def test_a_temperature_is_that_of_the_other_folds_of_its_repeat():
    """The second repeat is less sure, and one fold of the first is mostly wrong."""
    rng = np.random.default_rng(1)
    towards = rng.normal(1, 1.5, (2, 60)) * np.array([[2], [0.5]])
    towards[0, 18:24] *= -1
    expected = []
    for logits in towards:
        for members in MEMBERS:
            others = np.delete(logits, members)
            temperature = np.exp(minimize_scalar(loss, bounds=(-3, 3), args=(others,)).x)
            expected.append(loss(np.log(temperature), logits[members]))
    parts = [predicted("a", expit(z * (2 * LABELS - 1)), repeat=n) for n, z in enumerate(towards)]
    (row,) = cross_validation.summarise(pd.concat(parts), CATALOGUE, {"a": 1}).to_dict("records")
    assert row["nll_scaled"] == pytest.approx(np.mean(expected), rel=1e-3)


def test_a_second_training_of_every_fold_makes_no_more_sources():
    """The interval is over the sources, each with its mean over the repeats."""
    p, wrong = np.random.default_rng(3).uniform(size=(2, 60))
    parts = [predicted("a", p, wrong, repeat) for repeat in (0, 1)]
    once, twice = (
        cross_validation.summarise(found, CATALOGUE, {"a": 1}).loc[0]
        for found in (parts[0], pd.concat(parts))
    )
    assert (twice["repeats"], twice["sources"]) == (2, 60)
    for name in ("error", "error_certain", "error_uncertain"):
        for column in (name, f"{name}_low", f"{name}_high"):
            assert twice[column] == pytest.approx(once[column]), column


def test_errors_of_the_mean_probability_are_of_all_and_of_certain_sources():
    p, wrong = np.random.default_rng(4).uniform(size=(2, 60))
    (row,) = cross_validation.summarise(predicted("a", p, wrong), CATALOGUE, {"a": 1}).to_dict(
        "records"
    )
    majority = (p > 0.5) != LABELS
    assert row["error_majority"] == pytest.approx(majority.mean())
    assert row["error_certain_majority"] == pytest.approx(majority[CERTAIN].mean())
    assert row["error_certain"] == pytest.approx(wrong[CERTAIN].mean())
    assert row["error_uncertain"] == pytest.approx(wrong[~CERTAIN].mean())


def test_a_regression_has_a_weight_for_each_measure_and_a_constant():
    p = np.random.default_rng(5).uniform(size=60)
    names = (RULE, REGRESSION, REGRESSION_EXTENT)
    found = pd.concat([predicted(name, p) for name in names])
    rows = cross_validation.summarise(found, CATALOGUE, {}).set_index("network")["parameters"]
    weights = shapes.measure_shapes(few_cutouts(2).images).shape[1] + 1
    assert rows.to_dict() == {RULE: 0, REGRESSION: weights, REGRESSION_EXTENT: weights}


def test_labels_are_ranked_by_what_has_probabilities():
    p = np.random.default_rng(2).uniform(size=60)
    beside = pd.concat([predicted("a", p), predicted(RULE, 1.0 - LABELS)])
    found = hard_sources.rank_labels(beside, CATALOGUE)
    of_label = np.where(LABELS, p, 1 - p)
    assert found["index"].tolist() == np.argsort(of_label).tolist()
    assert found["p_label"].tolist() == pytest.approx(np.sort(of_label))


def test_regressions_on_shapes_learn_nothing_of_the_fold_that_they_are_tested_on():
    """Other labels of the tested sources change what is predicted of all others, not of them."""
    few = few_cutouts(96)
    table = few.catalogue.assign(extent_arcsec=np.linspace(20, 100, 100))
    tested = (use_fold(few, 0).catalogue["split"] == "test").to_numpy()
    other = table["class"].where(~tested, table["class"].map({"FRI": "FRII", "FRII": "FRI"}))
    before, after = (
        cross_validation.predict_shapes(Cutouts(few.images, catalogue), 1).set_index("network")
        for catalogue in (table, table.assign(**{"class": other}))
    )
    for name in (REGRESSION, REGRESSION_EXTENT):
        one, two = (rows.loc[name].set_index("index")["p"] for rows in (before, after))
        held_out = np.flatnonzero(tested)
        assert one[held_out].equals(two[held_out])
        assert (one.drop(held_out) != two.drop(held_out)).any()
