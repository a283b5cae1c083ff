import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from radiogaze.cli import cli
from radiogaze.data.splits import check_folds, draw_split, use_fold
from radiogaze.data.store import Cutouts, save_cutouts
from radiogaze.errors import RadiogazeError
from radiogaze.files.atomic import write_frame
from radiogaze.terms import FOLDS
from training_tools import few_cutouts


@pytest.mark.parametrize(
    ("dataset", "train", "validation"), [("mirabest", 856, 213), ("mirabest-certain", 584, 145)]
)
def test_the_published_counts(dataset, train, validation, mirabest):
    split = draw_split(mirabest, dataset, seed=0)
    assert split["split"].value_counts().to_dict() == {"train": train, "validation": validation}
    rows = mirabest.catalogue.loc[split["index"]]
    assert set(rows["split"]) == {"train"}  # no test source in it
    assert rows["source_name"].tolist() == split["source_name"].tolist()
    assert rows["class"].tolist() == split["class"].tolist()  # and no hybrid


def test_a_split_follows_from_its_seed(tmp_path):
    cutouts = few_cutouts(100)
    first, again, other = (draw_split(cutouts, "mirabest", seed) for seed in (1, 1, 2))
    assert first.equals(again)
    assert not first.equals(other)
    write_frame(first, tmp_path / "split.csv")
    assert pd.read_csv(tmp_path / "split.csv").equals(first)
    assert list(tmp_path.iterdir()) == [tmp_path / "split.csv"]


def test_the_equivariant_papers_split_is_numpys_shuffle_of_seed_42(mirabest):
    """The first int(0.2 x 1069) = 213 indices of one shuffle validate, whatever the seed."""
    split = draw_split(mirabest, "mirabest", 5, "published-42")
    np.random.seed(42)
    order = list(range(1069))
    np.random.shuffle(order)
    validation = split["split"] == "validation"
    assert set(np.flatnonzero(validation)) == set(order[:213])
    assert (validation.sum(), (~validation).sum()) == (213, 856)
    assert split.equals(draw_split(mirabest, "mirabest", 6, "published-42"))
    assert not split.equals(draw_split(mirabest, "mirabest", 5))


def test_ten_sources_are_enough():
    split = draw_split(few_cutouts(10), "mirabest", 0)["split"]
    assert split.value_counts().to_dict() == {"train": 8, "validation": 2}


def test_too_few_sources_are_one_line():
    few, many = few_cutouts(9), few_cutouts(20)
    one_class = Cutouts(many.images, many.catalogue.assign(**{"class": "FRI"}))
    all_test = Cutouts(many.images, many.catalogue.assign(split="test"))
    for cutouts, found in ((few, ""), (one_class, "20 .* FRI"), (all_test, "0 .* no class")):
        message = rf"{found}.* to train on, expected both classes and at least 10"
        with pytest.raises(RadiogazeError, match=message) as error:
            draw_split(cutouts, "mirabest", 0)
        assert "\n" not in str(error.value)


def test_ten_folds_test_each_source_once_and_alike(mirabest):
    tested, shares, kinds = [], [], []
    for fold in range(FOLDS):
        cutouts = use_fold(mirabest, fold)
        split = cutouts.catalogue["split"]
        labels = cutouts.catalogue["label"]
        hybrid = cutouts.catalogue["class"] == "hybrid"
        assert set(split[hybrid]) == {"unused"}
        test = cutouts.scored_test("mirabest").rows
        tested += test.index.tolist()
        shares.append((labels[split == "test"] < 5).mean())
        kinds.append(labels[split == "test"].value_counts())
        # the split into training and validation is drawn from the other nine folds
        drawn = draw_split(cutouts, "mirabest", 0)
        assert not set(drawn["index"]) & set(test.index)
        assert len(drawn) + len(test) == (~hybrid).sum()
    assert sorted(tested) == mirabest.catalogue.index[~hybrid].tolist()
    assert max(shares) - min(shares) < 0.02  # of FRI
    kinds = pd.DataFrame(kinds).fillna(0)  # of every class, confidence and morphology
    assert (kinds.max() - kinds.min()).max() <= 1
    assert mirabest.catalogue["split"].isin(["train", "test"]).all()  # as it was


