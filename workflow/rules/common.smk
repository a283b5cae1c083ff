# Paths, settings and helpers. Every path of the workflow is decided here and nowhere else.
import os
import shutil
import sys
from pathlib import Path

import yaml
from snakemake.exceptions import WorkflowError

from radiogaze.code_digest import code_digest
from radiogaze.data.subsets import SUBSETS
from radiogaze.errors import RadiogazeError
from radiogaze.experiments import load_sheet, read_rows
from radiogaze.schemas import validate

# ---------------------------------------------------------------------------------------- settings
SHEET = Path("experiments/gating.tsv")
DATASETS = Path("workflow/reference/datasets.csv")
WEIGHTS = Path("workflow/reference/weights.csv")
PAPER_VALUES = Path("workflow/reference/paper_values.csv")
CONFIG_SCHEMA = Path(workflow.basedir, "workflow/schemas/config.schema.yaml")

try:
    validate(config, yaml.safe_load(CONFIG_SCHEMA.read_text()), "config.yaml")
    VARIANTS = load_sheet(SHEET)
    DATASET_PINS = read_rows(DATASETS, ",")
    WEIGHT_PINS = read_rows(WEIGHTS, ",")
except RadiogazeError as error:
    raise WorkflowError(str(error)) from None

# The commands of the rules are those beside the Python that runs Snakemake, activated or not.
BIN = Path(sys.executable).parent
os.environ.update(PATH=os.pathsep.join([str(BIN), os.environ.get("PATH", os.defpath)]))
# Where to fetch from and what to compute on decide no result: they travel in the environment,
# because a changed parameter would rerun jobs.
os.environ.update(
    RADIOGAZE_MIRROR=os.environ.get("RADIOGAZE_MIRROR") or config["mirror"]
)
HAS_GPU = config["device"] == "cuda" or (
    config["device"] == "auto" and shutil.which("nvidia-smi") is not None
)
os.environ.update(RADIOGAZE_DEVICE="cuda" if HAS_GPU else "cpu")

# ------------------------------------------------------------------------------------------- paths
ARCHIVE = "resources/archives/{archive}.archive"
RELEASED = "resources/weights/{folder}/{epoch}.pt"
IMAGES = "resources/datasets/{archive}/images.npz"
CATALOGUE = "resources/datasets/{archive}/catalogue.csv"
METRICS = "results/{campaign}/gating/{variant}/metrics.json"
PREDICTIONS = "results/{campaign}/gating/{variant}/predictions.csv"
LOGITS = "results/{campaign}/gating/{variant}/logits.npz"
TABLE_CSV = "paper_tables/{campaign}/gating/table{table}.csv"
TABLE_MD = "paper_tables/{campaign}/gating/table{table}.md"
TABLE_TEX = "paper_tables/{campaign}/gating/table{table}.tex"


def log_of(job):
    """What a job printed; the rule's name is the folder."""
    return f"logs/{job}.log"


def benchmark_of(job):
    """What a job cost, beside its log."""
    return f"logs/{job}.benchmark.tsv"


# -------------------------------------------------------------------------------- what is in a DAG
ARCHIVES = sorted({row["dataset"] for row in DATASET_PINS})
RELEASED_VARIANTS = [
    name for name, variant in VARIANTS.items() if variant.released_file
]
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
TABLES = ["01", "02", *COUNT_TABLES, *RESULT_TABLES]


wildcard_constraints:
    archive="|".join(ARCHIVES),
    campaign="|".join(config["campaigns"]),
    variant="|".join(RELEASED_VARIANTS),
    folder="[A-Za-z0-9_-]+",
    epoch="[0-9]+",
    table="|".join(TABLES),


def rules_of(campaign):
    """Everything that a campaign ends with; an unknown campaign is refused when it is asked for."""
    if campaign not in config["campaigns"]:
        return lambda _: _unknown(campaign)
    return expand([TABLE_CSV, TABLE_MD, TABLE_TEX], campaign=campaign, table=TABLES)


def _unknown(campaign):
    known = ", ".join(config["campaigns"])
    raise WorkflowError(f"config.yaml: campaigns: no {campaign}; it has: {known}")


def pins(rows, **cells):
    """The rows of a manifest with these cells, as text: a parameter that changes with the pins."""
    return str([row for row in rows if cells.items() <= row.items()])


def of_campaign(key):
    """A parameter function: one key of the job's campaign."""
    return lambda wildcards: config["campaigns"][wildcards.campaign][key]


def flags(option, values):
    """``option`` before each of the values, for a command line."""
    return " ".join(f"{option} {value}" for value in values)


# ---------------------------------------------------------------------------------- input functions
def archive_of(pattern):
    """An input function: a file of the archive that the variant's data set is a choice of."""
    return lambda wildcards: pattern.format(
        archive=SUBSETS[VARIANTS[wildcards.variant].dataset].archive
    )


def released_weights(wildcards):
    """The released weights of the variant."""
    variant = VARIANTS[wildcards.variant]
    return RELEASED.format(folder=variant.released_folder, epoch=variant.released_epoch)


def metrics_of_table(wildcards):
    """The evaluations of the variants that feed a table."""
    feeds = RESULT_TABLES.get(wildcards.table)
    variants = [name for name in RELEASED_VARIANTS if feeds in VARIANTS[name].tables]
    return expand(METRICS, campaign=wildcards.campaign, variant=variants)


def catalogues_of_table(wildcards):
    """The catalogues whose sources a table counts."""
    return expand(CATALOGUE, archive=COUNT_TABLES.get(wildcards.table, []))


def named_catalogues(wildcards):
    """The same as command-line options."""
    archives = COUNT_TABLES.get(wildcards.table, [])
    return flags(
        "--catalogue", [f"{name}={CATALOGUE.format(archive=name)}" for name in archives]
    )


def rows_of_table(wildcards):
    """The sheet's rows that feed a table, as text: a parameter that changes with them."""
    feeds = RESULT_TABLES.get(wildcards.table)
    return str([variant for variant in VARIANTS.values() if feeds in variant.tables])
