"""The version of what each step of the workflow computes: bumped by hand when results change.

A ``shell:`` rule of Snakemake does not notice that the program it calls has changed. The version,
given as a parameter of its rule, makes it rerun when results change, and only then.
"""

# Verb of the command line -> version of its results.
VERSIONS = {
    "asymmetry": 1,
    "attend": 1,
    "attend-examples": 1,
    "describe": 1,
    "equivariance": 1,
    "evaluate": 1,
    "explore": 1,
    "fetch-dataset": 1,
    "fetch-image": 1,
    "fetch-weights": 1,
    "figure": 1,
    "grad-cam": 1,
    "illustrate-preprocessing": 1,
    "misclassify": 1,
    "prepare": 1,
    "report": 1,
    "synthesise": 1,
    "tabulate": 1,
    "train": 1,
}
