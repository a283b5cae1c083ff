# The papers' tables, ours beside the paper's.


rule tabulate:
    input:
        metrics=metrics_of_table,
        released=released_of_table,
        catalogues=catalogues_of_table,
        misclassified=misclassified_of_table,
        sources=TABLE10,
        reference=PAPER_VALUES,
    output:
        csv=report(
            TABLE_CSV,
            caption="../report/tables.rst",
            category="Tables",
            subcategory="{campaign}, {paper} paper",
            labels={"table": "{table}"},
        ),
        md=TABLE_MD,
        tex=TABLE_TEX,
    log:
        log_of("tabulate/{campaign}/{paper}/{table}"),
    benchmark:
        benchmark_of("tabulate/{campaign}/{paper}/{table}")
    conda:
        "../../envs/cpu.yaml"
    params:
        sheet=of_paper("sheet"),
        rows=rows_of_table,
        metrics=lambda wildcards, input: flags("--metrics", input.metrics),
        released=lambda wildcards, input: flags("--released", input.released),
        banner=banner,
        unlike_paper=unlike_paper,
        catalogues=named_catalogues,
        misclassified=lambda wildcards, input: flags(
            "--misclassified", input.misclassified
        ),
        code=code_of_table,
    message:
        "Writing table {wildcards.table} of the {wildcards.paper} paper"
    shell:
        "radiogaze tabulate {wildcards.table} --paper {wildcards.paper} --sheet {params.sheet}"
        " --reference {input.reference} --campaign {wildcards.campaign}"
        " {params.metrics} {params.released} {params.catalogues} {params.banner}"
        " {params.misclassified} --reference-sources {input.sources} {params.unlike_paper}"
        " --out-csv {output.csv} --out-md {output.md} --out-tex {output.tex} > {log} 2>&1"
