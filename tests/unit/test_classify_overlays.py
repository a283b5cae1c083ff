"""Overlays of classified sources: maps and axes under their names, in place of no picture."""

import numpy as np
import pytest
import torch
from matplotlib.figure import Figure
from PIL import Image
from skimage.transform import resize

import radiogaze
from radiogaze.attention.gradcam import grad_cam
from radiogaze.data.preprocess import preprocess
from radiogaze.errors import RadiogazeError
from sky_tools import double, own_weights, write_fits


def test_overlays_with_and_without_coordinates(run, tmp_path):
    write_fits(tmp_path / "sky.fits")
    np.save(tmp_path / "plain.npy", preprocess(double()))
    images = tmp_path / "sky.fits", tmp_path / "plain.npy"
    done = run(*images, "--overlays", tmp_path / "maps", "--passes", 1)
    assert done.exit_code == 0, done.output
    pictures = sorted((tmp_path / "maps").iterdir())
    assert [picture.name for picture in pictures] == ["plain.png", "sky.png"]
    assert all(picture.read_bytes().startswith(b"\x89PNG") for picture in pictures)
    again = run(*images, "--overlays", tmp_path / "maps", "--passes", 1)
    assert again.exit_code == 0, again.output


def test_overlays_name_the_coordinates_that_their_axes_have(run, tmp_path, monkeypatch):
    names = {}
    save = Figure.savefig

    def look(figure, *arguments, **options):
        coordinates = figure.axes[0].coords
        names[figure.get_suptitle()] = [axis.get_axislabel() for axis in coordinates]
        save(figure, *arguments, **options)

    monkeypatch.setattr(Figure, "savefig", look)
    write_fits(tmp_path / "icrs.fits")
    write_fits(tmp_path / "galactic.fits", CTYPE1="GLON-TAN", CTYPE2="GLAT-TAN")
    write_fits(tmp_path / "b1950.fits", RADESYS="FK4", EQUINOX=1950.0)
    images = [tmp_path / f"{name}.fits" for name in ("icrs", "galactic", "b1950")]
    done = run(*images, "--overlays", tmp_path / "maps", "--passes", 0)
    assert done.exit_code == 0, done.output
    assert {title[0]: axes for title, axes in names.items()} == {
        "i": ["RA", "Dec"],
        "g": ["Galactic longitude", "Galactic latitude"],
        "b": ["RA (B1950)", "Dec (B1950)"],
    }


@pytest.mark.parametrize(("size", "margin", "cells"), [(150, 0, (4, 2, 1)), (56, 9, (12, 6, 3))])
def test_overlays_show_each_map_under_its_name_in_its_place_and_north_up(
    size, margin, cells, run, tmp_path, monkeypatch
):
    own_weights(tmp_path / "weights" / "model.safetensors", 0, "range", size=size)
    panels = {}
    save = Figure.savefig

    def look(figure, *arguments, **options):
        for ax in figure.axes:
            (image,) = ax.images
            panels[ax.get_title()] = np.asarray(image.get_array()), image.origin
        save(figure, *arguments, **options)

    monkeypatch.setattr(Figure, "savefig", look)
    sky = write_fits(tmp_path / "sky.fits")
    done = run(sky, "--overlays", tmp_path / "maps", "--passes", 0)
    assert done.exit_code == 0, done.output
    assert {origin for _, origin in panels.values()} == {"lower"}  # the first row is the southern
    model = radiogaze.load(tmp_path / "weights" / "model.safetensors", device="cpu")
    found = model.attention([sky])
    np.testing.assert_array_equal(panels["source"][0], found.cutouts[0])
    np.testing.assert_allclose(panels["mean of the gates"][0], found.mean[0], atol=1e-5)
    inside = slice(margin, margin + 150)
    for number, (gate, cell) in enumerate(zip(found.gates, cells, strict=True), start=1):
        pooled = cell * gate.shape[-1]
        over_cutout = resize(gate[0], (pooled, pooled), order=1, mode="edge")
        expected = np.pad(over_cutout, (0, 150 + 2 * margin - pooled), mode="edge")[inside, inside]
        np.testing.assert_allclose(panels[f"gate {number}"][0], expected, atol=1e-5)
    network = model._classifier.members[0].network
    inputs = torch.from_numpy(found.cutouts)[:, None].float() / 127.5 - 1
    for cam, name in zip(grad_cam(network, inputs)[0], ("FRI", "FRII"), strict=True):
        expected = cam.detach().numpy()
        assert panels[f"Grad-CAM {name}"][0] == pytest.approx(expected, rel=1e-3, abs=1e-6)
    panels.clear()
    np.save(tmp_path / "plain.npy", preprocess(double()))
    assert (
        run(tmp_path / "plain.npy", "--overlays", tmp_path / "maps", "--passes", 0).exit_code == 0
    )
    assert {origin for _, origin in panels.values()} == {"upper"}


def test_overlays_replace_no_picture_of_the_users(run, tmp_path):
    write_fits(tmp_path / "a.fits")
    np.save(tmp_path / "b.npy", preprocess(double()))
    for name in "ab":
        Image.new("L", (300, 300)).save(tmp_path / f"{name}.png")
    before = {path: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    done = run(tmp_path / "a.fits", "--overlays", tmp_path, "--passes", 1)
    with pytest.raises(RadiogazeError, match=r"a\.png: exists, and is no picture that"):
        raise done.exception
    assert {path: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()} == before
    done = run(tmp_path / "b.npy", "--overlays", tmp_path, "--passes", 1)
    assert done.exit_code == 3
    assert f"no overlay: {tmp_path / 'b.png'}: exists" in done.output
    assert (tmp_path / "b.png").read_bytes() == before[tmp_path / "b.png"]
