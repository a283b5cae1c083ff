# Paths and settings. Every path of the workflow is decided here and nowhere else; what a campaign
# consists of is in radiogaze.campaigns.plan, what a figure or table needs in its registry.
import functools
import itertools
import json
import os
import shutil
import sys
from pathlib import Path
from types import SimpleNamespace

import radiogaze

from radiogaze.campaigns.campaign import PAPERS, plan_campaigns
from radiogaze.campaigns.few_labels import has_labels, needs_of_labels
from radiogaze.campaigns.doubt import TABLES as DOUBT_TABLES
from radiogaze.campaigns.doubt import DoubtPlan
from radiogaze.campaigns.plan import FIGURE_3_SOURCE
from radiogaze.campaigns.recipes import check_recipe, load_recipes
from radiogaze.campaigns.scored import networks_scored
from radiogaze.campaigns.training_cost import (
    CardCosts,
    card_cost,
    explain_cost,
    precision_of,
    total_cost,
)
from radiogaze.cli.cross_validate import TABLES as FOLD_TABLES
from radiogaze.cli.label_efficiency import TABLES as LABEL_TABLES
from radiogaze.data.subsets import SUBSETS
from radiogaze.errors import RadiogazeError
from radiogaze.figures.registry import FIGURES, figures_of, needs_of
from radiogaze.files.rows import read_rows
from radiogaze.files.schema import load_schema, validate
from radiogaze.provenance.record import sha256_of
from radiogaze.provenance.versions import VERSIONS
from radiogaze.tables.registry import TABLES, find_table, tables_shown
from radiogaze.tables.registry import needs_of as needs_of_a_table
from radiogaze.terms import CHECKPOINTS, FOLDS

# ---------------------------------------------------------------------------------------- settings
RECIPES = "experiments/recipes.yaml"
# What is no setting lies beside the rules: elsewhere, if this workflow is a module of another one. The paths
# are relative, so that a moved folder reruns nothing.
RULES = workflow.current_basedir.get_path_or_uri(secret_free=True)
REFERENCE = os.path.relpath(Path(RULES, "../reference"))
DATASETS = f"{REFERENCE}/datasets.csv"
WEIGHTS = f"{REFERENCE}/weights.csv"
FIRST_IMAGES = f"{REFERENCE}/first_images.csv"
TABLE10 = f"{REFERENCE}/table10.csv"
PAPER_VALUES = f"{REFERENCE}/paper_values.csv"
TRAINING_COSTS = f"{REFERENCE}/training_costs.csv"
NETWORK_COSTS = f"{REFERENCE}/network_costs.csv"
OPERATIONS = f"{REFERENCE}/operations.csv"
CARD_RATES = f"{REFERENCE}/card_rates.csv"
CLAIMS = f"{REFERENCE}/claims.csv"
DIFFERENCES = os.path.relpath(Path(RULES, "../../docs/differences.md"))
PACKAGE = Path(radiogaze.__file__).parent
STYLE = PACKAGE / "figures/style.mplstyle"
TEMPLATES = sorted(PACKAGE.glob("report/templates/*"))

try:
    validate(config, load_schema("config"), "config.yaml")
    DATASET_ROWS, WEIGHT_ROWS, IMAGE_ROWS, COST_ROWS, NETWORK_ROWS = (
        read_rows(Path(path), ",")
        for path in (DATASETS, WEIGHTS, FIRST_IMAGES, TRAINING_COSTS, NETWORK_COSTS)
    )
    CARD_COSTS = CardCosts(read_rows(Path(OPERATIONS), ","), read_rows(Path(CARD_RATES), ","))
    CAMPAIGNS = plan_campaigns(config["campaigns"], WEIGHT_ROWS)
    RECIPES_BY_NAME = load_recipes(Path(RECIPES))
    for campaign in CAMPAIGNS.values():
        for plan in campaign.papers.values():
            for name, row in plan.sheet.items():
                where = f"{plan.budget['sheet']}: {name}"
                if row.recipe not in RECIPES_BY_NAME:
                    raise RadiogazeError(
                        f"{where}: recipe is {row.recipe or 'none'}, expected one of {RECIPES}:"
                        f" {', '.join(RECIPES_BY_NAME)}"
                    )
                check_recipe(row, RECIPES_BY_NAME[row.recipe], where)
except RadiogazeError as error:
    sys.exit(f"radiogaze: error: {error}")

# The rules call the commands beside the Python that runs Snakemake, whether its environment is activated or not.
BIN = Path(sys.executable).parent
# Mirror and device do not change results. They are passed in the environment, because a changed
# parameter would rerun jobs.
MIRROR = os.environ.get("RADIOGAZE_MIRROR") or config["mirror"]
HAS_GPU = config["device"] == "cuda" or (
    config["device"] == "auto" and shutil.which("nvidia-smi") is not None
)
os.environ.update(
    PATH=os.pathsep.join([str(BIN), os.environ.get("PATH", os.defpath)]),
    RADIOGAZE_MIRROR=MIRROR,
    RADIOGAZE_DEVICE="cuda" if HAS_GPU else "cpu",
)

