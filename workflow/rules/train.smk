# Our own training: one job a variant, its seeds together; and the drawn sky of synthetic campaigns.


rule synthesise:
    output:
        images="resources/datasets/synthetic-{campaign}-{archive}/images.npz",
        catalogue="resources/datasets/synthetic-{campaign}-{archive}/catalogue.csv",
    log:
        log_of("synthesise/{campaign}/{archive}"),
    benchmark:
        benchmark_of("synthesise/{campaign}/{archive}")
    conda:
        "../../envs/cpu.yaml"
    params:
        train=lambda wildcards: CAMPAIGNS[wildcards.campaign]["cutouts"]["train"],
        test=lambda wildcards: CAMPAIGNS[wildcards.campaign]["cutouts"]["test"],
        code=code_digest("synthesise"),
    message:
        "Drawing a synthetic sky in the shape of {wildcards.archive}"
    shell:
        "radiogaze synthesise {wildcards.archive} --train {params.train} --test {params.test}"
        " --images {output.images} --catalogue {output.catalogue} > {log} 2>&1"


# A rule for each campaign that trains, because their numbers of seeds differ.
for name in TRAINED:

    rule:
        name:
            f"train_{name}"
        input:
            images=cutouts_of(IMAGES),
            catalogue=cutouts_of(CATALOGUE),
            allowed=allowed_to_train,
        output:
            models=expand(MODEL, run=runs_of(name), allow_missing=True),
            results=expand(TRAINING, run=runs_of(name), allow_missing=True),
            stages=expand(STAGE, stage=STAGES, allow_missing=True),
            histories=expand(HISTORY, run=runs_of(name), allow_missing=True),
        log:
            log_of("train/{campaign}/{paper}/{variant}"),
        benchmark:
            benchmark_of("train/{campaign}/{paper}/{variant}")
        wildcard_constraints:
            campaign=name,
        conda:
            "../../envs/cpu.yaml"
        threads: 1
        resources:
            gpu=int(HAS_GPU),
            mem_mb=4000,
            runtime=lambda wildcards, attempt: 1440 * attempt,
        params:
            sheet=of_paper("sheet"),
            row=lambda wildcards: str(variant_of(wildcards)),
            seeds=flags("--seed", range(CAMPAIGNS[name]["seeds"])),
            validation_passes=of_paper("validation_passes"),
            state=STATE,
            out=lambda wildcards, output: Path(output.models[0]).parents[1],
            code=code_digest("train"),
        message:
            "Training {wildcards.variant}, campaign {wildcards.campaign}"
        # exec: a scheduler's SIGTERM would end the shell at once, and its end the training before it
        # is saved.
        shell:
            "exec radiogaze train {wildcards.variant} --sheet {params.sheet}"
            " --images {input.images} --catalogue {input.catalogue} {params.seeds}"
            " --validation-passes {params.validation_passes} --state {params.state}"
            " --out {params.out} > {log} 2>&1"
