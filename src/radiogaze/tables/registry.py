"""Every table of every paper: its title, its caption, what it is made from and by what.

Imports none of the builders: the workflow reads it too, and some need torch.
"""

from dataclasses import dataclass

from radiogaze.campaigns.plan import EVERY_VARIANT, Need, PaperPlan
from radiogaze.errors import RadiogazeError


@dataclass(frozen=True)
class TableSpec:
    """A table of a paper.

    Attributes
    ----------
    title
        What it shows.
    caption
        Markdown, with the fields that :func:`radiogaze.campaigns.captions.fill_caption` fills in.
    builder
        The module below ``radiogaze.tables`` whose function ``build`` makes it.
    number
        The number in the column ``tables`` of the variants that it shows, ``EVERY_VARIANT``, or
        None where it shows none.
    catalogues
        The data sets whose sources it counts.
    misclassified
        Whether it lists the sources that the primary model misclassifies.
    """

    title: str
    caption: str
    builder: str
    number: str | None = None
    catalogues: tuple[str, ...] = ()
    misclassified: bool = False

    def needs(self, plan: PaperPlan) -> list[Need]:
        """Return what it is made from in a campaign."""
        needs = [
            of.need(option, "metrics", variant=name, run=run)
            for option, of in (("metrics", plan), ("released", plan.beside))
            if of is not None
            for name in of.variants_of_table(self.number)
            for run in of.runs
        ]
        needs += [
            plan.need("catalogue", "catalogue", name, dataset=plan.dataset(name))
            for name in self.catalogues
        ]
        if self.misclassified:
            where = {"variant": plan.primary, "run": plan.runs[0]}
            needs.append(plan.need("misclassified", "misclassified", **where))
        return needs


