"""Table 3: the printed formulas are what the code computes."""

import pytest
import torch
from tables_tools import make

from radiogaze.models.gates import Normaliser

# how a formula is written in Python
_PYTHON = {"−": "-", "Σ exp(x)": "exp(x).sum((1, 2, 3), keepdim=True)", "^": "**"}


def evaluate(formula, x):
    """Evaluate a formula of Table 3 for scores [N, 1, H, W]."""
    for printed, python in _PYTHON.items():
        formula = formula.replace(printed, python)
    names = {
        "x": x,
        "exp": torch.exp,
        "min": lambda c: c.amin((1, 2, 3), keepdim=True),
        "max": lambda c: c.amax((1, 2, 3), keepdim=True),
        "min_batch": x.min(),
        "max_batch": x.max(),
        "μ": 0.5,
        "σ": 0.25,
    }
    return eval(formula, {"__builtins__": {}}, names)  # noqa: S307


@pytest.fixture
def scores():
    return torch.randn(3, 1, 5, 4, generator=torch.Generator().manual_seed(1)) + 2


def test_each_form_of_ours_is_what_the_gate_computes(scores):
    cells = {cell.variant: cell for cell in make("03").content.cells}
    assert list(cells) == ["softmax", "sigmoid", "range", "standardisation"]
    for name, cell in cells.items():
        gate = Normaliser(name, "batch")(scores)
        assert torch.allclose(evaluate(cell.ours, scores), gate, atol=1e-6), name


def test_each_form_of_the_paper_is_what_the_sheet_can_select_instead(scores):
    selected = {"range": ("range", "image"), "standardisation": ("standardisation-as-written",)}
    for cell in make("03").content.cells:
        chosen = Normaliser(*selected.get(cell.variant, (cell.variant,)))(scores)
        assert torch.allclose(evaluate(cell.paper.value, scores), chosen, atol=1e-6)
        unlike = not torch.allclose(chosen, Normaliser(cell.variant, "batch")(scores), atol=1e-3)
        assert unlike == cell.verdict.startswith("differs") == (cell.variant in selected)
