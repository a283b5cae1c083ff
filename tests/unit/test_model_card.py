"""A model card contains what was measured, and refuses other files."""

import json
import re

import pytest
from click.testing import CliRunner

from radiogaze.cli import cli
from radiogaze.errors import RadiogazeError


@pytest.fixture
def metrics(tmp_path):
    estimate = {"value": 0.8434, "low": 0.7772, "high": 0.8923, "monte_carlo": 0.002}
    order = dict.fromkeys(("accuracy", "auc", "auc_logits"), estimate)
    order |= {name: {"FRI": estimate, "FRII": estimate} for name in ("f1", "precision", "recall")}
    written = {
        "variant": "mirabest-range-ft-3g",
        "passes": 8,
        "sources": {"FRI": 74, "FRII": 79},
        "orders": {"file": order, "single": order},
        "training": None,
        "provenance": {
            "radiogaze": "0.1.0",
            "commit": "abc",
            "inputs": {"weights": "sha256:12"},
            "settings": {"passes": 8},
        },
    }
    path = tmp_path / "metrics.json"
    path.write_text(json.dumps(written))
    return path


def run(root, metrics, *more, variant="mirabest-range-ft-3g"):
    line = ["model-card", variant, "--sheet", str(root / "experiments/gating.tsv")]
    return CliRunner().invoke(cli, [*line, "--metrics", str(metrics), *more])


def changed(metrics, **keys):
    metrics.write_text(json.dumps({**json.loads(metrics.read_text()), **keys}))


def test_the_card_has_every_part(root, metrics, tmp_path):
    text = run(root, metrics).output
    for part in ("# mirabest-range-ft-3g", "## Data", "## Metrics", "## Limits", "## Licence"):
        assert part in text
    assert "| accuracy | 0.843 (0.777–0.892) | 0.843 (0.777–0.892) |" in text
    assert "74 FRI and 79 FRII, each in 8 augmented passes (`rotate-scale-shift`)." in text
    assert "maps of each attention gate" in text
    assert "GNU General Public License 3" in text
    run(root, metrics, "--out", str(tmp_path / "card.md"))
    assert (tmp_path / "card.md").read_text() == text


def test_it_says_what_was_averaged_and_names_gates_only_where_there_are_some(root, metrics):
    provenance = json.loads(metrics.read_text())["provenance"]
    settings = {"passes": 8, "fold": 3, "symmetries": True}
    provenance |= {"settings": settings}
    changed(metrics, variant="frdeep-classic", provenance=provenance)
    text = run(root, metrics, variant="frdeep-classic").output
    assert "Test set (fold 3 of the cross-validation): 74 FRI and 79 FRII" in text
    assert "each averaged over the eight symmetries of the square." in text
    assert "augmented passes (" not in text
    assert "| output | logits of FRI and FRII |" in text


def test_without_metrics_it_is_the_card_of_the_networks_in_the_package(root, tmp_path):
    text = CliRunner().invoke(cli, ["model-card"]).output
    page = (root / "docs/model-card.md").read_text("utf-8")
    assert "This split is small; ten folds (docs/own-network.md#results) of all" in text
    without_links = re.sub(r"\[(.+?)\]\(.+?\)", r"\1", page)
    assert re.sub(r" \(docs/\S+\)", "", text) == without_links
    done = CliRunner().invoke(cli, ["model-card", "mirabest-range-ft-3g"])
    assert (done.exit_code, "give its --metrics" in done.output) == (2, True)


def test_our_own_training_and_a_synthetic_sky_are_labelled(root, metrics):
    changed(metrics, training={"seed": 3, "epoch": 7, "flags": ["collapsed"], "redraws": 0})
    text = run(root, metrics, "--banner", "synthetic sky").output
    assert "trained here, seed 3, epoch 7; collapsed" in text
    assert "**synthetic sky**" in text
    assert "General Public" not in text


@pytest.mark.parametrize(
    ("text", "match"),
    [
        (None, "no such file"),
        ("not json", "expected metrics, found Expecting value"),
        ('{"variant": "frdeep-classic"}', "metrics of frdeep-classic, expected those of mirabest"),
        (
            '{"variant": "mirabest-range-ft-3g"}',
            "has no attribute 'training'",
        ),
    ],
)
def test_other_files_are_refused_in_one_line(text, match, root, metrics):
    metrics.unlink()
    if text is not None:
        metrics.write_text(text)
    done = run(root, metrics)
    with pytest.raises(RadiogazeError, match=match):
        raise done.exception
    assert "\n" not in str(done.exception)
