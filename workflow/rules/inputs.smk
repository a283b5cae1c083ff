# What the jobs of training, evaluation and tables need, by their wildcards.


def sheet_of(wildcards):
    """The variants of a job's campaign and paper; another paper is refused with the campaign's."""
    sheets = SHEETS[wildcards.campaign]
    if wildcards.paper not in sheets:
        raise WorkflowError(
            f"config.yaml: campaigns.{wildcards.campaign}: nothing of the {wildcards.paper}"
            f" paper; it has: {', '.join(sheets)}"
        )
    return sheets[wildcards.paper]


def variant_of(wildcards):
    """The sheet's row of a job; an unknown name is refused with the known ones."""
    sheet = sheet_of(wildcards)
    if wildcards.variant not in sheet:
        path = of_paper("sheet")(wildcards)
        raise WorkflowError(
            f"{path}: no variant {wildcards.variant}; it has: {', '.join(sheet)}"
        )
    return sheet[wildcards.variant]


def cutouts_of(pattern):
    """An input function: a file of the cutouts that the variant's data set is a choice of."""
    return lambda wildcards: pattern.format(
        dataset=dataset_of(
            wildcards.campaign, SUBSETS[variant_of(wildcards).dataset].archive
        )
    )


def weights_of(wildcards):
    """The weights of a run: released, or of our own training."""
    kind, _, number = wildcards.run.partition("-")
    if kind == "seed":
        return MODEL.format(**wildcards)
    if kind == "stage":
        return STAGE.format(stage=number, **wildcards)
    variant = variant_of(wildcards)
    return RELEASED.format(
        folder=variant.released_folder, epoch=number or variant.released_epoch
    )


def weights_of_runs(wildcards):
    """The weights of every trained network of a variant."""
    if wildcards.campaign in TRAINED:
        return expand(MODEL, **wildcards, run=runs_of(wildcards.campaign))
    return RELEASED.format(
        folder=variant_of(wildcards).released_folder,
        epoch=variant_of(wildcards).released_epoch,
    )


def trainings_of_runs(wildcards):
    """What our own trainings say of themselves; nothing for released weights."""
    if wildcards.campaign not in TRAINED:
        return []
    return expand(TRAINING, **wildcards, run=runs_of(wildcards.campaign))


def feeds(row, paper, table):
    """Whether a row of a sheet feeds a table."""
    if table not in RESULT_TABLES[paper]:
        return False
    number = RESULT_TABLES[paper][table]
    return number is None or number in row.tables


def feeding(campaign, paper, table):
    """The variants that feed a table."""
    return [
        name
        for name in variants_of(campaign, paper)
        if feeds(SHEETS[campaign][paper][name], paper, table)
    ]


def metrics_of_table(wildcards):
    """The evaluations that feed a table."""
    sheet_of(wildcards)
    return expand(
        METRICS,
        campaign=wildcards.campaign,
        paper=wildcards.paper,
        variant=feeding(**wildcards),
        run=runs_of(wildcards.campaign),
    )


def released_of_table(wildcards):
    """The evaluations of the released weights that a table of our own training stands beside."""
    reference = CAMPAIGNS[wildcards.campaign].get("beside")
    if reference is None or wildcards.paper not in SHEETS[reference]:
        return []
    return expand(
        METRICS,
        campaign=reference,
        paper=wildcards.paper,
        variant=feeding(reference, wildcards.paper, wildcards.table),
        run="released",
    )


def catalogues_of_table(wildcards):
    """The catalogues whose sources a table counts."""
    archives = COUNT_TABLES[wildcards.paper].get(wildcards.table, [])
    return [
        CATALOGUE.format(dataset=dataset_of(wildcards.campaign, name))
        for name in archives
    ]


def named_catalogues(wildcards, input):
    """The same as command-line options."""
    archives = COUNT_TABLES[wildcards.paper].get(wildcards.table, [])
    return " ".join(
        f"--catalogue {name}={path}" for name, path in zip(archives, input.catalogues)
    )


def misclassified_of_table(wildcards):
    """Table 10's sources, found by the primary model."""
    campaign, paper = wildcards.campaign, wildcards.paper
    if (paper, wildcards.table) != ("gating", "10"):
        return []
    return [result(MISCLASSIFIED, campaign, paper, main_of(campaign))]


def rows_of_table(wildcards):
    """The sheet's rows that feed a table, as text: a parameter that changes with them."""
    rows = sheet_of(wildcards).values()
    return str([row for row in rows if feeds(row, wildcards.paper, wildcards.table)])


def allowed_to_train(wildcards):
    """No file: refuses a training that would take weeks, unless it is wanted or done already."""
    campaign = CAMPAIGNS[wildcards.campaign]
    models = expand(MODEL, **wildcards, run=runs_of(wildcards.campaign))
    done = all(Path(path).exists() for path in models)
    if not (HAS_GPU or campaign["allow_cpu"] or done):
        cost, instead = TRAINING_COSTS[wildcards.paper]
        # Not a WorkflowError: Snakemake would wrap it into a page of other lines.
        sys.exit(
            f"radiogaze: error: campaign {wildcards.campaign}: no GPU here; on a CPU like"
            f" the one measured, {cost}; run {instead} or `make demo` for the whole workflow"
            f" in small, or set campaigns.{wildcards.campaign}.allow_cpu to true in config.yaml"
        )
    return []
