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
        mem_mb=megabytes(1500),
        runtime=240,
    params:
        sheet=paper_setting("sheet"),
        row=row_of,
        passes=paper_setting("passes"),
        seed=campaign_setting("seed"),
        options=fold_option,
        orders=repeat_option("--order", config["orders"]),
        training=lambda wildcards, input: options_of(training_of(wildcards), input.training),
        version=VERSIONS["evaluate"],
    message:
        "Evaluating {wildcards.variant} ({wildcards.run}) over {params.passes} augmented passes"
    shell:
        "radiogaze evaluate {wildcards.variant} --sheet {params.sheet}"
        " --images {input.images} --catalogue {input.catalogue} --weights {input.weights}"
        " {params.training} {params.options} --passes {params.passes} --seed {params.seed} {params.orders}"
        " --metrics {output.metrics} --predictions {output.predictions}"
        " --logits {output.logits} > {log} 2>&1"


# The same over the symmetries of the square in place of random passes, as radiogaze classify does by default.
# Parameters that are not listed are those of evaluate.
use rule evaluate as evaluate_symmetries with:
    output:
        metrics=paths.symmetric_metrics,
        predictions=paths.symmetric,
        logits=paths.symmetric_logits,
    log:
        log_of("evaluate_symmetries/{campaign}/{paper}/{variant}/{run}"),
    benchmark:
        benchmark_of("evaluate_symmetries/{campaign}/{paper}/{variant}/{run}")
    params:
        passes=8,
        options=lambda wildcards: f"{fold_option(wildcards)} --symmetries",
        orders="--order file",
    message:
        "Evaluating {wildcards.variant} ({wildcards.run}) over the symmetries of the square"


# Each source tested by networks that did not see it; the first row of the sheet is compared with the others.
rule cross_validate:
    input:
        made_from=lambda wildcards: paths_of(needs_of_folds(wildcards)),
        metrics=lambda wildcards: metrics_beside(paths_of(needs_of_folds(wildcards))),
    output:
        expand(paths.cross_validated, table=FOLD_TABLES, allow_missing=True),
    log:
        log_of("cross_validate/{campaign}/{paper}"),
    benchmark:
        benchmark_of("cross_validate/{campaign}/{paper}")
    params:
        made_from=lambda wildcards, input: options_of(needs_of_folds(wildcards), input.made_from),
        sheet=paper_setting("sheet"),
        first=lambda wildcards: plan_of(wildcards).variants[0],
        out=lambda wildcards, output: Path(output[0]).parent,
        version=VERSIONS["cross-validate"],
    message:
        "Comparing the networks of campaign {wildcards.campaign} in cross-validation"
    shell:
        "radiogaze cross-validate {params.made_from} --sheet {params.sheet} --first {params.first} --out {params.out}"
        " > {log} 2>&1"


# How far the scores of a variant can be trusted: from its folds, which did not see what they were tested on.
rule calibrate:
    input:
        predictions=first_folds_of,
        metrics=lambda wildcards: metrics_beside(first_folds_of(wildcards)),
    output:
        paths.calibration,
    log:
        log_of("calibrate/{campaign}/{paper}/{variant}"),
    benchmark:
        benchmark_of("calibrate/{campaign}/{paper}/{variant}")
    params:
        predictions=lambda wildcards, input: repeat_option("--predictions", input.predictions),
        version=VERSIONS["calibrate"],
    message:
        "Calibrating {wildcards.variant}, campaign {wildcards.campaign}"
    shell:
        "radiogaze calibrate {params.predictions} --out {output} > {log} 2>&1"


# Which sources are unlike those that the first seed was trained on: from its features of the data set that they are of.
rule familiarity:
    input:
        features_of_first_seed,
    output:
        paths.familiarity,
    log:
        log_of("familiarity/{campaign}/{paper}/{variant}"),
    benchmark:
        benchmark_of("familiarity/{campaign}/{paper}/{variant}")
    params:
        version=VERSIONS["familiarity"],
    message:
        "Fitting the flag of sources unlike the training ones of {wildcards.variant}"
    shell:
        "radiogaze familiarity --features {input} --out {output} > {log} 2>&1"


# What the package holds in src/radiogaze/weights: the first seeds of the fixed split, and what was fitted to them.
SHIPPED = 3


rule ship:
    input:
        models=lambda wildcards: expand(
            paths.model,
            campaign=wildcards.campaign,
            paper="gating",
            variant=wildcards.variant,
            run=[f"seed-{number}" for number in range(SHIPPED)],
        ),
        calibration=lambda wildcards: paths.calibration.format(paper="gating", **wildcards),
        familiarity=lambda wildcards: paths.familiarity.format(paper="gating", **wildcards),
    output:
        models=expand(paths.shipped, number=range(SHIPPED), allow_missing=True),
        calibration=paths.shipped_calibration,
        familiarity=paths.shipped_familiarity,
    log:
        log_of("ship/{campaign}/{variant}"),
    message:
        "Putting the networks of {wildcards.variant} together that the package holds"
    shell:
        "(set -- {input.models};"
        " for file in {output.models}; do cp $1 $file; shift; done;"
        " cp {input.calibration} {output.calibration};"
        " cp {input.familiarity} {output.familiarity}) > {log} 2>&1"


# What a network pools from each cutout of a data set, perhaps another than it was trained on.
rule features:
    input:
        images=paths.images,
        catalogue=paths.catalogue,
        weights=paths.model,
    output:
        paths.features,
    log:
        log_of("features/{campaign}/{paper}/{variant}/{run}/{dataset}"),
    benchmark:
        benchmark_of("features/{campaign}/{paper}/{variant}/{run}/{dataset}")
    resources:
        gpu=int(HAS_GPU),
        mem_mb=megabytes(2000),
    params:
        sheet=paper_setting("sheet"),
        row=row_of,
        version=VERSIONS["features"],
    message:
        "Features of {wildcards.dataset} in {wildcards.variant} ({wildcards.run})"
    shell:
        "radiogaze features {wildcards.variant} --sheet {params.sheet} --images {input.images}"
        " --catalogue {input.catalogue} --weights {input.weights} --out {output} > {log} 2>&1"


# Kinds of training at each number of labels; the first row of the sheet is compared with the others.
rule label_efficiency:
    input:
        made_from=lambda wildcards: paths_of(needs_of_label_efficiency(wildcards)),
        metrics=lambda wildcards: metrics_beside(paths_of(needs_of_label_efficiency(wildcards))),
    output:
        expand(paths.label_efficiency, table=LABEL_TABLES, allow_missing=True),
    log:
        log_of("label_efficiency/{campaign}/{paper}"),
    benchmark:
        benchmark_of("label_efficiency/{campaign}/{paper}")
    params:
        sheet=paper_setting("sheet"),
        made_from=lambda wildcards, input: options_of(
            needs_of_label_efficiency(wildcards), input.made_from
        ),
        out=lambda wildcards, output: Path(output[0]).parent,
        version=VERSIONS["label-efficiency"],
    message:
        "Comparing kinds of training at each number of labels, campaign {wildcards.campaign}"
    shell:
        "radiogaze label-efficiency --sheet {params.sheet} {params.made_from} --out {params.out}"
        " > {log} 2>&1"
