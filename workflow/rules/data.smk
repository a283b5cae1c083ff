# Fetch, verify, convert: from the published archives to images, catalogues and released weights.


rule fetch_dataset:
    output:
        ARCHIVE,
    log:
        log_of("fetch_dataset/{archive}"),
    benchmark:
        benchmark_of("fetch_dataset/{archive}")
    conda:
        "../../envs/cpu.yaml"
    params:
        manifest=DATASETS,
        pins=lambda wildcards: pins(DATASET_PINS, dataset=wildcards.archive),
        code=code_digest("fetch-dataset"),
    message:
        "Fetching the {wildcards.archive} archive"
    shell:
        "radiogaze fetch-dataset {wildcards.archive} --manifest {params.manifest}"
        " --out {output} > {log} 2>&1"


rule fetch_weights:
    output:
        RELEASED,
    log:
        log_of("fetch_weights/{folder}/{epoch}"),
    benchmark:
        benchmark_of("fetch_weights/{folder}/{epoch}")
    conda:
        "../../envs/cpu.yaml"
    params:
        manifest=WEIGHTS,
        pins=lambda wildcards: pins(
            WEIGHT_PINS, folder=wildcards.folder, epoch=wildcards.epoch
        ),
        code=code_digest("fetch-weights"),
    message:
        "Fetching released weights {wildcards.folder}/{wildcards.epoch}.pt"
    shell:
        "radiogaze fetch-weights {wildcards.folder}/{wildcards.epoch}.pt"
        " --manifest {params.manifest} --out {output} > {log} 2>&1"


rule prepare:
    input:
        archive=ARCHIVE,
    output:
        images=IMAGES.replace("{dataset}", "{archive}"),
        catalogue=CATALOGUE.replace("{dataset}", "{archive}"),
    log:
        log_of("prepare/{archive}"),
    benchmark:
        benchmark_of("prepare/{archive}")
    conda:
        "../../envs/cpu.yaml"
    params:
        manifest=DATASETS,
        pins=lambda wildcards: pins(DATASET_PINS, dataset=wildcards.archive),
        code=code_digest("prepare"),
    message:
        "Preparing the cutouts of {wildcards.archive}"
    shell:
        "radiogaze prepare {wildcards.archive} --archive {input.archive}"
        " --manifest {params.manifest} --images {output.images}"
        " --catalogue {output.catalogue} > {log} 2>&1"
