"""Figures of arrays; test_figures_drawn.py has diagrams and illustrations."""

import dataclasses
import io
import json

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from figure_tools import (
    ACCURACIES,
    OWN,
    RELIABILITY,
    aggregate,
    assert_the_banner_is_above,
    doubt_tables,
    examples,
    explanations,
    label_tables,
)
from radiogaze.errors import RadiogazeError
from radiogaze.evaluation.curves import History, MapCurve, RocCurve
from radiogaze.figures.gating.tiles import AGGREGATIONS, NORMALISATIONS
from radiogaze.figures.inputs import FigureInputs
from radiogaze.figures.registry import FIGURES, find_figure
from radiogaze.figures.save import add_banner, save_figure
from radiogaze.figures.style import COLUMN, PAGE, use
from training_tools import few_cutouts

LINE = np.linspace(0, 1, 5)
HISTORY = History(np.arange(5), 1 - LINE, 1 - LINE, LINE, np.array([True] * 5))
DIAGRAMS = ("fig01", "fig02", "fig03", "figA1", "figA2")
OURS = [name for name in FIGURES["gating"] if name not in DIAGRAMS]


MAP_CURVE = MapCurve(LINE, 1 - LINE / 2, 0.5 + LINE / 2)


def numbers_of(models) -> dict:
    """Tables whose numbers are those of the models' order, from 0 to 0.15."""
    metrics = {
        "gaze_all": ("accuracy", "insertion_brightness_change", "deletion_brightness_change"),
        "evidence": ("rank_attention",),
        "interventions": ("other-source_all_flips",),
    }
    return {
        table: {
            (name, metric): order / 100 * (1 + (metric.startswith("deletion")))
            for order, name in enumerate(models)
            for metric in of
        }
        for table, of in metrics.items()
    }


def sixteen(make) -> dict:
    kinds = [(n, a) for n in NORMALISATIONS for a in AGGREGATIONS]
    return {f"{n}-{a}": make(normalisation=n, aggregation=a) for n, a in kinds}


def inputs_of(name: str) -> FigureInputs:
    epochs = ("0", "3", "26")
    seeds = [f"x/seed-{n}" for n in range(2)]
    return {
        "own_errors": FigureInputs(measured=OWN),
        "own_fixed_split": FigureInputs(measured=OWN),
        "own_maps": FigureInputs(examples={"zoom": examples(), "ag-cnn": examples(seed=1)}),
        "own_hard_sources": FigureInputs(measured=OWN, cutouts=few_cutouts()),
        "fig04": FigureInputs(examples={"x": examples()}),
        "fig05": FigureInputs(examples=sixteen(examples)),
        "fig06": FigureInputs(examples={str(n): examples(gates=n) for n in (3, 1, 2)}),
        "fig07": FigureInputs(examples={epoch: examples() for epoch in epochs}),
        "fig10": FigureInputs(aggregates={epoch: aggregate() for epoch in epochs}),
        "fig13": FigureInputs(aggregates=sixteen(aggregate)),
        "fig14": FigureInputs(examples={"x": examples(5)}),
        "confusion": FigureInputs(confusions={"x": np.array([[8, 2], [1, 9]])}),
        "roc": FigureInputs(rocs={"x": {"logits": RocCurve(LINE, LINE**0.5, 0.7)}}),
        "accuracies": FigureInputs(measured={"06": ACCURACIES, "07": ACCURACIES}),
        "calibration": FigureInputs(reliabilities=dict.fromkeys("abcd", RELIABILITY)),
        "learning_curve": FigureInputs(histories={"x/seed-0": HISTORY, "x/seed-1": HISTORY}),
        "recipe": FigureInputs(histories={"x/seed-0": HISTORY, "y/seed-0": HISTORY}),
        "seeds_aggregate": FigureInputs(
            aggregates={key: aggregate(seed=n) for n, key in enumerate(seeds)}
        ),
        "fig05_by_seed": FigureInputs(examples={key: examples() for key in seeds}),
        "fig13_by_seed": FigureInputs(aggregates={key: aggregate() for key in seeds}),
        "labels": FigureInputs(measured=label_tables()),
        "gradcam": FigureInputs(explanations=explanations()),
        "gaze_grid": FigureInputs(examples=sixteen(examples), tables=numbers_of(sixteen(examples))),
        "gaze_curves": FigureInputs(map_curves={key: {"attention": MAP_CURVE} for key in "abcd"}),
        "gaze_maps": FigureInputs(examples={"x": examples(5)}),
        **{
            f"doubt_{name}": FigureInputs(measured=doubt_tables())
            for name in ("risk", "temperature", "pruning")
        },
    }.get(name, FigureInputs(aggregates={"x": aggregate()}))