# ------------------------------------------------------------------------------------------- paths
# A run is one trained network of a variant: `released`, an earlier released `epoch-<n>`, `seed-<n>`
# or `fold-<n>` of our own training, or an earlier `stage-<1 to 5>` of the first seed.
RUN = "results/{campaign}/{paper}/{variant}/{run}"
# radiogaze.campaigns.plan names the inputs of figures and tables by these names.
paths = SimpleNamespace(
    archive="resources/archives/{archive}.archive",
    released="resources/weights/{folder}/{epoch}.pt",
    images="resources/datasets/{dataset}/images.npz",
    catalogue="resources/datasets/{dataset}/catalogue.csv",
    first_image="resources/first/{source}.fits",
    steps="resources/first/{source}.steps.npz",
    model=f"{RUN}/model.safetensors",
    stage=f"{RUN}/stages/{{number}}.safetensors",
    training=f"{RUN}/result.json",
    history=f"{RUN}/history.csv",
    metrics=f"{RUN}/metrics.json",
    predictions=f"{RUN}/predictions.csv",
    logits=f"{RUN}/logits.npz",
    symmetric_metrics=f"{RUN}/symmetries/metrics.json",
    symmetric=f"{RUN}/symmetries/predictions.csv",
    symmetric_logits=f"{RUN}/symmetries/logits.npz",
    attention=f"{RUN}/attention.npz",
    rotations=f"{RUN}/attention_rotations.npz",
    equivariance=f"{RUN}/equivariance.csv",
    examples=f"{RUN}/examples.npz",
    examples_as_trained=f"{RUN}/examples_as_trained.npz",
    misclassified=f"{RUN}/misclassified.csv",
    misclassified_maps=f"{RUN}/misclassified.npz",
    grad_cam=f"{RUN}/grad_cam.npz",
    agreement=f"{RUN}/agreement.csv",
    gaze=f"{RUN}/gaze.csv",
    cross_validated="results/{campaign}/{paper}/cross_validation/{table}.csv",
    calibration="results/{campaign}/{paper}/{variant}/calibration.json",
    shipped="results/{campaign}/shipped/{variant}/seed-{number}/model.safetensors",
    shipped_calibration="results/{campaign}/shipped/{variant}/calibration.json",
    familiarity="results/{campaign}/{paper}/{variant}/familiarity.npz",
    shipped_familiarity="results/{campaign}/shipped/{variant}/familiarity.npz",
    features=f"{RUN}/features/{{dataset}}.npz",
    label_efficiency="results/{campaign}/{paper}/label_efficiency/{table}.csv",
    dropout_metrics=f"{RUN}/dropout/metrics.json",
    dropout_predictions=f"{RUN}/dropout/predictions.csv",
    dropout_logits=f"{RUN}/dropout/logits.npz",
    dropout_probe=f"{RUN}/dropout/probe.npz",
    probe=f"{RUN}/probe.npz",
    doubt="results/{campaign}/{paper}/doubt/{table}.csv",
    gaze_curves=f"{RUN}/gaze_curves.csv",
    gaze_examples=f"{RUN}/gaze_examples.npz",
    interventions=f"{RUN}/interventions.csv",
    sanity=f"{RUN}/sanity.csv",
    evidence=f"{RUN}/evidence.csv",
    architecture="results/{campaign}/{paper}/{variant}/architecture.json",
    asymmetry="results/{campaign}/{paper}/asymmetry.csv",
    published_networks=f"{REFERENCE}/published_networks.csv",
    published_curves=f"{REFERENCE}/equivariant_curves.csv",
    figure="figures/{campaign}/{paper}/{figure}",
    table="paper_tables/{campaign}/{paper}/table{table}",
    table_csv="paper_tables/{campaign}/{paper}/table{table}.csv",
    explored="results/{campaign}/report/explorer/{paper}/{variant}/{run}.js",
    page="results/{campaign}/report/index.html",
    explorer="results/{campaign}/report/explorer.html",
    claims="results/{campaign}/report/claims.csv",
    # Unfinished trainings; not an output of a rule, because Snakemake deletes the outputs of a killed job.
    state="state/{campaign}/{paper}/{variant}/{run}",
)


def log_of(job):
    """The log of a job, in a folder with the name of its rule."""
    return f"logs/{job}.log"


def benchmark_of(job):
    """The time and memory of a job, beside its log."""
    return f"logs/{job}.benchmark.tsv"


wildcard_constraints:
    archive="|".join(sorted({row["dataset"] for row in DATASET_ROWS})),
    campaign="|".join(CAMPAIGNS),
    paper="|".join(PAPERS),
    variant="[a-z0-9-]+",
    run="released|(epoch|stage|seed|fold)-[0-9]+",
    # plan_of and the registries refuse unknown ones, and list the known
    figure="[A-Za-z0-9_-]+",
    table="[A-Za-z0-9_-]+",
    source="[0-9+._-]+",
    folder="[A-Za-z0-9_-]+",
    epoch="[0-9]+",
