# Functions that rules share: inputs and parameters.


def in_one_line(function):
    """The function, with a user's mistake as one line, where Snakemake would print many and a traceback."""

    @functools.wraps(function)
    def called(*arguments):
        try:
            return function(*arguments)
        except RadiogazeError as error:
            sys.exit(f"radiogaze: error: {error}")

    return called


def find_campaign(name):
    """A campaign of config.yaml."""
    if name not in CAMPAIGNS:
        raise RadiogazeError(f"config.yaml: campaigns: no {name}; it has: {', '.join(CAMPAIGNS)}")
    return CAMPAIGNS[name]


@in_one_line
def plan_of(wildcards):
    """The plan of a job's paper in its campaign."""
    plan = find_campaign(wildcards.campaign).paper(wildcards.paper)
    check_dataset(plan)
    return plan


@in_one_line
def synthetic_sources(wildcards):
    """How many sources each split of a campaign's synthetic sky has."""
    settings = CAMPAIGNS[wildcards.campaign].settings
    if "cutouts" not in settings:
        raise RadiogazeError(
            f"config.yaml: campaigns.{wildcards.campaign}: no key cutouts, which says how many sources its"
            " synthetic sky has"
        )
    return settings["cutouts"]


@in_one_line
def row_of(wildcards):
    """What a job's variant is, as text: a parameter that changes with it."""
    return str(plan_of(wildcards).variant(wildcards.variant).deciding)


@in_one_line
def recipe_of(wildcards):
    """How a job's variant learns, as text: a parameter that changes with it."""
    recipe = RECIPES_BY_NAME[plan_of(wildcards).variant(wildcards.variant).recipe]
    # left out where there is none, as before recipes had them: their jobs do not run again
    added = {key: getattr(recipe, key) for key in ("gradient_clip", "fixmatch", "posterior")}
    parts = [f", {key}={value}" for key, value in added.items() if value is not None]
    return f"{recipe}{''.join(parts)}"


def campaign_setting(key):
    """A parameter function: one key of the job's campaign."""
    return lambda wildcards: CAMPAIGNS[wildcards.campaign].settings[key]


def paper_setting(key):
    """A parameter function: one key of the settings of the job's paper in its campaign."""

    @in_one_line
    def setting(wildcards):
        plan = plan_of(wildcards)
        if key not in plan.budget:
            raise RadiogazeError(
                f"config.yaml: campaigns.{plan.campaign}.{plan.paper}: no key {key}, which {wildcards.variant}"
                " needs here"
            )
        return plan.budget[key]

    return setting


def manifest_rows(rows, **cells):
    """The rows of a manifest with these cells, as text: a parameter that changes with them."""
    return str([row for row in rows if cells.items() <= row.items()])


def repeat_option(option, values):
    """``option`` before each of the values, for a command line."""
    return " ".join(f"{option} {value}" for value in values)


def paths_of(needs):
    """The paths of inputs."""
    return [getattr(paths, need.kind).format(**need.where) for need in needs]


def options_of(needs, files):
    """Inputs as command-line options, a file with a name as ``name=path``."""
    named = [f"{need.name}={file}" if need.name else file for need, file in zip(needs, files)]
    return " ".join(f"--{need.option} {file}" for need, file in zip(needs, named))


@in_one_line
def cutouts_of(wildcards):
    """The cutouts that a variant's data set selects from."""
    plan = plan_of(wildcards)
    archive = SUBSETS[plan.variant(wildcards.variant).dataset].archive
    images, catalogue = paths_of(plan.cutouts(archive))
    return {"images": images, "catalogue": catalogue}


@in_one_line
def network_of(wildcards):
    """The cutouts of a variant, and the weights of a run of it."""
    needs = [plan_of(wildcards).weights(wildcards.variant, wildcards.run)]
    return {**cutouts_of(wildcards), "weights": paths_of(needs)}


