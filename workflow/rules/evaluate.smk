# One job a variant: augmented passes over its test set, then metrics and predictions.


rule evaluate:
    input:
        images=archive_of(IMAGES),
        catalogue=archive_of(CATALOGUE),
        weights=released_weights,
    output:
        metrics=METRICS,
        predictions=PREDICTIONS,
        logits=LOGITS,
    log:
        log_of("evaluate/{campaign}/{variant}"),
    benchmark:
        benchmark_of("evaluate/{campaign}/{variant}")
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        gpu=int(HAS_GPU),
        mem_mb=1500,
        runtime=240,
    params:
        sheet=SHEET,
        row=lambda wildcards: str(VARIANTS[wildcards.variant]),
        passes=of_campaign("passes"),
        seed=of_campaign("seed"),
        orders=flags("--order", config["orders"]),
        code=code_digest("evaluate"),
    message:
        "Evaluating {wildcards.variant} over {params.passes} augmented passes"
    shell:
        "radiogaze evaluate {wildcards.variant} --sheet {params.sheet}"
        " --images {input.images} --catalogue {input.catalogue} --weights {input.weights}"
        " --passes {params.passes} --seed {params.seed} {params.orders}"
        " --metrics {output.metrics} --predictions {output.predictions}"
        " --logits {output.logits} > {log} 2>&1"
