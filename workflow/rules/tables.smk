# The papers' tables, ours beside the paper's.


rule tabulate:
    input:
        metrics=metrics_of_table,
        catalogues=catalogues_of_table,
        reference=PAPER_VALUES,
    output:
        csv=TABLE_CSV,
        md=TABLE_MD,
        tex=TABLE_TEX,
    log:
        log_of("tabulate/{campaign}/{table}"),
    benchmark:
        benchmark_of("tabulate/{campaign}/{table}")
    conda:
        "../../envs/cpu.yaml"
    params:
        sheet=SHEET,
        rows=rows_of_table,
        metrics=lambda wildcards, input: flags("--metrics", input.metrics),
        catalogues=named_catalogues,
        code=code_digest("tabulate"),
    message:
        "Writing table {wildcards.table} of the gating paper"
    shell:
        "radiogaze tabulate {wildcards.table} --paper gating --sheet {params.sheet}"
        " --reference {input.reference} --campaign {wildcards.campaign}"
        " {params.metrics} {params.catalogues}"
        " --out-csv {output.csv} --out-md {output.md} --out-tex {output.tex} > {log} 2>&1"