@pytest.fixture(autouse=True)
def style():
    with use():
        yield


def draw(name: str, **given) -> Figure:
    return find_figure(name).draw(FigureInputs(**given) if given else inputs_of(name))


def drawn(figure: Figure) -> list[np.ndarray]:
    """Return the arrays of all images in a figure, without those of colour bars."""
    axes = [ax for part in [figure, *figure.subfigs] for ax in part.axes]
    return [np.asarray(image.get_array()) for ax in axes for image in ax.images]


@pytest.mark.parametrize("name", OURS)
def test_every_figure_is_as_wide_as_a_column_and_nothing_is_cut(name):
    figure = draw(name)
    figure.draw_without_rendering()
    width, height = figure.get_size_inches()
    assert width in (pytest.approx(COLUMN), pytest.approx(PAGE)) or name == "fig14"
    assert height < 9.6  # a page of text
    box = figure.get_tightbbox()
    assert box.x0 > -0.01 and box.y0 > -0.01, box
    assert box.x1 < width + 0.01 and box.y1 < height + 0.01, box


@pytest.mark.parametrize(
    ("paper", "name"), [(p, n) for p in FIGURES for n in FIGURES[p] if n not in ("figA1", "figA2")]
)
def test_every_figure_names_the_input_that_it_lacks(paper, name):
    with pytest.raises(RadiogazeError) as error:
        find_figure(name, paper).draw(FigureInputs())
    assert "\n" not in str(error.value)


def test_the_error_by_labels_has_the_law_and_the_anchor_where_they_belong():
    every, certain, width = draw("labels").axes
    law = {line.get_label(): line for line in every.lines}["power law, supervised"]
    at_100 = np.interp(100, law.get_xdata(), law.get_ydata())
    assert at_100 == pytest.approx(0.22, abs=1e-3)
    lines = [*every.lines, *certain.lines, *width.lines]
    for axes in (every, certain, width):  # the points that the law was fitted to are not shifted
        (supervised,) = [c for c in axes.containers if c.get_label() == "supervised"]
        assert list(supervised.lines[0].get_xdata()) == [36, 145, 583]
    stars = [line for line in lines if line.get_marker() == "*"]
    assert stars[0].axes is certain
    assert len(stars) == 1
    assert [(float(x), float(y)) for x, y in stars[0].get_xydata()] == [(145, 0.0779)]
    names = [[c.get_label() for c in axes.containers] for axes in (every, certain, width)]
    assert names == [
        ["supervised", "FixMatch, MiraBest"],
        ["supervised", "supervised, certain labels"],
        ["supervised", "twice the width"],
    ]
    with pytest.raises(RadiogazeError, match="no kind of training that is drawn"):
        tables = label_tables()
        draw("labels", measured={**tables, "curves": tables["curves"].assign(kind="other")})


