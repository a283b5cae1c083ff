"""Diagrams of networks, the steps of preprocessing, and the illustrations of the appendix."""

import dataclasses
from functools import cache
from statistics import NormalDist

import numpy as np
import pytest
from click.testing import CliRunner
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from radiogaze.campaigns.variants import load_sheet
from radiogaze.cli.describe import command
from radiogaze.data.catalogue import RELEASES
from radiogaze.data.illustrate import make_steps
from radiogaze.data.steps import Steps, load_steps, save_steps
from radiogaze.data.synthetic import draw, write_source
from radiogaze.errors import RadiogazeError
from radiogaze.figures.gating.metrics_illustration import area_under_curve, roc_curve
from radiogaze.figures.inputs import FigureInputs
from radiogaze.figures.layers import load_architecture
from radiogaze.figures.registry import find_figure
from radiogaze.figures.style import use
from radiogaze.files.atomic import write_text
from radiogaze.models.describe import describe
from radiogaze.provenance.record import to_json

MAIN = "mirabest-range-ft-3g"


@pytest.fixture(autouse=True)
def style():
    with use():
        yield


def texts(figure: Figure) -> list[str]:
    return [text.get_text() for axes in figure.axes for text in axes.texts]


def assert_nothing_is_cut(figure: Figure) -> None:
    """Every text lies inside the figure, which is as wide as a page or a column."""
    assert figure.get_figwidth() * 25.4 in (pytest.approx(174), pytest.approx(84))
    renderer = FigureCanvasAgg(figure).get_renderer()
    figure.canvas.draw()
    for axes in figure.axes:
        labels = [*axes.texts, axes.title, axes.xaxis.label, axes.yaxis.label]
        labels += [axes.get_legend()] if axes.get_legend() else []
        for label in labels:
            box = label.get_window_extent(renderer)
            if box.width:
                assert box.x0 >= 0 and box.y0 >= 0, label
                assert box.x1 <= figure.bbox.x1 and box.y1 <= figure.bbox.y1, label


@pytest.fixture(scope="module")
def described(root, tmp_path_factory):
    sheet, folder = (
        load_sheet(root / "experiments/gating.tsv"),
        tmp_path_factory.mktemp("described"),
    )

    @cache
    def make(name):
        write_text(to_json(describe(sheet[name])), folder / f"{name}.json")
        return FigureInputs(architecture=load_architecture(folder / f"{name}.json"))

    return make


def test_the_gate_is_drawn_with_its_real_shapes(described):
    figure = find_figure("fig01").draw(described(MAIN))
    shown = " | ".join(texts(figure))
    for value in ("32 × 37 × 37", "2,048", "4,096", "65", "64 × 18 × 18", "6,209 parameters"):
        assert value in shown
    assert "range" in figure.axes[0].get_legend().get_texts()[2].get_text()
    assert_nothing_is_cut(figure)


def test_the_network_is_drawn_with_its_real_shapes(described):
    figure = find_figure("fig02").draw(described(MAIN))
    shown = texts(figure)
    channels = [int(text) for text in shown if text.isdecimal()]
    assert channels == [1, 6, 6, 6, 6, 16, 16, 16, 16, 32, 32, 32, 32, 64, 64]
    assert [text for text in shown if text.endswith("²")] == ["150²", "75²", "37²", "18²"]
    assert "Dropout\n54" in shown
    legend = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert legend == ["[3 × 3] Conv. + BNorm + ReLU", "Max Pooling"]


@pytest.mark.parametrize(
    ("name", "gates", "total"),
    [("mirabest-fc-0g", 0, "95,750"), ("mirabest-range-ft-1g", 1, "91,661"),
     ("mirabest-range-ft-2g", 2, "96,884"), (MAIN, 3, "101,447")],
)  # fmt: skip
def test_every_kind_of_network_can_be_drawn(name, gates, total, described):
    figure = find_figure("fig02").draw(described(name))
    shown = " | ".join(texts(figure))
    assert f"{total} parameters" in shown
    assert shown.count("Attention\ngate") == gates
    assert_nothing_is_cut(figure)


