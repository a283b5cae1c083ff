"""The captions of Snakemake's report and the gallery: every figure and table has its own."""

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from docutils.core import publish_parts
from jinja2 import Environment, StrictUndefined

from radiogaze.figures.registry import FIGURES
from radiogaze.tables.registry import TABLES

FORMS = [("figures.rst", paper, "figure", name) for paper in FIGURES for name in FIGURES[paper]]
FORMS += [("tables.rst", paper, "table", name) for paper in TABLES for name in TABLES[paper]]


@pytest.fixture(scope="module")
def config(root: Path) -> dict[str, Any]:
    return yaml.safe_load((root / "config.yaml").read_text("utf-8"))


def caption(
    root: Path, config: dict[str, Any], campaign: str, form: tuple[str, str, str, str]
) -> str:
    """Render a caption to HTML as Snakemake does, but refuse what is undefined or malformed."""
    file, paper, wildcard, name = form
    environment = Environment(  # noqa: S701 - reStructuredText, not HTML
        trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined
    )
    text = environment.from_string((root / "workflow/report" / file).read_text("utf-8")).render(
        snakemake=SimpleNamespace(
            config=config,
            wildcards=SimpleNamespace(campaign=campaign, paper=paper, **{wildcard: name}),
        )
    )
    strict = {"halt_level": 2, "report_level": 5}
    return publish_parts(text, writer="html", settings_overrides=strict)["body"]


def published_campaign(config: dict[str, Any], form: tuple[str, str, str, str]) -> str:
    """Name a campaign on published data that rebuilds the form's paper."""
    return next(
        name
        for name, campaign in config["campaigns"].items()
        if campaign["sky"] == "published" and form[1] in campaign
    )


def heading(form: tuple[str, str, str, str]) -> str:
    """How a caption must begin, whatever it then says."""
    *_, wildcard, name = form
    number = re.fullmatch(r"(?:fig)?0?([0-9A]+)(_order)?", name)
    if not number:
        return "<strong>"
    return f"<strong>{wildcard.capitalize()} {number[1]}{' under' if number[2] else ':'}"


@pytest.mark.parametrize("form", FORMS, ids="-".join)
def test_every_figure_and_table_has_a_caption(root, config, form):
    published = caption(root, config, published_campaign(config, form), form)
    synthetic = caption(root, config, "demo", form)
    assert heading(form) in published
    assert "synthetic sky" not in published.lower()
    assert "synthetic sky" in synthetic.lower()
    assert heading(form) in synthetic


def test_no_two_captions_are_the_same(root, config):
    captions = {caption(root, config, published_campaign(config, form), form) for form in FORMS}
    assert len(captions) == len(FORMS)


@pytest.mark.parametrize(
    ("form", "key"),
    [
        (("figures.rst", "gating", "figure", "fig12"), "attention_passes"),
        (("figures.rst", "gating", "figure", "fig14"), "misclassify_passes"),
        (("figures.rst", "gating", "figure", "roc"), "passes"),
        (("tables.rst", "gating", "table", "07"), "passes"),
        (("tables.rst", "gating", "table", "10"), "misclassify_passes"),
    ],
)
def test_a_caption_says_the_passes_of_its_campaign(root, config, form, key):
    released = config["campaigns"]["released"]
    mine = {**released, "gating": {**released["gating"], key: 7321}}
    config = {"campaigns": {"mine": mine}}
    assert "7321 augmented passes" in caption(root, config, "mine", form)


def test_a_caption_says_whose_weights_are_shown(root, config):
    form = ("figures.rst", "gating", "figure", "fig04")
    assert "released weights" in caption(root, config, "released", form)
    assert "released weights" not in caption(root, config, "paper", form)
    assert "trained here" in caption(root, config, "paper", form)


def test_the_rules_put_the_captions_into_the_report(root):
    for rules, file in (("figures.smk", "figures.rst"), ("tables.smk", "tables.rst")):
        assert f'caption="../report/{file}"' in (root / "workflow/rules" / rules).read_text("utf-8")


def test_the_gallery_shows_every_figure_and_how_to_make_it(root):
    gallery = (root / "docs/gallery/README.md").read_text("utf-8")
    shown = re.findall(r"!\[(\w+)\]\((\w+)\.png\)", gallery)
    made = re.findall(r"^\.venv/bin/snakemake .*figures/\w+/gating/(\w+)\.png$", gallery, re.M)
    # the released weights come without the histories that learning curves need
    expected = [name for name in FIGURES["gating"] if name != "learning_curve"]
    assert sorted(name for name, _ in shown) == sorted(expected)
    assert [file for _, file in shown] == [name for name, _ in shown] == made
    assert "learning_curve" in gallery
