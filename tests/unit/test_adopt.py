"""Your own labelled images as a data set that training and evaluation take."""

import numpy as np
import pytest
from click.testing import CliRunner

from radiogaze.classify.adopt import adopt
from radiogaze.cli import cli
from radiogaze.data.splits import draw_split
from radiogaze.data.store import load_cutouts
from radiogaze.data.subsets import SUBSETS
from radiogaze.errors import RadiogazeError
from sky_tools import double, write_fits


@pytest.fixture
def folder(tmp_path):
    """Twenty sources a degree from one another, and their labels."""
    images = tmp_path / "fields"
    images.mkdir()
    lines = ["name,class,confidence,redshift"]
    for number in range(20):
        name = f"s{number:02d}"
        write_fits(images / f"{name}.fits", double(200, seed=number), centre=(100.0 + number, 30))
        kind = ("FRI", "FRII")[number % 2]
        lines.append(f"{name},{kind},{'uncertain' if number > 15 else 'certain'},0.{number}")
    labels = tmp_path / "labels.csv"
    labels.write_text("\n".join(lines) + "\n")
    return images, labels


def run(folder, **options):
    lines = []
    return adopt(*folder, None, notice=lines.append, **options), lines


def test_the_files_are_those_of_prepare(folder, tmp_path):
    out = tmp_path / "images.npz", tmp_path / "catalogue.csv"
    line = ["adopt", str(folder[0]), "--labels", str(folder[1]), "--images", str(out[0])]
    done = CliRunner().invoke(cli, [*line, "--catalogue", str(out[1])])
    assert done.exit_code == 0, done.output
    assert "20 cutouts: 8 train FRI, 8 train FRII, 2 test FRI, 2 test FRII" in done.output
    cutouts = load_cutouts(*out)
    assert cutouts.images.shape == (20, 150, 150)
    assert (cutouts.catalogue["split"] == ["train"] * 16 + ["test"] * 4).all()
    binary = SUBSETS["mirabest"].binary_labels(cutouts.catalogue)
    assert (np.where(binary == 0, "FRI", "FRII") == cutouts.catalogue["class"]).all()
    assert cutouts.catalogue["label"][:16].is_monotonic_increasing
    # in a campaign of one's own, the data set of every row of its sheet
    for dataset, count in {"mirabest": 16, "mirabest-certain": 13, "frdeep": 16}.items():
        assert len(draw_split(cutouts, dataset, 0)) == count
    by_name = cutouts.catalogue.set_index("source_name")
    assert by_name.loc["s03", "ra_deg"] == pytest.approx(103)
    assert by_name.loc["s03", "redshift"] == 0.3
    assert by_name.loc["s17", "label"] == 7


@pytest.mark.parametrize(
    ("images", "catalogue"),
    [("out.npz", "labels.csv"), ("fields/s00.fits", "out.csv"), ("out", "fields/../out")],
)
def test_neither_an_input_nor_the_other_output_is_replaced(images, catalogue, folder, tmp_path):
    before = [(tmp_path / name).read_bytes() for name in ("labels.csv", "fields/s00.fits")]
    line = ["adopt", str(folder[0]), "--labels", str(folder[1]), "--images", str(tmp_path / images)]
    done = CliRunner().invoke(cli, [*line, "--catalogue", str(tmp_path / catalogue)])
    with pytest.raises(RadiogazeError, match=r"would replace (an input|another file of this)"):
        raise done.exception
    after = [(tmp_path / name).read_bytes() for name in ("labels.csv", "fields/s00.fits")]
    assert after == before


def test_the_split_is_the_tables_own_or_repeatable(folder):
    one, _ = run(folder, seed=4)
    again, _ = run(folder, seed=4)
    other, _ = run(folder, seed=5)
    assert one.catalogue.equals(again.catalogue)
    assert not one.catalogue.equals(other.catalogue)
    lines = folder[1].read_text().splitlines()
    rows = [f"{row},{'test' if n < 4 else 'train'}" for n, row in enumerate(lines[1:])]
    folder[1].write_text("\n".join([f"{lines[0]},split", *rows]) + "\n")
    own, _ = run(folder)
    test = own.catalogue["source_name"][own.catalogue["split"] == "test"]
    assert sorted(test) == ["s00", "s01", "s02", "s03"]


def test_neighbours_across_the_split_and_images_without_a_label_are_reported(folder):
    for number in range(20):
        position = (100 + number / 100, 30)
        write_fits(folder[0] / f"s{number:02d}.fits", double(200, seed=number), centre=position)
    write_fits(folder[0] / "unknown.fits")
    _, lines = run(folder)
    reported = "\n".join(lines)
    assert "1 images without a label" in reported
    assert "test sources lie in the cutout of a training source" in reported
    assert "small-field" in reported


def missing(folder):
    (folder[0] / "s05.fits").unlink()


def empty(folder):
    (folder[0] / "s05.fits").write_bytes(b"")


def no_folder(folder):
    folder[0].rename(folder[0].with_name("elsewhere"))


def blank(folder):
    write_fits(folder[0] / "s05.fits", np.zeros((300, 300), np.float32))


def edited(old, new):
    def edit(folder):
        text = folder[1].read_text()
        assert old in text
        folder[1].write_text(text.replace(old, new))

    return edit


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (missing, "1 labels without an image in .*: s05; a name is that of the file"),
        (no_folder, "fields: no such folder; expected the one with the images"),
        (empty, "s05.fits: the file is empty; download it again; a data set needs every image"),
        (blank, "s05.fits: expected a source brighter than .*; a data set needs every image"),
        (
            edited("s05,FRII", "s05,FR2"),
            r"\(s05\): class: found \"FR2\", allowed: FRI, FRII, hybrid",
        ),
        (edited("s05,FRII,certain", "s05,FRII,sure"), r"\(s05\): confidence: found \"sure\""),
        (edited("s05,", "s06,"), "s06 is listed twice"),
        (edited("FRII", "FRI"), "0 FRII in the split train, expected at least 2"),
        (edited("name,class", "name,type"), "'class' is a required property|unknown key type"),
        (edited("redshift", "z"), "unknown key z; allowed: name, class"),
        (edited("name,class", "name, class"), 'unknown key " class"; allowed: name, class'),
        (edited("0.5", "-1"), r"redshift: found \"-1\", expected a number at least 0"),
    ],
)
def test_mistakes_are_one_line_and_nothing_is_adopted(change, match, folder):
    change(folder)
    with pytest.raises(RadiogazeError, match=match) as caught:
        run(folder)
    assert "\n" not in str(caught.value)
