"""Figures of networks that no paper has: those in docs/reproduction, and what panels show."""

import itertools
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from figure_tools import OWN, array, bars, doubt_tables, label_tables
from radiogaze.figures.inputs import FigureInputs
from radiogaze.figures.registry import find_figure
from radiogaze.figures.style import use
from training_tools import few_cutouts


@pytest.fixture(scope="module")
def errors(root: Path) -> Figure:
    own = root / "docs/reproduction/own"
    tables = {name: pd.read_csv(own / f"{name}.csv") for name in ("networks", "seeds")}
    tables["published"] = pd.read_csv(root / "workflow/reference/published_networks.csv")
    with use():
        figure = find_figure("own_errors").draw(FigureInputs(measured=tables))
        figure.draw_without_rendering()
    return figure


def test_networks_are_told_apart_without_colour_and_none_is_grey_as_the_published(errors):
    every, certain = errors.axes
    networks = every.get_legend().legend_handles
    marks = {handle.get_marker() for handle in networks}
    assert len(marks) == len(networks) == 10
    *_, published = certain.get_legend().legend_handles
    grey = published.get_color()
    assert grey not in {handle.get_color() for handle in networks}
    assert not any(str(handle.get_color()).startswith("0.") for handle in networks)


def test_names_of_published_networks_lie_on_nothing(errors):
    certain = errors.axes[1]
    names = {text.get_text(): text.get_window_extent() for text in certain.texts}
    assert len(names) == 6
    for (one, first), (other, second) in itertools.combinations(names.items(), 2):
        assert not first.overlaps(second), (one, other)
    bars = [
        certain.transData.transform(path.vertices)
        for collection in certain.collections
        for path in collection.get_paths()
    ]
    assert bars
    for name, extent in names.items():
        for ends in bars:
            assert not extent.overlaps(Bbox([ends.min(0), ends.max(0)])), name


def draw(name, **given):
    """Return the panels of a figure, row by row."""
    with use():
        return find_figure(name).draw(FigureInputs(**given)).axes


def test_errors_are_in_per_cent_with_the_ends_of_their_intervals():
    networks = OWN["networks"].assign(
        error=[0.1, 0.2], error_low=[0.09, 0.15], error_high=[0.12, 0.3]
    )
    seeds = OWN["seeds"].assign(error_pass=0.11, error_pass_sd=0.02)
    every, certain, *_ = draw("own_errors", measured={**OWN, "networks": networks, "seeds": seeds})
    zoom, rule, of_seeds = bars(every)
    assert zoom == pytest.approx(np.array([[[68_661, 9], [68_661, 12]]]))
    assert rule == pytest.approx(np.array([[[10, 15], [10, 30]]]))  # at the left end
    assert of_seeds == pytest.approx(np.array([[[68_661, 9], [68_661, 13]]]))
    assert [ax.get_title() for ax in (every, certain)] == ["all sources", "certain sources"]
    assert bars(certain)[-1] == pytest.approx(np.array([[[1e6, 2], [1e6, 4]]]))  # published


def test_the_fixed_split_is_the_cross_beside_the_random_ones_of_its_network():
    table = OWN["fixed_split"].assign(low=[0.15, 0.1], fixed=[0.12, 0.25])
    panel, *_ = draw("own_fixed_split", measured={"fixed_split": table})
    names = [tick.get_text() for tick in panel.get_yticklabels()]
    places = dict(zip(names, panel.get_yticks(), strict=True))
    assert places["zoom"] > places["rule"]  # in the order of the table, from the top
    (cross,) = [line for line in panel.lines if line.get_marker() == "x"]
    expected = [[12, places["zoom"]], [25, places["rule"]]]
    assert cross.get_xydata() == pytest.approx(np.array(expected))
    (found,) = bars(panel)
    assert found[..., 0] == pytest.approx(np.array([[15, 30], [10, 30]]))


def test_a_hard_source_has_its_own_image_and_place():
    cutouts, chosen = few_cutouts(), [5, 2, 8]
    for column in ("ra_deg", "dec_deg", "extent_arcsec"):
        cutouts.catalogue[column] = 10.0 + cutouts.catalogue["index"]
    labels = OWN["labels"].assign(index=chosen, p_label=[0.1, 0.2, 0.3])
    panels = draw("own_hard_sources", measured={"labels": labels}, cutouts=cutouts)
    for ax, index, p in zip(panels, chosen, (0.1, 0.2, 0.3), strict=False):
        assert np.array_equal(array(ax), cutouts.images[index])
        assert [text.get_text() for text in ax.texts] == [f"{p:.2f}"]
        assert ax.get_xlabel() == f"{10 + index}.000 +{10 + index}.000, {10 + index}″"
        assert ax.get_title() == "certain FRI"
    assert [ax.get_visible() for ax in panels] == [True] * 3 + [False] * 15


def test_uncertain_networks_have_risk_and_reliability_in_a_panel_each():
    tables = doubt_tables()
    is_risk = tables["curves"]["curve"] == "risk"
    tables["curves"]["y"] = np.where(is_risk, 0.1, 0.9)
    panels = draw("doubt_risk", measured=tables)
    for ax, y in zip(panels, (0.1, 0.9), strict=True):
        lines = [line for line in ax.lines if not line.get_label().startswith("_")]
        assert [line.get_label() for line in lines] == ["zoom", "zoom-ensemble"]
        for line in lines:
            assert np.array_equal(line.get_xydata(), [[0.5, y], [0.75, y], [1, y]])


def test_the_bars_of_a_temperature_are_its_interval():
    families = doubt_tables()["families"]
    ends = {"nll": [0, 0, 0.3, 0.2], "nll_low": 0.15, "nll_high": 0.9}
    panel, _ = draw("doubt_temperature", measured={"families": families.assign(**ends)})
    (found,) = bars(panel)
    assert found == pytest.approx(np.array([[[t, 0.15], [t, 0.9]] for t in (0.1, 1)]))


def test_pruning_has_a_panel_for_each_order():
    pruning = doubt_tables()["pruning"]
    is_first = pruning["order"] == "magnitude"
    panels = draw("doubt_pruning", measured={"pruning": pruning.assign(error=is_first / 4)})
    assert [ax.get_title() for ax in panels] == [
        "in order of |mean|",
        "in order of |mean| / standard deviation",
    ]
    for ax, error in zip(panels, (0.25, 0), strict=True):
        for line in ax.lines:
            assert np.array_equal(line.get_xydata(), [[n, error] for n in (0, 50, 95)])


def test_the_bars_of_the_error_by_labels_are_its_interval():
    every, *_ = draw("labels", measured=label_tables())
    found = bars(every)[0]  # of the supervised networks
    ends = [[[n, e - 0.02], [n, e + 0.03]] for n, e in ((36, 0.3), (145, 0.2), (583, 0.14))]
    assert found == pytest.approx(np.array(ends))
