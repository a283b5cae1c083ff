"""Table 3: the attention normalisation functions, the paper's beside those of the code."""

from dataclasses import dataclass

from radiogaze.tables.cells import Cell, Content
from radiogaze.tables.inputs import TableInputs


@dataclass(frozen=True)
class FunctionalForm:
    """A normalisation as the released code computes it: what ``radiogaze.models.gates`` does.

    Parameters
    ----------
    heading
        The paper's number and name of it.
    text
        The code's functional form of the compatibility scores x.
    anchor
        The section of ``docs/differences.md`` on it.
    """

    heading: str
    text: str
    anchor: str


# by the sheet's name of the normalisation, in the paper's order
FORMS = {
    "softmax": FunctionalForm("(i) Softmax", "exp(x) / Σ exp(x)", "table-3"),
    "sigmoid": FunctionalForm("(ii) Sigmoid", "(1 + exp(−x))^−1", "table-3"),
    "range": FunctionalForm(
        "(iii) Range", "(x − min_batch) / (max_batch − min_batch)", "range-scope"
    ),
    "standardisation": FunctionalForm(
        "(iv) Standardisation", "((x − min_batch) / max_batch − μ) / σ", "standardisation"
    ),
}
_NOTE = (
    "x are the compatibility scores of a gate, one map for each image; μ = 0.5 and σ = 0.25 on"
    " both sides. Σ runs over the positions of one image's map. min_batch and max_batch are the"
    " extremes over all positions of all maps in the batch, in training and at test time."
)
_CHOICE = (
    "Ours is the released code's form, which every network of the paper has; the columns"
    " normalisation and scope of the experiment sheet choose the paper's form instead."
)


def build(number: str, inputs: TableInputs) -> Content:
    """Build Table 3.

    Raises
    ------
    RadiogazeError
        If the reference lacks one of the paper's forms.
    """
    table = str(int(number))
    cells = [
        Cell(
            variant=name,
            metric="operation",
            group="",
            row=form.heading,
            column="Functional form",
            ours=form.text,
            paper=inputs.reference.get(table, name, "operation"),
            anchor=form.anchor,
        )
        for name, form in FORMS.items()
    ]
    return Content(tuple(cells), (_NOTE, _CHOICE))
