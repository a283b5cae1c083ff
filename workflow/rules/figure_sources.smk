# What each figure is drawn from.
# The FRI source of Figures 3 and 4 (the paper's SDSS ID 2114-53848-625).
FIGURE_3_SOURCE = "100_208.637+028.243_0.0645_0082.21"


def main_of(campaign):
    """The primary model: the one variant that feeds both Table 6 and Table 7."""
    return next(
        name
        for name, row in SHEETS[campaign]["gating"].items()
        if {"6", "7"} <= set(row.tables)
    )


def grid_of(campaign):
    """The 16 models of Figures 5 and 13: those of Table 8, but the primary for its own kind."""
    rows = SHEETS[campaign]["gating"]
    main = rows[main_of(campaign)]
    return [
        (
            main.variant
            if (rows[name].normalisation, rows[name].aggregation)
            == (main.normalisation, main.aggregation)
            else name
        )
        for name in variants_of(campaign, "gating")
        if "8" in rows[name].tables
    ]


def moments_of(campaign):
    """Five moments of the primary model's training, evenly picked: name -> run (Figures 7, 10)."""
    if campaign in TRAINED:
        return {f"stage-{k}": f"stage-{k}" for k in STAGES}
    folder = SHEETS[campaign]["gating"][main_of(campaign)].released_folder
    saved = sorted(int(row["epoch"]) for row in WEIGHT_PINS if row["folder"] == folder)
    picked = [saved[(len(saved) - 1) * k // 4] for k in range(5)]
    return {str(epoch): f"epoch-{epoch}" for epoch in picked}


def result(pattern, campaign, paper, variant, run=None):
    """A file of one run of a variant, by default of the campaign's first."""
    run = run or runs_of(campaign)[0]
    return pattern.format(campaign=campaign, paper=paper, variant=variant, run=run)


def learning_curves(campaign, paper):
    """The learning curves of all variants of a paper together, and those of each of them."""
    if campaign not in TRAINED:
        return {}
    curves = {
        f"learning_curve_{name}": [
            ("history", f"{name}/{run}", result(HISTORY, campaign, paper, name, run))
            for run in runs_of(campaign)
        ]
        for name in variants_of(campaign, paper)
    }
    return {
        "learning_curve": [path for each in curves.values() for path in each],
        **curves,
    }


def gating_sources(campaign):
    """What each figure of the gating paper is drawn from: figure -> (option, name, path)."""
    main, grid, moments = main_of(campaign), grid_of(campaign), moments_of(campaign)
    compared = feeding(campaign, "gating", "06")
    gated = [
        name
        for name in feeding(campaign, "gating", "09")
        if SHEETS[campaign]["gating"][name].gates
    ]
    aggregate = [("aggregate", main, result(ATTENTION, campaign, "gating", main))]
    network = [("architecture", "", result(ARCHITECTURE, campaign, "gating", main))]

    def each(option, pattern, variants):
        return [
            (option, name, result(pattern, campaign, "gating", name))
            for name in variants
        ]

    def through_training(option, pattern):
        return [
            (option, name, result(pattern, campaign, "gating", main, run))
            for name, run in moments.items()
        ]

    sources = {
        "fig01": network,
        "fig02": network,
        "fig04": each("examples", EXAMPLES, [main]),
        "fig05": each("examples", EXAMPLES, grid),
        "fig06": each("examples", EXAMPLES, gated),
        "fig07": through_training("examples", EXAMPLES),
        "fig08": aggregate,
        "fig09": aggregate,
        "fig10": through_training("aggregate", ATTENTION),
        "fig11": aggregate,
        "fig12": aggregate,
        "fig13": each("aggregate", ATTENTION, grid),
        "fig14": each("examples", MISCLASSIFIED_MAPS, [main]),
        "figA1": [],
        "figA2": [],
        "confusion": each("metrics", METRICS, compared),
        "roc": each("logits", LOGITS, compared)
        + each("predictions", PREDICTIONS, compared),
        "gradcam": [("explanations", "", result(GRAD_CAM, campaign, "gating", main))],
    }
    sources |= learning_curves(campaign, "gating")
    if not is_synthetic(campaign):
        sources["fig03"] = [("steps", "", STEPS.format(source=FIGURE_3_SOURCE))]
    return sources


def gated_of(campaign):
    """The variants of the equivariant paper's Table 1 that have attention maps."""
    return [
        name
        for name in feeding(campaign, "equivariant", "01")
        if SHEETS[campaign]["equivariant"][name].gates
    ]


def differenced_of(campaign):
    """The two networks of the equivariant paper's Figure 3: the plain one, and D8 (or the last)."""
    rows, gated = SHEETS[campaign]["equivariant"], gated_of(campaign)
    plain = [name for name in gated if rows[name].group is None]
    others = [name for name in gated if rows[name].group is not None]
    d8 = [name for name in others if rows[name].group == "d8"]
    return plain[:1] + (d8 or others[-1:])[:1]


def aggregates_of(campaign, variants, runs):
    """Aggregates of both kinds of passes: name -> path."""
    return [
        (
            "aggregate",
            f"{name}/{run}/{kind}",
            result(pattern, campaign, "equivariant", name, run),
        )
        for name in variants
        for run in runs
        for kind, pattern in (("random", ATTENTION), ("rotations", ROTATED))
    ]


def equivariant_sources(campaign):
    """What each figure of the equivariant paper is drawn from."""
    shown, gated = feeding(campaign, "equivariant", "01"), gated_of(campaign)
    first = runs_of(campaign)[:1]

    def each(option, pattern, variants):
        return [
            (option, name, result(pattern, campaign, "equivariant", name))
            for name in variants
        ]

    curves = [
        (
            "history",
            f"{name}/{run}",
            result(HISTORY, campaign, "equivariant", name, run),
        )
        for name in shown
        for run in runs_of(campaign)
    ]
    # a synthetic sky is compared with nothing
    if not is_synthetic(campaign):
        curves.append(("published-curves", "", str(PUBLISHED_CURVES)))
    return {
        "fig01": curves,
        "fig02": each("examples", EXAMPLES, gated),
        "fig02_as_trained": each("examples", EXAMPLES_AS_TRAINED, gated),
        "fig03": aggregates_of(campaign, differenced_of(campaign), first),
        "equivariance": each("equivariance", EQUIVARIANCE, shown),
        **learning_curves(campaign, "equivariant"),
    }


# Paper -> the function that says what its figures are drawn from.
FIGURE_SOURCES = {"gating": gating_sources, "equivariant": equivariant_sources}


def aggregates_of_asymmetry(wildcards):
    """Every aggregate whose asymmetry is measured: of all networks with gates, all runs."""
    sheet_of(wildcards)
    campaign = wildcards.campaign
    return aggregates_of(campaign, gated_of(campaign), runs_of(campaign))


def figures_of(campaign, paper):
    """The figures of a paper that a campaign ends with, as PDF and PNG.

    Figure 3 needs an original FIRST image, which is in no archive: where it is neither here nor
    beside the mirror, it waits to be asked for by name, so that a survey's service that is down
    fails no campaign.
    """
    at_hand = [Path(FIRST_IMAGE.format(source=FIGURE_3_SOURCE))]
    if MIRROR:
        at_hand += [
            Path(MIRROR, up, "fits", f"{FIGURE_3_SOURCE}.fits") for up in (".", "..")
        ]
    left_out = set()
    if paper == "gating" and not any(path.is_file() for path in at_hand):
        left_out = {"fig03"}
    # a variant's own learning curves wait to be asked for: they stand in the figure of all
    names = [
        name
        for name in FIGURE_SOURCES[paper](campaign)
        if name not in left_out and not name.startswith("learning_curve_")
    ]
    return expand(
        [FIGURE_PDF, FIGURE_PNG], campaign=campaign, paper=paper, figure=names
    )


def figure_sources(wildcards):
    """What a figure is drawn from; an unknown figure is refused with the known ones."""
    sheet_of(wildcards)
    sources = FIGURE_SOURCES[wildcards.paper](wildcards.campaign)
    if wildcards.figure not in sources:
        raise WorkflowError(
            f"figures/{wildcards.campaign}/{wildcards.paper}: no {wildcards.figure};"
            f" there are: {', '.join(sorted(sources))}"
        )
    return sources[wildcards.figure]


def paths_of_figure(wildcards):
    """The files that a figure is drawn from."""
    return [path for _, _, path in figure_sources(wildcards)]


def options_of_figure(wildcards):
    """The same as command-line options."""
    return " ".join(
        f"--{option} {name}={path}" if name else f"--{option} {path}"
        for option, name, path in figure_sources(wildcards)
    )


def code_of_table(wildcards):
    """The digest of the code behind one table; an unknown table is refused with the known ones."""
    if wildcards.table not in TABLES[wildcards.paper]:
        raise WorkflowError(
            f"paper_tables/{wildcards.campaign}/{wildcards.paper}: no table {wildcards.table};"
            f" there are: {', '.join(TABLES[wildcards.paper])}"
        )
    return code_digest(
        "tabulate",
        f"radiogaze.tables.{BUILDERS[wildcards.paper][wildcards.table].builder}",
    )


def code_of_figure(wildcards):
    """The digest of the code behind one figure, and of none of the others."""
    return code_digest(
        "figure",
        f"radiogaze.figures.{find_figure(wildcards.figure, wildcards.paper).drawing.partition(':')[0]}",
    )


def positions(wildcards):
    """The example sources of the figures, by their place in the test file."""
    return flags("--position", of_paper("examples")(wildcards))


def resize_of(wildcards):
    """How maps grow to the cutout's size: the equivariant paper's without a dark edge."""
    return "--resize plain" if wildcards.paper == "equivariant" else ""
