"""The captions of the report and the gallery: every figure and table has its own."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from plan_tools import read

from radiogaze.campaigns.captions import fill_caption
from radiogaze.errors import RadiogazeError
from radiogaze.figures.registry import FIGURES, figures_of, find_figure
from radiogaze.report.markup import caption_html
from radiogaze.tables.registry import TABLES, find_table

SHOWN = [("figure", find_figure, paper, name) for paper in FIGURES for name in FIGURES[paper]]
SHOWN += [("table", find_table, paper, name) for paper in TABLES for name in TABLES[paper]]


@pytest.fixture(scope="module")
def campaigns(root: Path) -> dict[str, Any]:
    return yaml.safe_load((root / "config.yaml").read_text("utf-8"))["campaigns"]


@pytest.mark.parametrize(("kind", "find", "paper", "name"), SHOWN)
def test_every_figure_and_table_has_a_caption_in_every_campaign(campaigns, kind, find, paper, name):
    number = re.fullmatch(r"(?:fig)?0?([0-9A]+)", name)
    heading = f"<strong>{kind.capitalize()} {number[1]}:" if number else "<strong>"
    of_paper = [settings for settings in campaigns.values() if paper in settings]
    assert of_paper
    for settings in of_paper:
        html = caption_html(fill_caption(find(name, paper).caption, settings, paper))
        assert heading in html
        assert ("Synthetic sky" in html) == (settings["sky"] == "synthetic")
        assert "{" not in html
        assert "**" not in html


def test_no_two_captions_are_the_same():
    assert len({find(name, paper).caption for _, find, paper, name in SHOWN}) == len(SHOWN)


@pytest.mark.parametrize(
    ("find", "paper", "name", "key"),
    [
        (find_figure, "gating", "fig12", "attention_passes"),
        (find_table, "gating", "10", "misclassify_passes"),
        (find_figure, "gating", "roc", "passes"),
        (find_figure, "equivariant", "calibration", "passes"),
    ],
)
def test_a_caption_has_the_passes_of_its_campaign(campaigns, find, paper, name, key):
    settings = {**campaigns["paper"], paper: {**campaigns["paper"][paper], key: 7321}}
    assert "7321 TTA passes" in fill_caption(find(name, paper).caption, settings, paper)


def test_a_caption_names_whose_weights_are_shown(campaigns):
    caption = find_figure("fig04").caption
    assert "released weights" in fill_caption(caption, campaigns["released"], "gating")
    trained = fill_caption(caption, campaigns["paper"], "gating")
    assert "trained here" in trained
    assert "released weights" not in trained
    for seeds, expected in ((5, "up to 5 seeds each"), (1, "1 seed each")):
        settings = {**campaigns["paper"], "seeds": seeds}
        assert f"trained here, {expected} (mean" in fill_caption("{evaluation}", settings, "gating")


def test_captions_say_no_more_than_holds_for_every_recipe_and_size(campaigns, root):
    for name in ("fig07", "fig10"):
        caption = find_figure(name).caption
        for campaign in ("quick", "retrained"):  # whose recipe keeps every epoch
            text = fill_caption(caption, campaigns[campaign], "gating")
            assert "five of the kept epochs, evenly picked (" in text
            every = "had improved, or all by a recipe that keeps the last; the last is the final"
            assert (every in text) == (campaign == "retrained")
    assert "(`modern` keeps the last epoch's)" in find_figure("fig01", "equivariant").caption
    explorer = (root / "src/radiogaze/report/templates/explorer.js").read_text("utf-8")
    assert "18 × 18" not in explorer + find_figure("gradcam").caption
    assert "real sources" not in find_figure("gaze_grid").caption  # nor on a synthetic sky


def test_settings_without_what_a_caption_says_are_one_line(campaigns):
    with pytest.raises(RadiogazeError, match="do not fill a caption of the equivariant paper"):
        fill_caption("{passes}", campaigns["quick"], "equivariant")


def test_the_gallery_shows_every_figure_and_how_to_make_it(root):
    gallery = (root / "docs/gallery/README.md").read_text("utf-8")
    shown = re.findall(r"!\[(\w+)\]\((\w+)\.png\)", gallery)
    made = re.findall(r"^\.venv/bin/snakemake .*figures/\w+/gating/(\w+)\.png$", gallery, re.M)
    # released weights come without histories, from one training, and without a posterior
    trained = ("learning_curve", "recipe", "seeds_aggregate", "fig05_by_seed", "fig13_by_seed")
    own = ("own_errors", "own_fixed_split", "own_maps", "own_hard_sources", "labels")
    own += ("doubt_risk", "doubt_temperature", "doubt_pruning")
    expected = [name for name in FIGURES["gating"] if name not in trained + own]
    assert sorted(name for name, _ in shown) == sorted(expected)
    assert [file for _, file in shown] == [name for name, _ in shown] == made
    assert all(f"`{name}`" in gallery for name in trained + own)


def test_the_gallery_names_the_campaigns_that_have_figures_of_trained_networks(
    root, campaigns, monkeypatch
):
    monkeypatch.chdir(root)  # the sheets are named from there
    plans = read(root, campaigns)
    gallery = (root / "docs/gallery/README.md").read_text("utf-8")
    rows = re.findall(r"^\| (`[^|]*) \| (`[^|]*) \|", gallery, re.MULTILINE)
    listed = [({*re.findall(r"`(\w+)`", names)}, where) for names, where in rows]
    named = set().union(*(names for names, _ in listed))
    assert {
        "recipe",
        "fig05_by_seed",
        "own_errors",
        "labels",
        "doubt_risk",
        "equivariance",
    } <= named
    for names, where in listed:
        paper = "equivariant" if "equivariant" in names else "gating"
        have = {
            name
            for name, campaign in plans.items()
            if paper in campaign.papers
            and names - {"equivariant"} <= {*figures_of(campaign.papers[paper])}
        }
        assert have == {*re.findall(r"`(\w+)`", where)}, names
