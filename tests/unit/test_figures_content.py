"""What each panel of a figure shows, against the arrays that it is drawn from."""

from dataclasses import replace

import numpy as np
import pytest

from figure_tools import RELIABILITY, aggregate, array, bars, examples, explanations
from radiogaze.evaluation.curves import MapCurve, RocCurve
from radiogaze.figures.inputs import FigureInputs
from radiogaze.figures.registry import find_figure
from radiogaze.figures.style import use


@pytest.fixture(autouse=True)
def style():
    with use():
        yield


def draw(name, **given):
    """Return the panels of a figure, row by row."""
    return find_figure(name).draw(FigureInputs(**given)).axes


def maps_of(given, *groups):
    return [given.maps[given.groups.tolist().index(group)] for group in groups]


def test_figures_4_6_and_7_have_the_fri_source_left_or_above():
    given, later = examples(), examples(seed=1)
    panels = draw("fig04", examples={"x": given})[:4]
    assert [ax.get_title() for ax in panels[:2]] == ["FRI", "FRII"]
    for column in (0, 1):
        assert array(panels[column]) == pytest.approx(given.images[column] / 255)
        assert np.array_equal(array(panels[2 + column]), given.maps[column])
    panels = draw("fig06", examples={"three": given, "one": replace(later, about={"gates": 1})})
    assert [ax.get_ylabel() for ax in panels[:4]] == ["1 gate", "", "3 gates", ""]
    shown = [array(ax) for ax in panels[:4]]
    assert np.array_equal(shown, [*later.maps, *given.maps])
    panels = draw("fig07", examples={"0": given, "26": later})
    for row in (0, 1):
        source, *maps = (array(ax) for ax in panels[3 * row : 3 * row + 3])
        assert np.array_equal(source, given.images[row])
        assert np.array_equal(maps, [given.maps[row], later.maps[row]])


def test_figure_14_has_a_map_below_its_source():
    given = examples(5)
    panels = draw("fig14", examples={"x": given})
    for row, sources in ((0, range(4)), (2, [4])):
        for column, index in enumerate(sources):
            above, below = panels[4 * row + column], panels[4 * (row + 1) + column]
            assert above.get_title() == f"{'ABCDE'[index]}: certain {given.classes[index]}"
            assert np.array_equal(array(above), given.images[index])
            assert np.array_equal(array(below), given.maps[index])


def test_a_panel_is_270_arcsec_wide_with_the_offset_from_its_centre():
    panel, *_ = draw("fig08", aggregates={"x": aggregate()})
    assert panel.images[0].get_extent() == [-135, 135, -135, 135]
    assert panel.get_xlabel() == r"$\Delta x$ (arcsec)"


def test_figure_8_is_the_mean_fri_minus_the_mean_frii():
    given = aggregate()
    panel, *_ = draw("fig08", aggregates={"x": given})
    assert np.array_equal(array(panel), given.images[0] - given.images[1])
    assert panel.images[0].get_clim() == (-0.05, 0.05)


def test_figure_9_has_the_maps_of_fri_on_the_left():
    given = aggregate()
    panels = draw("fig09", aggregates={"x": given})
    assert [ax.get_title() for ax in panels[:2]] == ["FRI", "FRII"]
    for row, maps in enumerate([given.maps, *given.gates]):
        for column in (0, 1):
            assert np.array_equal(array(panels[2 * row + column]), maps[column])


def test_figure_10_has_a_row_for_each_class_over_the_peak_of_all_its_epochs():
    epochs = {str(number): aggregate(seed=number) for number in (0, 3)}
    epochs["3"].maps[:2] *= np.array([0.5, 0.25])[:, None, None]
    panels = draw("fig10", aggregates=epochs)
    assert [ax.get_title() for ax in panels[:3]] == ["mean image", "epoch 0", "epoch 3"]
    for row, name in enumerate(("FRI", "FRII")):
        maps = np.array([maps_of(given, name)[0] for given in epochs.values()])
        first, *shown = panels[3 * row : 3 * row + 3]
        assert first.get_ylabel() == name
        assert array(first) == pytest.approx(
            epochs["0"].images[row] / epochs["0"].images[row].max()
        )
        assert np.array([array(ax) for ax in shown]) == pytest.approx(maps / maps.max())
        assert {ax.images[0].get_clim() for ax in shown} == {(0, 1)}


def test_figure_11_has_true_classes_down_and_predicted_ones_across():
    given = aggregate()
    panels = draw("fig11", aggregates={"x": given})[:4]
    groups = ["FRI-as-FRI", "FRI-as-FRII", "FRII-as-FRI", "FRII-as-FRII"]
    for ax, group, expected in zip(panels, groups, maps_of(given, *groups), strict=True):
        assert np.array_equal(array(ax), expected)
        count = given.counts[given.groups.tolist().index(group)]
        assert [text.get_text() for text in ax.texts] == [str(count)]
    assert [ax.get_title() for ax in panels] == ["predicted FRI", "predicted FRII", "", ""]
    assert [ax.get_ylabel() for ax in panels] == ["true FRI", "", "true FRII", ""]


