# radiogaze: two papers on attention-gated radio-galaxy classification, rebuilt as one DAG.
#
#   snakemake --cores all quick      real data, released weights, few passes: minutes
#   snakemake --cores all released   the same with the paper's 360 passes
#   snakemake --cores all -n quick   what would run, and why
configfile: "config.yaml"


include: "workflow/rules/common.smk"
include: "workflow/rules/data.smk"
include: "workflow/rules/evaluate.smk"
include: "workflow/rules/tables.smk"


localrules:
    all,
    quick,
    released,


rule all:
    default_target: True
    input:
        rules_of("released"),


rule quick:
    input:
        rules_of("quick"),


rule released:
    input:
        rules_of("released"),
