# Paths, settings and helpers. Every path of the workflow is decided here and nowhere else.
import os
import shutil
import sys
from pathlib import Path

import radiogaze
import yaml
from snakemake.exceptions import WorkflowError

from radiogaze.code_digest import code_digest
from radiogaze.data.subsets import SUBSETS
from radiogaze.errors import RadiogazeError
from radiogaze.experiments import load_sheet, read_rows
from radiogaze.figures.registry import FIGURES
from radiogaze.schemas import validate
from radiogaze.tables.registry import TABLES as BUILDERS

# ---------------------------------------------------------------------------------------- settings
DATASETS = Path("workflow/reference/datasets.csv")
WEIGHTS = Path("workflow/reference/weights.csv")
FIRST_IMAGES = Path("workflow/reference/first_images.csv")
TABLE10 = Path("workflow/reference/table10.csv")
STYLE = Path(radiogaze.__file__).parent / "figures/style.mplstyle"
PAPER_VALUES = Path("workflow/reference/paper_values.csv")
CONFIG_SCHEMA = Path(workflow.basedir, "workflow/schemas/config.schema.yaml")

try:
    validate(config, yaml.safe_load(CONFIG_SCHEMA.read_text()), "config.yaml")
    CAMPAIGNS = config["campaigns"]
    SHEETS = {name: load_sheet(Path(CAMPAIGNS[name]["sheet"])) for name in CAMPAIGNS}
    DATASET_PINS = read_rows(DATASETS, ",")
    WEIGHT_PINS = read_rows(WEIGHTS, ",")
    IMAGE_PINS = read_rows(FIRST_IMAGES, ",")
except RadiogazeError as error:
    raise WorkflowError(str(error)) from None

# The commands of the rules are those beside the Python that runs Snakemake, activated or not.
BIN = Path(sys.executable).parent
os.environ.update(PATH=os.pathsep.join([str(BIN), os.environ.get("PATH", os.defpath)]))
# Where to fetch from and what to compute on decide no result: they travel in the environment,
# because a changed parameter would rerun jobs.
MIRROR = os.environ.get("RADIOGAZE_MIRROR") or config["mirror"]
HAS_GPU = config["device"] == "cuda" or (
    config["device"] == "auto" and shutil.which("nvidia-smi") is not None
)
os.environ.update(
    RADIOGAZE_MIRROR=MIRROR, RADIOGAZE_DEVICE="cuda" if HAS_GPU else "cpu"
)

# ------------------------------------------------------------------------------------------- paths
ARCHIVE = "resources/archives/{archive}.archive"
RELEASED = "resources/weights/{folder}/{epoch}.pt"
IMAGES = "resources/datasets/{dataset}/images.npz"
CATALOGUE = "resources/datasets/{dataset}/catalogue.csv"
# A run is one trained network of a variant: `released`, an earlier `epoch-<n>` that was released
# too, `seed-<n>` of our own training, or an earlier `stage-<1 to 5>` of the first of those.
MODEL = "results/{campaign}/gating/{variant}/{run}/model.safetensors"
TRAINING = "results/{campaign}/gating/{variant}/{run}/result.json"
STAGE = "results/{campaign}/gating/{variant}/seed-0/stages/{stage}.safetensors"
HISTORY = "results/{campaign}/gating/{variant}/{run}/history.csv"
METRICS = "results/{campaign}/gating/{variant}/{run}/metrics.json"
PREDICTIONS = "results/{campaign}/gating/{variant}/{run}/predictions.csv"
LOGITS = "results/{campaign}/gating/{variant}/{run}/logits.npz"
ATTENTION = "results/{campaign}/gating/{variant}/{run}/attention.npz"
EXAMPLES = "results/{campaign}/gating/{variant}/{run}/examples.npz"
MISCLASSIFIED = "results/{campaign}/gating/{variant}/{run}/misclassified.csv"
MISCLASSIFIED_MAPS = "results/{campaign}/gating/{variant}/{run}/misclassified.npz"
GRAD_CAM = "results/{campaign}/gating/{variant}/{run}/grad_cam.npz"
AGREEMENT = "results/{campaign}/gating/{variant}/{run}/agreement.csv"
ARCHITECTURE = "results/{campaign}/gating/{variant}/architecture.json"
FIRST_IMAGE = "resources/first/{source}.fits"
STEPS = "resources/first/{source}.steps.npz"
FIGURE_PDF = "figures/{campaign}/gating/{figure}.pdf"
FIGURE_PNG = "figures/{campaign}/gating/{figure}.png"
TABLE_CSV = "paper_tables/{campaign}/gating/table{table}.csv"
TABLE_MD = "paper_tables/{campaign}/gating/table{table}.md"
TABLE_TEX = "paper_tables/{campaign}/gating/table{table}.tex"
# Images a second of one published training on one CPU core (benchmarks/training.py).
CPU_IMAGES_PER_S = 20
STAGES = range(1, 6)
# The unfinished trainings: no output of any rule, because Snakemake deletes those of a killed job.
STATE = "state/{campaign}/{variant}"


