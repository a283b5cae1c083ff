# The papers' tables, ours beside the paper's.


rule tabulate:
    input:
        made_from=lambda wildcards: paths_of(needs_of_table(wildcards)),
        sources=TABLE10,
        reference=PAPER_VALUES,
        # Table 5 counts augmented images
        recipes=lambda wildcards: RECIPES if wildcards.table == "05" else [],
    output:
        csv=f"{paths.table}.csv",
        md=f"{paths.table}.md",
        tex=f"{paths.table}.tex",
    log:
        log_of("tabulate/{campaign}/{paper}/{table}"),
    benchmark:
        benchmark_of("tabulate/{campaign}/{paper}/{table}")
    wildcard_constraints:
        campaign="[^/]+",  # any, so that an unknown one is refused by name
        paper="[^/]+",
    params:
        sheet=paper_setting("sheet"),
        rows=rows_of_table,
        made_from=lambda wildcards, input: options_of(needs_of_table(wildcards), input.made_from),
        recipes=lambda wildcards, input: f"--recipes {input.recipes}" if input.recipes else "",
        banner=banner_option,
        verdicts=lambda wildcards: "--no-verdicts" if plan_of(wildcards).synthetic else "",
        version=VERSIONS["tabulate"],
    message:
        "Writing table {wildcards.table} of the {wildcards.paper} paper"
    shell:
        "radiogaze tabulate {wildcards.table} --paper {wildcards.paper} --sheet {params.sheet}"
        " --campaign {wildcards.campaign} {params.made_from} {params.recipes} {params.banner}"
        " {params.verdicts}"
        " --reference {input.reference} --reference-sources {input.sources}"
        " --out-csv {output.csv} --out-md {output.md} --out-tex {output.tex} > {log} 2>&1"
