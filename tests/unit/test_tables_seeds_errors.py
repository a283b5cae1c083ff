"""Runs of our own training that cannot stand in one table are refused in one line."""

import pytest
from tables_tools import evaluation, evaluations, make, training, trainings, write_json

from radiogaze.errors import RadiogazeError

MAIN = "mirabest-range-ft-3g"


def changed(key, value):
    content = training(MAIN, 5)
    *path, last = key.split(".")
    found = content
    for part in path:
        found = found[part]
    found[last] = value
    return content


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (training(MAIN, 1), f"training.seed: seed 1 of {MAIN} was already read from "),
        (evaluation(MAIN), f"training: released weights of {MAIN} among our own training "),
        (evaluation("frdeep-classic") | {"training": None}, "released weights with --released"),
        (changed("passes", 9), "passes: found 9, expected the 8 of "),
        (changed("sources.FRI", 70), "sources: found 70 FRI and 79 FRII, expected the 74 FRI"),
        (changed("training.seed", "5"), 'training.seed: found "5", expected integer'),
        (changed("training.redraws", -1), "training.redraws: -1 is less than"),
        (changed("training.flags", "collapsed"), 'training.flags: found "collapsed", expected'),
        (changed("training", {"seed": 5}), "training: 'epoch' is a required property"),
        (changed("training", True), "training: found true, expected object or null"),
    ],
)  # fmt: skip
def test_runs_that_cannot_be_averaged_are_refused(tmp_path, content, message):
    paths = trainings(tmp_path, "7", [0.84, 0.85])
    wrong = write_json(tmp_path, content)
    with pytest.raises(RadiogazeError) as caught:
        make("07", metrics=[*paths, wrong])
    assert str(caught.value).startswith(f"{wrong}: ")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_released_weights_stand_only_beside_training_on_the_same_test_set(tmp_path):
    paths = trainings(tmp_path, "7", [0.84, 0.85])
    weights = evaluations(tmp_path, "7")
    with pytest.raises(
        RadiogazeError, match="is shown beside our own training, of which --metrics"
    ):
        make("07", metrics=weights, released=weights)
    with pytest.raises(RadiogazeError, match="expects released weights, found seed 0"):
        make("07", metrics=paths, released=paths[:1])
    other = evaluation(MAIN) | {"sources": {"FRI": 9, "FRII": 79}}
    with pytest.raises(RadiogazeError, match="found 9 FRI and 79 FRII, expected the 74 FRI"):
        make("07", metrics=paths, released=[write_json(tmp_path, other)])


def test_a_variant_without_any_run_is_named(tmp_path):
    paths = [p for p in trainings(tmp_path, "9", [0.84]) if "fc-0g" not in p.name]
    with pytest.raises(RadiogazeError, match="Table 9: no metrics of mirabest-fc-0g"):
        make("09", metrics=paths)
