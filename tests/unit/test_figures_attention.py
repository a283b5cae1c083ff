import dataclasses
import io
import json
import subprocess
import sys

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from PIL import Image

from radiogaze.attention.storage import Aggregate, Examples, Explanations
from radiogaze.errors import RadiogazeError
from radiogaze.evaluation.curves import History, RocCurve
from radiogaze.evaluation.readers import read_confusion, read_history, read_rocs
from radiogaze.figures.inputs import CONTOURS, FigureInputs
from radiogaze.figures.registry import FIGURES, find_figure
from radiogaze.figures.save import add_banner, save_figure
from radiogaze.figures.style import COLUMN, PAGE, use

RANDOM = np.random.default_rng(0)
NORMALISATIONS = ("range", "standardisation", "sigmoid", "softmax")
AGGREGATIONS = ("mean", "concat", "deepsup", "ft")


def about(normalisation: str = "range", aggregation: str = "ft", gates: int = 3) -> dict:
    return {
        "variant": "x",
        "gates": gates,
        "normalisation": normalisation,
        "aggregation": aggregation,
    }


def examples(count: int = 2, **what) -> Examples:
    return Examples(
        names=np.array([f"source{n}" for n in range(count)]),
        classes=np.array(["FRI", "FRII"] * count)[:count],
        confidences=np.array(["certain"] * count),
        letters=np.array([chr(65 + n) for n in range(count)]),
        positions=np.arange(count),
        images=RANDOM.integers(0, 256, (count, 150, 150), dtype=np.uint8),
        maps=RANDOM.random((count, 150, 150)),
        gates=[RANDOM.random((count, side, side)) for side in (37, 75, 150)],
        logits=RANDOM.random((count, 2)),
        about=about(**what),
    )


GROUPS = [
    *("FRI", "FRII", "FRI-certain", "FRI-uncertain", "FRII-certain", "FRII-uncertain"),
    *("FRI-as-FRI", "FRI-as-FRII", "FRII-as-FRI", "FRII-as-FRII"),
]


def aggregate(groups: list[str] = GROUPS, **what) -> Aggregate:
    count = len(groups)
    return Aggregate(
        groups=np.array(groups),
        counts=np.arange(1, count + 1),
        images=RANDOM.random((count, 150, 150)),
        maps=RANDOM.random((count, 150, 150)),
        gates=[RANDOM.random((count, side, side)) for side in (37, 75, 150)],
        about=about(**what),
    )


def sixteen(make) -> dict:
    pairs = [(n, a) for n in NORMALISATIONS for a in AGGREGATIONS]
    return {f"{n}-{a}": make(normalisation=n, aggregation=a) for n, a in pairs}


def inputs_of(name: str) -> FigureInputs:
    """Return what a figure needs, filled with random numbers."""
    one_aggregate, one_examples = {"x": aggregate()}, {"x": examples()}
    line = np.linspace(0, 1, 5)
    history = History(np.arange(5), 1 - line, 1 - line, line, np.array([True] * 5))
    return {
        "fig04": FigureInputs(examples=one_examples),
        "fig05": FigureInputs(examples=sixteen(examples)),
        "fig06": FigureInputs(examples={str(n): examples(gates=n) for n in (3, 1, 2)}),
        "fig07": FigureInputs(examples={epoch: examples() for epoch in ("0", "3", "26")}),
        "fig10": FigureInputs(aggregates={epoch: aggregate() for epoch in ("0", "3", "26")}),
        "fig13": FigureInputs(aggregates=sixteen(aggregate)),
        "fig14": FigureInputs(examples={"x": examples(5)}),
        "confusion": FigureInputs(confusions={"x": np.array([[8, 2], [1, 9]])}),
        "roc": FigureInputs(rocs={"x": {"logits": RocCurve(line, line**0.5, 0.7)}}),
        "learning_curve": FigureInputs(histories={"x/seed-0": history, "x/seed-1": history}),
        "gradcam": FigureInputs(
            explanations=Explanations(
                titles=np.array(["FRI at 8", "mean FRI", "mean FRII"]),
                images=examples(3).images,
                attention=RANDOM.random((3, 150, 150)),
                cams=RANDOM.random((3, 2, 150, 150)),
                spearman=RANDOM.random((3, 2)),
                about=about(),
            )
        ),
    }.get(name, FigureInputs(aggregates=one_aggregate))


# those that the arrays of an analysis are drawn in; the others are in test_figures_drawn.py
OURS = [
    name for name in FIGURES["gating"] if name not in ("fig01", "fig02", "fig03", "figA1", "figA2")
]


@pytest.fixture(autouse=True)
def style():
    with use():
        yield


def drawn(figure: Figure) -> list[np.ndarray]:
    """Return the arrays of all images in a figure, without those of colour bars."""
    axes = [ax for part in [figure, *figure.subfigs] for ax in part.axes]
    return [np.asarray(image.get_array()) for ax in axes for image in ax.images]