def test_figure_12_has_image_and_map_of_a_group_below_its_name():
    given = aggregate()
    panels = draw("fig12", aggregates={"x": given})
    for column, ax in enumerate(panels[:4]):
        confidence, name = ax.get_title().split()
        group = f"{name}-{confidence}"
        place = given.groups.tolist().index(group)
        assert np.array_equal(array(ax), given.images[place])
        assert np.array_equal(array(panels[4 + column]), given.maps[place])
        (contours,) = ax.collections
        reached = given.images[place].min() < contours.levels
        assert reached.all() and set(contours.levels) <= {0.001, 0.034, 0.067, 0.1}


def test_a_confusion_matrix_is_by_true_class():
    """Eight of ten FRI and 18 of 20 FRII are right."""
    counts = np.array([[8, 2], [2, 18]])
    panel, *_ = draw("confusion", confusions={"x": counts})
    mesh = panel.collections[0]
    assert np.asarray(mesh.get_array()).ravel() == pytest.approx([0.8, 0.2, 0.1, 0.9])
    texts = [text.get_text() for text in panel.texts]
    assert texts == ["80.0%\n8", "20.0%\n2", "10.0%\n2", "90.0%\n18"]
    assert (panel.get_xlabel(), panel.get_ylabel()) == ("predicted", "true")
    assert panel.yaxis_inverted()  # FRI, the first row, is at the top
    for ticks in (panel.get_xticklabels(), panel.get_yticklabels()):
        assert [tick.get_text() for tick in ticks] == ["FRI", "FRII"]


def test_a_receiver_operating_characteristic_has_false_positives_along_x():
    false, true = np.array([0, 0.1, 1]), np.array([0, 0.8, 1])
    panel, *_ = draw("roc", rocs={"x": {"logits": RocCurve(false, true, 0.85)}})
    assert np.array_equal(panel.lines[0].get_xydata(), np.transpose([false, true]))
    assert panel.lines[0].get_label() == "x, logits: 0.850"


def test_the_bars_of_a_reliability_diagram_are_its_interval():
    ends = {"accuracy": np.array([0.6, 0.8]), "low": np.array([0.5, 0.75])}
    curve = replace(RELIABILITY, confidence=ends["low"], high=np.array([0.9, 0.95]), **ends)
    panel, *_ = draw("calibration", reliabilities={"x": curve})
    (found,) = bars(panel)
    assert found == pytest.approx(
        np.array([[[0.5, 0.5], [0.5, 0.9]], [[0.75, 0.75], [0.75, 0.95]]])
    )


def test_grad_cam_of_each_class_has_its_own_correlation():
    given = explanations()
    panels = np.reshape(draw("gradcam", explanations=given), (4, -1))
    for index in range(3):
        source, attention, *cams = panels[:, index]
        assert source.get_title() == given.titles[index]
        assert np.array_equal(array(source), given.images[index])
        assert np.array_equal(array(attention), given.attention[index])
        for target, ax in enumerate(cams):
            assert np.array_equal(array(ax), given.cams[index, target])
            rho = f"{given.spearman[index, target]:.2f}"
            assert [text.get_text() for text in ax.texts] == [rf"$\rho={rho}$"]
    assert [ax.get_ylabel() for ax in panels[2:, 0]] == ["Grad-CAM FRI", "Grad-CAM FRII"]


@pytest.mark.parametrize(("images", "columns"), [(3, 3), (7, 4), (8, 4), (14, 6)])
def test_grad_cam_has_as_few_columns_as_its_images_need(images, columns):
    given = explanations()
    chosen = [0] * (images - 2) + [1, 2]
    arrays = ("titles", "images", "attention", "cams", "spearman")
    given = replace(given, **{name: getattr(given, name)[chosen] for name in arrays})
    panels = np.reshape(draw("gradcam", explanations=given), (-1, columns))
    blank = [ax for ax in panels.ravel() if not ax.images]
    assert len(blank) == 4 * (images == 7)  # an odd number leaves one column


def test_no_number_in_a_panel_is_minus_zero():
    given = explanations()
    panels = draw("gradcam", explanations=replace(given, spearman=np.full((3, 2), -0.004)))
    assert {text.get_text() for ax in panels for text in ax.texts} == {r"$\rho=0.00$"}
    models = {"x": examples()}
    changes = {"insertion_brightness_change": -0.004, "deletion_brightness_change": 0}
    numbers = dict.fromkeys(("accuracy", "rank_attention", "other-source_all_flips"), 0.5) | changes
    named = {("x", key): number for key, number in numbers.items()}
    tables = dict.fromkeys(("gaze_all", "evidence", "interventions"), named)
    texts = [ax.texts[0].get_text() for ax in draw("gaze_grid", examples=models, tables=tables)]
    assert texts == ["0.50", "0.00", "0.50", "0.50"]


def test_curves_of_deletion_are_above_those_of_insertion():
    line = np.linspace(0, 1, 3)
    curve = MapCurve(line, 1 - line / 2, 0.2 + line / 2)
    deletion, insertion = draw("gaze_curves", map_curves={"x": {"attention": curve}})
    for ax, name in ((deletion, "deletion"), (insertion, "insertion")):
        assert ax.get_ylabel() == name
        assert np.array_equal(ax.lines[0].get_xydata(), np.transpose([line, getattr(curve, name)]))
