"""The manifests pin what was published, and a slip of a hand names its place."""

import re

import pytest

from archive_tools import DATASETS, ROOT, WEIGHTS, mirror
from radiogaze.campaigns.variants import load_sheet
from radiogaze.data.manifest import find_dataset, find_weights, load_datasets, load_weights
from radiogaze.errors import RadiogazeError
from radiogaze.files.rows import read_rows


def test_every_batch_has_the_published_md5():
    readme = (mirror() / "README.md").read_text()
    published = dict(re.findall(r"^\| (\S+/\S+) \| ([0-9a-f]{32}) \|$", readme, re.MULTILINE))
    pinned = {row["member"]: row["md5"] for row in read_rows(DATASETS, ",")}
    assert len(pinned) == 9 + 13
    assert pinned == published


def test_every_released_model_has_the_mirrors_sha256():
    lines = (mirror() / "SHA256SUMS").read_text().splitlines()
    listed = {name.removeprefix("weights/"): digest for digest, name in map(str.split, lines)}
    pins = load_weights(WEIGHTS)
    assert {name: pin.sha256 for name, pin in pins.items()} == {
        name: digest for name, digest in listed.items() if name.endswith(".pt")
    }
    for name, pin in pins.items():
        assert pin.urls[0] == f"mirror:weights/{name}"
        assert pin.urls[1].endswith(f"/{name}")
        assert pin.size == (mirror() / "weights" / name).stat().st_size


def test_every_released_model_of_the_sheet_is_pinned():
    sheet = load_sheet(ROOT / "experiments/gating.tsv").values()
    released = {variant.released_file for variant in sheet} - {None}
    assert len(released) == 22
    assert released <= load_weights(WEIGHTS).keys()


def test_the_urls_are_tried_in_the_order_mirror_zenodo_university():
    for pin in load_datasets(DATASETS).values():
        kinds = [source.split(":")[0] for source in pin.urls]
        assert kinds[:3] == ["mirror", "zenodo", "http"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("dataset,doi", "dataset,dio", "unknown key dio"),
        ("batches/data_batch_3,", "../data_batch_3,", "member: found .* a relative path without"),
        ("batches/data_batch_3,", "other/data_batch_2,", "data_batch_2 is listed twice"),
        ("98908045de", "98908045DE", "row 3 .*md5: found .* 32 lower-case hexadecimal"),
        ("mirror:Mira", "mirror:../Mira", "urls: found .*:<relative path without"),
        (" http:", " file:", "urls: found .* URLs joined by one space"),
        ("CC-BY-4.0,batches/data_batch_2", "MIT,batches/data_batch_2", "mirabest: licence differs"),
        ("mirabest,10", "mirabest,,10", "another number of cells"),
    ],
)
def test_a_slip_in_the_manifest_of_data_sets(tmp_path, old, new, message):
    text = DATASETS.read_text()
    assert old in text
    path = tmp_path / "datasets.csv"
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(RadiogazeError, match=message) as raised:
        find_dataset(path, "mirabest")
    assert str(raised.value).startswith(f"{path}: ")
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda line: f"../{line}", "folder: found"),
        (lambda line: f"{line}\n{line}", "is listed twice"),
    ],
)
def test_a_slip_in_the_manifest_of_weights(tmp_path, edit, message):
    header, line, *_ = WEIGHTS.read_text().splitlines()
    path = tmp_path / "weights.csv"
    path.write_text(f"{header}\n{edit(line)}\n")
    with pytest.raises(RadiogazeError, match=message):
        find_weights(path, "any")
