"""Figures of the equivariant paper, and the numbers that they show."""

import csv
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
from click.testing import CliRunner
from matplotlib.figure import Figure

from radiogaze.attention.class_difference import azimuthal_asymmetry, class_difference, disc
from radiogaze.attention.storage import Aggregate, Examples, save
from radiogaze.cli.asymmetry import command
from radiogaze.errors import RadiogazeError
from radiogaze.evaluation.curves import History
from radiogaze.evaluation.equivariance_errors import EquivarianceError
from radiogaze.figures.equivariant.attention_by_model import is_wrong
from radiogaze.figures.equivariant.loss_curves import smooth
from radiogaze.figures.equivariant.networks import COLOURS
from radiogaze.figures.equivariant.published_curves import PublishedMinimum, load_published_minima
from radiogaze.figures.inputs import FigureInputs
from radiogaze.figures.registry import FIGURES, find_figure
from radiogaze.figures.style import use

RANDOM = np.random.default_rng(1)
ROWS, COLUMNS = np.indices((150, 150)) - 74.5
RADIUS = np.hypot(ROWS, COLUMNS)
VARIANTS = [name.lower() for name in COLOURS]
GATED = VARIANTS[1:]


@pytest.fixture(autouse=True)
def style():
    with use():
        yield
    plt.close("all")


def history(epochs: int, best: int = 1) -> History:
    losses = 0.3 + 0.01 * np.abs(np.arange(epochs) - best)
    improved = np.arange(epochs) <= best
    return History(np.arange(epochs), losses[::-1].copy(), losses, losses, improved)


def examples(wrong: bool = False) -> Examples:
    logits = np.array([[2.0, 1.0], [1.0, 2.0], [1.0, 2.0]])
    image = RANDOM.integers(0, 3, (3, 150, 150), dtype=np.uint8)
    return Examples(
        names=np.array(["a", "b", "c"]),
        classes=np.array(["FRI", "FRII", "hybrid"]),
        confidences=np.array([""] * 3),
        letters=np.array([""] * 3),
        positions=np.arange(3),
        images=image,
        maps=RANDOM.random((3, 150, 150)),
        gates=[],
        logits=logits[:, ::-1] if wrong else logits,
        about={"variant": "x"},
    )


def aggregate(difference: np.ndarray, rotations: bool = False) -> Aggregate:
    return Aggregate(
        groups=np.array(["FRI", "FRII"]),
        counts=np.array([1, 1]),
        images=np.stack([np.exp(-(RADIUS**2) / 900), np.exp(-(RADIUS**2) / 200)]),
        maps=np.stack([0.5 + difference, np.full((150, 150), 0.5)]),
        gates=[],
        about={
            "variant": "x",
            "passes": 180,
            "provenance": {"settings": {"rotations": rotations}},
        },
    )


RING = np.cos(RADIUS / 9) * np.exp(-RADIUS / 40)
LOPSIDED = RING + 0.5 * COLUMNS / 75


def errors(padded_zero: bool = False) -> list[EquivarianceError]:
    return [
        EquivarianceError(
            size, size == 152, angle, mirrored, 8, 0.0 if padded_zero else 0.1, 0.0, 0.02, 0.2
        )
        for size in (150, 152)
        for angle, mirrored in ((45.0, False), (90.0, False), (0.0, True))
    ]


def inputs_of(name: str) -> FigureInputs:
    pairs = {"random": aggregate(LOPSIDED), "rotations": aggregate(RING, rotations=True)}
    return {
        "fig01": FigureInputs(
            histories={f"{v}/seed-{s}": history(8) for v in VARIANTS for s in (0, 1)},
            published_minima={
                "LeNet": PublishedMinimum(3, 0.3),
                "Attention": PublishedMinimum(99, 0.4),
            },
        ),
        "fig03": FigureInputs(
            aggregates={
                f"{v}/{k}": a for v in ("attention", "d8-attention") for k, a in pairs.items()
            }
        ),
        "equivariance": FigureInputs(equivariance={name: errors() for name in VARIANTS}),
        "learning_curve": FigureInputs(histories={f"{v}/seed-0": history(8) for v in VARIANTS}),
    }.get(name, FigureInputs(examples={name: examples() for name in GATED}))


@pytest.mark.parametrize("name", FIGURES["equivariant"])
def test_every_figure_is_drawn_and_nothing_is_cut(name):
    figure = find_figure(name, "equivariant").draw(inputs_of(name))
    figure.draw_without_rendering()
    width, height = figure.get_size_inches()
    box = figure.get_tightbbox()
    assert box.x0 > -0.01 and box.y0 > -0.01, box
    assert box.x1 < width + 0.01 and box.y1 < height + 0.01, box


