"""The real archives become the published cutouts; what is not so is refused."""

import pickle
import re
from collections import Counter

import numpy as np
import pytest

from archive_tools import DATASETS, FRDEEP, MIRABEST, mirror, tar_of, unpacked, write_manifest
from radiogaze.data.catalogue import RELEASES
from radiogaze.data.disjoin import SAME, highest_correlations
from radiogaze.data.manifest import find_dataset
from radiogaze.data.prepare import prepare_dataset
from radiogaze.data.store import load_cutouts, save_cutouts
from radiogaze.data.subsets import SUBSETS
from radiogaze.errors import RadiogazeError

ARCHIVES = {"mirabest": MIRABEST, "frdeep": FRDEEP}


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """Both data sets prepared once: name -> (images.npz, catalogue.csv)."""
    made = {}
    for name, archive in ARCHIVES.items():
        folder = tmp_path_factory.mktemp(name)
        made[name] = (folder / "images.npz", folder / "catalogue.csv")
        prepare_dataset(find_dataset(DATASETS, name), mirror() / archive, *made[name])
    return made


@pytest.mark.parametrize("name", ARCHIVES)
def test_every_pixel_and_label_is_the_archives(prepared, name):
    cutouts = load_cutouts(*prepared[name])
    members = {
        path.split("/")[1]: data for path, data in unpacked(mirror() / ARCHIVES[name]).items()
    }
    start = 0
    for batch in RELEASES[name].batches:
        # the digests were checked, so this once the plain unpickler is safe
        content = pickle.loads(members[batch], encoding="latin1")
        stop = start + len(content["labels"])
        rows = cutouts.catalogue.iloc[start:stop]
        expected = np.stack(content["data"]).reshape(-1, 150, 150)
        assert np.array_equal(cutouts.images[start:stop], expected)
        assert list(rows["label"]) == content["labels"]
        assert list(rows["batch"].unique()) == [batch]
        assert list(rows["position"]) == list(range(len(rows)))
        stems = [str(path).split("/")[-1].removesuffix(".png") for path in content["filenames"]]
        assert list(rows["source_name"]) == stems
        start = stop
    assert start == len(cutouts.images)
    assert list(cutouts.catalogue["index"]) == list(range(start))


@pytest.mark.parametrize("name", ARCHIVES)
def test_each_label_is_as_frequent_as_published(prepared, name):
    """Gating paper, Tables 4 and 5."""
    table = load_cutouts(*prepared[name]).catalogue
    columns = ["label", "class", "confidence", "morphology", "split"]
    found = Counter(table[columns].itertuples(index=False, name=None))
    assert found == {
        (number, *label.cells.values(), split): getattr(label, split)
        for number, label in enumerate(RELEASES[name].labels)
        for split in ("train", "test")
    }


def test_mirabest_catalogue(prepared):
    table = load_cutouts(*prepared["mirabest"]).catalogue
    assert Counter(table["split"]) == {"train": 1099, "test": 157}
    source = table[table["source_name"] == "100_208.637+028.243_0.0645_0082.21"].iloc[0]
    measured = source[["ra_deg", "dec_deg", "redshift", "extent_arcsec"]]
    assert list(measured) == [208.637, 28.243, 0.0645, 82.21]
    assert table["redshift"].agg(["min", "max"]).tolist() == [0.0316, 0.5342]
    assert table["extent_arcsec"].agg(["min", "max"]).tolist() == [5.94, 269.44]
    assert (table["dec_deg"] < 0).any()


def test_frdeep_catalogue(prepared):
    table = load_cutouts(*prepared["frdeep"]).catalogue
    assert table[["ra_deg", "dec_deg", "redshift", "extent_arcsec"]].isna().all(axis=None)
    assert set(table["confidence"]) | set(table["morphology"]) == {""}


@pytest.mark.parametrize(
    ("name", "first", "second"),
    [
        ("mirabest", 511, 989),
        ("mirabest", 105, 534),
        ("frdeep", 479, 499),
        ("frdeep", 54, 569),
        ("frdeep", 61, 67),
        ("frdeep", 256, 264),
        ("frdeep", 461, 571),
        ("frdeep", 238, 280),
    ],
)
def test_sources_that_are_listed_twice_or_in_each_others_cutout(prepared, name, first, second):
    """docs/differences.md, Sources listed twice; which test sources are among them."""
    cutouts = load_cutouts(*prepared[name])
    one, other = cutouts.images[[first]], cutouts.images[[second]]
    assert highest_correlations(one, other)[0] > SAME
    rows = cutouts.catalogue.iloc[[first, second]]
    assert rows["class"].nunique() == (2 if first == 105 else 1)
    assert ("test" in set(rows["split"])) == (second in (569, 571))