def test_a_second_cross_validation_has_another_shuffle():
    cutouts = few_cutouts(96)
    tests = [np.flatnonzero(use_fold(cutouts, n).catalogue["split"] == "test") for n in range(20)]
    for repeat in (tests[:FOLDS], tests[FOLDS:]):
        assert sorted(np.concatenate(repeat)) == list(range(100))
    assert not {tuple(one) for one in tests[:FOLDS]} & {tuple(one) for one in tests[FOLDS:]}


def test_two_sources_of_each_class_for_each_fold_are_enough():
    check_folds(few_cutouts(36), 0)
    with pytest.raises(RadiogazeError, match="19 FRII, expected at least 20"):
        check_folds(few_cutouts(35), 0)


def test_too_few_sources_for_ten_folds_are_refused_before_a_fold_is_trained(root, tmp_path):
    cutouts = few_cutouts(56)
    index = cutouts.catalogue["index"]
    with pytest.raises(RadiogazeError, match="60 sources in 10 folds: n_splits=10 cannot be"):
        use_fold(Cutouts(cutouts.images, cutouts.catalogue.assign(label=index)), 0)
    few = {"class": cutouts.catalogue["class"].where(index > 43, "FRI")}
    files = (tmp_path / "images.npz", tmp_path / "catalogue.csv")
    save_cutouts(Cutouts(cutouts.images, cutouts.catalogue.assign(**few)), *files)
    golden = root / "tests/golden/sheets"
    options = [f"--sheet={golden}/networks.tsv", f"--recipes={golden}/recipes.yaml", "--epochs=1"]
    options += [f"--images={files[0]}", f"--catalogue={files[1]}", "--device=cpu", "--fold=0"]
    out = [f"--state={tmp_path}/state", f"--out={tmp_path}/out"]
    done = CliRunner().invoke(cli, ["train", "lenet", *options, *out])
    assert str(done.exception).startswith("--fold 0: 8 FRII, expected at least 20, 2 for the test")
    assert not (tmp_path / "out").exists()


def test_a_fold_is_held_out_by_training_and_tested_by_evaluation(root, tmp_path):
    cutouts = few_cutouts(96)
    images, catalogue = tmp_path / "images.npz", tmp_path / "catalogue.csv"
    save_cutouts(cutouts, images, catalogue)
    golden = root / "tests/golden/sheets"
    data = [f"--sheet={golden}/networks.tsv", f"--images={images}", f"--catalogue={catalogue}"]
    data += ["--device=cpu", "--fold=3"]

    def run(verb, *options):
        return CliRunner().invoke(cli, [verb, "lenet", *data, *options])

    out = [f"--state={tmp_path}/state", f"--out={tmp_path}", f"--recipes={golden}/recipes.yaml"]
    done = run("train", *out, "--epochs=1")
    assert done.exit_code == 0, done.output
    files = [f"--{name}={tmp_path}/{name}" for name in ("metrics", "predictions", "logits")]
    weights = f"--weights={tmp_path}/fold-3/model.safetensors"
    done = run("evaluate", weights, "--passes=1", "--order=file", *files)
    assert done.exit_code == 0, done.output
    trained = pd.read_csv(tmp_path / "fold-3/split.csv")["index"]
    tested = pd.read_csv(tmp_path / "predictions")["index"]
    expected = use_fold(cutouts, 3).scored_test("mirabest").rows.index
    assert tested.tolist() == expected.tolist()
    assert sorted([*trained, *tested]) == cutouts.catalogue.index.tolist()
    training = f"--training={tmp_path}/fold-3/result.json"
    refused = run("evaluate", weights, training, "--fold=4", "--passes=1", *files)
    assert "test sources were trained or validated on; expected" in str(refused.exception)
    assert str(refused.exception).endswith("--fold 3")
    done = run("evaluate", weights, training, "--passes=1", "--order=file", *files)
    assert done.exit_code == 0, done.output
    alone = (tmp_path / "fold-3/history.csv").read_bytes()
    done = run("train", *out, "--fold=4", "--epochs=1")
    assert done.exit_code == 0, done.output
    assert (tmp_path / "fold-3/history.csv").read_bytes() == alone
    assert pd.read_csv(tmp_path / "fold-4/split.csv")["index"].tolist() != trained.tolist()
    done = run("train", *out, "--seed=0", "--seed=1")
    assert isinstance(done.exception, RadiogazeError)
    assert "expected one --seed, found 2" in str(done.exception)