def log_of(job):
    """What a job printed; the rule's name is the folder."""
    return f"logs/{job}.log"


def benchmark_of(job):
    """What a job cost, beside its log."""
    return f"logs/{job}.benchmark.tsv"


# -------------------------------------------------------------------------------- what is in a DAG
ARCHIVES = sorted({row["dataset"] for row in DATASET_PINS})
TRAINED = [name for name in CAMPAIGNS if CAMPAIGNS[name]["weights"] == "trained"]
# Table -> the table number that a variant's row names if it feeds the table.
RESULT_TABLES = {
    "06": "6",
    "07": "7",
    "08": "8",
    "09": "9",
    "07_order": "7",
    "08_order": "8",
}
COUNT_TABLES = {"04": ["mirabest"], "05": ["frdeep", "mirabest"]}
TABLES = ["01", "02", "03", *COUNT_TABLES, *RESULT_TABLES, "10"]


def is_synthetic(campaign):
    """Whether a campaign looks at a drawn sky; everything made from it says so on its face."""
    return CAMPAIGNS[campaign]["sky"] == "synthetic"


def dataset_of(campaign, archive):
    """The folder of a campaign's cutouts: published ones, or drawn in their shape."""
    return f"synthetic-{campaign}-{archive}" if is_synthetic(campaign) else archive


def variants_of(campaign):
    """The variants of a campaign that there are weights of."""
    sheet = SHEETS[campaign]
    return [name for name in sheet if campaign in TRAINED or sheet[name].released_file]


def runs_of(campaign):
    """The trained networks of each variant of a campaign."""
    if campaign in TRAINED:
        return [f"seed-{seed}" for seed in range(CAMPAIGNS[campaign]["seeds"])]
    return ["released"]


def tables_of(campaign):
    """Every table of a campaign, in all three forms."""
    return expand([TABLE_CSV, TABLE_MD, TABLE_TEX], campaign=campaign, table=TABLES)


def everything_of(campaign):
    """All that a campaign ends with; an unknown campaign is refused when it is asked for."""
    if campaign not in CAMPAIGNS:
        return lambda _: unknown_campaign(campaign)
    return tables_of(campaign) + figures_of(campaign)


def unknown_campaign(campaign):
    """Say which campaigns there are."""
    raise WorkflowError(
        f"config.yaml: campaigns: no {campaign}; it has: {', '.join(CAMPAIGNS)}"
    )


wildcard_constraints:
    archive="|".join(ARCHIVES),
    campaign="|".join(CAMPAIGNS),
    variant="[a-z0-9-]+",
    run="released|(epoch|stage|seed)-[0-9]+",
    figure="fig[0-9A]+|confusion|roc|gradcam|learning_curve",
    source="[0-9+._-]+",
    folder="[A-Za-z0-9_-]+",
    epoch="[0-9]+",
    table="|".join(TABLES),


# --------------------------------------------------------------------------------------- parameters
def pins(rows, **cells):
    """The rows of a manifest with these cells, as text: a parameter that changes with the pins."""
    return str([row for row in rows if cells.items() <= row.items()])


def of_campaign(key):
    """A parameter function: one key of the job's campaign."""
    return lambda wildcards: CAMPAIGNS[wildcards.campaign][key]


def flags(option, values):
    """``option`` before each of the values, for a command line; a lone path is one value."""
    values = [values] if isinstance(values, str) else values
    return " ".join(f"{option} {value}" for value in values)


def banner(wildcards):
    """What everything of a synthetic campaign says on its face."""
    return "--banner 'synthetic sky'" if is_synthetic(wildcards.campaign) else ""


