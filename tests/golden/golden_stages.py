"""The commands of every step on small inputs; outputs go to the folder ``out``."""

import itertools
import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

from golden_inputs import (
    NETWORKS,
    REFERENCE,
    SHEETS,
    Arguments,
    Inputs,
)
from golden_networks import OF_A_NETWORK, run_network

from figure_tools import ACCURACIES, OWN, aggregate, examples, explanations, label_tables
from radiogaze.data.catalogue import RELEASES
from radiogaze.figures.equivariant.networks import COLOURS
from radiogaze.figures.gating.tiles import AGGREGATIONS, NORMALISATIONS
from radiogaze.figures.registry import FIGURES
from radiogaze.provenance.sidecars import write_sidecar
from radiogaze.tables.registry import TABLES
from report_tools import make_campaign

ROOT = Path(__file__).parents[2]
SHOWN = ("gaze_all", "evidence", "interventions")  # tables, in one figure
_FILES_OF = ("images", "catalogue")


def synthesise(_: Inputs) -> Iterator[Arguments]:
    counts = ["--train=20", "--test=20", "--seed=3"]
    for name in RELEASES:
        yield [name, *counts, *_cutouts(name)]


def _cutouts(name: str) -> Arguments:
    return [f"--images=out/{name}/images.npz", f"--catalogue=out/{name}/catalogue.csv"]


def prepare(inputs: Inputs) -> Iterator[Arguments]:
    for name in RELEASES:
        yield [*inputs.archive(name), *_cutouts(name)]


def illustrate_preprocessing(inputs: Inputs) -> Iterator[Arguments]:
    yield [inputs.fits(), "--seed=1", "--pass=2", "--out=out/steps.npz"]


def disjoin(inputs: Inputs) -> Iterator[Arguments]:
    """The same sources: the four tested ones are left out."""
    given = [f"--{which}-{k}={getattr(inputs, k)}" for which in ("of", "tested") for k in _FILES_OF]
    yield [*given, *_cutouts("disjoint")]


def train(inputs: Inputs) -> Iterator[Arguments]:
    for name in ("range", "classic", "lenet", "c4"):
        folders = [f"--state=state/{name}", f"--out=out/{name}"]
        yield [name, *inputs.data(), "--device=cpu", f"--recipes={SHEETS}/recipes.yaml", *folders]


def asymmetry(inputs: Inputs) -> Iterator[Arguments]:
    yield [*_pair(inputs, "x"), "--out=out/asymmetry.csv"]


def _pair(inputs: Inputs, name: str) -> Arguments:
    """Aggregates of random and of evenly spaced rotations."""
    random = inputs.saved("random", aggregate(seed=1))
    turned = inputs.saved("rotations", aggregate(rotations=True, seed=2))
    return _named("aggregate", {f"{name}/seed-0": random, f"{name}/seed-0/rotations": turned})


def cross_validate(inputs: Inputs) -> Iterator[Arguments]:
    data = [f"--images={inputs.images}", f"--catalogue={inputs.catalogue}"]
    folds = [*inputs.folds("lenet"), *inputs.folds("attention")]
    seeds = [folds[0].replace("/fold-", f"/seed-{seed}") for seed in range(1, 5)]
    sheet = f"--sheet={SHEETS}/equivariant.tsv"
    yield [*data, *folds, *seeds, sheet, "--first=lenet", "--out=out"]


def calibrate(inputs: Inputs) -> Iterator[Arguments]:
    paths = [option.rpartition("=")[2] for option in inputs.folds("a")]
    settings = {"variant": "zoom", "symmetries": True}
    write_sidecar("evaluate", [Path(path) for path in paths], {}, settings)
    yield [*(f"--predictions={path}" for path in paths), "--out=out/calibration.json"]


def features(inputs: Inputs) -> Iterator[Arguments]:
    yield [*inputs.model("zoom", SHEETS / "labels.tsv"), "--out=out/features.npz"]


def familiarity(inputs: Inputs) -> Iterator[Arguments]:
    """With four held-out sources, which allow for a rate of a third."""
    yield [f"--features={inputs.features('x')}", "--rate=0.34", "--out=out/familiarity.npz"]


def label_efficiency(inputs: Inputs) -> Iterator[Arguments]:
    """Kinds of every family, and features of the networks that others start from."""
    sheet = SHEETS / "labels.tsv"
    data = [f"--sheet={sheet}", f"--images={inputs.images}", f"--catalogue={inputs.catalogue}"]
    variants = ("zoom", "zoom-4", "zoom-6", "zoom-8", "b-4", "c-4", "d-4")
    runs = [f"{variant}/seed-{seed}" for variant in variants for seed in (0, 1)]
    for number, run in enumerate(runs):
        data.append(f"--predictions={run}={inputs.predictions('x' * (number % 3))}")
    names = ("zoom/seed-0/mirabest", "pre-b/seed-0/mirabest", "pre-b/seed-1/mirabest")
    data += [f"--features={name}={inputs.features(name)}" for name in names]
    yield [*data, "--out=out"]


