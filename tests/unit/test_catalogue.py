"""The real archives become the published cutouts; what is not so is refused."""

import pickle
from collections import Counter

import numpy as np
import pandas as pd
import pytest

from archive_tools import DATASETS, FRDEEP, MIRABEST, mirror, unpacked
from radiogaze.data.catalogue import RELEASES, check_counts, check_meta, describe, read_batch
from radiogaze.data.manifest import find_dataset
from radiogaze.data.prepare import prepare_dataset
from radiogaze.data.store import load_cutouts, save_cutouts
from radiogaze.data.subsets import SUBSETS
from radiogaze.errors import RadiogazeError
from radiogaze.files.broken_bytes import FaultError

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


def test_mirabest_catalogue(prepared):
    table = load_cutouts(*prepared["mirabest"]).catalogue
    assert Counter(table["split"]) == {"train": 1099, "test": 157}
    # gating Table 4
    classes = Counter(zip(table["class"], table["confidence"], strict=True))
    assert classes == {
        ("FRI", "certain"): 397,
        ("FRI", "uncertain"): 194,
        ("FRII", "certain"): 436,
        ("FRII", "uncertain"): 195,
        ("hybrid", "certain"): 19,
        ("hybrid", "uncertain"): 15,
    }
    tails = Counter(zip(table["label"], table["morphology"], strict=True))
    assert tails[1, "wide-angle-tail"] == 49
    assert tails[2, "head-tail"] == 9
    assert tails[4, "wide-angle-tail"] == 3
    assert tails[6, "double-double"] == 4
    source = table[table["source_name"] == "100_208.637+028.243_0.0645_0082.21"].iloc[0]
    measured = source[["ra_deg", "dec_deg", "redshift", "extent_arcsec"]]
    assert list(measured) == [208.637, 28.243, 0.0645, 82.21]
    assert table["redshift"].agg(["min", "max"]).tolist() == [0.0316, 0.5342]
    assert table["extent_arcsec"].agg(["min", "max"]).tolist() == [5.94, 269.44]
    assert (table["dec_deg"] < 0).any()


def test_frdeep_catalogue(prepared):
    table = load_cutouts(*prepared["frdeep"]).catalogue
    # gating Table 5
    assert Counter(zip(table["class"], table["split"], strict=True)) == {
        ("FRI", "train"): 242,
        ("FRI", "test"): 22,
        ("FRII", "train"): 308,
        ("FRII", "test"): 28,
    }
    assert table[["ra_deg", "dec_deg", "redshift", "extent_arcsec"]].isna().all(axis=None)
    assert set(table["confidence"]) | set(table["morphology"]) == {""}


def test_subsets_score_the_published_test_sets(prepared):
    scored = {}
    for name, subset in SUBSETS.items():
        table = load_cutouts(*prepared[subset.archive]).catalogue
        labels = table.loc[table["split"] == "test", "label"].to_numpy()
        scored[name] = Counter(subset.binary_labels(labels).tolist())
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


@pytest.mark.parametrize("damage", ["empty", "text", "cut", "flipped", "npy", "other key", "shape"])
def test_damaged_images(prepared, tmp_path, damage):
    data = prepared["frdeep"][0].read_bytes()
    path = tmp_path / "images.npz"
    flipped = data[:5000] + bytes([data[5000] ^ 255]) + data[5001:]
    path.write_bytes({"text": b"hello", "cut": data[:5000], "flipped": flipped}.get(damage, b""))
    if damage == "npy":
        with path.open("wb") as file:
            np.save(file, np.zeros((3, 150, 150), np.uint8))
    elif damage == "other key":
        np.savez(path, pictures=np.zeros((3, 150, 150), np.uint8))
    elif damage == "shape":
        np.savez(path, images=np.zeros((3, 150), np.uint8))
    with pytest.raises(
        RadiogazeError, match=r"images.npz: expected .* found .*make it again with radiogaze"
    ):
        load_cutouts(path, prepared["frdeep"][1])