@pytest.mark.parametrize(
    ("pooling", "row", "symbol"),
    [("sum", "Sum", r"$\Sigma_{H,W}$"), ("mean", "Mean", r"$\frac{1}{HW}\Sigma_{H,W}$")],
)
def test_what_is_done_to_the_gated_maps_is_named(pooling, row, symbol, root, tmp_path):
    one_gate = load_sheet(root / "experiments/gating.tsv")["mirabest-range-ft-1g"]
    description = describe(dataclasses.replace(one_gate, pooling=pooling))
    names = [layer["operation"] for layer in description["network"]]
    assert f"{row} Across Height and Width" in names
    write_text(to_json(description), tmp_path / "x.json")
    inputs = FigureInputs(architecture=load_architecture(tmp_path / "x.json"))
    shown = texts(find_figure("fig02").draw(inputs))
    assert shown.count(symbol) == 1


def test_a_network_without_gates_has_no_figure_1(described):
    with pytest.raises(RadiogazeError, match="mirabest-fc-0g: no attention gate to draw"):
        find_figure("fig01").draw(described("mirabest-fc-0g"))


def test_only_an_ag_cnn_can_be_described(described, root, tmp_path):
    with pytest.raises(RadiogazeError, match="frdeep-classic: cannot be drawn"):
        described("frdeep-classic")
    out = tmp_path / "architecture.json"
    arguments = [MAIN, "--sheet", str(root / "experiments/gating.tsv"), "--out", str(out)]
    result = CliRunner().invoke(command, arguments, catch_exceptions=False)
    assert "101,447 parameters" in result.output
    assert load_architecture(out).variant == MAIN


@pytest.mark.parametrize("content", ["", "[]", '{"variant": "x"}', '{"network": [{"a": 1}]}'])
def test_a_broken_description_is_one_line(content, tmp_path):
    path = tmp_path / "architecture.json"
    path.write_text(content)
    with pytest.raises(RadiogazeError, match=r"expected a network's rows.* radiogaze describe"):
        load_architecture(path)


@pytest.fixture(scope="module")
def steps(tmp_path_factory) -> Steps:
    folder = tmp_path_factory.mktemp("steps")
    write_source(draw(0, 7, RELEASES["mirabest"].labels[0]), folder / "source.fits")
    save_steps(make_steps(folder / "source.fits", seed=0, pass_=0), folder / "steps.npz")
    return load_steps(folder / "steps.npz")


def test_the_steps_follow_from_one_another(steps):
    row, column = steps.corner
    inner = steps.original[row : row + 150, column : column + 150]
    assert (row, column) == (75, 75)
    assert inner[steps.cutout > 0].min() > inner[steps.cutout == 0].max()
    assert not steps.augmented[~steps.filled].any()
    assert 0.5 < steps.filled.mean() < 1
    assert not np.array_equal(steps.augmented, steps.cutout)


def test_figure_3_shows_the_crop_and_where_padding_goes(steps):
    figure = find_figure("fig03").draw(FigureInputs(steps=steps))
    panels = [axes.images[0].get_array() for axes in figure.axes]
    assert np.array_equal(panels[1], steps.cutout)
    assert np.array_equal(panels[2].mask, ~steps.filled)
    assert np.array_equal(panels[3], steps.augmented)
    (frame,) = [patch for patch in figure.axes[0].patches if isinstance(patch, Rectangle)]
    assert (*frame.get_xy(), frame.get_width()) == (74.5, 74.5, 150)
    assert len({axes.images[0].origin for axes in figure.axes}) == 1
    assert_nothing_is_cut(figure)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\x93NUMPY"])
def test_broken_steps_are_one_line(content, tmp_path):
    path = tmp_path / "steps.npz"
    path.write_bytes(content)
    with pytest.raises(RadiogazeError, match="expected the steps of preprocessing") as caught:
        load_steps(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("separation", "expected"), [(0.0, 0.5), (0.11, 0.7602), (0.44, 0.9977)])
def test_the_area_is_that_under_the_drawn_curve(separation, expected):
    negative, positive = (NormalDist(0.5 + s * separation / 2, 0.11) for s in (-1, 1))
    false, true = roc_curve(negative, positive)
    assert area_under_curve(negative, positive) == pytest.approx(expected, abs=1e-4)
    assert -np.trapezoid(true, false) == pytest.approx(expected, abs=0.01)


def test_figures_of_the_appendix():
    for name in ("figA1", "figA2"):
        figure = find_figure(name).draw(FigureInputs())
        assert_nothing_is_cut(figure)
    (roc,) = [axes for axes in figure.axes if axes.get_xlabel() == "False Positive Rate"]
    labels = [line.get_label() for line in roc.lines][:4]
    assert labels == ["AUC = 0.50", "AUC = 0.76", "AUC = 0.92", "AUC = 1.00"]
    titles = [axes.get_title(loc="left") for axes in figure.axes if axes is not roc]
    assert titles == labels
