"""Figures of networks that no paper has, drawn from the tables of docs/reproduction."""

import itertools
from pathlib import Path

import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from radiogaze.figures.inputs import FigureInputs
from radiogaze.figures.registry import find_figure
from radiogaze.figures.style import use


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