@in_one_line
def training_inputs_of(wildcards):
    """The cutouts that a variant trains on, also without labels, and the weights that it starts from, if any."""
    plan = plan_of(wildcards)
    row = plan.variant(wildcards.variant)
    plan.weights(wildcards.variant, wildcards.run)  # refuses a run that the campaign has not
    start = [plan.weights(row.start, wildcards.run)] if row.start else []
    others = plan.cutouts(SUBSETS[row.unlabelled].archive) if row.unlabelled in SUBSETS else []
    return {**cutouts_of(wildcards), "start": paths_of(start), "unlabelled": paths_of(others)}


def run_option(wildcards):
    """Which run to train, and the options that few rows need."""
    # in one parameter, because another one would run every finished training again
    options = fold_option(wildcards) or wildcards.run.replace("seed-", "--seed ")
    found = training_inputs_of(wildcards)
    for weights in found["start"]:
        options += f" --start {Path(weights).parents[1]}"
    for kind, path in zip(("images", "catalogue"), found["unlabelled"]):
        options += f" --unlabelled-{kind} {path}"
    return options


def banner_option(wildcards):
    """The label on every output of a synthetic campaign."""
    return "--banner 'synthetic sky'" if CAMPAIGNS[wildcards.campaign].synthetic else ""


def resize_option(wildcards):
    """How maps are resized to the cutout's size: in the equivariant paper without a dark edge."""
    return "--resize plain" if wildcards.paper == "equivariant" else ""


@in_one_line
def gaze_option(wildcards):
    """How many test sources the maps are scored on, all where none is set; and whether with attributions."""
    plan = plan_of(wildcards)
    sources = plan.budget.get("gaze_sources")
    attributed = plan.budget.get(
        "gaze_attributions"
    ) and wildcards.variant in plan.variants_of_table("7")
    return " ".join(
        [f"--sources {sources}"] * bool(sources) + ["--attributions"] * bool(attributed)
    )


@in_one_line
def first_folds_of(wildcards):
    """What the networks of one cross-validation predict of the sources that they did not see: of each once."""
    plan = plan_of(wildcards)
    check_folds(plan, [wildcards.variant])
    folds = plan.of_every_fold("", "symmetric", [wildcards.variant])
    return paths_of(folds[:FOLDS])


def metrics_beside(files):
    """The metrics beside predictions: their command looks there whether the training converged."""
    found = [path for path in files if path.endswith("predictions.csv")]
    return [str(Path(path).with_name("metrics.json")) for path in found]


@in_one_line
def features_of_first_seed(wildcards):
    """The features of the cutouts that the first seed was trained on."""
    plan = plan_of(wildcards)
    trained_on = plan.dataset(SUBSETS[plan.variant(wildcards.variant).dataset].archive)
    return paths.features.format(run="seed-0", dataset=trained_on, **wildcards)


@in_one_line
def needs_of_folds(wildcards):
    """What every fold and every seed of a campaign predicts."""
    plan = plan_of(wildcards)
    check_folds(plan, plan.variants)
    return plan.cross_validated


@in_one_line
def scores_of(wildcards):
    """The scores of the maps of a run, if its network is one of those that are scored."""
    scored = wildcards.paper == "gating" and wildcards.variant in networks_scored(
        plan_of(wildcards)
    )
    return [paths.gaze.format(**wildcards)] if scored else []


def fold_option(wildcards):
    """Which fold of the cross-validation is the test set of a run, if one is."""
    kind, _, number = wildcards.run.partition("-")
    return f"--fold {number}" if kind == "fold" else ""


def precision_option(wildcards):
    """The precision of training on a GPU; a CPU computes in fp32."""
    return f" --precision {precision_of(CAMPAIGNS[wildcards.campaign])}" if HAS_GPU else ""


def megabytes(needed):
    """The memory of a job, with what CUDA's libraries take of it on a card (an estimate)."""
    return needed + 3000 * HAS_GPU


