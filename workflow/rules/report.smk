# The report of a campaign, and the attention explorer beside it.


rule explore:
    input:
        unpack(network_of),
        logits=paths.logits,
        gaze=scores_of,
    output:
        paths.explored,
    log:
        log_of("explore/{campaign}/{paper}/{variant}/{run}"),
    benchmark:
        benchmark_of("explore/{campaign}/{paper}/{variant}/{run}")
    threads: 1
    resources:
        gpu=int(HAS_GPU),
        mem_mb=megabytes(1500),
        runtime=60,
    params:
        sheet=paper_setting("sheet"),
        row=row_of,
        scores=lambda wildcards, input: repeat_option("--gaze", input.gaze),
        version=VERSIONS["explore"],
    message:
        "Taking the maps of every test source, {wildcards.variant} ({wildcards.run})"
    shell:
        "radiogaze explore {wildcards.variant} --sheet {params.sheet}"
        " --images {input.images} --catalogue {input.catalogue} --weights {input.weights}"
        " --logits {input.logits} {params.scores} --out {output} > {log} 2>&1"


rule report:
    input:
        tables=lambda wildcards: tables_of(wildcards.campaign, ".csv"),
        markdown=lambda wildcards: tables_of(wildcards.campaign, ".md"),
        figures=lambda wildcards: images_of(wildcards.campaign, ".png"),
        made_from=lambda wildcards: paths_of(needs_of_report(wildcards)),
        cost=lambda wildcards: show_cost(wildcards.campaign),  # no file
        # not read: the report sums the cost of all jobs and therefore runs after them
        measured=lambda wildcards: paths_of(measured_of(wildcards.campaign)),
        claims=CLAIMS,
        datasets=DATASETS,
        differences=DIFFERENCES,
    output:
        page=paths.page,
        explorer=paths.explorer,
        claims=paths.claims,
    log:
        log_of("report/{campaign}"),
    benchmark:
        benchmark_of("report/{campaign}")
    params:
        settings=lambda wildcards: json.dumps(CAMPAIGNS[wildcards.campaign].settings),
        tables=lambda wildcards, input: repeat_option("--tables", input.tables),
        figures=lambda wildcards, input: repeat_option("--figures", input.figures),
        made_from=lambda wildcards, input: options_of(needs_of_report(wildcards), input.made_from),
        templates=[sha256_of(path) for path in TEMPLATES],
        version=VERSIONS["report"],
    message:
        "Writing the report of {wildcards.campaign}"
    shell:
        "radiogaze report --campaign {wildcards.campaign} --settings {params.settings:q}"
        " {params.tables} {params.figures} {params.made_from} --logs logs"
        " --claims {input.claims} --datasets {input.datasets} --differences {input.differences}"
        " --out {output.page} --out-explorer {output.explorer}"
        " --out-claims {output.claims} > {log} 2>&1"