def unlike_paper(wildcards):
    """A synthetic campaign's tables are compared with nothing."""
    return "--no-verdicts" if is_synthetic(wildcards.campaign) else ""


# ---------------------------------------------------------------------------------- input functions
def variant_of(wildcards):
    """The sheet's row of a job; an unknown name is refused with the known ones."""
    sheet = SHEETS[wildcards.campaign]
    if wildcards.variant not in sheet:
        raise WorkflowError(
            f"{CAMPAIGNS[wildcards.campaign]['sheet']}: no variant {wildcards.variant};"
            f" it has: {', '.join(sheet)}"
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


def training_of(wildcards):
    """What our own training says of itself; nothing for released weights."""
    return [] if wildcards.run == "released" else TRAINING.format(**wildcards)


def feeding(campaign, table):
    """The variants that feed a table."""
    number = RESULT_TABLES.get(table)
    return [
        name
        for name in variants_of(campaign)
        if number in SHEETS[campaign][name].tables
    ]


def metrics_of_table(wildcards):
    """The evaluations that feed a table."""
    return expand(
        METRICS,
        campaign=wildcards.campaign,
        variant=feeding(wildcards.campaign, wildcards.table),
        run=runs_of(wildcards.campaign),
    )


def released_of_table(wildcards):
    """The evaluations of the released weights that a table of our own training stands beside."""
    reference = CAMPAIGNS[wildcards.campaign].get("beside")
    if reference is None:
        return []
    variants = feeding(reference, wildcards.table)
    return expand(METRICS, campaign=reference, variant=variants, run="released")


def catalogues_of_table(wildcards):
    """The catalogues whose sources a table counts."""
    archives = COUNT_TABLES.get(wildcards.table, [])
    return [
        CATALOGUE.format(dataset=dataset_of(wildcards.campaign, name))
        for name in archives
    ]


def named_catalogues(wildcards, input):
    """The same as command-line options."""
    archives = COUNT_TABLES.get(wildcards.table, [])
    return " ".join(
        f"--catalogue {name}={path}" for name, path in zip(archives, input.catalogues)
    )


def misclassified_of_table(wildcards):
    """Table 10's sources, found by the primary model."""
    campaign = wildcards.campaign
    return (
        [result(MISCLASSIFIED, campaign, main_of(campaign))]
        if wildcards.table == "10"
        else []
    )


def rows_of_table(wildcards):
    """The sheet's rows that feed a table, as text: a parameter that changes with them."""
    number = RESULT_TABLES.get(wildcards.table)
    rows = SHEETS[wildcards.campaign].values()
    return str([variant for variant in rows if number in variant.tables])


# ------------------------------------------------------------------------------------------ figures
# The FRI source of Figures 3 and 4 (the paper's SDSS ID 2114-53848-625).
FIGURE_3_SOURCE = "100_208.637+028.243_0.0645_0082.21"


def main_of(campaign):
    """The primary model: the one variant that feeds both Table 6 and Table 7."""
    return next(
        name for name, row in SHEETS[campaign].items() if {"6", "7"} <= set(row.tables)
    )


def grid_of(campaign):
    """The 16 models of Figures 5 and 13: those of Table 8, but the primary for its own kind."""
    rows = SHEETS[campaign]
    main = rows[main_of(campaign)]
    return [
        (
            main.variant
            if (rows[name].normalisation, rows[name].aggregation)
            == (main.normalisation, main.aggregation)
            else name
        )
        for name in variants_of(campaign)
        if "8" in rows[name].tables
    ]


def moments_of(campaign):
    """Five moments of the primary model's training, evenly picked: name -> run (Figures 7, 10)."""
    if campaign in TRAINED:
        return {f"stage-{k}": f"stage-{k}" for k in STAGES}
    folder = SHEETS[campaign][main_of(campaign)].released_folder
    saved = sorted(int(row["epoch"]) for row in WEIGHT_PINS if row["folder"] == folder)
    picked = [saved[(len(saved) - 1) * k // 4] for k in range(5)]
    return {str(epoch): f"epoch-{epoch}" for epoch in picked}


def result(pattern, campaign, variant, run=None):
    """A file of one run of a variant, by default of the campaign's first."""
    return pattern.format(
        campaign=campaign, variant=variant, run=run or runs_of(campaign)[0]
    )


def figure_sources(campaign):
    """What each figure of a campaign is drawn from: figure -> (option, name, path)."""
    main, grid, moments = main_of(campaign), grid_of(campaign), moments_of(campaign)
    compared = feeding(campaign, "06")
    gated = [name for name in feeding(campaign, "09") if SHEETS[campaign][name].gates]
    aggregate = [("aggregate", main, result(ATTENTION, campaign, main))]
    network = [
        ("architecture", "", ARCHITECTURE.format(campaign=campaign, variant=main))
    ]

    def each(option, pattern, variants):
        return [(option, name, result(pattern, campaign, name)) for name in variants]

    def through_training(option, pattern):
        return [
            (option, name, result(pattern, campaign, main, run))
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
        "gradcam": [("explanations", "", result(GRAD_CAM, campaign, main))],
    }
    if campaign in TRAINED:
        sources["learning_curve"] = each("history", HISTORY, [main])
    if not is_synthetic(campaign):
        sources["fig03"] = [("steps", "", STEPS.format(source=FIGURE_3_SOURCE))]
    return sources


def figures_of(campaign):
    """The figures that a campaign ends with, as PDF and PNG.

    Figure 3 needs an original FIRST image, which is in no archive: where it is neither here nor
    beside the mirror, it waits to be asked for by name, so that a survey's service that is down
    fails no campaign.
    """
    at_hand = [Path(FIRST_IMAGE.format(source=FIGURE_3_SOURCE))]
    if MIRROR:
        at_hand += [
            Path(MIRROR, up, "fits", f"{FIGURE_3_SOURCE}.fits") for up in (".", "..")
        ]
    left_out = set() if any(path.is_file() for path in at_hand) else {"fig03"}
    names = [name for name in figure_sources(campaign) if name not in left_out]
    return expand([FIGURE_PDF, FIGURE_PNG], campaign=campaign, figure=names)


def sources_of_figure(wildcards):
    """The files that a figure is drawn from; an unknown figure is refused with the known ones."""
    sources = figure_sources(wildcards.campaign)
    if wildcards.figure not in sources:
        raise WorkflowError(
            f"figures/{wildcards.campaign}/gating: no {wildcards.figure}; there are:"
            f" {', '.join(sorted(sources))}"
        )
    return [path for _, _, path in sources[wildcards.figure]]


def options_of_figure(wildcards):
    """The same as command-line options."""
    sources = figure_sources(wildcards.campaign)[wildcards.figure]
    return " ".join(
        f"--{option} {name}={path}" if name else f"--{option} {path}"
        for option, name, path in sources
    )


def code_of_table(wildcards):
    """The digest of the code behind one table."""
    return code_digest("tabulate", f"radiogaze.tables.{BUILDERS[wildcards.table]}")


def code_of_figure(wildcards):
    """The digest of the code behind one figure, and of none of the others."""
    return code_digest(
        "figure", f"radiogaze.figures.{FIGURES[wildcards.figure].module}"
    )


def positions(wildcards):
    """The example sources of Figures 4 to 7, by their place in the test file."""
    return flags("--position", CAMPAIGNS[wildcards.campaign]["examples"])


def allowed_to_train(wildcards):
    """No file: refuses a training that would take weeks, unless it is wanted or done already."""
    campaign = CAMPAIGNS[wildcards.campaign]
    done = all(
        Path(result(MODEL, wildcards.campaign, wildcards.variant, run)).exists()
        for run in runs_of(wildcards.campaign)
    )
    if not (HAS_GPU or campaign["allow_cpu"] or done):
        row = variant_of(wildcards)
        images = (
            6.156e6 + 7.668e6 / 3
        )  # a validation image costs about a third of a training one
        hours = images / CPU_IMAGES_PER_S / 3600
        # Not a WorkflowError: Snakemake would wrap it into a page of other lines.
        sys.exit(
            f"radiogaze: error: campaign {wildcards.campaign}: no GPU here; on this CPU one training of"
            f" {row.variant} would take about {hours:.0f} hours; run `snakemake released` for the"
            f" authors' models or `make demo` for the whole workflow in small, or set"
            f" campaigns.{wildcards.campaign}.allow_cpu to true in config.yaml"
        )
    return []