def doubt(inputs: Inputs) -> Iterator[Arguments]:
    given: Arguments = []
    for name in ("a/seed-0", "a/seed-1", "b/seed-0"):
        given += [*_evaluated(inputs, name), f"--probe={name}={inputs.probe(name)}"]
    yield [*given, "--ensemble=a", "--compare=b:a", "--temperature=b=0.1", "--out=out"]


def describe(_: Inputs) -> Iterator[Arguments]:
    for name in ("range", "softmax"):
        yield [name, f"--sheet={NETWORKS}", f"--out=out/{name}.json"]


def tabulate(inputs: Inputs) -> Iterator[Arguments]:
    for paper, tables in TABLES.items():
        given = [f"--paper={paper}", f"--sheet={SHEETS}/{paper}.tsv", "--campaign=golden"]
        given += [f"--reference={REFERENCE}/paper_values.csv"]
        given += [f"--reference-sources={REFERENCE}/table10.csv"]
        given += [f"--misclassified={inputs.misclassified()}", *inputs.catalogues()]
        for table in tables:
            paths = inputs.metrics(paper, table)
            read = [f"--metrics={path}" for path in paths]
            for variant, seed in (path.stem.rsplit("-", 1) for path in paths):
                run = "released" if paper == "gating" else f"seed-{seed}"
                read += _evaluated(inputs, f"{variant}/{run}") * (not table[:1].isdigit())
                if kind := tables[table].gaze:
                    read.append(f"--gaze={variant}/{run}={inputs.gaze(variant, kind)}")
            if tables[table].doubt:
                read += inputs.doubt()
            out = [f"--out-{form}=out/{paper}{table}.{form}" for form in ("csv", "md", "tex")]
            yield [table, *given, *read, *out]


def figure(inputs: Inputs) -> Iterator[Arguments]:
    for paper, given in (("gating", _gating(inputs)), ("equivariant", _equivariant(inputs))):
        for name in FIGURES[paper]:
            out = [f"--out-{form}=out/{paper}/{name}.{form}" for form in ("pdf", "png")]
            yield [name, f"--paper={paper}", *given[name], *out]


def _own(inputs: Inputs, examples: Mapping[str, Path]) -> dict[str, Arguments]:
    """What the figures of networks that no paper has are drawn from."""
    tables = {name: inputs.rows(f"own-{name}.csv", table) for name, table in OWN.items()}
    data = [f"--images={inputs.images}", f"--catalogue={inputs.catalogue}"]
    return {
        "own_errors": _named("measured", tables),
        "own_fixed_split": _named("measured", tables),
        "own_maps": _named("examples", dict(list(examples.items())[:2])),
        "own_hard_sources": [*_named("measured", tables), *data],
    }


def _named(option: str, files: Mapping[str, Path]) -> Arguments:
    return [f"--{option}={name}={path}" for name, path in files.items()]


def _evaluated(inputs: Inputs, name: str = "x") -> Arguments:
    """Logits of four sources and their predictions."""
    return [
        f"--logits={name}={inputs.logits(4)}",
        f"--predictions={name}={inputs.predictions(name)}",
    ]


def _accuracies(inputs: Inputs, *tables: str) -> Arguments:
    """Tables of `radiogaze tabulate`."""
    return _named("measured", dict.fromkeys(tables, inputs.rows("accuracies.csv", ACCURACIES)))


