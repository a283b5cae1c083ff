"""Figures over several seeds of a training, and the numbers that they show."""

from collections.abc import Sequence

import numpy as np
import pytest
from matplotlib.figure import Figure

import figure_tools
from radiogaze.attention.seeds import correlate_seeds
from radiogaze.errors import RadiogazeError
from radiogaze.evaluation.curves import History, band_over_seeds
from radiogaze.figures.gating.tiles import NORMALISATIONS
from radiogaze.figures.inputs import FigureInputs
from radiogaze.figures.registry import find_figure
from radiogaze.figures.style import use

RANDOM = np.random.default_rng(0)
ONE, OTHER = RANDOM.normal(size=(2, 30, 30))


@pytest.fixture(autouse=True)
def style():
    with use():
        yield


def history(*losses: float) -> History:
    values = np.array(losses)
    improved = np.isin(np.arange(len(losses)), [0, len(losses) - 1])
    return History(np.arange(len(losses)), values + 1, values, values / 10, improved)


def curves(*seeds: History, variants: Sequence[str] = ("x",)) -> Figure:
    named = {f"{v}/seed-{n}": one for v in variants for n, one in enumerate(seeds)}
    figure = find_figure("learning_curve").draw(FigureInputs(histories=named))
    figure.draw_without_rendering()
    return figure


def test_a_band_is_over_the_seeds_that_reached_an_epoch():
    seeds = [history(1.0, 2.0, 5.0), history(3.0, np.inf), history()]
    band = band_over_seeds(seeds, "validation_loss")
    assert band.epoch.tolist() == [0, 1, 2]
    assert band.mean.tolist() == [2, 2, 5]
    assert band.deviation == pytest.approx([np.sqrt(2), np.nan, np.nan], nan_ok=True)
    assert band_over_seeds([history()], "train_loss").mean.tolist() == []


def test_learning_curves_of_several_seeds_are_their_mean_over_a_band_and_each_seed():
    losses, accuracy = curves(history(1.0, 2.0, 5.0), history(3.0, 4.0), history()).axes
    mean = next(line for line in losses.lines if line.get_label() == "validation")
    assert mean.get_ydata().tolist() == [2, 3, 5]
    low, high = losses.collections[1].get_paths()[0].get_extents().intervaly
    assert (low, high) == pytest.approx((2 - np.sqrt(2), 3 + np.sqrt(2)))
    thin = [line for line in losses.lines if line.get_linewidth() < mean.get_linewidth()]
    assert len([line for line in thin if line.get_color() == mean.get_color()]) == 3
    marks = [line for line in losses.lines if line.get_marker() == "o"]
    assert [line.get_ydata()[0] for line in marks] == [5, 4]
    assert [text.get_text() for text in losses.texts] == ["1 of 3 without an epoch"]
    assert len(accuracy.collections) == 1
    mean = next(line for line in accuracy.lines if line.get_label() == "validation")
    assert mean.get_ydata() == pytest.approx([0.2, 0.3, 0.5])


def test_learning_curves_of_one_seed_have_no_band():
    losses, _ = curves(history(1.0, 2.0)).axes
    assert not losses.collections
    assert {line.get_label() for line in losses.lines} >= {"training", "validation"}


def test_a_single_epoch_is_marked_because_a_line_through_one_point_is_invisible():
    losses, accuracy = curves(history(1.0), history(2.0)).axes
    markers = {line.get_label(): line.get_marker() for line in losses.lines}
    assert (markers["training"], markers["validation"]) == (".", "_")
    assert accuracy.get_xticks().tolist() == [0]  # no fractions of an epoch
    several = curves(history(1.0, 2.0)).axes[0]
    assert next(line for line in several.lines if line.get_label() == "training").get_marker() == ""


def test_trainings_without_any_epoch_are_drawn_and_named():
    panels = curves(history(), history(), variants=("x", "y")).axes[:2]
    assert [ax.get_title() for ax in panels] == ["x", "y"]
    assert [text.get_text() for ax in panels for text in ax.texts] == [
        "2 of 2 without an epoch"
    ] * 2


@pytest.mark.parametrize(
    ("maps", "expected"),
    [
        ([[ONE, ONE], [-ONE, -ONE]], (1, -1, -1)),  # a property of the method
        ([[ONE, -ONE], [ONE, -ONE]], (-1, 1, -1)),  # of the seed
        ([[ONE, 3 * ONE + 1], [ONE, ONE * 0 + 0.3]], (1, 1, 1)),  # a constant one counts nowhere
        ([[ONE, ONE * 0], [ONE * 0, ONE * 0]], (np.nan,) * 3),
    ],
)
def test_correlations_show_whose_property_a_map_is(maps, expected):
    found = correlate_seeds(np.array([maps, maps]))
    means = (found.same_method, found.same_seed, found.neither)
    assert means == pytest.approx(expected, nan_ok=True)


