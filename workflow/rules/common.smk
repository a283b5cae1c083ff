# Paths, settings and helpers. Every path of the workflow is decided here and nowhere else.
import os
import shutil
import signal
import sys
from pathlib import Path

import radiogaze
from snakemake.exceptions import WorkflowError

from radiogaze.clock import bring_back
from radiogaze.provenance.code_digest import code_digest
from radiogaze.data.subsets import SUBSETS
from radiogaze.errors import RadiogazeError
from radiogaze.campaigns.variants import load_sheet
from radiogaze.files.rows import read_rows
from radiogaze.figures.registry import find_figure
from radiogaze.provenance.record import sha256_of
from radiogaze.files.schema import load_schema, validate
from radiogaze.tables.registry import TABLES as BUILDERS
from radiogaze.termination import handle_in_thread
from radiogaze.workflow_lock import clear_stale_lock

# Where everything goes that the rules make.
MADE = ("resources", "results", "figures", "paper_tables")

company = clear_stale_lock(Path(".snakemake"), workflow.is_main_process)
if company.stale:
    print("radiogaze: took the lock of a killed Snakemake away", file=sys.stderr)
if company.alone and (later := bring_back(map(Path, MADE))):
    print(f"radiogaze: {later} files were from the future", file=sys.stderr)


# By now Snakemake has a handler; before, there is nothing to end.
onstart:
    handle_in_thread(signal.SIGTERM)


# ---------------------------------------------------------------------------------------- settings
DATASETS = Path("workflow/reference/datasets.csv")
WEIGHTS = Path("workflow/reference/weights.csv")
FIRST_IMAGES = Path("workflow/reference/first_images.csv")
TABLE10 = Path("workflow/reference/table10.csv")
STYLE = Path(radiogaze.__file__).parent / "figures/style.mplstyle"
PAPER_VALUES = Path("workflow/reference/paper_values.csv")
PUBLISHED_CURVES = Path("workflow/reference/equivariant_curves.csv")
CLAIMS = Path("workflow/reference/claims.csv")
DIFFERENCES = Path("docs/differences.md")
TEMPLATES = [
    sha256_of(path)
    for path in sorted(Path(radiogaze.__file__).parent.glob("report/templates/*"))
]
PAPERS = ("gating", "equivariant")

try:
    validate(config, load_schema("config"), "config.yaml")
    CAMPAIGNS = config["campaigns"]
    # campaign -> paper -> variant -> its row
    SHEETS = {
        name: {
            paper: load_sheet(Path(campaign[paper]["sheet"]))
            for paper in PAPERS
            if paper in campaign
        }
        for name, campaign in CAMPAIGNS.items()
    }
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
MODEL = "results/{campaign}/{paper}/{variant}/{run}/model.safetensors"
TRAINING = "results/{campaign}/{paper}/{variant}/{run}/result.json"
STAGE = "results/{campaign}/{paper}/{variant}/seed-0/stages/{stage}.safetensors"
HISTORY = "results/{campaign}/{paper}/{variant}/{run}/history.csv"
METRICS = "results/{campaign}/{paper}/{variant}/{run}/metrics.json"
PREDICTIONS = "results/{campaign}/{paper}/{variant}/{run}/predictions.csv"
LOGITS = "results/{campaign}/{paper}/{variant}/{run}/logits.npz"
ATTENTION = "results/{campaign}/{paper}/{variant}/{run}/attention.npz"
ROTATED = "results/{campaign}/{paper}/{variant}/{run}/attention_rotations.npz"
EQUIVARIANCE = "results/{campaign}/{paper}/{variant}/{run}/equivariance.csv"
ASYMMETRY = "results/{campaign}/{paper}/asymmetry.csv"
EXAMPLES = "results/{campaign}/{paper}/{variant}/{run}/examples.npz"
EXAMPLES_AS_TRAINED = (
    "results/{campaign}/{paper}/{variant}/{run}/examples_as_trained.npz"
)
MISCLASSIFIED = "results/{campaign}/{paper}/{variant}/{run}/misclassified.csv"
MISCLASSIFIED_MAPS = "results/{campaign}/{paper}/{variant}/{run}/misclassified.npz"
GRAD_CAM = "results/{campaign}/{paper}/{variant}/{run}/grad_cam.npz"
AGREEMENT = "results/{campaign}/{paper}/{variant}/{run}/agreement.csv"
ARCHITECTURE = "results/{campaign}/{paper}/{variant}/architecture.json"
FIRST_IMAGE = "resources/first/{source}.fits"
STEPS = "resources/first/{source}.steps.npz"
FIGURE_PDF = "figures/{campaign}/{paper}/{figure}.pdf"
FIGURE_PNG = "figures/{campaign}/{paper}/{figure}.png"
TABLE_CSV = "paper_tables/{campaign}/{paper}/table{table}.csv"
TABLE_MD = "paper_tables/{campaign}/{paper}/table{table}.md"
TABLE_TEX = "paper_tables/{campaign}/{paper}/table{table}.tex"
EXPLORED = "results/{campaign}/report/explorer/{paper}/{variant}/{run}.js"
REPORT = "results/{campaign}/report/index.html"
EXPLORER = "results/{campaign}/report/explorer.html"
# Images a second on one thread of an AMD EPYC, training and validation (benchmarks/training.py:
# 75 hours for one published training).
CPU_TRAINING_PER_S, CPU_VALIDATION_PER_S = 31.0, 106.5
# What a training on a CPU costs, and what to run instead, by paper. Gating: the images of the
# published budget, 855 x 72 x 100 and 213 x 360 x 100. Equivariant: seconds a training step of 16
# images (single thread, bfloat16; LeNet in float32), 864 + 224/3 steps an epoch, published epochs.
HOURS_OF_GATING = (6.156e6 / CPU_TRAINING_PER_S + 7.668e6 / CPU_VALIDATION_PER_S) / 3600
EPOCH_STEPS = 864 + 224 / 3
HOURS_OF_LENET, HOURS_OF_C8 = (
    seconds * EPOCH_STEPS * epochs / 3600
    for seconds, epochs in ((0.14, 555), (8.3, 575))
)
TRAINING_COSTS = {
    "gating": (
        f"one training of the primary model takes about {HOURS_OF_GATING:.0f} hours",
        "`snakemake released` for the authors' models",
    ),
    "equivariant": (
        f"one training takes about {HOURS_OF_LENET:.0f} hours (LeNet) to {HOURS_OF_C8:.0f}"
        " (C8-Attention) and more",
        "`snakemake narrow` for narrow networks of the same kinds",
    ),
}
STAGES = range(1, 6)
# The unfinished trainings: no output of any rule, because Snakemake deletes those of a killed job.
STATE = "state/{campaign}/{paper}/{variant}"


