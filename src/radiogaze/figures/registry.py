"""Which function draws which figure of which paper, and what it is given.

Imports no plotting library: the workflow reads it too.
"""

from typing import NamedTuple

from radiogaze.errors import RadiogazeError


class Entry(NamedTuple):
    """How a figure is drawn.

    Attributes
    ----------
    module
        Below ``radiogaze.figures``. It is named by text so that the digest of the code behind
        one figure leaves out the others'.
    function
        Of that module.
    takes
        ``inputs``, ``architecture``, ``steps`` or ``nothing``.
    title
        What it shows.
    """

    module: str
    function: str
    takes: str
    title: str


FIGURES = {
    "gating": {
        "fig01": Entry("gating.architecture", "gate_figure", "architecture", "The attention gate"),
        "fig02": Entry("gating.architecture", "network_figure", "architecture", "The network"),
        "fig03": Entry(
            "gating.preprocessing", "preprocessing_figure", "steps", "Preprocessing of a source"
        ),
        "fig04": Entry(
            "gating.fig04", "draw", "inputs", "Example sources and their attention maps"
        ),
        "fig05": Entry(
            "gating.fig05", "draw", "inputs", "Attention of 16 models in the example sources"
        ),
        "fig06": Entry("gating.fig06", "draw", "inputs", "Attention by number of gates"),
        "fig07": Entry("gating.fig07", "draw", "inputs", "Attention through training"),
        "fig08": Entry("gating.fig08", "draw", "inputs", "Difference of the classes' mean images"),
        "fig09": Entry("gating.fig09", "draw", "inputs", "Aggregate attention by class and gate"),
        "fig10": Entry("gating.fig10", "draw", "inputs", "Aggregate attention through training"),
        "fig11": Entry(
            "gating.fig11", "draw", "inputs", "Aggregate attention by true and predicted class"
        ),
        "fig12": Entry(
            "gating.fig12", "draw", "inputs", "Mean images and attention by class and confidence"
        ),
        "fig13": Entry("gating.fig13", "draw", "inputs", "Aggregate attention of 16 models"),
        "fig14": Entry(
            "gating.fig14", "draw", "inputs", "Sources that are misclassified almost always"
        ),
        "figA1": Entry(
            "gating.metrics_illustration", "roc_figure", "nothing", "A ROC curve explained"
        ),
        "figA2": Entry("gating.metrics_illustration", "auc_figure", "nothing", "The AUC explained"),
        "confusion": Entry("gating.confusion", "draw", "inputs", "Confusion matrices"),
        "roc": Entry("gating.roc", "draw", "inputs", "Receiver operating characteristics"),
        "learning_curve": Entry("learning_curve", "draw", "inputs", "Learning curves"),
        "gradcam": Entry("gating.gradcam", "draw", "inputs", "Attention beside Grad-CAM"),
    },
    "equivariant": {
        "fig01": Entry("equivariant.loss_curves", "draw", "inputs", "Loss curves of every network"),
        "fig02": Entry(
            "equivariant.attention_by_model", "draw", "inputs", "Attention of every network"
        ),
        "fig02_as_trained": Entry(
            "equivariant.attention_by_model",
            "draw",
            "inputs",
            "Attention of every network, its input as in training",
        ),
        "fig03": Entry(
            "equivariant.class_difference", "draw", "inputs", "Class-differenced mean attention"
        ),
        "equivariance": Entry(
            "equivariant.equivariance_error", "draw", "inputs", "Equivariance error by angle"
        ),
        "learning_curve": Entry("learning_curve", "draw", "inputs", "Learning curves"),
    },
}


def find_figure(name: str, paper: str = "gating") -> Entry:
    """Return the entry of a figure; ``learning_curve_<variant>`` is drawn as ``learning_curve``.

    Raises
    ------
    RadiogazeError
        If there is no such paper, or no such figure in it.
    """
    if paper not in FIGURES:
        raise RadiogazeError(f"no figures of the paper {paper}; there are: {', '.join(FIGURES)}")
    known = "learning_curve" if name.startswith("learning_curve_") else name
    if known not in FIGURES[paper]:
        raise RadiogazeError(f"figure {name}: unknown; there are: {', '.join(FIGURES[paper])}")
    return FIGURES[paper][known]
