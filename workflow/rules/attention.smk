# Attention maps: of single sources, averaged over the test set, compared with Grad-CAM, and of the
# misclassified sources.


rule describe:
    output:
        paths.architecture,
    log:
        log_of("describe/{campaign}/{paper}/{variant}"),
    benchmark:
        benchmark_of("describe/{campaign}/{paper}/{variant}")
    params:
        sheet=paper_setting("sheet"),
        row=row_of,
        version=VERSIONS["describe"],
    message:
        "Describing the network of {wildcards.variant}"
    shell:
        "radiogaze describe {wildcards.variant} --sheet {params.sheet} --out {output}"
        " > {log} 2>&1"


rule attend:
    input:
        unpack(network_of),
    output:
        paths.attention,
    log:
        log_of("attend/{campaign}/{paper}/{variant}/{run}"),
    benchmark:
        benchmark_of("attend/{campaign}/{paper}/{variant}/{run}")
    threads: 1
    resources:
        gpu=int(HAS_GPU),
        mem_mb=megabytes(1500),
        runtime=240,
    params:
        sheet=paper_setting("sheet"),
        row=row_of,
        passes=paper_setting("attention_passes"),
        seed=campaign_setting("seed"),
        kind=resize_option,
        version=VERSIONS["attend"],
    message:
        "Averaging the attention maps of {wildcards.variant} ({wildcards.run})"
    shell:
        "radiogaze attend {wildcards.variant} --sheet {params.sheet} --images {input.images}"
        " --catalogue {input.catalogue} --weights {input.weights} --passes {params.passes}"
        " --seed {params.seed} {params.kind} --out {output} > {log} 2>&1"


use rule attend as attend_rotations with:
    output:
        paths.rotations,
    log:
        log_of("attend_rotations/{campaign}/{paper}/{variant}/{run}"),
    benchmark:
        benchmark_of("attend_rotations/{campaign}/{paper}/{variant}/{run}")
    params:
        kind=lambda wildcards: f"{resize_option(wildcards)} --rotations",
    message:
        "Averaging the attention maps of {wildcards.variant} ({wildcards.run}) over a full turn"


rule asymmetry:
    input:
        made_from=lambda wildcards: paths_of(plan_of(wildcards).differences),
    output:
        paths.asymmetry,
    log:
        log_of("asymmetry/{campaign}/{paper}"),
    benchmark:
        benchmark_of("asymmetry/{campaign}/{paper}")
    params:
        made_from=lambda wildcards, input: options_of(
            plan_of(wildcards).differences, input.made_from
        ),
        version=VERSIONS["asymmetry"],
    message:
        "Measuring the asymmetry of the class-differenced attention"
    shell:
        "radiogaze asymmetry {params.made_from} --out {output} > {log} 2>&1"


rule equivariance:
    input:
        unpack(network_of),
    output:
        paths.equivariance,
    log:
        log_of("equivariance/{campaign}/{paper}/{variant}/{run}"),
    benchmark:
        benchmark_of("equivariance/{campaign}/{paper}/{variant}/{run}")
    threads: 1
    resources:
        gpu=int(HAS_GPU),
        mem_mb=megabytes(2000),
        runtime=240,
    params:
        sheet=paper_setting("sheet"),
        row=row_of,
        version=VERSIONS["equivariance"],
    message:
        "Rotating the input of {wildcards.variant} ({wildcards.run})"
    shell:
        "radiogaze equivariance {wildcards.variant} --sheet {params.sheet}"
        " --images {input.images} --catalogue {input.catalogue} --weights {input.weights}"
        " --out {output} > {log} 2>&1"


rule attend_examples:
    input:
        unpack(network_of),
    output:
        paths.examples,
    log:
        log_of("attend_examples/{campaign}/{paper}/{variant}/{run}"),
    benchmark:
        benchmark_of("attend_examples/{campaign}/{paper}/{variant}/{run}")
    params:
        sheet=paper_setting("sheet"),
        row=row_of,
        positions=lambda wildcards: repeat_option(
            "--position", plan_of(wildcards).budget["examples"]
        ),
        kind=resize_option,
        version=VERSIONS["attend-examples"],
    message:
        "Taking the attention maps of the example sources, {wildcards.variant} ({wildcards.run})"
    shell:
        "radiogaze attend-examples {wildcards.variant} --sheet {params.sheet}"
        " --images {input.images} --catalogue {input.catalogue} --weights {input.weights}"
        " --device cpu"
        " {params.positions} {params.kind} --out {output} > {log} 2>&1"


