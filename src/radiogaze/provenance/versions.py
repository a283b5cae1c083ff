"""The version of what each step of the workflow computes: raised by hand when results change.

A ``shell:`` rule of Snakemake does not notice that the program it calls has changed. The version
is a parameter of the rule, so that its jobs rerun when results change, and only then.
``tests/golden`` compares the results of every step with recorded ones, and fails when they differ
while the version is the same.
"""

# Verb of the command line -> version of its results. All figures share one, and so do all tables:
# each is made in a second or two. What is fetched needs none: its digest is pinned.
VERSIONS = {
    "asymmetry": 1,
    "attend": 2,
    "attend-examples": 2,
    "describe": 2,
    "disjoin": 2,
    "doubt": 4,
    "equivariance": 2,
    "evaluate": 2,
    "cross-validate": 8,
    "calibrate": 3,
    "explore": 7,
    "familiarity": 1,
    "features": 1,
    "figure": 15,
    "gaze": 3,
    "grad-cam": 2,
    "illustrate-preprocessing": 2,
    "label-efficiency": 5,
    "misclassify": 1,
    "prepare": 1,
    "probe": 1,
    "report": 10,
    "synthesise": 2,
    "tabulate": 20,
    "train": 2,
}