def minutes_allowed(wildcards, attempt):
    """The minutes that a scheduler gives a training: a day, or twice what it takes on a card."""
    hours = CARD_COSTS.hours(plan_of(wildcards), wildcards.variant) if HAS_GPU else 0
    return max(1440, round(120 * hours)) * attempt


@in_one_line
def training_of(wildcards):
    """The result.json of a run of our own training."""
    return plan_of(wildcards).training(wildcards.variant, wildcards.run)


@in_one_line
def needs_of_figure(wildcards):
    """The inputs of a figure."""
    return needs_of(wildcards.figure, plan_of(wildcards))


@in_one_line
def needs_of_table(wildcards):
    """The inputs of a table."""
    return needs_of_a_table(wildcards.table, plan_of(wildcards))


def rows_of_table(wildcards):
    """The variants that a table shows, as text: a parameter that changes with them."""
    plan, spec = plan_of(wildcards), find_table(wildcards.table, wildcards.paper)
    return str({name: plan.sheet[name].deciding for name in spec.variants(plan)})


@in_one_line
def needs_of_report(wildcards):
    """The inputs of a report other than tables and figures."""
    papers = CAMPAIGNS[wildcards.campaign].papers.values()
    return [need for plan in papers for need in plan.report]


def trains_here(campaign):
    """Whether a campaign may train on this machine: on a GPU, or on a CPU if its settings say so."""
    return HAS_GPU or CAMPAIGNS[campaign].settings["allow_cpu"]


@in_one_line
def allowed_to_train(wildcards):
    """No file: stops before a training that would take weeks, unless it is allowed or done already."""
    if not trains_here(wildcards.campaign) and not Path(paths.model.format(**wildcards)).exists():
        raise RadiogazeError(explain_cost(CAMPAIGNS[wildcards.campaign], COST_ROWS, CARD_COSTS))
    return []


@in_one_line
def keep_networks(jobs):
    """Stop before Snakemake removes finished networks to train them again, where that is not allowed."""
    trainings = (job for job in jobs if "train" in job.rule.name)
    lost = [job.output.model for job in trainings if not trains_here(job.wildcards.campaign)]
    if lost:
        raise RadiogazeError(
            f"{lost[0]}: would be removed and trained again, in all {len(lost)} finished networks, but there is no"
            " GPU here; `snakemake -n` says what has changed: take it back, go on where there is a GPU, or set"
            " allow_cpu of the campaign to true"
        )


def dropout_of(wildcards):
    """The dropout that stays on in a variant's passes: that of its recipe."""
    recipe = RECIPES_BY_NAME[plan_of(wildcards).variant(wildcards.variant).recipe]
    return f"--dropout {recipe.dropout}"


@in_one_line
def passes_of_probe(wildcards):
    """The TTA passes over images that no network was trained on."""
    return DoubtPlan(plan_of(wildcards)).passes


@in_one_line
def temperatures_of(wildcards):
    """The temperature of each posterior of the sweep."""
    plan, found = plan_of(wildcards), []
    for name in DoubtPlan(plan).temperatures:
        posterior = RECIPES_BY_NAME[plan.variant(name).recipe].posterior
        if posterior is None:
            raise RadiogazeError(
                f"config.yaml: campaigns.{plan.campaign}.{plan.paper}.doubt.temperatures: the recipe of"
                f" {name} has no posterior; name variants with one"
            )
        found.append(f"{name}={posterior.temperature}")
    return repeat_option("--temperature", found)


@in_one_line
def needs_of_label_efficiency(wildcards):
    """What the comparison of kinds of training at each number of labels reads."""
    plan = plan_of(wildcards)
    if not has_labels(plan):
        raise RadiogazeError(f"{plan.budget['sheet']}: no row has a number of labels")
    return needs_of_labels(plan)


@in_one_line
def needs_of_doubt(wildcards):
    """What the families give."""
    return DoubtPlan(plan_of(wildcards)).needs