def test_sources_of_frdeep_in_the_test_set_of_mirabest(prepared):
    """docs/labels.md: two that are, moved by odd or many pixels, and two that only look alike."""
    images = load_cutouts(*prepared["frdeep"]).images[[240, 467, 55, 75]]
    mirabest = load_cutouts(*prepared["mirabest"])
    test = mirabest.images[mirabest.test.index.to_numpy()]
    same = highest_correlations(images, test)
    assert (same[:2] > 0.9998).all()
    assert (same[2:] < 0.996).all()


def test_subsets_score_the_published_test_sets(prepared):
    scored = {}
    for name in ("mirabest", "mirabest-certain", "frdeep"):
        subset = SUBSETS[name]
        table = load_cutouts(*prepared[subset.archive]).catalogue
        scored[name] = Counter(subset.binary_labels(table[table["split"] == "test"]).tolist())
    assert scored == {
        "mirabest": {0: 74, 1: 79, -1: 4},
        "mirabest-certain": {0: 49, 1: 55, -1: 53},
        "frdeep": {0: 22, 1: 28},
    }


def test_equal_cutouts_give_equal_bytes_without_pickles(prepared, tmp_path):
    first = prepared["frdeep"]
    again = (tmp_path / "again.npz", tmp_path / "again.csv")
    save_cutouts(load_cutouts(*first), *again)
    for old, new in zip(first, again, strict=True):
        assert old.read_bytes() == new.read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["again.csv", "again.npz"]


def test_a_missing_file_says_how_to_make_it(prepared, tmp_path):
    images, catalogue = prepared["frdeep"]
    for pair in ((tmp_path / "no.npz", catalogue), (images, tmp_path / "no.csv")):
        with pytest.raises(RadiogazeError, match=r"no.*: no such file; make it with radiogaze"):
            load_cutouts(*pair)


@pytest.mark.parametrize("damage", ["cut", "npy", "shape"])
def test_damaged_images(prepared, tmp_path, damage):
    path = tmp_path / "images.npz"
    if damage == "cut":
        path.write_bytes(prepared["frdeep"][0].read_bytes()[:5000])
    elif damage == "npy":
        with path.open("wb") as file:
            np.save(file, np.zeros((3, 150, 150), np.uint8))
    else:
        np.savez(path, images=np.zeros((3, 150), np.uint8))
    with pytest.raises(
        RadiogazeError, match=r"images.npz: expected .* found .*make it again with radiogaze"
    ):
        load_cutouts(path, prepared["frdeep"][1])


@pytest.mark.parametrize(
    ("pattern", "other"),
    [
        (r"\n5,", "\nfive,"),
        ("split", "splt"),
        (r"\n[^\n]*\n\Z", "\n"),
        (",train,", ",Train,"),
        (",FRII,", ",FR2,"),
    ],
)
def test_a_damaged_catalogue(prepared, tmp_path, pattern, other):
    images, catalogue = prepared["frdeep"]
    path = tmp_path / "catalogue.csv"
    path.write_text(re.sub(pattern, other, catalogue.read_text()))
    with pytest.raises(RadiogazeError, match=r"catalogue.csv.*found") as raised:
        load_cutouts(images, path)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ([1, 2], "list indices must be integers"),
        ({"labels": [0]}, "no 'data'"),
        ({"data": [np.zeros((150, 151), np.uint8)], "labels": [0], "filenames": ["a"]}, "reshape"),
        ({"data": [np.zeros((150, 150), np.uint8)], "labels": [99], "filenames": ["a"]}, "range"),
        ({"data": [np.zeros((150, 150), np.uint8)], "labels": [], "filenames": ["a"]}, "longer"),
    ],
)
def test_a_pinned_member_that_is_no_batch(tmp_path, content, found):
    members = {"batches/test_batch": pickle.dumps(content)}
    manifest = write_manifest(tmp_path / "m.csv", members, "mirror:a.tar", "mirabest")
    (tmp_path / "a.tar").write_bytes(tar_of(members))
    outputs = tmp_path / "images.npz", tmp_path / "catalogue.csv"
    message = f"a.tar: member batches/test_batch: expected a batch, found .*{found}"
    with pytest.raises(RadiogazeError, match=message):
        prepare_dataset(find_dataset(manifest, "mirabest"), tmp_path / "a.tar", *outputs)
    assert not any(path.exists() for path in outputs)