def log_of(job):
    """What a job printed; the rule's name is the folder."""
    return f"logs/{job}.log"


def benchmark_of(job):
    """What a job cost, beside its log."""
    return f"logs/{job}.benchmark.tsv"


# -------------------------------------------------------------------------------- what is in a DAG
ARCHIVES = sorted({row["dataset"] for row in DATASET_PINS})
TRAINED = [name for name in CAMPAIGNS if CAMPAIGNS[name]["weights"] == "trained"]
# Table -> the table number that a variant's row names if it feeds the table, by paper; None
# where every variant does.
RESULT_TABLES = {
    "gating": {
        "06": "6",
        "07": "7",
        "08": "8",
        "09": "9",
        "07_order": "7",
        "08_order": "8",
    },
    "equivariant": {"01": "1", "01_controls": None},
}
# Table -> the catalogues whose sources it counts.
COUNT_TABLES = {
    "gating": {"04": ["mirabest"], "05": ["frdeep", "mirabest"]},
    "equivariant": {},
}
TABLES = {paper: list(dict.fromkeys(BUILDERS[paper])) for paper in PAPERS}


def is_synthetic(campaign):
    """Whether a campaign looks at a drawn sky; everything made from it says so on its face."""
    return CAMPAIGNS[campaign]["sky"] == "synthetic"


def dataset_of(campaign, archive):
    """The folder of a campaign's cutouts: your own, published ones, or drawn in their shape."""
    if "dataset" in CAMPAIGNS[campaign]:
        return CAMPAIGNS[campaign]["dataset"]
    return f"synthetic-{campaign}-{archive}" if is_synthetic(campaign) else archive


def papers_of(campaign):
    """The papers that a campaign rebuilds."""
    return list(SHEETS[campaign])


def variants_of(campaign, paper):
    """The variants of a campaign that there are weights of."""
    sheet = SHEETS[campaign][paper]
    return [name for name in sheet if campaign in TRAINED or sheet[name].released_file]


def runs_of(campaign):
    """The trained networks of each variant of a campaign."""
    if campaign in TRAINED:
        return [f"seed-{seed}" for seed in range(CAMPAIGNS[campaign]["seeds"])]
    return ["released"]


def tables_of(campaign):
    """Every table of a campaign, in all three forms."""
    return [
        pattern.format(campaign=campaign, paper=paper, table=table)
        for paper in papers_of(campaign)
        for table in TABLES[paper]
        for pattern in (TABLE_CSV, TABLE_MD, TABLE_TEX)
    ]


def measured_of(campaign):
    """What a campaign measures and no table or figure shows."""
    return [
        ASYMMETRY.format(campaign=campaign, paper=paper)
        for paper in papers_of(campaign)
        if paper == "equivariant"
    ]


def everything_of(campaign):
    """All that a campaign ends with; an unknown campaign is refused when it is asked for."""
    if campaign not in CAMPAIGNS:
        return lambda _: unknown_campaign(campaign)
    pages = [REPORT.format(campaign=campaign), EXPLORER.format(campaign=campaign)]
    return (
        pages
        + tables_of(campaign)
        + measured_of(campaign)
        + [
            path
            for paper in papers_of(campaign)
            for path in figures_of(campaign, paper)
        ]
    )


def unknown_campaign(campaign):
    """Say which campaigns there are."""
    raise WorkflowError(
        f"config.yaml: campaigns: no {campaign}; it has: {', '.join(CAMPAIGNS)}"
    )


wildcard_constraints:
    archive="|".join(ARCHIVES),
    campaign="|".join(CAMPAIGNS),
    paper="|".join(PAPERS),
    variant="[a-z0-9-]+",
    run="released|(epoch|stage|seed)-[0-9]+",
    figure="fig[0-9A]+(_as_trained)?|confusion|roc|gradcam|equivariance|learning_curve(_[a-z0-9-]+)?",
    source="[0-9+._-]+",
    folder="[A-Za-z0-9_-]+",
    epoch="[0-9]+",
    table="[0-9]+(_[a-z]+)?",


# --------------------------------------------------------------------------------------- parameters
def pins(rows, **cells):
    """The rows of a manifest with these cells, as text: a parameter that changes with the pins."""
    return str([row for row in rows if cells.items() <= row.items()])


def of_campaign(key):
    """A parameter function: one key of the job's campaign."""
    return lambda wildcards: CAMPAIGNS[wildcards.campaign][key]


def of_paper(key):
    """A parameter function: one key of what the job's campaign says of the job's paper."""
    return lambda wildcards: CAMPAIGNS[wildcards.campaign][wildcards.paper][key]


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
