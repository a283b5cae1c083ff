"""Terms and constants that the command line, the schemas and the library share; no imports."""

CLASSES = ("FRI", "FRII")  # in the order of a network's two logits
FR_CLASSES = (*CLASSES, "hybrid")  # of a catalogue
BOTH = "both"  # of the classes: where a metric has one value for both
CONFIDENCES = ("certain", "uncertain")
CUTOUT_PIXELS = 150  # along a side
PIXEL_ARCSEC = 1.8  # of VLA FIRST
BEAM_ARCSEC = 5.4  # of VLA FIRST, FWHM (Becker et al. 1995)
BEAM = 3  # pixels, the same
# Batch composition of the test set: as the file has it (published), shuffled, or single images.
ORDERS = ("file", "shuffled", "single")
# What the network is given of an 8-bit image: network, as in training, [-1, 1]; raw, the values
# 0..255 (published Figures 4 to 7); unit, 0..1 (published Figure 14).
SCALINGS = ("network", "raw", "unit")
# How maps grow to the cutout's size: zero-border, as published, bilinear with zeros outside the
# map, so that its edge is blended with zero (over 2 px for gate 1, 1 px for gate 2), or
# plain, bilinear with every cell on the pixels that it was pooled from.
RESIZES = ("zero-border", "plain")
ZENODO_API = "https://zenodo.org/api"
FOLDS = 10  # of the cross-validation over MiraBest
NONE_VALIDATES = "all"  # the split with which every source trains
MISCLASSIFIED = 0.95  # of the passes: from here on Table 10 lists a source (paper, Section 7)
CHECKPOINTS = range(1, 6)  # of a training, kept for the gating paper's Figures 7 and 10
# The maps of docs/gaze.md: the network's own, and what its scores are compared with.
ATTENTION = "attention"
NULL_MODELS = {
    "brightness": "brightness",
    "blurred-brightness": "blurred brightness",
    "gaussian": "Gaussian",
    "other-source": "other source",
    "random": "random",
    "untrained": "untrained",
}
# Other explanations of the same network, beside its gates' maps.
GRAD_CAM, INTEGRATED_GRADIENTS, OCCLUSION = "grad-cam", "integrated-gradients", "occlusion"
# What replaces the map of a gate, and of which gate: one, or all together.
REPLACEMENTS = {"uniform": "uniform", "other-source": "other source", "rotated": "rotated"}
ALL_GATES = "all"
# Parts of a network whose weights are re-initialised, from the top, and in which order.
RANDOMISED = {
    "gates": "gates",
    "block4": "block 4",
    "block3": "block 3",
    "block2": "block 2",
    "block1": "block 1",
}
CASCADING, INDEPENDENT = "cascading", "independent"
# In place of these: the maps of other trainings of the network, of the same source and of another.
BESIDE, BESIDE_OTHER_SOURCE = "beside", "beside, other source"
REST = "rest"  # in place of an unlabelled data set: the training sources without a label
