# Our own training, one job a seed.


rule train:
    input:
        unpack(training_inputs_of),
        allowed=allowed_to_train,
    output:
        model=paths.model,
        result=paths.training,
        history=paths.history,
    log:
        log_of("train/{campaign}/{paper}/{variant}/{run}"),
    benchmark:
        benchmark_of("train/{campaign}/{paper}/{variant}/{run}")
    wildcard_constraints:
        run="seed-[1-9][0-9]*|fold-[0-9]+",
    threads: 1
    resources:
        gpu=int(HAS_GPU),
        mem_mb=megabytes(4000),
        runtime=minutes_allowed,
    params:
        sheet=paper_setting("sheet"),
        row=row_of,
        run=run_option,
        recipe=recipe_of,
        recipes=RECIPES,
        state=paths.state,
        # With the precision, because another parameter or command would run every finished training again.
        out=lambda wildcards, output: f"{Path(output.model).parents[1]}{precision_option(wildcards)}",
        version=VERSIONS["train"],
    message:
        "Training {wildcards.variant} ({wildcards.run}), campaign {wildcards.campaign}"
    # exec: a scheduler's SIGTERM must reach the training, which then saves its state; a shell in
    # between would end at once and take the training with it.
    shell:
        "exec radiogaze train {wildcards.variant} --sheet {params.sheet}"
        " --images {input.images} --catalogue {input.catalogue} {params.run}"
        " --recipes {params.recipes} --state {params.state}"
        " --out {params.out} > {log} 2>&1"


# Figures 7 and 10 show checkpoints of the first seed.
use rule train as train_with_checkpoints with:
    output:
        model=paths.model,
        result=paths.training,
        history=paths.history,
        checkpoints=expand(paths.stage, number=CHECKPOINTS, allow_missing=True),
    log:
        log_of("train_with_checkpoints/{campaign}/{paper}/{variant}/{run}"),
    benchmark:
        benchmark_of("train_with_checkpoints/{campaign}/{paper}/{variant}/{run}")
    wildcard_constraints:
        run="seed-0",
