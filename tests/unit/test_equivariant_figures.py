"""Figures of the equivariant paper, and the numbers that they show."""

import csv
import dataclasses

import numpy as np
import pytest
from click.testing import CliRunner
from matplotlib.figure import Figure

import figure_tools
from radiogaze.attention.class_difference import azimuthal_asymmetry, class_difference, disc
from radiogaze.attention.storage import Aggregate, Examples, save
from radiogaze.cli.asymmetry import command
from radiogaze.errors import RadiogazeError
from radiogaze.evaluation.curves import History
from radiogaze.evaluation.equivariance_errors import EquivarianceMeasurement
from radiogaze.figures.equivariant.loss_curves import smooth
from radiogaze.figures.equivariant.networks import COLOURS
from radiogaze.figures.equivariant.published_curves import PublishedMinimum
from radiogaze.figures.inputs import FigureInputs
from radiogaze.figures.registry import FIGURES, find_figure
from radiogaze.figures.style import use

ROWS, COLUMNS = np.indices((150, 150)) - 74.5
RADIUS = np.hypot(ROWS, COLUMNS)
VARIANTS = [name.lower() for name in COLOURS]
RING = np.cos(RADIUS / 9) * np.exp(-RADIUS / 40)
ASYMMETRIC = RING + 0.5 * COLUMNS / 75


@pytest.fixture(autouse=True)
def style():
    with use():
        yield


def draw(name: str, **given) -> Figure:
    return find_figure(name, "equivariant").draw(
        FigureInputs(**given) if given else inputs_of(name)
    )


def history(epochs: int, best: int = 1) -> History:
    losses = 0.3 + 0.01 * np.abs(np.arange(epochs) - best)
    improved = np.arange(epochs) <= best
    return History(np.arange(epochs), losses[::-1].copy(), losses, losses, improved)


def examples(wrong: bool = False) -> Examples:
    """A FRI, a FRII and a hybrid, classified right or wrong."""
    found = figure_tools.examples(3)
    order = -1 if wrong else 1
    classes = np.array(["FRI", "FRII", "hybrid"])
    return dataclasses.replace(found, classes=classes, logits=found.logits[:, ::order])


def aggregate(difference: np.ndarray, rotations: bool = False) -> Aggregate:
    found = figure_tools.aggregate(rotations)
    found.images[:2] = np.exp(-(RADIUS**2) / 900), np.exp(-(RADIUS**2) / 200)
    found.maps[0], found.maps[1] = 0.5 + difference, 0.5
    return found


def errors(logits: float = 0.1) -> list[EquivarianceMeasurement]:
    return [
        EquivarianceMeasurement(size, size == 152, angle, mirrored, 8, logits, 0.0, 0.02, 0.2)
        for size in (150, 152)
        for angle, mirrored in ((45.0, False), (90.0, False), (0.0, True))
    ]


def inputs_of(name: str) -> FigureInputs:
    pairs = {"random": aggregate(ASYMMETRIC), "rotations": aggregate(RING, rotations=True)}
    networks = ("attention", "d8-attention")
    minima = {"LeNet": PublishedMinimum(3, 0.3), "Attention": PublishedMinimum(99, 0.4)}
    histories = {f"{v}/seed-{s}": history(8) for v in VARIANTS for s in (0, 1)}
    return {
        "fig01": FigureInputs(histories=histories, published_minima=minima),
        "fig03": FigureInputs(
            aggregates={f"{v}/{k}": a for v in networks for k, a in pairs.items()}
        ),
        "equivariance": FigureInputs(equivariance={name: errors() for name in VARIANTS}),
        "accuracies": FigureInputs(measured={"01_controls": figure_tools.ACCURACIES}),
        "calibration": FigureInputs(
            reliabilities=dict.fromkeys(VARIANTS, figure_tools.RELIABILITY)
        ),
        "learning_curve": FigureInputs(histories=histories),
    }.get(name, FigureInputs(examples={name: examples() for name in VARIANTS[1:]}))


@pytest.mark.parametrize("name", FIGURES["equivariant"])
def test_every_figure_is_drawn_nothing_is_cut_and_a_banner_is_above_all(name):
    figure = draw(name)
    figure.draw_without_rendering()
    width, height = figure.get_size_inches()
    box = figure.get_tightbbox()
    assert box.x0 > -0.01 and box.y0 > -0.01, box
    assert box.x1 < width + 0.01 and box.y1 < height + 0.01, box
    figure_tools.assert_the_banner_is_above(figure)


