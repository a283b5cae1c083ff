# Augmented passes over a variant's test set, then metrics and predictions. One job a variant, its
# seeds together: half of a short evaluation is the start of its process. A rule for each campaign,
# because their numbers of seeds differ.
for name in CAMPAIGNS:

    rule:
        name:
            f"evaluate_{name}"
        input:
            images=cutouts_of(IMAGES),
            catalogue=cutouts_of(CATALOGUE),
            weights=weights_of_runs,
            trainings=trainings_of_runs,
        output:
            metrics=expand(METRICS, run=runs_of(name), allow_missing=True),
            predictions=expand(PREDICTIONS, run=runs_of(name), allow_missing=True),
            logits=expand(LOGITS, run=runs_of(name), allow_missing=True),
        log:
            log_of("evaluate/{campaign}/{paper}/{variant}"),
        benchmark:
            benchmark_of("evaluate/{campaign}/{paper}/{variant}")
        wildcard_constraints:
            campaign=name,
        conda:
            "../../envs/cpu.yaml"
        threads: 1
        resources:
            gpu=int(HAS_GPU),
            mem_mb=1500,
            runtime=240,
        params:
            sheet=of_paper("sheet"),
            row=lambda wildcards: str(variant_of(wildcards)),
            passes=of_paper("passes"),
            seed=of_campaign("seed"),
            orders=flags("--order", config["orders"]),
            weights=lambda wildcards, input: flags("--weights", input.weights),
            trainings=lambda wildcards, input: flags("--training", input.trainings),
            metrics=lambda wildcards, output: flags("--metrics", output.metrics),
            predictions=lambda wildcards, output: flags(
                "--predictions", output.predictions
            ),
            logits=lambda wildcards, output: flags("--logits", output.logits),
            code=code_digest("evaluate"),
        message:
            "Evaluating {wildcards.variant} over {params.passes} augmented passes"
        shell:
            "radiogaze evaluate {wildcards.variant} --sheet {params.sheet}"
            " --images {input.images} --catalogue {input.catalogue} {params.weights}"
            " {params.trainings} --passes {params.passes} --seed {params.seed}"
            " {params.orders} {params.metrics} {params.predictions} {params.logits}"
            " > {log} 2>&1"