_GATING = {
    "01": TableSpec(
        title="the primary network, read off the module",
        caption="**Table 1: the network.** Every operation of the primary model with the shape of "
        "its output and its number of parameters, read off the network as it is built. The paper "
        "leaves out the first stage of the fine-tuned aggregation, though its total of 101,447 "
        "includes it, and interchanges ReLU and batch normalisation.",
        builder="gating.architecture",
    ),
    "02": TableSpec(
        title="attention gate 1 of the primary network, read off the module",
        caption="**Table 2: attention gate 1.** Its operations, shapes and numbers of parameters, "
        "read off the network as it is built. The paper labels the convolutions 3 × 3; its own "
        "numbers of parameters are those of 1 × 1.",
        builder="gating.architecture",
    ),
    "03": TableSpec(
        title="the attention normalisation functions, as the released code computes them",
        caption="**Table 3: the attention normalisations.** The paper's formulae beside what the "
        "released code computes. Range and standardisation take minimum and maximum over the "
        "whole batch; nothing is measured.",
        builder="gating.normalisations",
    ),
    "04": TableSpec(
        title="the sources of MiraBest by class, confidence and morphology, from the catalogue",
        caption="**Table 4: MiraBest by class, confidence and morphology.** Sources counted in "
        "the catalogue. The paper lists every label but one: the certain FRII of double-double "
        "morphology.",
        builder="gating.counts",
        catalogues=("mirabest",),
    ),
    "05": TableSpec(
        title="the subsets of FR-DEEP and MiraBest, from the catalogues",
        caption="**Table 5: the data sets and their splits.** Sources of FR-DEEP and MiraBest "
        "counted in the catalogues. Training and validation are split at random, so that their "
        "numbers by class are expectations. The column Total\\* counts 72 augmented copies of each "
        "source.",
        builder="gating.counts",
        catalogues=("frdeep", "mirabest"),
    ),
    "06": TableSpec(
        title="the AG-CNN beside a classical CNN",
        caption="**Table 6: the AG-CNN beside a classical CNN.** {evaluation}. One model for each "
        "data set, tested on it; the paper quotes the Classic CNN from Tang et al. (2019), and "
        "its weights were never released. In the paper, precision and recall of FRII are "
        "interchanged for the certain sources of MiraBest.",
        builder="performance",
        number="6",
    ),
    "07": TableSpec(
        title="the four normalisations (fine tuned aggregation, three gates)",
        caption="**Table 7: the four normalisations.** {evaluation}. Fine-tuned aggregation and "
        "three gates throughout; range is the primary model of Table 6.",
        builder="performance",
        number="7",
    ),
    "08": TableSpec(
        title="the normalisations averaged over aggregations, and the reverse",
        caption="**Table 8: normalisations and aggregations.** {evaluation}. Each number is the "
        "plain mean over the four models that share a normalisation or an aggregation. Range with "
        "fine-tuned aggregation is another training than in Table 7.",
        builder="performance",
        number="8",
    ),
    "09": TableSpec(
        title="the number of attention gates",
        caption="**Table 9: the number of attention gates.** {evaluation}. One model for each "
        "number of gates, with three the primary model of Table 6. The paper's models have "
        "dropout with three gates only, and another learning rate with one gate.",
        builder="performance",
        number="9",
    ),
    "10": TableSpec(
        title="sources that the primary network misclassifies in at least 95 % of augmented passes",
        caption="**Table 10: sources that are misclassified almost always.** The primary model "
        "({weights}) gets them wrong in at least 95 % of {misclassify_passes} TTA passes over the "
        "test file (the paper: 1,000), in batches as in training (published: 16) in file order; "
        "input −1..1. Positions are those of the file names. Figure 14 shows the sources.",
        builder="gating.misclassified",
        misclassified=True,
    ),
    "07_order": TableSpec(
        title="the four normalisations (fine tuned aggregation, three gates), under each order of"
        " the test batches",
        caption="**Table 7 by batch composition.** {evaluation}; then the same sources shuffled "
        "and as single images, with the changes. Range and standardisation normalise over a "
        "batch, so that the other images of a batch change a prediction; softmax and sigmoid must "
        "not change. Not in the paper.",
        builder="gating.orders",
        number="7",
    ),
    "08_order": TableSpec(
        title="the normalisations averaged over aggregations, and the reverse, under each order of"
        " the test batches",
        caption="**Table 8 by batch composition.** {evaluation}; then the same sources shuffled "
        "and as single images, with the changes of each mean over four models. Not in the paper.",
        builder="gating.orders",
        number="8",
    ),
}

_EQUIVARIANT = {
    "01": TableSpec(
        title="performance of every model",
        caption="**Table 1: performance of every model.** {evaluation}. The input has the pixel "
        "scaling of each row of the sheet. Notes below the table report in what the networks or "
        "their budget are not the paper's, whether the paper's numbers agree with each other, and "
        "how the mean of its equivariant models compares with that of the two others.",
        builder="equivariant.networks",
        number="1",
    ),
    "01_controls": TableSpec(
        title="controls of Table 1",
        caption="**Beside Table 1: the controls that it lacks.** {evaluation}. Every variant of "
        "the sheet: a network of Table 1, then what becomes of it with the plain network's "
        "channels (width / group) or number of parameters, with an input whose size halves "
        "without a remainder, with minimum and maximum of each image, with a mean in place of a "
        "sum, and with larger kernels, as far as the sheet has them. Not in the paper.",
        builder="equivariant.controls",
        number=EVERY_VARIANT,
    ),
}

TABLES = {"gating": _GATING, "equivariant": _EQUIVARIANT}


def find_table(name: str, paper: str = "gating") -> TableSpec:
    """Return a table of a paper.

    Raises
    ------
    RadiogazeError
        If there is no such paper, or no such table in it.
    """
    if paper not in TABLES:
        raise RadiogazeError(f"no tables of the paper {paper}; there are: {', '.join(TABLES)}")
    if name not in TABLES[paper]:
        known = ", ".join(TABLES[paper])
        raise RadiogazeError(f"{paper} paper: no table {name}; there are: {known}")
    return TABLES[paper][name]