@pytest.mark.parametrize("name", FIGURES["equivariant"])
def test_every_figure_says_what_it_lacks(name):
    with pytest.raises(RadiogazeError) as error:
        find_figure(name, "equivariant").draw(FigureInputs())
    assert "\n" not in str(error.value)


# ---------------------------------------------------------------------------------- Figure 1
def test_losses_are_smoothed_over_five_epochs():
    mean, spread = smooth(np.array([1.0, 2, 3, 4, 5, 6]))
    assert mean.tolist() == [3, 4]
    assert spread == pytest.approx([np.std([1, 2, 3, 4, 5], ddof=1)] * 2)
    mean, spread = smooth(np.array([1.0, 2.0]))
    assert mean.tolist() == [1, 2]
    assert spread.tolist() == [0, 0]


def lines(figure: Figure, marker: str) -> list[tuple[float, float]]:
    return [
        (float(line.get_xdata()[0]), float(line.get_ydata()[0]))
        for line in figure.axes[0].lines
        if line.get_marker() == marker
    ]


def test_a_published_minimum_beyond_the_axis_stands_at_its_edge():
    figure = find_figure("fig01", "equivariant").draw(inputs_of("fig01"))
    assert lines(figure, "<") == [(1.0, 0.4)]  # in shares of the axis: its right end
    assert (3.0, 0.3) in lines(figure, ">")
    ours = [mark for mark in lines(figure, ">") if mark == (1.0, 0.3)]
    assert len(ours) == 2 * len(VARIANTS)  # two seeds each


@pytest.mark.parametrize("epochs", [1, 4, 5, 600])
def test_trainings_of_any_length_are_drawn(epochs):
    inputs = FigureInputs(histories={"lenet/seed-0": history(epochs, best=0)})
    figure = find_figure("fig01", "equivariant").draw(inputs)
    figure.draw_without_rendering()
    solid = next(line for line in figure.axes[0].lines if line.get_linestyle() == "-")
    assert solid.get_xdata()[0] == (4 if epochs >= 5 else 0)
    assert figure.axes[0].get_xlim() == (0, min(epochs, 500))
    assert figure.axes[0].get_ylim() == pytest.approx((0.01, 6))


def test_a_variant_that_is_no_network_of_the_paper_is_refused():
    with pytest.raises(RadiogazeError, match="d8-narrow: not a network of the equivariant paper"):
        find_figure("fig01", "equivariant").draw(
            FigureInputs(histories={"d8-narrow/seed-0": history(3)})
        )


def test_the_digitised_minima_are_those_of_the_figure(root: Path):
    """Best epochs and minima; the paper's triangles, and the validation curve near them."""
    path = root / "workflow/reference/equivariant_curves.csv"
    minima = load_published_minima(path)
    assert list(minima) == list(COLOURS)
    assert minima["C4-Attention"] == PublishedMinimum(213, 0.350)
    assert min(minima, key=lambda name: minima[name].loss) == "LeNet"
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert all("equivariant paper" in row["source"] for row in rows)
    ends = {row["model"]: int(row["value"]) for row in rows if row["quantity"] == "epochs"}
    # a patience of 500 epochs, counted from the best
    assert {ends[name] - minima[name].epoch for name in ends} == {500}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("model,epoch\nLeNet,1\n", "expected the columns model,quantity,epoch,value,source"),
        ("model,quantity,epoch,value,source\nLeNet,hours,,4,x\n", "no row of the quantity minimum"),
        ("model,quantity,epoch,value,source\nLeNet,minimum,one,4,x\n", "row 1: expected a whole"),
    ],
)
def test_a_faulty_table_of_curves_is_one_line(tmp_path, text, message):
    path = tmp_path / "curves.csv"
    path.write_text(text)
    with pytest.raises(RadiogazeError, match=message) as caught:
        load_published_minima(path)
    assert "\n" not in str(caught.value)


# ---------------------------------------------------------------------------------- Figure 2
def test_a_contour_is_dashed_where_the_prediction_is_wrong():
    assert [is_wrong(examples(), place) for place in range(3)] == [False, False, False]
    assert [is_wrong(examples(wrong=True), place) for place in range(3)] == [True, True, False]
    inputs = FigureInputs(examples={"attention": examples(), "d8-attention": examples(wrong=True)})
    figure = find_figure("fig02", "equivariant").draw(inputs)
    _, right, wrong = figure.axes[:3]

    def style(axes):
        return axes.collections[0].get_linestyle()[0][1]

    assert style(right) is None
    assert style(wrong) is not None


