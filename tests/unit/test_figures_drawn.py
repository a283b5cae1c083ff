import json
import subprocess
import sys
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
from radiogaze.figures.gating.architecture import gate_figure, network_figure
from radiogaze.figures.gating.metrics_illustration import (
    area_under_curve,
    roc_curve,
)
from radiogaze.figures.inputs import FigureInputs
from radiogaze.figures.layers import load_architecture
from radiogaze.figures.registry import find_figure
from radiogaze.figures.style import use
from radiogaze.models.describe import describe, write_description

MAIN = "mirabest-range-ft-3g"


def texts(figure: Figure) -> list[str]:
    return [text.get_text() for axes in figure.axes for text in axes.texts]


def assert_nothing_is_cut(figure: Figure) -> None:
    """Every text lies inside the figure."""
    renderer = FigureCanvasAgg(figure).get_renderer()
    figure.canvas.draw()
    for axes in figure.axes:
        for text in (*axes.texts, axes.title, axes.xaxis.label, axes.yaxis.label):
            if text.get_text():
                box = text.get_window_extent(renderer)
                assert box.x0 >= 0, text
                assert box.y0 >= 0, text
                assert box.x1 <= figure.bbox.x1, text
                assert box.y1 <= figure.bbox.y1, text


@pytest.fixture(scope="module")
def sheet(root):
    return load_sheet(root / "experiments/gating.tsv")


@pytest.fixture(scope="module")
def described(sheet, tmp_path_factory):
    folder = tmp_path_factory.mktemp("architectures")

    @cache
    def make(name):
        write_description(describe(sheet[name]), folder / f"{name}.json")
        return load_architecture(folder / f"{name}.json")

    return make


def test_the_gate_is_drawn_with_its_real_shapes(described):
    architecture = described(MAIN)
    for gate, (x, theta, total) in enumerate(
        [("32 × 37 × 37", "2,048", "6,209"), ("16 × 75 × 75", "1,024", "5,185"),
         ("6 × 150 × 150", "384", "4,545")],
        start=1,
    ):  # fmt: skip
        with use():
            figure = gate_figure(architecture, gate)
        shown = " | ".join(texts(figure))
        for value in (x, theta, "4,096", "65", "64 × 18 × 18", f"{total} parameters", "range"):
            assert value in shown
        assert_nothing_is_cut(figure)
        assert figure.get_figwidth() * 25.4 == pytest.approx(174)


def test_the_network_is_drawn_with_its_real_shapes(described):
    with use():
        figure = network_figure(described(MAIN))
    shown = texts(figure)
    channels = [int(text) for text in shown if text.isdecimal()]
    assert channels == [1, 6, 6, 6, 6, 16, 16, 16, 16, 32, 32, 32, 32, 64, 64]
    assert [text for text in shown if text.endswith("²")] == ["150²", "75²", "37²", "18²"]
    assert "101,447 parameters" in shown
    assert "Dropout\n54" in shown
    assert "[3 × 3] Conv. + BNorm + ReLU" in shown
    assert_nothing_is_cut(figure)


@pytest.mark.parametrize(
    ("name", "gates", "total"),
    [("mirabest-fc-0g", 0, "95,750"), ("mirabest-range-ft-1g", 1, "91,661"),
     ("mirabest-range-ft-2g", 2, "96,884")],
)  # fmt: skip
def test_every_kind_of_network_can_be_drawn(name, gates, total, described):
    architecture = described(name)
    with use():
        figure = network_figure(architecture)
    shown = " | ".join(texts(figure))
    assert f"{total} parameters" in shown
    assert shown.count("Attention\ngate") == gates
    assert_nothing_is_cut(figure)
    with pytest.raises(RadiogazeError, match=f"no attention gate {gates + 1} to draw"):
        gate_figure(architecture, gates + 1)


def test_only_an_ag_cnn_can_be_described(sheet, root, tmp_path):
    with pytest.raises(RadiogazeError, match="frdeep-classic: cannot be drawn"):
        describe(sheet["frdeep-classic"])
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
    with pytest.raises(RadiogazeError, match="no such file"):
        load_architecture(tmp_path / "none.json")


def test_drawing_loads_neither_torch_nor_pandas():
    modules = (
        "style",
        *(f"gating.{m}" for m in ("architecture", "preprocessing", "metrics_illustration")),
    )
    code = "import sys, json\n" + "".join(f"import radiogaze.figures.{m}\n" for m in modules)
    code += "import radiogaze.data.steps\nprint(json.dumps(sorted(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"torch", "pandas", "astropy", "sklearn", "matplotlib.pyplot"} & set(
        json.loads(run.stdout)
    )


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
    with use():
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
    np.savez(path, original=np.zeros(3))
    with pytest.raises(RadiogazeError, match="expected the steps of preprocessing"):
        load_steps(path)


@pytest.mark.parametrize(("separation", "expected"), [(0.0, 0.5), (0.11, 0.7602), (0.44, 0.9977)])
def test_the_area_is_that_under_the_drawn_curve(separation, expected):
    negative = NormalDist(0.5 - separation / 2, 0.11)
    positive = NormalDist(0.5 + separation / 2, 0.11)
    false, true = roc_curve(negative, positive)
    assert area_under_curve(negative, positive) == pytest.approx(expected, abs=1e-4)
    assert -np.trapezoid(true, false) == pytest.approx(expected, abs=0.01)
    assert (np.diff(false) <= 0).all()
    assert (np.diff(true) <= 0).all()


def test_figures_of_the_appendix():
    with use():
        roc, auc = (find_figure(name).draw(FigureInputs()) for name in ("figA1", "figA2"))
    labels = [line.get_label() for line in auc.axes[0].lines]
    assert labels[:4] == ["AUC = 0.50", "AUC = 0.76", "AUC = 0.92", "AUC = 1.00"]
    assert [axes.get_title(loc="left") for axes in auc.axes[1:]] == labels[:4]
    assert roc.get_figwidth() * 25.4 == pytest.approx(84)
    assert auc.get_figwidth() * 25.4 == pytest.approx(174)
    for figure in (roc, auc):
        assert_nothing_is_cut(figure)
