"""The figures of the gating paper."""

from radiogaze.campaigns.plan import FIGURE_3_SOURCE, Need, PaperPlan
from radiogaze.figures.spec import FigureSpec, histories_of_all


def _predictions(plan: PaperPlan) -> list[Need]:
    shown = plan.variants_of_table("6")
    return plan.of_first_run("logits", "logits", shown) + plan.of_first_run(
        "predictions", "predictions", shown
    )


FIGURES = {
    "fig01": FigureSpec(
        title="The attention gate",
        caption="**Figure 1: the attention gate.** Gate 1 of the primary model as it is built: "
        "shapes (channels × height × width) and numbers of parameters are read off the network. "
        "**x** are the features that are attended, **g** is the gating signal from the last "
        "convolution, up-sampled to the size of **x**. All convolutions are 1 × 1.\n\n"
        "The published figure shows the same operations; Table 2 of the paper labels the "
        "convolutions 3 × 3, which its own parameter counts contradict.",
        drawing="gating.architecture:draw_gate",
        needs=lambda plan: [plan.need("architecture", "architecture", variant=plan.primary)],
    ),
    "fig02": FigureSpec(
        title="The network",
        caption="**Figure 2: the network.** The primary model as it is built, from the cutout "
        "(left) to the class probabilities. Above each block is its number of channels, below it "
        "the side of its maps in pixels, in each gate its number of parameters. Each unit is "
        "convolution, batch normalisation, ReLU: the order of the released code.\n\n"
        "The published figure shows the same network; Table 1 of the paper names another order, "
        "ReLU before batch normalisation, which the released weights do not belong to.",
        drawing="gating.architecture:draw_network",
        needs=lambda plan: [plan.need("architecture", "architecture", variant=plan.primary)],
    ),
    "fig03": FigureSpec(
        title="Preprocessing of a source",
        caption="**Figure 3: preprocessing of the FRI source of Figure 4.** (i) The original "
        "FIRST image with the box of the crop, on a scale from its 1st to its 99.9th percentile; "
        "(ii) clipped at three times the local noise, cropped to 150 × 150 pixels and scaled to "
        "0..255; (iii) one augmented copy, hatched where nothing of the cutout is left; (iv) the "
        "same, padded with zeros. The bars are one arcminute.\n\n"
        "No code of the published figure was released: the steps follow the paper's text, and the "
        "random augmentation is ours, so that its angle, scale and shift are other ones.",
        drawing="gating.preprocessing:draw",
        needs=lambda plan: (
            None if plan.synthetic else [plan.need("steps", "steps", source=FIGURE_3_SOURCE)]
        ),
    ),
    "fig04": FigureSpec(
        title="Example sources and their attention maps",
        caption="**Figure 4: two example sources and their attention maps.** Above, the {pair}, "
        "in units of the largest pixel value; below, the attention maps of {model}: {averaged}. "
        "Input: one un-augmented image at a time, raw pixels 0..255. Each map has its own "
        "scale.\n\n"
        "The published figure feeds raw pixels too, although the network was trained on inputs "
        "from −1 to 1. The published notebook gives peaks of 0.985 (FRI) and 0.743 (FRII).",
        drawing="gating.examples:draw_sources",
        needs=lambda plan: plan.of_first_run("examples", "examples", [plan.primary]),
    ),
    "fig05": FigureSpec(
        title="Attention of 16 models in the example sources",
        caption="**Figure 5: attention of 16 models in the example sources.** (i) and (ii): the "
        "{pair}. Rows: normalisation of the gates; columns: aggregation. Each map is {averaged}, "
        "scaled from its own minimum (0) to its own maximum (1); brightness cannot be compared "
        "between panels. Range with fine tuned is {model}; the other 15 are those of Table 8. "
        "{raw}\n\n"
        "Rows, columns, input and scaling as published.",
        drawing="gating.examples:draw_grid",
        needs=lambda plan: plan.of_first_run("examples", "examples", plan.grid),
    ),
    "fig06": FigureSpec(
        title="Attention by number of gates",
        caption="**Figure 6: attention with one, two and three gates.** Rows: the models of Table "
        "9 that have gates; columns: the {pair}. Each map is the plain mean over the gates there "
        "are, resized to 150 × 150 pixels, on its own scale. {raw}\n\n"
        "Rows, columns, input and scaling as published. The paper's models differ in more than "
        "their gates: only the one with three has dropout, and the one with a single gate was "
        "trained at another learning rate.",
        drawing="gating.examples:draw_by_gates",
        needs=lambda plan: plan.of_first_run("examples", "examples", plan.gated_of_table("9")),
    ),
    "fig07": FigureSpec(
        title="Attention through training",
        caption="**Figure 7: attention through training.** Left, the {pair}; then the attention "
        "maps of the primary model at {checkpoints}. Each map is {averaged}, on its own scale. "
        "{raw}\n\n"
        "Input and scaling as published; the published epochs are 0, 3, 8, 13 and 26.",
        drawing="gating.examples:draw_through_training",
        needs=lambda plan: plan.through_training("examples", "examples"),
    ),
    "fig08": FigureSpec(
        title="Difference of the classes' mean images",
        caption="**Figure 8: difference of the classes' mean images.** ⟨FRI⟩ − ⟨FRII⟩ of {over}, "
        "in units of the largest pixel value, saturated at ±0.05; minimum and maximum before "
        "saturation are above the panel. No network is involved.\n\n"
        "The published figure averages 100 passes and saturates at ±0.05 as well; it was drawn by "
        "none of the released code. The random augmentation is ours.",
        drawing="gating.aggregates:draw_mean_difference",
        needs=lambda plan: plan.of_first_run("aggregate", "attention", [plan.primary]),
    ),
    "fig09": FigureSpec(
        title="Aggregate attention by class and gate",
        caption="**Figure 9: aggregate attention by class.** Mean attention of {model} in FRI "
        "(left) and FRII (right) over {over}: {averaged} (top row), then each gate's map at its "
        "native size. Each panel has its own scale. {per_image}\n\n"
        "The published figure averages 100 passes; input and scaling are the same.",
        drawing="gating.aggregates:draw_by_gate",
        needs=lambda plan: plan.of_first_run("aggregate", "attention", [plan.primary]),
    ),
    "fig10": FigureSpec(
        title="Aggregate attention through training",
        caption="**Figure 10: aggregate attention through training.** For each class the mean "
        "image over its peak, then the mean attention at {checkpoints}, over {over}. The maps of "
        "a row share one scale, the row's largest value being 1. {per_image}\n\n"
        "The published figure averages 100 passes over epochs 0, 3, 8, 13 and 26; input and "
        "scaling are the same.",
        drawing="gating.aggregates:draw_through_training",
        needs=lambda plan: plan.through_training("aggregate", "attention"),
    ),
    "fig11": FigureSpec(
        title="Aggregate attention by true and predicted class",
        caption="**Figure 11: aggregate attention by true and predicted class.** Rows: true "
        "class; columns: the class predicted by {model}, over {over}. The four maps share one "
        "scale; the number in a panel counts the augmented images in it. Input: −1..1. Maps are "
        "made image by image, but for the predictions all images of one class form one batch, as "
        "published: range normalisation acts over the batch, so that these predictions are not "
        "those of Table 6.\n\n"
        "The published figure averages 100 passes and prints no counts.",
        drawing="gating.aggregates:draw_by_prediction",
        needs=lambda plan: plan.of_first_run("aggregate", "attention", [plan.primary]),
    ),
    "fig12": FigureSpec(
        title="Mean images and attention by class and confidence",
        caption="**Figure 12: mean images and attention by class and confidence.** Above, the "
        "mean image of each group over {over}, in units of the largest pixel value, with contours "
        "at 0.001, 0.034, 0.067 and 0.1; below, the mean attention of {model}, {averaged}. Each "
        "panel has its own scale. {per_image}\n\n"
        "The published figure averages 100 passes and has these four contour levels; its caption "
        "names 0.001, 0.005, 0.01, 0.05 and 0.1.",
        drawing="gating.aggregates:draw_by_confidence",
        needs=lambda plan: plan.of_first_run("aggregate", "attention", [plan.primary]),
    ),
    "fig13": FigureSpec(
        title="Aggregate attention of 16 models",
        caption="**Figure 13: aggregate attention of 16 models.** Mean attention in (i) FRI and "
        "(ii) FRII over {over}. Rows: normalisation of the gates; columns: aggregation; the "
        "models of Figure 5. Each map is {averaged}, scaled from its own minimum (0) to its own "
        "maximum (1). {per_image}\n\n"
        "The published figure averages 100 passes; rows, columns, input and scaling are the same.",
        drawing="gating.aggregates:draw_grid",
        needs=lambda plan: plan.of_first_run("aggregate", "attention", plan.grid),
    ),
    "fig14": FigureSpec(
        title="Sources that are misclassified almost always",
        caption="**Figure 14: sources that are misclassified almost always.** The sources that "
        "{model} gets wrong in at least 95 % of {misclassify_passes} TTA passes, with the letters "
        "of Table 10 (our list; at most 12 are shown). Above, the source, outlined where the "
        "clipped image is not zero; below, its attention map, {averaged}, on its own scale. Input "
        "of the maps: 0..1, un-augmented, one image at a time.\n\n"
        "The published figure counts over 1,000 passes, with the same input scaling, which is "
        "neither that of training nor that of Figure 4; its outline is one automatically chosen "
        "contour level.",
        drawing="gating.examples:draw_misclassified",
        needs=lambda plan: plan.of_first_run("examples", "misclassified_maps", [plan.primary]),
    ),
    "figA1": FigureSpec(
        title="A ROC curve explained",
        caption="**Figure A1: a ROC curve explained.** Two normal distributions of predicted "
        "values (standard deviation 0.11, means 0.24 apart) and the ROC curve that they give; the "
        "colour is the threshold, and the circle marks 0.5. An illustration: nothing is measured, "
        "no campaign changes it.\n\n"
        "No code of the published figure was released and its distributions are not stated; ours "
        "are chosen to look alike.",
        drawing="gating.metrics_illustration:draw_roc",
    ),
    "figA2": FigureSpec(
        title="The AUC explained",
        caption="**Figure A2: the AUC explained.** Four pairs of normal distributions (standard "
        "deviation 0.11, means 0, 0.11, 0.22 and 0.44 apart), and the ROC curve and the AUC of "
        "each. An illustration: nothing is measured, no campaign changes it.\n\n"
        "No code of the published figure was released and its distributions are not stated; ours "
        "are chosen to look alike.",
        drawing="gating.metrics_illustration:draw_auc",
    ),
    "confusion": FigureSpec(
        title="Confusion matrices",
        caption="**Confusion matrices.** Of the models of Table 6 ({weights}) over {passes} TTA "
        "passes over the test set, in batches as in training (published: 16) in file order: the "
        "fraction of each true class (colour from 0 to 1) and the number of augmented images. "
        "Input: −1..1.\n\n"
        "Not in the paper; the counts are those behind Table 6.",
        drawing="gating.confusion:draw",
        needs=lambda plan: plan.of_first_run("metrics", "metrics", plan.variants_of_table("6")),
    ),
    "roc": FigureSpec(
        title="Receiver operating characteristics",
        caption="**Receiver operating characteristics.** Of the models of Table 6 ({weights}) "
        "over {passes} TTA passes over the test set, in batches as in training (published: 16) in "
        "file order; FRII is the positive class. Solid: sources ranked by their logits; dotted: "
        "by the published score, a second softmax of the network's softmax, in which saturated "
        "sources tie. Input: −1..1.\n\n"
        "Not in the paper, which tabulates the area only (Table 6); its AUC is that of the dotted "
        "curve.",
        drawing="gating.roc:draw",
        needs=_predictions,
    ),
    "learning_curve": FigureSpec(
        title="Learning curves",
        caption="**Learning curves.** Loss of training (dotted) and validation (solid) by epoch, "
        "a panel for each variant, a colour for each of {seeds} seeds trained here; the dot marks "
        "the epoch of the lowest validation loss, whose weights are kept. Validation: "
        "{validation_passes} augmented passes after each epoch.\n\n"
        "Not in the paper; the released weights come without their histories.",
        drawing="learning_curve:draw",
        needs=histories_of_all,
    ),
    "gradcam": FigureSpec(
        title="Attention beside Grad-CAM",
        caption="**Attention beside Grad-CAM.** For the {pair}, the sources of Figure 14 (as many "
        "as fit) and the mean over each class of the test set: the source, the attention map of "
        "{model}, and Grad-CAM of either class's logit at the last convolution, enlarged from 18 "
        "× 18 pixels. ρ is Spearman's rank correlation of a Grad-CAM with the attention map. Each "
        "panel has its own scale; for the class means every Grad-CAM is divided by its maximum "
        "first. Input: −1..1, un-augmented, one image at a time.\n\n"
        "Not in the paper: it asks whether the attention maps show what decides.",
        drawing="gating.gradcam:draw",
        needs=lambda plan: [
            plan.need("explanations", "grad_cam", variant=plan.primary, run=plan.runs[0])
        ],
    ),
}
