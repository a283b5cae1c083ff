"""Whatever is in the results that a report is made of: it is read as meant, or one line."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from limits import outcome
from strategies import changed_values

from radiogaze.report.explorer import _entry
from radiogaze.report.network_file import write_network
from radiogaze.report.origin import merge, read_metrics, read_sidecars

RECORD = {
    "radiogaze": "0",
    "commit": "0",
    "python": "3",
    "packages": {"torch": "2"},
    "inputs": {"images": "sha256:0"},
    "settings": {"seed": 0},
}
METRICS = {"variant": "a", "passes": 2, "orders": {"file": {}}, "provenance": RECORD}
METADATA = {"variant": "a", "dataset": "b", "gates": 3, "normalisation": "c", "aggregation": "d"}
NETWORK = {"metadata": METADATA, "sources": [], "layers": [], "provenance": RECORD}


def as_json(value) -> str:
    return json.dumps(value, default=str)


def json_keys(value):
    """A value as JSON can have it: its keys are text."""
    if isinstance(value, dict):
        return {str(key): json_keys(item) for key, item in value.items()}
    return [json_keys(item) for item in value] if isinstance(value, list) else value


@given(changed_values(METRICS))
def test_metrics_in_a_report(tmp_path_factory, value):
    path = tmp_path_factory.getbasetemp() / "metrics.json"
    path.write_text(as_json(json_keys(value)))
    found = outcome(read_metrics, path)
    if found is not None:
        assert isinstance(found["passes"], int)
        merge([found["provenance"]])


@given(changed_values(NETWORK))
def test_networks_in_the_explorer(tmp_path_factory, value):
    path = tmp_path_factory.getbasetemp() / "network.js"
    path.write_text(f"radiogazeNetwork({as_json(json_keys(value))});\n")
    found = outcome(_entry, path, path.parent)
    assert found is None or isinstance(found["label"], str)


@given(changed_values(RECORD))
def test_sidecars_in_a_report(tmp_path_factory, value):
    path = tmp_path_factory.getbasetemp() / "table.csv"
    Path(f"{path}.provenance.json").write_text(as_json(json_keys(value)))
    merge(read_sidecars([path]))


@pytest.mark.parametrize("text", ["[" * 100_000, "", "null", "radiogazeNetwork(alert(1));\n", "{}"])
def test_a_network_file_that_is_something_else(text, tmp_path):
    path = tmp_path / "network.js"
    path.write_text(text)
    assert outcome(_entry, path, tmp_path) is None
    write_network(NETWORK, path)
    assert outcome(_entry, path, tmp_path)["label"] == "a · network"