def test_maps_of_different_sources_are_refused():
    other = examples()
    other.names[0] = "z"
    inputs = FigureInputs(examples={"attention": examples(), "d8-attention": other})
    with pytest.raises(RadiogazeError, match="d8-attention: other sources"):
        find_figure("fig02", "equivariant").draw(inputs)


# ---------------------------------------------------------------------------------- Figure 3
def test_the_asymmetry_is_the_power_outside_the_azimuthal_mean():
    assert azimuthal_asymmetry(RING) < 0.005
    assert azimuthal_asymmetry(COLUMNS) > 0.999
    inside = disc(150)
    odd = COLUMNS * np.sqrt((RING[inside] ** 2).sum() / (COLUMNS[inside] ** 2).sum())
    assert azimuthal_asymmetry(RING + odd) == pytest.approx(0.5, abs=0.01)
    assert azimuthal_asymmetry(3 * (RING + odd)) == pytest.approx(azimuthal_asymmetry(RING + odd))


def test_what_lies_outside_the_disc_does_not_count():
    marred = RING.copy()
    marred[:5, :5] = 100
    assert azimuthal_asymmetry(marred) == azimuthal_asymmetry(RING)
    assert class_difference(aggregate(RING)).attention[0, 0] == 0
    assert not disc(150)[1, 74]
    assert disc(150)[2, 74]


def test_a_blank_difference_is_refused():
    with pytest.raises(RadiogazeError, match="class difference of the attention: zero everywhere"):
        class_difference(aggregate(np.zeros((150, 150))))


def test_the_figure_prints_the_asymmetry_and_has_its_origin_at_the_bottom():
    figure = find_figure("fig03", "equivariant").draw(inputs_of("fig03"))
    panels = [ax for ax in figure.axes if ax.images]
    shown = [text.get_text() for ax in panels for text in ax.texts]
    expected = class_difference(aggregate(LOPSIDED)).asymmetry
    assert shown.count(f"asymmetry {expected:.3f}") == 2
    assert sum(text.startswith("asymmetry 0.00") for text in shown) == 2
    image = panels[0].images[0]
    assert image.origin == "lower"
    low, high = image.get_clim()
    assert low == -high
    assert all(ax.collections for ax in panels)  # the contours


def test_a_network_without_one_kind_of_passes_is_named():
    pairs = {
        "attention/random": aggregate(RING),
        "d8-attention/random": aggregate(RING),
        "attention/rotations": aggregate(RING, rotations=True),
    }
    with pytest.raises(RadiogazeError, match=r"missing: D8-Attention \(rotations\)"):
        find_figure("fig03", "equivariant").draw(FigureInputs(aggregates=pairs))


def test_the_verb_writes_the_asymmetries(tmp_path):
    save(aggregate(LOPSIDED), tmp_path / "a.npz")
    save(aggregate(RING, rotations=True), tmp_path / "b.npz")
    arguments = [
        f"--aggregate=attention/seed-1/random={tmp_path}/a.npz",
        f"--aggregate=attention/seed-1/rotations={tmp_path}/b.npz",
        f"--aggregate=@SUM(A1)/+B1={tmp_path}/b.npz",
        f"--out={tmp_path}/asymmetry.csv",
    ]
    done = CliRunner().invoke(command, arguments, catch_exceptions=False)
    assert done.exit_code == 0
    with (tmp_path / "asymmetry.csv").open() as file:
        rows = list(csv.DictReader(file))
    expected = class_difference(aggregate(LOPSIDED)).asymmetry
    assert [(r["variant"], r["run"], r["transforms"]) for r in rows] == [
        ("attention", "seed-1", "random"),
        ("attention", "seed-1", "rotations"),
        ("'@SUM(A1)", "'+B1", "rotations"),
    ]
    assert rows[0]["asymmetry"] == f"{expected:.4f}"
    assert rows[0]["passes"] == "180"
    with pytest.raises(RadiogazeError, match="expected NAME=PATH"):
        CliRunner().invoke(
            command, ["--aggregate=x", f"--out={tmp_path}/y.csv"], catch_exceptions=False
        )
    assert not (tmp_path / "y.csv").exists()


# ------------------------------------------------------------------------------ equivariance
def test_an_error_of_exactly_zero_is_still_drawn():
    inputs = FigureInputs(equivariance={"d8-attention": errors(padded_zero=True)})
    figure = find_figure("equivariance", "equivariant").draw(inputs)
    padded = figure.axes[1]
    assert min(line.get_ydata()[0] for line in padded.lines) > 0
    assert "152 pixels" in padded.get_title()
    assert "150 pixels" in figure.axes[0].get_title()
