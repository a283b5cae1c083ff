"""Table 3: the attention normalisation functions, the paper's beside those of the code."""

from radiogaze.tables.cells import Cell, Content
from radiogaze.tables.inputs import TableInputs

# The sheet's name of a normalisation -> the paper's number and name, the functional form of the
# compatibility scores x that the released code and radiogaze.models.gates compute, and the section
# of docs/differences.md on it; in the paper's order.
FORMS = {
    "softmax": ("(i) Softmax", "exp(x) / Σ exp(x)", "table-3"),
    "sigmoid": ("(ii) Sigmoid", "(1 + exp(−x))^−1", "table-3"),
    "range": ("(iii) Range", "(x − min_batch) / (max_batch − min_batch)", "range-scope"),
    "standardisation": (
        "(iv) Standardisation",
        "((x − min_batch) / max_batch − μ) / σ",
        "standardisation",
    ),
}
_NOTES = (
    "x are the compatibility scores of a gate, one map for each image; μ = 0.5 and σ = 0.25 on"
    " both sides. Σ runs over the positions of one image's map. min_batch and max_batch are the"
    " minimum and maximum over all positions of all maps in the batch, in training and at test"
    " time.",
    "Ours is the released code's form, which every network of the paper has; the columns"
    " normalisation and scope of the experiment sheet choose the paper's form instead.",
)


def build(number: str, inputs: TableInputs) -> Content:
    """Build Table 3.

    Raises
    ------
    RadiogazeError
        If the reference lacks one of the paper's forms.
    """
    table, metric, column = str(int(number)), "operation", "Functional form"
    cells = []
    for name, (heading, form, anchor) in FORMS.items():
        paper = inputs.reference.get(table, name, metric)
        cells.append(Cell(name, metric, "", heading, column, form, paper, anchor))
    return Content(tuple(cells), _NOTES)
