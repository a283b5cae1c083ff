# Families of uncertain networks, side by side.


# MC dropout: the same weights, in as many passes.
use rule evaluate as evaluate_with_dropout with:
    output:
        metrics=paths.dropout_metrics,
        predictions=paths.dropout_predictions,
        logits=paths.dropout_logits,
    log:
        log_of("evaluate_with_dropout/{campaign}/{paper}/{variant}/{run}"),
    benchmark:
        benchmark_of("evaluate_with_dropout/{campaign}/{paper}/{variant}/{run}")
    params:
        options=dropout_of,
        orders="--order file",


rule probe:
    input:
        unpack(network_of),
        training=lambda wildcards: paths_of(training_of(wildcards)),
        frdeep=lambda wildcards: paths_of(plan_of(wildcards).cutouts("frdeep")),
    output:
        paths.probe,
    log:
        log_of("probe/{campaign}/{paper}/{variant}/{run}"),
    benchmark:
        benchmark_of("probe/{campaign}/{paper}/{variant}/{run}")
    threads: 1
    resources:
        gpu=int(HAS_GPU),
        mem_mb=megabytes(1500),
        runtime=240,
    params:
        sheet=paper_setting("sheet"),
        row=row_of,
        passes=passes_of_probe,
        seed=campaign_setting("seed"),
        options="",
        sets=lambda wildcards: repeat_option(
            "--set", DoubtPlan(plan_of(wildcards)).sets(wildcards.variant)
        ),
        version=VERSIONS["probe"],
    message:
        "Probing {wildcards.variant} ({wildcards.run}) with images that it was not trained on"
    shell:
        "radiogaze probe {wildcards.variant} --sheet {params.sheet}"
        " --images {input.images} --catalogue {input.catalogue} --weights {input.weights}"
        " --training {input.training} {params.options} --passes {params.passes}"
        " --seed {params.seed} {params.sets} --frdeep-images {input.frdeep[0]}"
        " --frdeep-catalogue {input.frdeep[1]} --out {output} > {log} 2>&1"


use rule probe as probe_with_dropout with:
    output:
        paths.dropout_probe,
    log:
        log_of("probe_with_dropout/{campaign}/{paper}/{variant}/{run}"),
    benchmark:
        benchmark_of("probe_with_dropout/{campaign}/{paper}/{variant}/{run}")
    params:
        options=dropout_of,


rule compare_doubt:
    input:
        made_from=lambda wildcards: paths_of(needs_of_doubt(wildcards)),
        metrics=lambda wildcards: metrics_beside(paths_of(needs_of_doubt(wildcards))),
    output:
        expand(paths.doubt, table=DOUBT_TABLES, allow_missing=True),
    log:
        log_of("compare_doubt/{campaign}/{paper}"),
    benchmark:
        benchmark_of("compare_doubt/{campaign}/{paper}")
    params:
        made_from=lambda wildcards, input: options_of(needs_of_doubt(wildcards), input.made_from),
        ensembles=lambda wildcards: repeat_option(
            "--ensemble", DoubtPlan(plan_of(wildcards)).backbones
        ),
        pairs=lambda wildcards: repeat_option(
            "--compare", map(":".join, DoubtPlan(plan_of(wildcards)).pairs)
        ),
        temperatures=temperatures_of,
        out=lambda wildcards, output: Path(output[0]).parent,
        version=VERSIONS["doubt"],
    message:
        "Comparing the uncertain networks of campaign {wildcards.campaign}"
    shell:
        "radiogaze doubt {params.made_from} {params.ensembles} {params.pairs} {params.temperatures}"
        " --out {params.out} > {log} 2>&1"
