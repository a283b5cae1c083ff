# From the published archives, verified by their pinned digests, to images, catalogues and released weights;
# and the synthetic sky of campaigns that use one.


rule fetch_dataset:
    output:
        paths.archive,
    log:
        log_of("fetch_dataset/{archive}"),
    benchmark:
        benchmark_of("fetch_dataset/{archive}")
    params:
        manifest=DATASETS,
        pins=lambda wildcards: manifest_rows(DATASET_ROWS, dataset=wildcards.archive),
    message:
        "Fetching the {wildcards.archive} archive"
    shell:
        "radiogaze fetch-dataset {wildcards.archive} --manifest {params.manifest}"
        " --out {output} > {log} 2>&1"


rule fetch_weights:
    output:
        paths.released,
    log:
        log_of("fetch_weights/{folder}/{epoch}"),
    benchmark:
        benchmark_of("fetch_weights/{folder}/{epoch}")
    params:
        manifest=WEIGHTS,
        pins=lambda wildcards: manifest_rows(
            WEIGHT_ROWS, folder=wildcards.folder, epoch=wildcards.epoch
        ),
    message:
        "Fetching released weights {wildcards.folder}/{wildcards.epoch}.pt"
    shell:
        "radiogaze fetch-weights {wildcards.folder}/{wildcards.epoch}.pt"
        " --manifest {params.manifest} --out {output} > {log} 2>&1"


rule fetch_image:
    output:
        paths.first_image,
    log:
        log_of("fetch_image/{source}"),
    benchmark:
        benchmark_of("fetch_image/{source}")
    params:
        manifest=FIRST_IMAGES,
        pins=lambda wildcards: manifest_rows(IMAGE_ROWS, name=wildcards.source),
    message:
        "Fetching the original FIRST image of {wildcards.source}"
    shell:
        "radiogaze fetch-image {wildcards.source} --manifest {params.manifest}"
        " --out {output} > {log} 2>&1"


rule prepare:
    input:
        archive=paths.archive,
    output:
        images=paths.images.replace("{dataset}", "{archive}"),
        catalogue=paths.catalogue.replace("{dataset}", "{archive}"),
    log:
        log_of("prepare/{archive}"),
    benchmark:
        benchmark_of("prepare/{archive}")
    params:
        manifest=DATASETS,
        pins=lambda wildcards: manifest_rows(DATASET_ROWS, dataset=wildcards.archive),
        version=VERSIONS["prepare"],
    message:
        "Preparing the cutouts of {wildcards.archive}"
    shell:
        "radiogaze prepare {wildcards.archive} --archive {input.archive}"
        " --manifest {params.manifest} --images {output.images}"
        " --catalogue {output.catalogue} > {log} 2>&1"


# As radiogaze.campaigns.plan names the folder.
SYNTHETIC = "synthetic-{campaign}-{archive}"


rule synthesise:
    output:
        images=paths.images.replace("{dataset}", SYNTHETIC),
        catalogue=paths.catalogue.replace("{dataset}", SYNTHETIC),
    log:
        log_of("synthesise/{campaign}/{archive}"),
    benchmark:
        benchmark_of("synthesise/{campaign}/{archive}")
    params:
        train=lambda wildcards: synthetic_sources(wildcards)["train"],
        test=lambda wildcards: synthetic_sources(wildcards)["test"],
        version=VERSIONS["synthesise"],
    message:
        "Drawing a synthetic sky in the shape of {wildcards.archive}"
    shell:
        "radiogaze synthesise {wildcards.archive} --train {params.train} --test {params.test}"
        " --images {output.images} --catalogue {output.catalogue} > {log} 2>&1"


# FR-DEEP without the sources of MiraBest's test set, to train on for a test there.
rule disjoin:
    input:
        of_images=paths.images.format(dataset="frdeep"),
        of_catalogue=paths.catalogue.format(dataset="frdeep"),
        tested_images=paths.images.format(dataset="mirabest"),
        tested_catalogue=paths.catalogue.format(dataset="mirabest"),
    output:
        images=paths.images.format(dataset="frdeep-disjoint"),
        catalogue=paths.catalogue.format(dataset="frdeep-disjoint"),
    log:
        log_of("disjoin"),
    benchmark:
        benchmark_of("disjoin")
    params:
        version=VERSIONS["disjoin"],
    message:
        "Leaving out of FR-DEEP what MiraBest tests on"
    shell:
        "radiogaze disjoin --of-images {input.of_images} --of-catalogue {input.of_catalogue}"
        " --tested-images {input.tested_images} --tested-catalogue {input.tested_catalogue}"
        " --images {output.images} --catalogue {output.catalogue} > {log} 2>&1"


rule illustrate_preprocessing:
    input:
        paths.first_image,
    output:
        paths.steps,
    log:
        log_of("illustrate_preprocessing/{source}"),
    benchmark:
        benchmark_of("illustrate_preprocessing/{source}")
    params:
        version=VERSIONS["illustrate-preprocessing"],
    message:
        "Preprocessing {wildcards.source} step by step"
    shell:
        "radiogaze illustrate-preprocessing {input} --out {output} > {log} 2>&1"
