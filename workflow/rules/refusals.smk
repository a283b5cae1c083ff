# Results that no rule makes, because of a typo in their folder: an error that names it, where Snakemake's own
# names no campaign and no paper. Only where this is the workflow: the files of one that uses it as a module may be
# called alike.
FOLDERS = "|".join(f"{campaign}/(?:{'|'.join(PAPERS)}|report|shipped)/" for campaign in CAMPAIGNS)

if Path(RULES).resolve().parents[1] in Path(workflow.main_snakefile).resolve().parents:

    rule refuse:
        input:
            known_folder,
        output:
            "results/{unknown}",
        wildcard_constraints:
            unknown=f"(?!{FOLDERS})[^/]+/.+",
        message:
            "Refusing results/{wildcards.unknown}"
