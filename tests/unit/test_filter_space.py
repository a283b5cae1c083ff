"""Our filters against those of the reference library escnn (Cesa, Lang & Weiler 2022).

``tests/fixtures/filter_spaces.json`` holds, of every space of filters that the library can make,
its dimension and how long the projections of some fixed random vectors onto it are. Two spaces of
one dimension that differ project random vectors differently.

No permutation is needed to compare: the library too counts the rotations first and then those
after a mirror, and its mirror too swaps left and right.
"""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from radiogaze.models.steerable import Group, LiftConv, RegularConv, basis

SPACES = json.loads((Path(__file__).parents[1] / "fixtures/filter_spaces.json").read_text("utf-8"))
CASES = SPACES["cases"]
CONVOLUTIONS = {"lift": LiftConv, "regular": RegularConv}


@pytest.fixture(autouse=True)
def _double_precision():
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(before)


def all_filters(case: str) -> LiftConv | RegularConv:
    """Return a convolution of one field, each of whose outputs has one weight of 1."""
    group, kind, kernel = case.split("-")
    make, g = CONVOLUTIONS[kind], Group.named(group)
    weights = make(g, 1, 1, int(kernel)).weight.numel()
    conv = make(g, 1, weights, int(kernel))
    with torch.no_grad():
        conv.weight.copy_(torch.eye(weights).view(conv.weight.shape))
    return conv


def vectors(conv: LiftConv | RegularConv) -> Tensor:
    """Return each output's filters as a vector [out element, in element, row, column]."""
    with torch.no_grad():
        by_element = conv.filters().unflatten(0, (conv.group.order, conv.outputs))
    return by_element.transpose(0, 1).flatten(1)


def fingerprint(filters: Tensor) -> tuple[int, list[float]]:
    """Return the dimension of the filters' span, and the lengths of the projections onto it."""
    squares, weights = torch.linalg.eigh(filters @ filters.T)  # a small matrix
    kept = squares > 1e-9 * squares[-1]
    span = (weights[:, kept] / squares[kept].sqrt()).T @ filters
    # RandomState's numbers are the same in every version of numpy.
    probes = torch.from_numpy(np.random.RandomState(0).standard_normal((8, filters.shape[1])))
    probes /= probes.norm(dim=1, keepdim=True)
    return len(span), (probes @ span.T).norm(dim=1).tolist()


@pytest.mark.parametrize("case", CASES)
def test_the_filters_are_those_of_the_library(case):
    dimension, projections = fingerprint(vectors(all_filters(case)))
    assert dimension == CASES[case]["dimension"]
    assert projections == pytest.approx(CASES[case]["projections"], abs=1e-6)


@pytest.mark.parametrize(
    ("case", "constant", "value"),
    [
        ("c4-lift-5", "_INNER_WIDTH", 0.57),
        ("c8-regular-3", "_OUTER_WIDTH", 0.42),
        ("d4-lift-3", "_CENTRE_WIDTH", 0.4),
        ("d4-lift-7", "_OUTER_FREQUENCY", 3),
    ],
)
def test_other_rings_are_recognised(monkeypatch, case, constant, value):
    monkeypatch.setattr(basis, constant, value)
    found, expected = fingerprint(vectors(all_filters(case))), CASES[case]
    differences = np.subtract(found[1], expected["projections"])
    assert found[0] > expected["dimension"] or np.abs(differences).max() > 1e-4


@pytest.mark.parametrize("kind", CONVOLUTIONS)
def test_every_pair_of_fields_has_a_space_of_its_own(kind):
    """A convolution of many fields is made of convolutions of one, channels in our order."""
    make, group = CONVOLUTIONS[kind], Group.named("d4")
    many = make(group, 2, 3, 5)
    elements = group.order if kind == "regular" else 1
    with torch.no_grad():
        pairs = many.filters().view(group.order, 3, elements, 2, 5, 5)
        for o in range(3):
            for i in range(2):
                one = make(group, 1, 1, 5)
                one.weight.copy_(many.weight[o, i * elements : (i + 1) * elements])
                assert torch.allclose(pairs[:, o, :, i], one.filters().view(-1, elements, 5, 5))
