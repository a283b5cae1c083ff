# radiogaze: two papers on attention-gated radio-galaxy classification, reproduced in one DAG.
#
#   snakemake --cores all quick      real data, released weights, few passes: minutes
#   snakemake --cores all released   the same with the paper's 360 passes
#   snakemake --cores all demo       everything on a synthetic sky, offline: minutes
#   snakemake --cores all retrained  every network of both papers, retrained on a CPU
#   snakemake --cores all paper      everything retrained: needs a GPU
#   snakemake --cores all -n quick   what would run, and why
configfile: "config.yaml"


# The image of envs/container/apptainer.def; used only with --sdm apptainer.
container: "radiogaze.sif"


include: "workflow/rules/common.smk"
include: "workflow/rules/termination.smk"
include: "workflow/rules/data.smk"
include: "workflow/rules/train.smk"
include: "workflow/rules/evaluate.smk"
include: "workflow/rules/attention.smk"
include: "workflow/rules/tables.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/report.smk"


# Downloads run on the submitting machine, because the nodes of a cluster seldom have a network.
localrules:
    all,
    demo,
    fetch_dataset,
    fetch_image,
    fetch_weights,
    paper,
    quick,
    released,
    retrained,


rule all:
    default_target: True
    input:
        everything_of("released"),


rule quick:
    input:
        everything_of("quick"),


rule released:
    input:
        everything_of("released"),


rule retrained:
    input:
        everything_of("retrained"),
    message:
        cost_of("retrained")


rule paper:
    input:
        everything_of("paper"),


rule demo:
    input:
        everything_of("demo"),
