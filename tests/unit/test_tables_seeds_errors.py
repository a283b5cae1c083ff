"""Runs that cannot be shown in one table are refused in one line."""

import pytest
from tables_tools import changed, evaluation, evaluations, make, training, trainings, write_json

from radiogaze.errors import RadiogazeError

MAIN = "mirabest-range-ft-3g"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (training(MAIN, 1), f"{MAIN}, seed 1, was already read from "),
        (evaluation(MAIN), f"training: released weights of {MAIN} among our own training "),
        (changed(training(MAIN, 5), "passes", 9), "passes: found 9, expected the 8 of "),
        (changed(training(MAIN, 5), "sources.FRI", 70), "sources: found {'FRI': 70, "),
        (
            changed(training(MAIN, 5), "training.seed", "5"),
            'training.seed: found "5", expected integer',
        ),
        (
            changed(training(MAIN, 5), "training.flags", "collapsed"),
            'training.flags: found "collapsed", expected',
        ),
        (
            changed(training(MAIN, 5), "training", {"seed": 5}),
            "training: 'epoch' is a required property",
        ),
    ],
)
def test_runs_that_cannot_be_averaged_are_refused(tmp_path, content, message):
    paths = trainings(tmp_path, "7", [0.84, 0.85])
    wrong = write_json(tmp_path, content)
    with pytest.raises(RadiogazeError) as caught:
        make("07", metrics=[*paths, wrong])
    assert str(caught.value).startswith(f"{wrong}: ")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_released_weights_are_shown_beside_training_on_the_same_test_set_only(tmp_path):
    paths = trainings(tmp_path, "7", [0.84, 0.85])
    weights = evaluations(tmp_path, "7")
    for metrics, released in ((weights, weights), (paths, paths[:1])):
        with pytest.raises(RadiogazeError, match="--released expects released weights, to show"):
            make("07", metrics=metrics, released=released)
    other = evaluation(MAIN) | {"sources": {"FRI": 9, "FRII": 79}}
    with pytest.raises(RadiogazeError, match=r"sources: found .*9.* expected the .*74"):
        make("07", metrics=paths, released=[write_json(tmp_path, other)])


def test_a_variant_without_any_run_is_named(tmp_path):
    paths = [p for p in trainings(tmp_path, "9", [0.84]) if "fc-0g" not in p.name]
    with pytest.raises(RadiogazeError, match="Table 9: no metrics of mirabest-fc-0g"):
        make("09", metrics=paths)