@pytest.mark.parametrize(
    ("values", "mean", "spread"),
    [
        ([1.0, 2, 3, 4, 5, 6], [3, 4], [np.std([1, 2, 3, 4, 5], ddof=1)] * 2),
        ([1.0, 2.0], [1, 2], [0, 0]),
    ],
)
def test_losses_are_smoothed_over_five_epochs(values, mean, spread):
    found = smooth(np.array(values))
    assert found[0].tolist() == mean
    assert found[1] == pytest.approx(np.array(spread))


def marks(figure: Figure, marker: str) -> list[tuple[float, float]]:
    lines = [line for line in figure.axes[0].lines if line.get_marker() == marker]
    return [(float(line.get_xdata()[0]), float(line.get_ydata()[0])) for line in lines]


def test_a_published_minimum_beyond_the_axis_is_at_its_edge():
    figure = draw("fig01")
    shown = [text.get_text() for text in figure.legends[0].get_texts()]
    assert "lowest validation loss" in shown  # some recipes keep the last epoch's weights
    assert marks(figure, "<") == [(1.0, 0.4)]  # in fractions of the axis: its right end
    assert (3.0, 0.3) in marks(figure, ">")
    assert marks(figure, ">").count((1.0, 0.3)) == 2 * len(VARIANTS)  # two seeds each


@pytest.mark.parametrize("epochs", [1, 4, 5, 600])
def test_trainings_of_any_length_are_drawn(epochs):
    losses = history(epochs, best=0)
    figure = draw("fig01", histories={"lenet/seed-0": losses})
    figure.draw_without_rendering()
    solid, dashed = (
        next(line for line in figure.axes[0].lines if line.get_linestyle() == style)
        for style in ("-", "--")
    )
    assert solid.get_xdata()[0] == (4 if epochs >= 5 else 0)
    for line, of in ((solid, losses.validation_loss), (dashed, losses.train_loss)):
        assert line.get_ydata()[-1] == pytest.approx(of[-5 if epochs >= 5 else -1 :].mean())
    assert figure.axes[0].get_xlim() == (0, min(epochs, 500))


def test_a_row_is_a_source_and_its_contour_is_dashed_where_the_prediction_is_wrong():
    given = {"attention": examples(), "d8-attention": examples(wrong=True)}
    axes = np.reshape(draw("fig02", examples=given).axes, (3, 3))

    def dashed(ax):
        return ax.collections[0].get_linestyle()[0][1] is not None

    assert [dashed(ax) for ax in axes[:, 1]] == [False, False, False]
    assert [dashed(ax) for ax in axes[:, 2]] == [True, True, False]  # a hybrid is neither class
    for row, values in zip(axes, given["attention"].maps, strict=True):
        tile = (values - values.min()) / np.ptp(values)
        assert np.asarray(row[1].images[0].get_array()) == pytest.approx(tile)


def test_the_asymmetry_is_the_power_outside_the_azimuthal_mean():
    assert azimuthal_asymmetry(RING) < 0.005
    assert azimuthal_asymmetry(COLUMNS) > 0.999
    inside = disc(150)
    odd = COLUMNS * np.sqrt((RING[inside] ** 2).sum() / (COLUMNS[inside] ** 2).sum())
    assert azimuthal_asymmetry(RING + odd) == pytest.approx(0.5, abs=0.01)
    assert azimuthal_asymmetry(3 * (RING + odd)) == pytest.approx(azimuthal_asymmetry(RING + odd))


def test_the_difference_is_that_of_fri_minus_frii_within_the_disc():
    given = figure_tools.aggregate()
    maps, images = (dict(zip(given.groups, of, strict=True)) for of in (given.maps, given.images))
    found = class_difference(given)
    inside = RADIUS <= 74.5 * 0.98
    assert found.attention[inside] == pytest.approx((maps["FRI"] - maps["FRII"])[inside], abs=1e-6)
    assert not found.attention[~inside].any()
    assert found.image == pytest.approx(images["FRI"] - images["FRII"], abs=1e-6)
    assert found.asymmetry == azimuthal_asymmetry(found.attention)
    assert found.asymmetry_of_image == azimuthal_asymmetry(found.image)


def test_what_lies_outside_the_disc_does_not_count():
    outside = np.where(disc(150), RING, 100)
    assert azimuthal_asymmetry(outside) == azimuthal_asymmetry(RING)
    assert class_difference(aggregate(RING)).attention[0, 0] == 0
    assert disc(150)[[1, 2], 74].tolist() == [False, True]


