import numpy as np
import pytest
from sklearn.metrics import f1_score, roc_auc_score

from radiogaze.errors import RadiogazeError
from radiogaze.evaluation.metrics import compute_metrics, published_score, roc_curves
from radiogaze.evaluation.resampling import pairwise_wins

LABELS = np.array([0] * 30 + [1] * 40)


def noisy_logits(passes=5, strength=1.0, seed=0):
    rng = np.random.default_rng(seed)
    margin = strength * (2 * LABELS - 1) + rng.normal(0, 1.5, (passes, len(LABELS)))
    return np.stack([-margin / 2, margin / 2], axis=-1).astype(np.float32)


def test_passes_are_pooled():
    logits = noisy_logits()
    metrics = compute_metrics(logits, LABELS)
    truth, predicted = np.tile(LABELS, 5), logits.argmax(-1).ravel()
    assert metrics["accuracy"]["value"] == pytest.approx((truth == predicted).mean())
    assert metrics["f1"]["FRI"]["value"] == pytest.approx(f1_score(1 - truth, 1 - predicted))
    confusion = np.array(metrics["confusion"])
    assert confusion.sum() == 5 * 70
    assert confusion[0].sum() == 5 * 30  # rows are the true classes
    assert metrics["recall"]["FRI"]["value"] == pytest.approx(confusion[0, 0] / 150)
    assert metrics["precision"]["FRII"]["value"] == pytest.approx(
        confusion[1, 1] / confusion[:, 1].sum()
    )


def test_intervals_hold_their_values_and_shrink_with_certainty():
    metrics = compute_metrics(noisy_logits(), LABELS)
    sure = compute_metrics(noisy_logits(strength=20.0), LABELS)
    for name in ("accuracy", "auc", "auc_logits"):
        estimate = metrics[name]
        assert estimate["low"] < estimate["value"] < estimate["high"]
        assert sure[name]["value"] == 1
    for name in ("f1", "precision", "recall"):
        for c in ("FRI", "FRII"):
            estimate = metrics[name][c]
            assert estimate["low"] < estimate["value"] < estimate["high"]
            assert sure[name][c] == {"value": 1, "low": 1, "high": 1, "monte_carlo": 0}


def test_accuracy_has_the_wilson_interval_of_the_sources():
    """Wilson 1927, 95 %, for 50.5 of 70; the passes do not make the test set larger."""
    right = np.arange(70) < np.array([50, 51])[:, None]  # not a whole number on average
    margin = np.where(right, 1, -1) * (2 * LABELS - 1)
    logits = np.stack([-margin, margin], -1).astype(np.float32)
    z, p, n = 1.959964, 50.5 / 70, 70
    centre = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    accuracy = compute_metrics(logits, LABELS)["accuracy"]
    assert (accuracy["low"], accuracy["high"]) == pytest.approx((centre - half, centre + half))


def test_the_curve_ranks_by_the_difference_of_the_logits_not_by_that_of_frii():
    fri, frii = [(0, 1), (5, 4)], [(0, 2), (-5, 0)]
    curves = roc_curves(np.array([fri + frii], np.float32), np.array([0, 0, 1, 1]))
    assert curves["logits"].auc == 1


def test_pairwise_wins_average_to_the_auc_with_ties():
    score = np.round(noisy_logits()[..., 1])
    assert pairwise_wins(score, LABELS).mean() == pytest.approx(
        roc_auc_score(np.tile(LABELS, 5), score.ravel())
    )


def test_published_auc_suffers_from_saturation_and_the_logit_auc_does_not():
    """Logits that rank perfectly but saturate the float32 softmax tie in the published score."""
    margin = np.where(LABELS == 1, 400.0, 200.0)
    logits = np.stack([np.zeros(70), margin], -1).astype(np.float32)[None]
    assert len(np.unique(published_score(logits))) == 1
    metrics = compute_metrics(logits, LABELS)
    assert metrics["auc_logits"]["value"] == 1
    assert metrics["auc"]["value"] == 0.5


def test_the_published_auc_ties_what_a_single_softmax_tells_apart():
    """1e-9 and 1e-13 are two probabilities, and one score after the second softmax."""
    margin = np.where(LABELS == 1, -20.0, -30.0)
    logits = np.stack([np.zeros(70), margin], -1).astype(np.float32)[None]
    metrics = compute_metrics(logits, LABELS)
    assert (metrics["auc"]["value"], metrics["auc_logits"]["value"]) == (0.5, 1)


def test_monte_carlo_errors_are_those_of_other_passes_over_the_same_sources():
    """The spread of each metric over repeated evaluations, against its estimate from one of them.

    A source is called as it mostly is more often than by chance: the spread over passes is far
    below that over sources.
    """
    rng = np.random.default_rng(1)
    usual = (2 * LABELS - 1) + rng.normal(0, 1.5, len(LABELS))

    def evaluated():
        margin = usual + rng.normal(0, 0.7, (12, len(LABELS)))
        return compute_metrics(np.stack([-margin / 2, margin / 2], -1).astype(np.float32), LABELS)

    repeats = [evaluated() for _ in range(60)]
    for name, group in [
        ("accuracy", None),
        ("auc_logits", None),
        ("recall", "FRI"),
        ("f1", "FRII"),
    ]:
        found = [metrics[name][group] if group else metrics[name] for metrics in repeats]
        truth = np.std([one["value"] for one in found], ddof=1)
        estimated = np.mean([one["monte_carlo"] for one in found])
        assert estimated == pytest.approx(truth, rel=0.3), name
        assert estimated < 0.35 * np.mean([one["high"] - one["low"] for one in found]) / 4


def test_a_single_pass_has_no_monte_carlo_error():
    assert compute_metrics(noisy_logits(passes=1), LABELS)["auc"]["monte_carlo"] is None


def test_a_model_that_calls_everything_frii():
    logits = np.tile(np.array([0, 1], np.float32), (3, 70, 1))
    metrics = compute_metrics(logits, LABELS)
    assert metrics["precision"]["FRI"]["value"] == 0
    assert metrics["f1"]["FRI"] == {"value": 0, "low": 0, "high": 0, "monte_carlo": 0}
    assert metrics["recall"]["FRII"]["value"] == 1


def test_logits_that_are_no_numbers_are_refused():
    logits = noisy_logits()
    logits[0, 3, 0] = np.nan
    with pytest.raises(RadiogazeError, match="1 of 350 logits are not finite"):
        compute_metrics(logits, LABELS)


def test_a_single_source_of_a_class_is_one_line():
    with pytest.raises(RadiogazeError, match="95 % interval: found a group of 1"):
        compute_metrics(noisy_logits()[:, -3:], np.array([0, 1, 1]))
