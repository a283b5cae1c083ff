# The report of a campaign, and the attention explorer beside it.


rule explore:
    input:
        images=cutouts_of(IMAGES),
        catalogue=cutouts_of(CATALOGUE),
        weights=weights_of,
        logits=LOGITS,
    output:
        EXPLORED,
    log:
        log_of("explore/{campaign}/{paper}/{variant}/{run}"),
    benchmark:
        benchmark_of("explore/{campaign}/{paper}/{variant}/{run}")
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        gpu=int(HAS_GPU),
        mem_mb=1500,
        runtime=60,
    params:
        sheet=of_paper("sheet"),
        row=lambda wildcards: str(variant_of(wildcards)),
        code=code_digest("explore"),
    message:
        "Taking the maps of every test source, {wildcards.variant} ({wildcards.run})"
    shell:
        "radiogaze explore {wildcards.variant} --sheet {params.sheet}"
        " --images {input.images} --catalogue {input.catalogue} --weights {input.weights}"
        " --logits {input.logits} --out {output} > {log} 2>&1"


rule report:
    input:
        tables=lambda wildcards: [
            path for path in tables_of(wildcards.campaign) if path.endswith(".csv")
        ],
        markdown=lambda wildcards: [
            path for path in tables_of(wildcards.campaign) if path.endswith(".md")
        ],
        figures=figures_of_report,
        metrics=files_of_report(METRICS),
        histories=histories_of_report,
        networks=files_of_report(EXPLORED, explored_of, first_run_of),
        # not read: the report adds up what all jobs cost, and so comes after them
        measured=lambda wildcards: measured_of(wildcards.campaign),
        claims=CLAIMS,
        datasets=DATASETS,
        differences=DIFFERENCES,
        captions=["workflow/report/figures.rst", "workflow/report/tables.rst"],
    output:
        page=REPORT,
        explorer=EXPLORER,
    log:
        log_of("report/{campaign}"),
    benchmark:
        benchmark_of("report/{campaign}")
    conda:
        "../../envs/cpu.yaml"
    params:
        settings=lambda wildcards: str(CAMPAIGNS[wildcards.campaign]),
        captions=lambda wildcards, input: Path(input.captions[0]).parent,
        tables=lambda wildcards, input: flags("--tables", input.tables),
        figures=lambda wildcards, input: flags("--figures", input.figures),
        metrics=lambda wildcards, input: flags("--metrics", input.metrics),
        histories=lambda wildcards, input: flags("--history", input.histories),
        networks=lambda wildcards, input: flags("--explorer", input.networks),
        templates=TEMPLATES,
        code=code_digest("report"),
    message:
        "Writing the report of {wildcards.campaign}"
    shell:
        "radiogaze report --campaign {wildcards.campaign} {params.tables} {params.figures}"
        " {params.metrics} {params.histories} {params.networks} --logs logs"
        " --captions {params.captions} --claims {input.claims} --datasets {input.datasets}"
        " --differences {input.differences} --out {output.page}"
        " --out-explorer {output.explorer} > {log} 2>&1"
