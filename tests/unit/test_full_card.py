"""A card without enough memory: one line for a person, as for a full disk."""

import click
import pytest
import torch

from radiogaze import cli
from radiogaze.errors import RadiogazeError


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."), RadiogazeError),
        (RuntimeError("a fault of our own"), RuntimeError),
    ],
)
def test_a_full_card_is_reported_in_a_line_and_no_other_fault_is_hidden(
    monkeypatch, fault, expected
):
    def fill():
        raise fault

    monkeypatch.setattr(
        cli.LazyGroup, "get_command", lambda *_: click.Command("fill", callback=fill)
    )
    with pytest.raises(expected) as caught:
        cli.cli.main(["train"], standalone_mode=False)
    message = str(caught.value)
    assert ("the GPU is out of memory" in message) == (expected is RadiogazeError)