def _gating(inputs: Inputs) -> dict[str, Arguments]:
    """Return the inputs of each figure of the gating paper."""
    maps, means = inputs.saved("examples", examples()), inputs.saved("aggregate", aggregate())
    both = itertools.product(NORMALISATIONS, AGGREGATIONS)
    kinds = {f"{n}-{a}": {"normalisation": n, "aggregation": a} for n, a in both}
    maps_of = {name: inputs.saved(f"e-{name}", examples(**kind)) for name, kind in kinds.items()}
    means_of = {name: inputs.saved(f"a-{name}", aggregate(**kind)) for name, kind in kinds.items()}
    gates = {str(n): inputs.saved(f"gates-{n}", examples(gates=n)) for n in (3, 1, 2)}
    maps_by_seed = {f"x/seed-{n}": inputs.saved(f"e-{n}", examples(seed=n)) for n in (0, 1)}
    means_by_seed = {f"x/seed-{n}": inputs.saved(f"a-{n}", aggregate(seed=n)) for n in (0, 1)}
    epochs, architecture = ("0", "3", "26"), [f"--architecture={inputs.architecture()}"]
    return {
        "fig01": architecture,
        "fig02": architecture,
        "fig03": [f"--steps={inputs.steps()}"],
        "fig04": _named("examples", {"x": maps}),
        "fig05": _named("examples", maps_of),
        "fig06": _named("examples", gates),
        "fig07": _named("examples", dict.fromkeys(epochs, maps)),
        **{f"fig{n}": _named("aggregate", {"x": means}) for n in ("08", "09", "11", "12")},
        "fig10": _named("aggregate", dict.fromkeys(epochs, means)),
        "fig13": _named("aggregate", means_of),
        "fig14": _named("examples", {"x": inputs.saved("five", examples(5))}),
        "figA1": [],
        "figA2": [],
        "confusion": [f"--metrics=x={inputs.metrics('gating', '09')[0]}"],
        "roc": _evaluated(inputs),
        "accuracies": _accuracies(inputs, "06", "07"),
        "calibration": _evaluated(inputs),
        "learning_curve": _named("history", {f"x/seed-{n}": inputs.history(n) for n in (0, 1)}),
        "recipe": _named("history", {f"x{n}/seed-0": inputs.history(n) for n in (0, 1)}),
        "seeds_aggregate": _named("aggregate", means_by_seed),
        "fig05_by_seed": _named("examples", maps_by_seed),
        "fig13_by_seed": _named("aggregate", means_by_seed),
        "labels": [
            f"--measured={name}={inputs.rows(f'{name}.csv', table)}"
            for name, table in label_tables().items()
        ],
        **_own(inputs, maps_of),
        "gradcam": [f"--explanations={inputs.saved('explanations', explanations())}"],
        "gaze_grid": [
            *_named("examples", maps_of),
            *_named("table", {name: inputs.scores(kinds) for name in SHOWN}),
        ],
        "gaze_curves": _named("curves", dict.fromkeys(("a", "b"), inputs.map_curves())),
        **{
            f"doubt_{name}": inputs.doubt("measured") for name in ("risk", "temperature", "pruning")
        },
        "gaze_maps": _named("examples", {"x": inputs.saved("five", examples(5))}),
    }


def _equivariant(inputs: Inputs) -> dict[str, Arguments]:
    """Return the inputs of each figure of the equivariant paper."""
    names = [name.lower() for name in COLOURS]
    histories = [f"--history={n}/seed-{s}={inputs.history(s)}" for n in names for s in (0, 1)]
    maps = [f"--examples={name}={inputs.saved('examples', examples())}" for name in names[1:]]
    return {
        "fig01": [*histories, f"--published-curves={REFERENCE}/equivariant_curves.csv"],
        "fig02": maps,
        "fig02_as_trained": maps,
        "fig03": [*_pair(inputs, "attention"), *_pair(inputs, "d8-attention")],
        "equivariance": [f"--equivariance={name}={inputs.errors()}" for name in names],
        "accuracies": _accuracies(inputs, "01_controls"),
        "calibration": _evaluated(inputs),
        "learning_curve": histories,
    }


def report(inputs: Inputs) -> Iterator[Arguments]:
    root = make_campaign(inputs.folder / "campaign")
    paper = {"sheet": "x.tsv", "passes": 8, "attention_passes": 8, "misclassify_passes": 40}
    paper["examples"] = [8, 92]
    settings = {"sky": "published", "weights": "released", "seed": 0, "gating": paper}
    given = ["--campaign=quick", f"--settings={json.dumps(settings)}", f"--logs={root}/logs"]
    given += [f"--tables={root}/paper_tables", f"--figures={root}/figures"]
    given += [f"--metrics={root}/results", f"--claims={REFERENCE}/claims.csv"]
    given += [f"--differences={ROOT}/docs/differences.md", f"--datasets={REFERENCE}/datasets.csv"]
    # the networks' files must lie below the folder of the page
    shutil.copytree(root / "report", "out")
    yield [*given, "--explorer=out/explorer", "--out=out/index.html", "--out-explorer=out/e.html"]


STAGES: dict[str, Callable[[Inputs], Iterator[Arguments]]] = {
    "synthesise": synthesise,
    "prepare": prepare,
    "illustrate-preprocessing": illustrate_preprocessing,
    "disjoin": disjoin,
    "train": train,
    **{verb: partial(run_network, verb) for verb, *_ in OF_A_NETWORK},
    **{
        "asymmetry": asymmetry,
        "calibrate": calibrate,
        "cross-validate": cross_validate,
        "describe": describe,
        "familiarity": familiarity,
        "features": features,
        "label-efficiency": label_efficiency,
        "doubt": doubt,
        "tabulate": tabulate,
    },
    **{"figure": figure, "report": report},
}
