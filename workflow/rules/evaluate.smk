# Test-time augmentation passes over the test set, then metrics and predictions.


rule evaluate:
    input:
        unpack(network_of),
        training=lambda wildcards: paths_of(training_of(wildcards)),
    output:
        metrics=paths.metrics,
        predictions=paths.predictions,
        logits=paths.logits,
    log:
        log_of("evaluate/{campaign}/{paper}/{variant}/{run}"),
    benchmark:
        benchmark_of("evaluate/{campaign}/{paper}/{variant}/{run}")
    threads: 1
    resources:
        gpu=int(HAS_GPU),
        mem_mb=1500,
        runtime=240,
    params:
        sheet=paper_setting("sheet"),
        row=row_of,
        passes=paper_setting("passes"),
        seed=campaign_setting("seed"),
        fold=fold_option,
        orders=repeat_option("--order", config["orders"]),
        training=lambda wildcards, input: options_of(training_of(wildcards), input.training),
        version=VERSIONS["evaluate"],
    message:
        "Evaluating {wildcards.variant} ({wildcards.run}) over {params.passes} augmented passes"
    shell:
        "radiogaze evaluate {wildcards.variant} --sheet {params.sheet}"
        " --images {input.images} --catalogue {input.catalogue} --weights {input.weights}"
        " {params.training} {params.fold} --passes {params.passes} --seed {params.seed} {params.orders}"
        " --metrics {output.metrics} --predictions {output.predictions}"
        " --logits {output.logits} > {log} 2>&1"
