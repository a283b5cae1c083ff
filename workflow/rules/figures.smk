# The papers' figures, and ours beside them.


rule figure:
    input:
        made_from=lambda wildcards: paths_of(needs_of_figure(wildcards)),
    output:
        pdf=f"{paths.figure}.pdf",
        png=f"{paths.figure}.png",
    log:
        log_of("figure/{campaign}/{paper}/{figure}"),
    benchmark:
        benchmark_of("figure/{campaign}/{paper}/{figure}")
    wildcard_constraints:
        campaign="[^/]+",  # any, so that an unknown one is refused by name
        paper="[^/]+",
    params:
        made_from=lambda wildcards, input: options_of(needs_of_figure(wildcards), input.made_from),
        banner=banner_option,
        style=STYLE.read_text(),
        version=VERSIONS["figure"],
    message:
        "Drawing {wildcards.figure} of the {wildcards.paper} paper"
    shell:
        "radiogaze figure {wildcards.figure} --paper {wildcards.paper} {params.made_from}"
        " {params.banner} --out-pdf {output.pdf} --out-png {output.png} > {log} 2>&1"
