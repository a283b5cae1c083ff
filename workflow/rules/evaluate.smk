# One job a variant: augmented passes over its test set, then metrics and predictions.


rule evaluate:
    input:
        images=cutouts_of(IMAGES),
        catalogue=cutouts_of(CATALOGUE),
        weights=weights_of,
        training=training_of,
    output:
        metrics=METRICS,
        predictions=PREDICTIONS,
        logits=LOGITS,
    log:
        log_of("evaluate/{campaign}/{variant}/{run}"),
    benchmark:
        benchmark_of("evaluate/{campaign}/{variant}/{run}")
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        gpu=int(HAS_GPU),
        mem_mb=1500,
        runtime=240,
    params:
        sheet=of_campaign("sheet"),
        row=lambda wildcards: str(variant_of(wildcards)),
        passes=of_campaign("passes"),
        seed=of_campaign("seed"),
        orders=flags("--order", config["orders"]),
        training=lambda wildcards, input: flags("--training", input.training),
        code=code_digest("evaluate"),
    message:
        "Evaluating {wildcards.variant} ({wildcards.run}) over {params.passes} augmented passes"
    shell:
        "radiogaze evaluate {wildcards.variant} --sheet {params.sheet}"
        " --images {input.images} --catalogue {input.catalogue} --weights {input.weights}"
        " {params.training}"
        " --passes {params.passes} --seed {params.seed} {params.orders}"
        " --metrics {output.metrics} --predictions {output.predictions}"
        " --logits {output.logits} > {log} 2>&1"
