"""Whatever is written in the settings: it is meant, or refused in one line."""

import copy
import sys
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from strategies import changed_values

from limits import one_line, outcome
from processes import call
from radiogaze.errors import RadiogazeError
from radiogaze.files.schema import load_schema, validate

ROOT = Path(__file__).resolve().parents[2]
CONFIG = yaml.safe_load((ROOT / "config.yaml").read_text("utf-8"))
SCHEMA = load_schema("config")


def checked(config):
    validate(config, SCHEMA, "config.yaml")
    return config


@given(changed_values(copy.deepcopy(CONFIG)))
def test_settings(config):
    """What is accepted can be used as the workflow does: names join, numbers count."""
    accepted = outcome(checked, config)
    if accepted is None:
        return
    assert all(isinstance(name, str) for name in accepted["campaigns"])
    for campaign in accepted["campaigns"].values():
        assert type(campaign.get("seeds", 1)) is int
        for paper in {"gating", "equivariant"} & set(campaign):
            assert all(type(n) is int for n in campaign[paper].get("examples", []))
            assert type(campaign[paper]["passes"]) is int


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("on: 1", "found the key true, expected text"),
        ("1: {sky: published}", "found the key 1, expected text"),
        ("seed: 1.0", "seed: found 1.0, expected integer"),
        ("seed: true", "seed: found true, expected integer"),
        ("dataset: 2020-01-01", 'dataset: found "2020-01-01", expected string'),
    ],
)
def test_settings_that_yaml_allows_and_nobody_means(text, expected):
    config = copy.deepcopy(CONFIG)
    config["campaigns"]["quick"] |= yaml.safe_load(text)
    with pytest.raises(RadiogazeError, match=expected) as caught:
        checked(config)
    one_line(caught.value)


def test_one_composition_of_the_batches_has_none_to_compare_it_with():
    with pytest.raises(RadiogazeError, match=r"orders: .*'file'.* is too short"):
        checked({**CONFIG, "orders": ["file"]})


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({"seed": "many"}, 'seed: found "many", expected integer'),
        ({"gating": CONFIG["campaigns"]["quick"]["gating"] | {"sheet": "."}}, ".: cannot be read"),
    ],
)
def test_the_workflow_names_a_mistake_of_the_settings_in_one_line(keys, expected, tmp_path):
    config = copy.deepcopy(CONFIG)
    config["campaigns"]["quick"] |= keys
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(config))
    options = ("-n", "quick", "--configfile", tmp_path / "config.yaml")
    done = call(sys.executable, "-m", "snakemake", *options, cwd=ROOT)
    assert done.returncode == 1
    assert "Traceback" not in done.stdout + done.stderr
    assert "Error" not in done.stderr
    assert len([line for line in done.stderr.splitlines() if expected in line]) == 1, done
