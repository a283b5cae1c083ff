import numpy as np
import pandas as pd
import pytest

from radiogaze.data.splits import draw_split, write_split
from radiogaze.data.store import Cutouts
from radiogaze.errors import RadiogazeError
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
    write_split(first, tmp_path / "split.csv")
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


def test_too_few_sources_are_one_line():
    few = few_cutouts(9)
    one_class = Cutouts(few.images, few.catalogue.assign(label=0))
    for cutouts in (few, one_class):
        with pytest.raises(RadiogazeError, match="expected both classes and at least 10") as error:
            draw_split(cutouts, "mirabest", 0)
        assert "\n" not in str(error.value)
