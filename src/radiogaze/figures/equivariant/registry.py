"""The figures of the equivariant paper."""

from radiogaze.campaigns.plan import Need, PaperPlan
from radiogaze.figures.spec import FigureSpec, histories_of_all


def _histories(plan: PaperPlan) -> list[Need]:
    published = [] if plan.synthetic else [plan.need("published-curves", "published_curves")]
    return plan.of_every_run("history", "history", plan.variants_of_table("1")) + published


FIGURES = {
    "fig01": FigureSpec(
        title="Loss curves of every network",
        caption="**Figure 1: loss curves.** Validation (solid) and training (dashed) loss by "
        "epoch of every network of Table 1, trained here with seed 0: rolling means over 5 epochs "
        "(none where a training is shorter), shaded by the rolling standard deviation of the "
        "validation loss. Filled triangles: the epoch of the lowest validation loss, not "
        "smoothed, whose weights are kept; small ones: the other of {seeds} seeds. Validation: "
        "{validation_passes} augmented passes after each epoch. Hollow triangles, where the sky "
        "is not synthetic: the paper's own minima, read off the vector graphics of its figure; at "
        "the right edge where their epoch lies beyond the axis.\n\n"
        "Style and limits as published. The paper's epoch is 16 augmented passes over the "
        "training set, although it says eight; where the sheet has fewer passes, epochs are not "
        "the same amount of training.",
        drawing="equivariant.loss_curves:draw",
        needs=_histories,
    ),
    "fig02": FigureSpec(
        title="Attention of every network",
        caption="**Figure 2: attention of every network.** Left, the {sources} of the test file; "
        "then the attention maps of the networks of Table 1 that have gates ({weights}): "
        "{averaged}, each map on its own scale. The contour encloses the pixels above zero and is "
        "dashed where the network calls the source wrong. Input: one un-augmented image at a "
        "time, raw pixels 0..255.\n\n"
        "The published panels were drawn with raw pixels, although the networks were trained on "
        "standardised ones: maps and classes are those of an input that no network has learned. "
        "The published source is not named; 20, 8, 107 and 95 are those that the code shows.",
        drawing="equivariant.attention_by_model:draw",
        needs=lambda plan: plan.of_first_run("examples", "examples", plan.gated_of_table("1")),
    ),
    "fig02_as_trained": FigureSpec(
        title="Attention of every network, its input as in training",
        caption="**Figure 2 with the input of training.** As Figure 2, for the {sources} and the "
        "networks of Table 1 that have gates ({weights}), but the pixels are standardised as in "
        "training, so that the classes, and whether a contour is dashed, are the networks' "
        "own.\n\n"
        "Not in the paper.",
        drawing="equivariant.attention_by_model:draw",
        needs=lambda plan: plan.of_first_run(
            "examples", "examples_as_trained", plan.gated_of_table("1")
        ),
    ),
    "fig03": FigureSpec(
        title="Class-differenced mean attention",
        caption="**Figure 3: class-differenced mean attention.** Mean attention in FRI minus that "
        "in FRII by the plain network and an equivariant one (D8 where the sheet has it; "
        "{weights}): {averaged}, in a disc that leaves out 2 % of the radius; colours are "
        "symmetric about zero, the first row of a cutout is at the bottom. Above, over {over}; "
        "below, over a full turn in as many equal steps. The black contour lies at half the "
        "standard deviation of the class-differenced mean image. The asymmetry is the fraction of "
        "the map's power that is not in its azimuthal mean: 0 for a radial pattern, 1 where every "
        "ring averages to zero. Input: standardised as in training; every image goes through the "
        "network on its own.\n\n"
        "The paper's figure averages 180 random passes; its code later changed to rotations by 0, "
        "2, ... 358 degrees. Its caption says that the contour lies at zero; the code draws it at "
        "half a standard deviation. The asymmetry is ours.",
        drawing="equivariant.class_difference:draw",
        needs=lambda plan: plan.aggregates(plan.differenced, plan.runs[:1]),
    ),
    "equivariance": FigureSpec(
        title="Equivariance error by angle",
        caption="**Equivariance error by angle.** What a rotation of the input does to the "
        "networks of Table 1 ({weights}) beyond what it should: above, the root mean square "
        "change of the difference of the two logits over its standard deviation among the "
        "sources; below, the root mean square difference between the map of the rotated image and "
        "the rotated map, inside a disc; 32 test sources, one image at a time. Dots: quarter "
        "turns, which move pixels onto pixels; diamonds: the mirror image; the other angles have "
        "the blur of bilinear resampling in them. Left, the image as it is (150 pixels, or binned "
        "from them); right, with blank background added so that its size halves three times "
        "without a remainder (152 in place of 150). A network with fully connected layers has one "
        "size only.\n\n"
        "Not in the paper, which blames residual structure in its maps on small kernels: with 150 "
        "pixels the pooling of odd sizes breaks even quarter turns.",
        drawing="equivariant.equivariance_error:draw",
        needs=lambda plan: plan.of_first_run(
            "equivariance", "equivariance", plan.variants_of_table("1")
        ),
    ),
    "learning_curve": FigureSpec(
        title="Learning curves",
        caption="**Learning curves.** Loss of training (dotted) and validation (solid) by epoch, "
        "a panel for each network and control of the sheet, a colour for each of {seeds} seeds "
        "trained here; the dot marks the epoch of the lowest validation loss, whose weights are "
        "kept. Validation: {validation_passes} augmented passes after each epoch. Nothing is "
        "smoothed.\n\n"
        "The equivariant paper shows one seed of each network, smoothed (Figure 1).",
        drawing="learning_curve:draw",
        needs=histories_of_all,
    ),
}