def test_the_mean_of_a_recipe_ends_with_its_shortest_training():
    short = History(*(values[:3] for values in dataclasses.astuple(HISTORY)))
    figure = draw("recipe", histories={"x/seed-0": HISTORY, "x/seed-1": short, "y/seed-0": HISTORY})
    loss, accuracy = figure.axes
    labelled = [line for line in accuracy.lines if not line.get_label().startswith("_")]
    assert [line.get_label() for line in labelled] == ["x", "y"]
    assert [np.isfinite(line.get_ydata()).sum() for line in labelled] == [3, 5]
    assert np.array_equal(loss.lines[0].get_ydata(), HISTORY.validation_loss)
    none = History(*(values[:0] for values in dataclasses.astuple(HISTORY)))
    loss, _ = draw("recipe", histories={"x/seed-0": none, "y/seed-0": HISTORY}).axes
    assert [len(line.get_xdata()) for line in loss.lines] == [0, 0, 5, 5]


def test_each_network_has_a_reliability_diagram_with_its_most_certain_sources_inside():
    figure = draw("calibration", reliabilities=dict.fromkeys("abcde", RELIABILITY))
    panels = [ax for ax in figure.axes if ax.get_visible()]
    assert [ax.get_title() for ax in panels] == [
        f"{n}\nECE 0.090, by chance 0.030" for n in "abcde"
    ]
    named = [ax.xaxis.get_tick_params()["labelbottom"] for ax in panels]
    assert named == [False, True, True, True, True]  # those without a panel below
    _, points = panels[0].lines
    assert points.get_xdata()[-1] < panels[0].get_xlim()[1] < 1 == RELIABILITY.confidence[-1]
    assert figure.get_figwidth() == pytest.approx(PAGE)


def test_no_curve_of_any_network_is_cut_off():
    curves = {low: MapCurve(LINE, 1 - (1 - low) * LINE, 1 - LINE / 5) for low in (0.6, 0.1)}
    given = {f"from {low}": {"attention": curve} for low, curve in curves.items()}
    for ax in draw("gaze_curves", map_curves=given).axes:
        bottom, top = ax.get_ylim()
        assert all(bottom < line.get_ydata().min() for line in ax.lines)
        assert all(line.get_ydata().max() < top for line in ax.lines)
        assert bottom < 0.1  # the networks share an axis


def test_the_grid_of_scores_has_every_network_at_its_normalisation_and_aggregation():
    models = dict(reversed(sixteen(examples).items()))
    tables = numbers_of(sixteen(examples))
    arrays = drawn(draw("gaze_grid", examples=models, tables=tables))
    order = np.arange(16).reshape(4, 4) / 100
    for array, expected in zip(arrays, (order, -order, order, order), strict=True):
        assert array == pytest.approx(expected)  # the second: insertion minus deletion
    del tables["evidence"]["softmax-ft", "rank_attention"]
    for message in ("evidence: no rank_attention of softmax-ft;", "evidence: no rank_attention of"):
        with pytest.raises(RadiogazeError, match=f"--table {message}"):
            draw("gaze_grid", examples=models, tables=tables)
        tables.pop("evidence", None)


def test_a_synthetic_sky_has_a_column_of_four_networks():
    models = {f"{n}-ft": examples(normalisation=n, aggregation="ft") for n in NORMALISATIONS}
    arrays = drawn(draw("gaze_grid", examples=models, tables=numbers_of(models)))
    assert [array.shape for array in arrays] == [(4, 1)] * 4
    models["tanh-ft"] = examples(normalisation="tanh", aggregation="ft")  # the paper has none
    figure = draw("gaze_grid", examples=models, tables=numbers_of(models))
    assert [array.shape for array in drawn(figure)] == [(5, 1)] * 4
    assert figure.axes[0].get_yticklabels()[-1].get_text() == "tanh"


def test_fig05_scales_each_tile_and_orders_them_as_the_paper():
    models = sixteen(examples)
    models["softmax-ft"] = examples(normalisation="softmax", aggregation="ft", count=2)
    models["softmax-ft"].maps[0] **= 2
    arrays = drawn(draw("fig05", examples=dict(reversed(models.items()))))
    for place, name in ((0, "range-mean"), (15, "softmax-ft")):
        values = models[name].maps[0]
        assert np.allclose(arrays[place], (values - values.min()) / np.ptp(values))


