# The papers' figures: what a network attends, and the drawings.


rule fetch_image:
    output:
        FIRST_IMAGE,
    log:
        log_of("fetch_image/{source}"),
    benchmark:
        benchmark_of("fetch_image/{source}")
    conda:
        "../../envs/cpu.yaml"
    params:
        manifest=FIRST_IMAGES,
        pins=lambda wildcards: pins(IMAGE_PINS, name=wildcards.source),
        code=code_digest("fetch-image"),
    message:
        "Fetching the original FIRST image of {wildcards.source}"
    shell:
        "radiogaze fetch-image {wildcards.source} --manifest {params.manifest}"
        " --out {output} > {log} 2>&1"


rule illustrate_preprocessing:
    input:
        FIRST_IMAGE,
    output:
        STEPS,
    log:
        log_of("illustrate_preprocessing/{source}"),
    benchmark:
        benchmark_of("illustrate_preprocessing/{source}")
    conda:
        "../../envs/cpu.yaml"
    params:
        code=code_digest("illustrate-preprocessing"),
    message:
        "Preprocessing {wildcards.source} step by step"
    shell:
        "radiogaze illustrate-preprocessing {input} --out {output} > {log} 2>&1"


rule describe:
    output:
        ARCHITECTURE,
    log:
        log_of("describe/{campaign}/{paper}/{variant}"),
    benchmark:
        benchmark_of("describe/{campaign}/{paper}/{variant}")
    conda:
        "../../envs/cpu.yaml"
    params:
        sheet=of_paper("sheet"),
        row=lambda wildcards: str(variant_of(wildcards)),
        code=code_digest("describe"),
    message:
        "Describing the network of {wildcards.variant}"
    shell:
        "radiogaze describe {wildcards.variant} --sheet {params.sheet} --out {output}"
        " > {log} 2>&1"


rule attend:
    input:
        images=cutouts_of(IMAGES),
        catalogue=cutouts_of(CATALOGUE),
        weights=weights_of,
    output:
        ATTENTION,
    log:
        log_of("attend/{campaign}/{paper}/{variant}/{run}"),
    benchmark:
        benchmark_of("attend/{campaign}/{paper}/{variant}/{run}")
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
        passes=of_paper("attention_passes"),
        seed=of_campaign("seed"),
        kind=resize_of,
        code=code_digest("attend"),
    message:
        "Averaging what {wildcards.variant} ({wildcards.run}) attends"
    shell:
        "radiogaze attend {wildcards.variant} --sheet {params.sheet} --images {input.images}"
        " --catalogue {input.catalogue} --weights {input.weights} --passes {params.passes}"
        " --seed {params.seed} {params.kind} --out {output} > {log} 2>&1"


use rule attend as attend_rotations with:
    output:
        ROTATED,
    log:
        log_of("attend_rotations/{campaign}/{paper}/{variant}/{run}"),
    benchmark:
        benchmark_of("attend_rotations/{campaign}/{paper}/{variant}/{run}")
    params:
        sheet=of_paper("sheet"),
        row=lambda wildcards: str(variant_of(wildcards)),
        passes=of_paper("attention_passes"),
        seed=of_campaign("seed"),
        kind=lambda wildcards: f"{resize_of(wildcards)} --rotations",
        code=code_digest("attend"),
    message:
        "Averaging what {wildcards.variant} ({wildcards.run}) attends over a full turn"


rule asymmetry:
    input:
        lambda wildcards: [path for _, _, path in aggregates_of_asymmetry(wildcards)],
    output:
        ASYMMETRY,
    log:
        log_of("asymmetry/{campaign}/{paper}"),
    benchmark:
        benchmark_of("asymmetry/{campaign}/{paper}")
    conda:
        "../../envs/cpu.yaml"
    params:
        aggregates=lambda wildcards: " ".join(
            f"--{option} {name}={path}"
            for option, name, path in aggregates_of_asymmetry(wildcards)
        ),
        code=code_digest("asymmetry"),
    message:
        "Measuring the asymmetry of the class-differenced attention"
    shell:
        "radiogaze asymmetry {params.aggregates} --out {output} > {log} 2>&1"


rule equivariance:
    input:
        images=cutouts_of(IMAGES),
        catalogue=cutouts_of(CATALOGUE),
        weights=weights_of,
    output:
        EQUIVARIANCE,
    log:
        log_of("equivariance/{campaign}/{paper}/{variant}/{run}"),
    benchmark:
        benchmark_of("equivariance/{campaign}/{paper}/{variant}/{run}")
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        gpu=int(HAS_GPU),
        mem_mb=2000,
        runtime=240,
    params:
        sheet=of_paper("sheet"),
        row=lambda wildcards: str(variant_of(wildcards)),
        code=code_digest("equivariance"),
    message:
        "Rotating the input of {wildcards.variant} ({wildcards.run})"
    shell:
        "radiogaze equivariance {wildcards.variant} --sheet {params.sheet}"
        " --images {input.images} --catalogue {input.catalogue} --weights {input.weights}"
        " --out {output} > {log} 2>&1"


