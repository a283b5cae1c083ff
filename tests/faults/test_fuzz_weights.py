"""Whatever is in a file of weights or in the state of a training: it is whole, or one line."""

import dataclasses
import io
import json

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from limits import outcome
from strategies import changed_bytes, changed_values, pickle_programs

from radiogaze.campaigns.variants import find_variant
from radiogaze.classify.weights import load_members
from radiogaze.data.fetch import DownloadSettings
from radiogaze.files.packaged import packaged_table
from radiogaze.models.load import load_variant, read_weights, save_weights
from radiogaze.models.released import read_state_dict
from radiogaze.training.state import StateFolder
from sky_tools import own_weights

FEWER = settings(max_examples=max(20, settings().max_examples // 4))
TENSORS = {"a": torch.zeros(2, 3), "b": torch.ones(1)}


def released(**options) -> bytes:
    file = io.BytesIO()
    torch.save(TENSORS, file, **options)
    return file.getvalue()


@pytest.mark.parametrize("zipped", [True, False])
@given(data=st.data())
def test_released_weights(zipped, data, tmp_path_factory):
    path = tmp_path_factory.getbasetemp() / "1.pt"
    path.write_bytes(data.draw(changed_bytes(released(_use_new_zipfile_serialization=zipped))))
    for tensor in (outcome(read_state_dict, path) or {}).values():
        assert isinstance(tensor, torch.Tensor)


@given(pickle_programs)
def test_programs_in_released_weights(tmp_path_factory, program):
    path = tmp_path_factory.getbasetemp() / "2.pt"
    path.write_bytes(program)
    outcome(read_state_dict, path)


@given(data=st.data())
def test_our_own_weights(data, tmp_path_factory):
    path = tmp_path_factory.getbasetemp() / "model.safetensors"
    save_weights(path, TENSORS, {"variant": {"a": 1}})
    path.write_bytes(data.draw(changed_bytes(path.read_bytes())))
    outcome(read_weights, path)


VARIANT = find_variant(packaged_table("gating.tsv"), "mirabest-range-ft-3g")
ROW = json.loads(json.dumps(dataclasses.asdict(VARIANT)))


@FEWER
@given(changed_values({"variant": ROW}))
def test_descriptions_in_our_own_weights(tmp_path_factory, value):
    path = tmp_path_factory.getbasetemp() / "described.safetensors"
    try:
        save_weights(path, TENSORS, value)
    except (TypeError, ValueError):
        return
    outcome(load_variant, VARIANT, path)
    outcome(load_members, [str(path)], DownloadSettings(), pytest.fail)


@given(data=st.data())
def test_the_state_of_a_training(data, tmp_path_factory):
    folder = tmp_path_factory.mktemp("state")
    state = StateFolder(folder, {"seed": 0})
    state.save(TENSORS, {"epoch": 1, "checkpoints": {}})
    files = sorted(path for path in folder.iterdir() if path.suffix in (".json", ".safetensors"))
    path = data.draw(st.sampled_from(files))
    path.write_bytes(data.draw(changed_bytes(path.read_bytes())))
    found = outcome(state.load, lambda _: None)
    assert found is None or found[1]["epoch"] == 1


def test_weights_that_nobody_changed_are_read(tmp_path):
    path = own_weights(tmp_path / "model.safetensors", 0, "range")
    assert outcome(load_variant, VARIANT, path) is not None