@pytest.mark.parametrize("damage", ["empty", "bytes", "number", "column", "row"])
def test_a_damaged_catalogue(prepared, tmp_path, damage):
    images, catalogue = prepared["frdeep"]
    path = tmp_path / "catalogue.csv"
    text = catalogue.read_text()
    path.write_text(
        {
            "number": text.replace("\n5,", "\nfive,"),
            "column": text.replace("split", "splt"),
            "row": text.rsplit("\n", 2)[0] + "\n",
        }.get(damage, "")
    )
    if damage == "bytes":
        path.write_bytes(b"\xff\xfe\x00" * 100)
    with pytest.raises(RadiogazeError, match=r"catalogue.csv: .*expected") as raised:
        load_cutouts(images, path)
    assert "\n" not in str(raised.value)


def batch_of(**changes):
    """A well-formed MiraBest batch, with changes."""
    names = [f"./MiraBest_data/100_{n:07.3f}-001.500_0.1000_0010.00.png" for n in range(157)]
    images = [np.full((150, 150), n, np.uint8) for n in range(157)]
    batch = {"labels": [0] * 157, "data": images, "filenames": names} | changes
    return pickle.dumps({key: value for key, value in batch.items() if value is not None}, 4)


def test_a_well_formed_batch_is_read():
    batch = read_batch(batch_of(), RELEASES["mirabest"])
    assert batch.images[:, 0, 0].tolist() == list(range(157))
    row = describe(batch, "test_batch", RELEASES["mirabest"])[3]
    assert (row["ra_deg"], row["dec_deg"], row["split"], row["position"]) == (3.0, -1.5, "test", 3)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"labels": [0] * 156}, "labels: expected a list of 157, found 156"),
        ({"labels": None}, "labels: expected a list of 157, found NoneType"),
        ({"labels": [0] * 156 + [10]}, r"labels\[156\]: expected 0 to 9, found 10"),
        ({"labels": [-1] + [0] * 156}, r"labels\[0\]: expected 0 to 9, found -1"),
        ({"labels": [0.0] * 157}, r"labels\[0\]: expected int, found float"),
        ({"labels": [False] * 157}, r"labels\[0\]: expected int, found bool"),
        ({"data": [np.zeros((150, 150))] * 157}, r"data\[0\]: expected uint8 .* found float64"),
        ({"data": [np.zeros((150, 151), np.uint8)] * 157}, r"found uint8 of shape \(150, 151\)"),
        ({"data": [np.zeros(22500, np.uint8)] * 157}, r"found uint8 of shape \(22500,\)"),
        ({"data": [[0]] * 157}, r"data\[0\]: expected ndarray, found list"),
        ({"filenames": [7] * 157}, r"filenames\[0\]: expected str, found int"),
    ],
)
def test_a_batch_of_another_form(changes, message):
    with pytest.raises(FaultError, match=message):
        read_batch(batch_of(**changes), RELEASES["mirabest"])


def test_a_pickle_of_something_else():
    with pytest.raises(FaultError, match="expected a dictionary, found list"):
        read_batch(pickle.dumps([1, 2]), RELEASES["mirabest"])
    with pytest.raises(FaultError, match=r"label_names: expected .*'112'.* found None"):
        check_meta(pickle.dumps({}), RELEASES["mirabest"])


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("what.png", "expected <code>_<RA><±Dec>_<redshift>_<extent>.png, found 'what'"),
        ("200_001.000+001.000_0.1_1.0.png", "expected code 100 of the label, found '200_"),
    ],
)
def test_a_file_name_that_contradicts(name, message):
    batch = read_batch(batch_of(filenames=[name] * 157), RELEASES["mirabest"])
    with pytest.raises(FaultError, match=f"filenames.0.: {message}".replace("+", r"\+")):
        describe(batch, "data_batch_1", RELEASES["mirabest"])


def test_other_counts_of_a_label(prepared):
    rows = pd.read_csv(prepared["mirabest"][1]).to_dict("records")
    check_counts(rows, RELEASES["mirabest"])
    rows[0]["label"] = 1
    message = r"label 0 \(100\): expected 297 cutouts in train, found 296"
    with pytest.raises(FaultError, match=message):
        check_counts(rows, RELEASES["mirabest"])