def test_correlations_are_means_over_pairs_of_each_group_method_and_seed():
    maps = np.array([[[ONE, OTHER, ONE], [OTHER, OTHER, OTHER]], [[ONE] * 3, [ONE] * 3]])
    found = correlate_seeds(maps)
    r = np.corrcoef(ONE.ravel(), OTHER.ravel())[0, 1]
    assert found.by_method == pytest.approx(np.array([[(1 + 2 * r) / 3, 1], [1, 1]]))
    assert found.by_seed == pytest.approx(np.array([[r, 1, r], [1, 1, 1]]))
    assert found.same_method == pytest.approx((10 + 2 * r) / 12)


def models(make, seeds: int = 2) -> dict:
    """A model of each normalisation and seed; the maps depend on the seed alone."""
    return {
        f"{kind}/seed-{n}": make(normalisation=kind, seed=n)
        for kind in NORMALISATIONS
        for n in range(seeds)
    }


def shown(figure: Figure) -> list[list[np.ndarray]]:
    """The maps of each part of a figure, row by row, without its colour bar."""
    return [[np.asarray(ax.images[0].get_array()) for ax in p.axes[:-1]] for p in figure.subfigs]


@pytest.mark.parametrize(
    ("name", "option", "make"),
    [
        ("fig05_by_seed", "examples", figure_tools.examples),
        ("fig13_by_seed", "aggregates", figure_tools.aggregate),
    ],
)
def test_maps_are_drawn_by_method_and_seed_with_their_correlations(name, option, make):
    given = models(make, seeds=3)
    figure = find_figure(name).draw(FigureInputs(**{option: given}))
    for part, label in zip(shown(figure), ("FRI", "FRII"), strict=True):
        maps = [model.maps[model.index(label)] for model in given.values()]
        expected = [(values - values.min()) / np.ptp(values) for values in maps]
        assert np.allclose(part, expected)
    first = figure.subfigs[0].axes
    assert [ax.get_title() for ax in first[:3]] == [f"seed {n}\n$r = 1.00$" for n in range(3)]
    for place, part in enumerate(figure.subfigs):
        maps = [given[f"range/seed-{n}"].maps[place].ravel() for n in range(3)]
        r = np.corrcoef(maps)[np.triu_indices(3, 1)].mean()
        assert part.axes[0].get_ylabel() == f"range\n$r = {r:z.2f}$"
    assert "one seed, different methods $r = 1.00$" in figure.get_supxlabel()


@pytest.mark.parametrize("seeds", [2, 7])
@pytest.mark.parametrize("name", ["fig13_by_seed", "seeds_aggregate"])
def test_any_number_of_seeds_fits_a_page(name, seeds):
    given = models(figure_tools.aggregate, seeds)
    if name == "seeds_aggregate":
        given = {key: value for key, value in given.items() if key.startswith("range/")}
    figure = find_figure(name).draw(FigureInputs(aggregates=given))
    figure.draw_without_rendering()
    width, height = figure.get_size_inches()
    box = figure.get_tightbbox()
    assert height < 9.6
    assert box.x0 > -0.01 and box.y0 > -0.01, box
    assert box.x1 < width + 0.01 and box.y1 < height + 0.01, box


def test_the_spread_is_mean_and_standard_deviation_over_seeds_beside_each_seed():
    given = {f"x/seed-{n}": figure_tools.aggregate(seed=n) for n in range(3)}
    panels = [
        np.asarray(ax.images[0].get_array())
        for ax in find_figure("seeds_aggregate").draw(FigureInputs(aggregates=given)).axes
    ]
    for label, (mean, deviation, *each) in (("FRI", panels[:5]), ("FRII", panels[5:])):
        maps = np.stack([one.maps[one.index(label)] for one in given.values()])
        assert np.allclose(mean, maps.mean(0))
        assert np.allclose(deviation, maps.std(0, ddof=1))
        assert np.allclose(each, [(one - one.min()) / np.ptp(one) for one in maps])


@pytest.mark.parametrize("left_out", ["softmax/seed-1", "seed-1"])
def test_a_method_that_lacks_a_seed_is_one_line(left_out):
    given = {key: m for key, m in models(figure_tools.aggregate).items() if left_out not in key}
    with pytest.raises(RadiogazeError, match=r"two or more.*found range: seed-0.*softmax: seed-0$"):
        find_figure("fig13_by_seed").draw(FigureInputs(aggregates=given))