@pytest.mark.parametrize("name", OURS)
def test_every_figure_is_as_wide_as_a_column_and_nothing_is_cut(name):
    figure = find_figure(name).draw(inputs_of(name))
    figure.draw_without_rendering()
    width, height = figure.get_size_inches()
    assert width in (pytest.approx(COLUMN), pytest.approx(PAGE)) or name == "fig14"
    assert height < 9.6  # a page of text
    box = figure.get_tightbbox()
    assert box.x0 > -0.01 and box.y0 > -0.01, box
    assert box.x1 < width + 0.01 and box.y1 < height + 0.01, box


def test_learning_curves_of_several_variants_have_a_panel_each_with_a_colour_a_seed():
    line = np.linspace(0, 1, 5)
    history = History(np.arange(5), 1 - line, 1 - line, line, np.array([True] * 5))
    names = [f"{variant}/seed-{seed}" for variant in ("x", "y") for seed in (0, 1)]
    figure = find_figure("learning_curve").draw(
        FigureInputs(histories=dict.fromkeys(names, history))
    )
    drawn_in = [ax for ax in figure.axes if ax.lines]
    assert [ax.get_title() for ax in drawn_in] == ["x", "y"]
    for ax in drawn_in:
        assert len({line.get_color() for line in ax.lines}) == 2
    assert find_figure("learning_curve_x").drawing == find_figure("learning_curve").drawing


@pytest.mark.parametrize("name", OURS)
def test_every_figure_says_what_it_lacks(name):
    with pytest.raises(RadiogazeError) as error:
        find_figure(name).draw(FigureInputs())
    assert "\n" not in str(error.value)


def test_unknown_figure():
    with pytest.raises(RadiogazeError, match="figure fig99: unknown; there are: fig01"):
        find_figure("fig99")


def test_fig05_scales_each_tile_and_orders_them_as_the_paper():
    models = sixteen(examples)
    arrays = drawn(find_figure("fig05").draw(FigureInputs(examples=dict(reversed(models.items())))))
    assert len(arrays) >= 32
    first = next(iter(models.values())).maps[0]
    expected = (first - first.min()) / (first.max() - first.min())
    assert np.allclose(arrays[0], expected)
    softmax_ft = models["softmax-ft"].maps[0]
    scaled = (softmax_ft - softmax_ft.min()) / (softmax_ft.max() - softmax_ft.min())
    assert np.allclose(arrays[15], scaled)


def test_fig05_names_the_missing_model():
    models = sixteen(examples)
    del models["sigmoid-concat"]
    with pytest.raises(RadiogazeError, match=r"missing: sigmoid concat$"):
        find_figure("fig05").draw(FigureInputs(examples=models))


def test_fig08_is_the_difference_of_the_classes_saturated():
    given = aggregate()
    figure = find_figure("fig08").draw(FigureInputs(aggregates={"x": given}))
    assert np.allclose(drawn(figure)[0], given.images[0] - given.images[1])
    assert figure.axes[0].images[0].get_clim() == (-0.05, 0.05)


def test_fig10_rows_share_their_peak():
    given = {"0": aggregate(), "9": aggregate()}
    arrays = drawn(find_figure("fig10").draw(FigureInputs(aggregates=given)))
    peak = max(a.maps[0].max() for a in given.values())
    assert np.allclose(arrays[0], given["0"].images[0] / given["0"].images[0].max())
    assert np.allclose(arrays[1], given["0"].maps[0] / peak)


def test_fig11_shares_one_scale_and_says_where_no_source_fell():
    given = aggregate([group for group in GROUPS if group != "FRII-as-FRI"])
    figure = find_figure("fig11").draw(FigureInputs(aggregates={"x": given}))
    limits = {ax.images[0].get_clim() for ax in figure.axes[:4] if ax.images}
    assert len(limits) == 1
    assert [t.get_text() for t in figure.axes[2].texts] == ["no source"]


def test_fig12_contours_by_option():
    level_counts = {}
    for choice, levels in CONTOURS.items():
        given = FigureInputs(aggregates={"x": aggregate()}, contours=levels)
        figure = find_figure("fig12").draw(given)
        level_counts[choice] = len(figure.axes[0].collections[0].levels)
    assert level_counts == {"published": 4, "caption": 5}


def test_fig12_without_confidences_is_one_line():
    with pytest.raises(RadiogazeError, match="no sources in group FRI-certain; it has: FRI, FRII"):
        find_figure("fig12").draw(FigureInputs(aggregates={"x": aggregate(["FRI", "FRII"])}))


def test_single_class_and_blank_map_are_one_line():
    one = examples(2)
    single = dataclasses.replace(one, classes=np.array(["FRI", "FRI"]))
    with pytest.raises(RadiogazeError, match="no FRII source among source0, source1"):
        find_figure("fig04").draw(FigureInputs(examples={"x": single}))
    blank = dataclasses.replace(one, maps=np.full((2, 150, 150), 0.5))
    with pytest.raises(RadiogazeError, match=r"attention map: blank, every pixel is 0\.5"):
        find_figure("fig04").draw(FigureInputs(examples={"x": blank}))
    dark = dataclasses.replace(one, images=np.zeros((2, 150, 150), np.uint8))
    with pytest.raises(RadiogazeError, match="image: blank"):
        find_figure("fig07").draw(FigureInputs(examples={"0": dark}))
    with pytest.raises(RadiogazeError, match="a class without sources"):
        find_figure("confusion").draw(FigureInputs(confusions={"x": np.array([[3, 1], [0, 0]])}))