use rule attend_examples as attend_examples_as_trained with:
    output:
        paths.examples_as_trained,
    log:
        log_of("attend_examples_as_trained/{campaign}/{paper}/{variant}/{run}"),
    benchmark:
        benchmark_of("attend_examples_as_trained/{campaign}/{paper}/{variant}/{run}")
    params:
        kind=lambda wildcards: f"{resize_option(wildcards)} --scaling network",
    message:
        "Taking the same maps with input as in training, {wildcards.variant} ({wildcards.run})"


rule misclassify:
    input:
        unpack(network_of),
        reference=TABLE10,
    output:
        paths.misclassified,
    log:
        log_of("misclassify/{campaign}/{paper}/{variant}/{run}"),
    benchmark:
        benchmark_of("misclassify/{campaign}/{paper}/{variant}/{run}")
    threads: 1
    resources:
        gpu=int(HAS_GPU),
        mem_mb=megabytes(1500),
        runtime=240,
    params:
        sheet=paper_setting("sheet"),
        row=row_of,
        passes=paper_setting("misclassify_passes"),
        seed=campaign_setting("seed"),
        version=VERSIONS["misclassify"],
    message:
        "Looking for the sources that {wildcards.variant} ({wildcards.run}) misclassifies"
    shell:
        "radiogaze misclassify {wildcards.variant} --sheet {params.sheet}"
        " --images {input.images} --catalogue {input.catalogue} --weights {input.weights}"
        " --passes {params.passes} --seed {params.seed} --reference {input.reference}"
        " --out {output} > {log} 2>&1"


rule attend_misclassified:
    input:
        unpack(network_of),
        misclassified=paths.misclassified,
    output:
        paths.misclassified_maps,
    log:
        log_of("attend_misclassified/{campaign}/{paper}/{variant}/{run}"),
    benchmark:
        benchmark_of("attend_misclassified/{campaign}/{paper}/{variant}/{run}")
    params:
        sheet=paper_setting("sheet"),
        row=row_of,
        version=VERSIONS["attend-examples"],
    message:
        "Taking the attention maps of misclassified sources, {wildcards.variant} ({wildcards.run})"
    # As published, these inputs are scaled to 0..1 (docs/differences.md#figure-input-scale).
    shell:
        "radiogaze attend-examples {wildcards.variant} --sheet {params.sheet}"
        " --images {input.images} --catalogue {input.catalogue} --weights {input.weights}"
        " --device cpu"
        " --misclassified {input.misclassified} --scaling unit --out {output} > {log} 2>&1"


rule grad_cam:
    input:
        unpack(network_of),
        misclassified=paths.misclassified,
    output:
        csv=paths.agreement,
        npz=paths.grad_cam,
    log:
        log_of("grad_cam/{campaign}/{paper}/{variant}/{run}"),
    benchmark:
        benchmark_of("grad_cam/{campaign}/{paper}/{variant}/{run}")
    params:
        sheet=paper_setting("sheet"),
        row=row_of,
        positions=lambda wildcards: repeat_option(
            "--position", plan_of(wildcards).budget["examples"]
        ),
        version=VERSIONS["grad-cam"],
    message:
        "Comparing the attention of {wildcards.variant} ({wildcards.run}) with Grad-CAM"
    shell:
        "radiogaze grad-cam {wildcards.variant} --sheet {params.sheet}"
        " --images {input.images} --catalogue {input.catalogue} --weights {input.weights}"
        " --device cpu"
        " {params.positions} --misclassified {input.misclassified}"
        " --out-csv {output.csv} --out-npz {output.npz} > {log} 2>&1"


rule gaze:
    input:
        unpack(network_of),
    output:
        gaze=paths.gaze,
        curves=paths.gaze_curves,
        interventions=paths.interventions,
        sanity=paths.sanity,
        evidence=paths.evidence,
        examples=paths.gaze_examples,
    log:
        log_of("gaze/{campaign}/{paper}/{variant}/{run}"),
    benchmark:
        benchmark_of("gaze/{campaign}/{paper}/{variant}/{run}")
    threads: 1
    resources:
        gpu=int(HAS_GPU),
        mem_mb=megabytes(2000),
        runtime=240,
    params:
        sheet=paper_setting("sheet"),
        row=row_of,
        seed=campaign_setting("seed"),
        sources=gaze_option,
        version=VERSIONS["gaze"],
    message:
        "Scoring the attention maps of {wildcards.variant} ({wildcards.run})"
    shell:
        "radiogaze gaze {wildcards.variant} --sheet {params.sheet}"
        " --images {input.images} --catalogue {input.catalogue} --weights {input.weights}"
        " --seed {params.seed} {params.sources} --out {output.gaze} --out-curves {output.curves}"
        " --out-interventions {output.interventions} --out-sanity {output.sanity}"
        " --out-evidence {output.evidence} --out-examples {output.examples} > {log} 2>&1"