rule attend_examples:
    input:
        images=cutouts_of(IMAGES),
        catalogue=cutouts_of(CATALOGUE),
        weights=weights_of,
    output:
        EXAMPLES,
    log:
        log_of("attend_examples/{campaign}/{paper}/{variant}/{run}"),
    benchmark:
        benchmark_of("attend_examples/{campaign}/{paper}/{variant}/{run}")
    conda:
        "../../envs/cpu.yaml"
    params:
        sheet=of_paper("sheet"),
        row=lambda wildcards: str(variant_of(wildcards)),
        positions=positions,
        kind=resize_of,
        code=code_digest("attend-examples"),
    message:
        "What {wildcards.variant} ({wildcards.run}) attends in the example sources"
    shell:
        "radiogaze attend-examples {wildcards.variant} --sheet {params.sheet}"
        " --images {input.images} --catalogue {input.catalogue} --weights {input.weights}"
        " --device cpu"
        " {params.positions} {params.kind} --out {output} > {log} 2>&1"


use rule attend_examples as attend_examples_as_trained with:
    output:
        EXAMPLES_AS_TRAINED,
    log:
        log_of("attend_examples_as_trained/{campaign}/{paper}/{variant}/{run}"),
    benchmark:
        benchmark_of("attend_examples_as_trained/{campaign}/{paper}/{variant}/{run}")
    params:
        sheet=of_paper("sheet"),
        row=lambda wildcards: str(variant_of(wildcards)),
        positions=positions,
        kind=lambda wildcards: f"{resize_of(wildcards)} --scaling network",
        code=code_digest("attend-examples"),
    message:
        "The same, the input of {wildcards.variant} ({wildcards.run}) as in training"


rule misclassify:
    input:
        images=cutouts_of(IMAGES),
        catalogue=cutouts_of(CATALOGUE),
        weights=weights_of,
        reference=TABLE10,
    output:
        MISCLASSIFIED,
    log:
        log_of("misclassify/{campaign}/{paper}/{variant}/{run}"),
    benchmark:
        benchmark_of("misclassify/{campaign}/{paper}/{variant}/{run}")
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
        passes=of_paper("misclassify_passes"),
        seed=of_campaign("seed"),
        code=code_digest("misclassify"),
    message:
        "Looking for the sources that {wildcards.variant} ({wildcards.run}) gets wrong"
    shell:
        "radiogaze misclassify {wildcards.variant} --sheet {params.sheet}"
        " --images {input.images} --catalogue {input.catalogue} --weights {input.weights}"
        " --passes {params.passes} --seed {params.seed} --reference {input.reference}"
        " --out {output} > {log} 2>&1"


rule attend_misclassified:
    input:
        images=cutouts_of(IMAGES),
        catalogue=cutouts_of(CATALOGUE),
        weights=weights_of,
        misclassified=MISCLASSIFIED,
    output:
        MISCLASSIFIED_MAPS,
    log:
        log_of("attend_misclassified/{campaign}/{paper}/{variant}/{run}"),
    benchmark:
        benchmark_of("attend_misclassified/{campaign}/{paper}/{variant}/{run}")
    conda:
        "../../envs/cpu.yaml"
    params:
        sheet=of_paper("sheet"),
        row=lambda wildcards: str(variant_of(wildcards)),
        code=code_digest("attend-examples"),
    message:
        "What {wildcards.variant} ({wildcards.run}) attends in the sources it gets wrong"
    # As published, these inputs are scaled to 0..1 (docs/differences.md#figure-input-scale).
    shell:
        "radiogaze attend-examples {wildcards.variant} --sheet {params.sheet}"
        " --images {input.images} --catalogue {input.catalogue} --weights {input.weights}"
        " --device cpu"
        " --misclassified {input.misclassified} --scaling unit --out {output} > {log} 2>&1"


rule grad_cam:
    input:
        images=cutouts_of(IMAGES),
        catalogue=cutouts_of(CATALOGUE),
        weights=weights_of,
        misclassified=MISCLASSIFIED,
    output:
        csv=AGREEMENT,
        npz=GRAD_CAM,
    log:
        log_of("grad_cam/{campaign}/{paper}/{variant}/{run}"),
    benchmark:
        benchmark_of("grad_cam/{campaign}/{paper}/{variant}/{run}")
    conda:
        "../../envs/cpu.yaml"
    params:
        sheet=of_paper("sheet"),
        row=lambda wildcards: str(variant_of(wildcards)),
        positions=positions,
        code=code_digest("grad-cam"),
    message:
        "Comparing the attention of {wildcards.variant} ({wildcards.run}) with Grad-CAM"
    shell:
        "radiogaze grad-cam {wildcards.variant} --sheet {params.sheet}"
        " --images {input.images} --catalogue {input.catalogue} --weights {input.weights}"
        " --device cpu"
        " {params.positions} --misclassified {input.misclassified}"
        " --out-csv {output.csv} --out-npz {output.npz} > {log} 2>&1"


rule figure:
    input:
        paths_of_figure,
    output:
        pdf=FIGURE_PDF,
        png=report(
            FIGURE_PNG,
            caption="../report/figures.rst",
            category="Figures",
            subcategory="{campaign}, {paper} paper",
            labels=lambda wildcards: {
                "figure": wildcards.figure,
                "shows": find_figure(wildcards.figure, wildcards.paper).title,
            },
        ),
    log:
        log_of("figure/{campaign}/{paper}/{figure}"),
    benchmark:
        benchmark_of("figure/{campaign}/{paper}/{figure}")
    conda:
        "../../envs/cpu.yaml"
    params:
        options=options_of_figure,
        banner=banner,
        style=STYLE.read_text(),
        code=code_of_figure,
    message:
        "Drawing {wildcards.figure} of the {wildcards.paper} paper"
    shell:
        "radiogaze figure {wildcards.figure} --paper {wildcards.paper} {params.options}"
        " {params.banner}"
        " --out-pdf {output.pdf} --out-png {output.png} > {log} 2>&1"