def test_saved_files_are_the_same_bytes_and_carry_their_provenance(tmp_path):
    for name in ("a", "b"):
        figure = find_figure("fig08").draw(FigureInputs(aggregates={"x": FIXED}))
        add_banner(figure, "synthetic sky")
        save_figure(
            figure, tmp_path / f"{name}.pdf", tmp_path / f"{name}.png", "Title", {"seed": 7}
        )
    for kind in ("pdf", "png"):
        first, second = (tmp_path / f"{name}.{kind}" for name in ("a", "b"))
        assert first.read_bytes() == second.read_bytes()
    pdf = (tmp_path / "a.pdf").read_bytes()
    assert b"CreationDate" not in pdf and b"Title" in pdf
    with Image.open(io.BytesIO((tmp_path / "a.png").read_bytes())) as image:
        assert json.loads(image.text["Description"]) == {"seed": 7}
        assert image.size[0] == int(COLUMN * 300)
    assert not list(tmp_path.glob(".*"))


FIXED = aggregate()


def test_banner_stands_on_the_face_and_covers_nothing():
    for name in ("fig04", "roc"):
        figure = find_figure(name).draw(inputs_of(name))
        add_banner(figure, "synthetic sky")
        figure.draw_without_rendering()
        assert figure.get_suptitle() == "synthetic sky"
        bottom = figure._suptitle.get_window_extent().y0
        parts = [figure, *figure.subfigs]
        tops = [ax.get_tightbbox().y1 for part in parts for ax in part.axes]
        assert max(tops) <= bottom + 1


def test_figures_never_import_torch():
    """Nor pandas, which costs a second a job; only what seaborn draws brings it."""
    specs = [spec for paper in FIGURES.values() for spec in paper.values()]
    modules = {spec.drawing.partition(":")[0] for spec in specs}
    code = "import sys\n" + "".join(
        f"import radiogaze.figures.{m}\n" for m in sorted(modules - {"gating.confusion"})
    )
    code += "import radiogaze.figures.save, radiogaze.figures.registry\n"
    code += "pandas = 'pandas' in sys.modules\nimport radiogaze.figures.gating.confusion\n"
    code += "sys.exit('torch' in sys.modules or pandas)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_curves_of_an_evaluation(tmp_path):
    logits = np.array([[[0, -1], [0, 2], [0, 1], [0, -3]]], dtype=np.float32)
    np.savez(tmp_path / "logits.npz", logits_file=logits, index=np.array([5, 6, 7, 8]))
    table = pd.DataFrame(
        {"index": [8, 5, 6, 7], "class": ["FRI", "FRI", "FRII", "FRII"], "order": "file"}
    )
    table.to_csv(tmp_path / "predictions.csv", index=False)
    rocs = read_rocs(tmp_path / "logits.npz", tmp_path / "predictions.csv", "file")
    assert {name: curve.auc for name, curve in rocs.items()} == {"logits": 1, "as published": 1}
    with pytest.raises(RadiogazeError, match="expected logits of the order single, found"):
        read_rocs(tmp_path / "logits.npz", tmp_path / "predictions.csv", "single")
    table.iloc[:2].to_csv(tmp_path / "part.csv", index=False)
    with pytest.raises(RadiogazeError, match=r"part\.csv: lacks sources of the logits"):
        read_rocs(tmp_path / "logits.npz", tmp_path / "part.csv", "file")
    table.assign(**{"class": "FRI"}).to_csv(tmp_path / "one.csv", index=False)
    with pytest.raises(RadiogazeError, match="only one class"):
        read_rocs(tmp_path / "logits.npz", tmp_path / "one.csv", "file")


def test_confusion_and_history_files(tmp_path):
    (tmp_path / "metrics.json").write_text('{"orders": {"file": {"confusion": [[1, 2], [3, 4]]}}}')
    assert read_confusion(tmp_path / "metrics.json", "file").tolist() == [[1, 2], [3, 4]]
    with pytest.raises(
        RadiogazeError, match="expected a confusion matrix of the order single, found no 'single'"
    ):
        read_confusion(tmp_path / "metrics.json", "single")
    header = "epoch,train_loss,validation_loss,validation_accuracy,improved\n"
    (tmp_path / "history.csv").write_text(header + "0,0.7,0.6,0.5,True\n1,0.6,0.7,0.5,False\n")
    assert read_history(tmp_path / "history.csv").improved.tolist() == [True, False]
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    with pytest.raises(RadiogazeError, match=r"other\.csv: expected the columns epoch"):
        read_history(tmp_path / "other.csv")


def test_style_is_in_force():
    assert mpl.rcParams["pdf.fonttype"] == 42
