"""The commands of the steps that run a network on small inputs."""

from collections.abc import Iterator

from golden_inputs import Arguments, Inputs

GATED = ("range", "standardisation", "sigmoid", "softmax")

# What runs a network: verb, networks, options. {name} is the network's, {logits} a file.
_FILES = "--metrics=out/{name}/metrics.json --predictions=out/{name}/predictions.csv"
_FILES += " --logits=out/{name}/logits.npz"
_EXAMPLES, _NPZ = "--position=0 --position=3", "--out-npz=out/{name}.npz"
_ROTATIONS = "--passes=8 --rotations --resize=plain --scaling=unit --out=out/rotations.npz"
_OF_GAZE = " ".join(
    f"--out-{kind}=out/{{name}}-{kind}.csv"
    for kind in ("curves", "interventions", "sanity", "evidence")
)
_OF_GAZE += " --out-examples=out/{name}.npz"
OF_A_NETWORK = [
    ("evaluate", ("range",), f"--passes=2 {_FILES}"),
    ("evaluate", (*GATED[1:], "classic", "lenet", "c4"), f"--passes=2 --order=file {_FILES}"),
    ("misclassify", ("classic",), "--passes=24 --threshold=0.5 --out=out/misclassified.csv"),
    ("attend", (*GATED, "c4"), "--passes=2 --out=out/{name}.npz"),
    ("attend", ("c4",), _ROTATIONS),
    ("attend-examples", (*GATED, "c4"), f"{_EXAMPLES} --scaling=raw --out=out/{{name}}.npz"),
    ("grad-cam", ("range", "c4"), f"{_EXAMPLES} --out-csv=out/{{name}}.csv {_NPZ}"),
    ("gaze", ("range", "c4"), f"--out=out/{{name}}.csv {_OF_GAZE}"),
    ("equivariance", ("range", "c4"), "--sources=4 --steps=8 --out=out/{name}.csv"),
    (
        "probe",
        ("range",),
        "--training={training} --passes=2 --set=validation --set=blobs --set=pruned"
        " --out=out/{name}.npz",
    ),
    ("explore", ("range", "c4", "lenet"), "--logits={logits} --out=out/{name}.js"),
]


def run_network(verb: str, inputs: Inputs) -> Iterator[Arguments]:
    for listed, networks, options in OF_A_NETWORK:
        for name in networks if listed == verb else ():
            given = options.format(
                name=name, logits=inputs.logits(4), training=inputs.training()
            ).split()
            yield [*inputs.model(name), *given]