def test_figure_3_prints_the_asymmetry_and_has_its_origin_at_the_bottom():
    panels = [ax for ax in draw("fig03").axes if ax.images]
    shown = [text.get_text() for ax in panels for text in ax.texts]
    expected = class_difference(aggregate(ASYMMETRIC)).asymmetry
    assert shown.count(f"asymmetry {expected:.3f}") == 2
    assert sum(text.startswith("asymmetry 0.00") for text in shown) == 2
    image = panels[0].images[0]
    assert image.origin == "lower"
    assert image.get_clim()[0] == -image.get_clim()[1]
    assert all(ax.collections for ax in panels)  # the contours


def test_the_contour_of_figure_3_is_where_the_images_differ_by_half_their_deviation():
    given = aggregate(ASYMMETRIC)
    given.images[:2] = 0
    given.images[0][100:120, 40:80] = 1
    panel, *_ = draw("fig03", aggregates={"attention/random": given}).axes
    (contour,) = panel.collections
    assert contour.levels == pytest.approx([given.images[0].std() / 2])
    (path,) = contour.get_paths()
    left, bottom, right, top = path.get_extents().extents / 1.8 + 75  # pixels; row 0 at the bottom
    assert (bottom, top, left, right) == pytest.approx((100, 120, 40, 80), abs=0.5)


OTHER = dataclasses.replace(examples(), names=np.array(["z", "b", "c"]))
ONE_KIND = {f"{name}/random": aggregate(RING) for name in ("attention", "d8-attention")}
BOTH_OF_ONE = {**ONE_KIND, "attention/rotations": aggregate(RING, rotations=True)}
BLANK = {"attention/random": aggregate(np.zeros((150, 150)))}


@pytest.mark.parametrize(
    ("name", "given", "message"),
    [
        (
            "fig01",
            {"histories": {"d8-narrow/seed-0": history(3)}},
            "d8-narrow: not a network of the equivariant paper",
        ),
        ("fig02", {"examples": {"a": examples(), "b": OTHER}}, "b: other sources than x's"),
        ("fig03", {"aggregates": BOTH_OF_ONE}, r"missing: D8-Attention \(rotations\)"),
        ("fig03", {"aggregates": BLANK}, "class difference of the attention: zero everywhere"),
    ],
)
def test_what_cannot_be_drawn_is_one_line(name, given, message):
    with pytest.raises(RadiogazeError, match=message):
        draw(name, **given)


def test_the_verb_writes_the_asymmetries(tmp_path):
    save(aggregate(ASYMMETRIC), tmp_path / "a.npz")
    save(aggregate(RING, rotations=True), tmp_path / "b.npz")
    arguments = [
        f"--aggregate=attention/seed-1/random={tmp_path}/a.npz",
        f"--aggregate=@SUM(A1)/+B1={tmp_path}/b.npz",
        f"--out={tmp_path}/asymmetry.csv",
    ]
    done = CliRunner().invoke(command, arguments, catch_exceptions=False)
    assert done.exit_code == 0
    with (tmp_path / "asymmetry.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [(r["variant"], r["run"], r["transforms"]) for r in rows] == [
        ("attention", "seed-1", "random"),
        ("'@SUM(A1)", "'+B1", "rotations"),
    ]
    assert rows[0]["asymmetry"] == f"{class_difference(aggregate(ASYMMETRIC)).asymmetry:.4f}"
    assert rows[0]["passes"] == "180"
    with pytest.raises(RadiogazeError, match="expected NAME=PATH"):
        CliRunner().invoke(
            command, ["--aggregate=x", f"--out={tmp_path}/y.csv"], catch_exceptions=False
        )
    assert not (tmp_path / "y.csv").exists()


def test_an_error_of_exactly_zero_is_still_drawn():
    axes = draw("equivariance", equivariance={"d8-attention": errors(logits=0.0)}).axes
    assert min(line.get_ydata()[0] for line in axes[1].lines) > 0


def test_equivariance_has_logits_above_maps_and_padded_on_the_right():
    given = [
        dataclasses.replace(one, logits=change, map_rms=change / 100)
        for one in errors()
        for change in [(10 if one.padded else 1) * (one.angle + 1)]
    ]
    axes = draw("equivariance", equivariance={"d8-attention": given}).axes
    assert ["150 pix" in axes[0].get_title(), "152 pix" in axes[1].get_title()] == [True, True]
    for ax, scale in zip(axes, (1, 10, 0.01, 0.1), strict=True):
        found = [line.get_xydata() / [1, scale] for line in ax.lines]
        assert np.concatenate(found) == pytest.approx(
            np.array([[45, 46], [90, 91], [90, 91], [390, 1]])  # turns, quarters, mirrored
        )