def test_fig11_shares_one_scale_and_labels_a_cell_without_sources():
    whole = aggregate()
    kept = whole.groups != "FRII-as-FRI"
    part = {name: getattr(whole, name)[kept] for name in ("groups", "counts", "images", "maps")}
    figure = draw("fig11", aggregates={"x": dataclasses.replace(whole, **part)})
    assert len({ax.images[0].get_clim() for ax in figure.axes[:4] if ax.images}) == 1
    assert [t.get_text() for t in figure.axes[2].texts] == ["no source"]


def test_fig12_labels_a_group_without_sources():
    whole = aggregate()
    kept = whole.groups != "FRI-uncertain"
    part = {name: getattr(whole, name)[kept] for name in ("groups", "counts", "images", "maps")}
    figure = draw("fig12", aggregates={"x": dataclasses.replace(whole, **part)})
    texts = [[t.get_text() for t in ax.texts] for ax in figure.axes[:8]]
    assert [n for n, text in enumerate(texts) if text == ["no source"]] == [1, 5]
    assert figure.axes[1].get_title() == "uncertain FRI"


ONE, MEANS = examples(), aggregate()
BLANK = dataclasses.replace(ONE, maps=np.full((2, 150, 150), 0.5))
DARK = dataclasses.replace(ONE, images=np.zeros((2, 150, 150), np.uint8))
FRI_ONLY = dataclasses.replace(ONE, classes=np.array(["FRI", "FRI"]))
FRII_FIRST = dataclasses.replace(ONE, classes=np.array(["FRII", "FRI"]))
UNSURE = dataclasses.replace(MEANS, groups=MEANS.groups[:2])
FIFTEEN = {name: model for name, model in sixteen(examples).items() if name != "sigmoid-concat"}


@pytest.mark.parametrize(
    ("name", "given", "message"),
    [
        ("fig99", {}, "figure fig99: unknown; there are: fig01"),
        ("fig04", {"examples": {"x": FRI_ONLY}}, "no FRII source among source0, source1"),
        ("fig04", {"examples": {"x": FRII_FIRST}}, "source0, has class FRII; expected FRI first"),
        ("fig04", {"examples": {"x": BLANK}}, r"attention map: blank, every pixel is 0\.5"),
        ("fig05", {"examples": FIFTEEN}, r"missing: sigmoid concat$"),
        ("fig06", {"examples": {"x": ONE, "y": ONE}}, "--examples y: found a second .* 3 gates"),
        ("fig07", {"examples": {"0": DARK}}, "image: blank"),
        ("fig12", {"aggregates": {"x": UNSURE}}, "holds no maps by confidence"),
        ("own_errors", {"measured": {}}, "--measured: expected networks for this figure"),
        ("own_hard_sources", {"measured": OWN}, "expected the cutouts that labels is"),
        ("confusion", {"confusions": {"x": np.eye(2) * [1, 0]}}, "a class without sources"),
    ],
)
def test_what_cannot_be_drawn_is_one_line(name, given, message):
    with pytest.raises(RadiogazeError, match=message):
        draw(name, **given)


def test_saved_files_are_the_same_bytes_and_carry_their_provenance(tmp_path):
    for name in ("a", "b"):
        figure = draw("fig08", aggregates={"x": MEANS})
        add_banner(figure, "synthetic sky")
        paths = [tmp_path / f"{name}.{kind}" for kind in ("pdf", "png")]
        save_figure(figure, *paths, "Title", {"seed": 7})
    for kind in ("pdf", "png"):
        first, second = (tmp_path / f"{name}.{kind}" for name in ("a", "b"))
        assert first.read_bytes() == second.read_bytes()
    pdf = (tmp_path / "a.pdf").read_bytes()
    assert b"CreationDate" not in pdf and b"Title" in pdf
    with Image.open(io.BytesIO((tmp_path / "a.png").read_bytes())) as image:
        assert json.loads(image.text["Description"]) == {"seed": 7}
        assert image.size[0] == int(COLUMN * 300)
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize("name", OURS)
def test_the_banner_is_above_everything_else(name):
    assert_the_banner_is_above(draw(name))
