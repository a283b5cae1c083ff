"""Small inputs of every step: none is computed by a step of the workflow."""

import itertools
import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from golden_contents import batches, evaluation, few_cutouts, weight

from archive_tools import tar_of, write_manifest
from figure_tools import doubt_tables, smooth_maps
from radiogaze.attention.storage import Aggregate, Examples, Explanations, save
from radiogaze.campaigns.scored import SCORED
from radiogaze.campaigns.variants import find_variant, load_sheet
from radiogaze.data.catalogue import RELEASES
from radiogaze.data.splits import use_fold
from radiogaze.data.steps import Steps, save_steps
from radiogaze.data.store import save_cutouts
from radiogaze.evaluation.features import save_features
from radiogaze.evaluation.probe import PERCENTAGES
from radiogaze.files.rows import read_rows
from radiogaze.models.describe import describe
from radiogaze.models.load import save_weights
from radiogaze.models.registry import build
from radiogaze.tables.layout import GAZE
from radiogaze.tables.registry import find_table
from radiogaze.terms import (
    ALL_GATES,
    ATTENTION,
    CASCADING,
    FOLDS,
    INDEPENDENT,
    NULL_MODELS,
    ORDERS,
    RANDOMISED,
    REPLACEMENTS,
)
from sky_tools import write_fits

SHEETS = Path(__file__).parent / "sheets"
REFERENCE = Path(__file__).parents[2] / "workflow/reference"
NETWORKS = SHEETS / "networks.tsv"
Arguments = list[str | Path]


class Inputs:
    """Writes input files on demand, from seeded random numbers and frozen sheets."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.images, self.catalogue = folder / "images.npz", folder / "catalogue.csv"
        save_cutouts(few_cutouts(), self.images, self.catalogue)

    def data(self, sheet: Path = NETWORKS) -> Arguments:
        """Options of the sheet of the small networks and of the cutouts."""
        return [f"--sheet={sheet}", f"--images={self.images}", f"--catalogue={self.catalogue}"]

    def model(self, name: str, sheet: Path = NETWORKS) -> Arguments:
        """A variant with weights, and the data."""
        row = find_variant(sheet, name)
        path = self.folder / f"{name}.safetensors"
        if not path.is_file():
            random = np.random.default_rng(1)
            state = {key: weight(key, t, random) for key, t in build(row).state_dict().items()}
            save_weights(path, state, {"variant": asdict(row)})
        return [name, *self.data(sheet), f"--weights={path}", "--device=cpu"]

    def features(self, name: str) -> Path:
        """Write the features of the cutouts in a network."""
        path = self.folder / f"features-{name.replace('/', '-')}.npz"
        random = np.random.default_rng(sum(map(ord, name)))
        values = random.normal(size=(24, 5)) + np.arange(24)[:, None] % 2
        save_features(values.astype(np.float32), np.arange(24) < 20, path)
        return path

    def archive(self, name: str) -> Arguments:
        """An archive in the form of a release, with its manifest."""
        members, archive = batches(name), self.folder / f"{name}.tar.gz"
        archive.write_bytes(tar_of(members))
        manifest = write_manifest(self.folder / f"{name}.csv", members, "mirror:x", name)
        return [name, f"--archive={archive}", f"--manifest={manifest}"]

    def fits(self) -> Path:
        """A FIRST-like field of 300 x 300 pixels with a double source."""
        return write_fits(self.folder / "source.fits")

    def json(self, name: str, content: Any) -> Path:
        """Write JSON."""
        path = self.folder / name
        path.write_text(json.dumps(content), "utf-8")
        return path

    def rows(self, name: str, rows: list[dict[str, Any]] | dict[str, Any]) -> Path:
        """Write a CSV file."""
        path = self.folder / name
        pd.DataFrame(rows).to_csv(path, index=False, lineterminator="\n")
        return path

    def logits(self, sources: int, passes: int = 8) -> Path:
        """Write the logits.npz of an evaluation of the last sources of the catalogue."""
        path = self.folder / f"logits-{sources}.npz"
        index = np.arange(24 - sources, 24)
        noise = np.random.default_rng(2).normal(0, 2, (passes, sources, 2))
        noise[..., 1] += np.arange(sources) % 2 * 2 - 1
        np.savez(path, index=index, logits_file=noise.astype(np.float32))
        return path

    def metrics(self, paper: str, table: str) -> list[Path]:
        """Write the metrics.json of a table's variants, of the equivariant paper with two seeds.

        A table that is none of the paper's shows all variants, or those of Table 7 for a few.
        """
        of_few = find_table(table, paper).number == SCORED
        number = "7" if of_few else table.partition("_")[0].lstrip("0")
        trained, paths = paper == "equivariant", []
        for index, row in enumerate(load_sheet(SHEETS / f"{paper}.tsv").values()):
            shown = number in row.tables or (not number.isdigit() and row.tables)
            if not shown or not (trained or row.released_folder):
                continue
            for seed in (0, 1) if trained else (0,):
                content = evaluation(row, 0.8 + 0.005 * index + 0.01 * seed)
                if trained:
                    known = {"epoch": 7, "redraws": 0, "flags": []}
                    content["training"] = {"seed": seed, **known}
                paths.append(self.json(f"{row.variant}-{seed}.json", content))
        return paths

    def misclassified(self) -> Path:
        """Write the table of misclassified sources: the paper's, the last one only sometimes."""
        rows = []
        for index, printed in enumerate(read_rows(REFERENCE / "table10.csv", ",")):
            code, sky, redshift, extent = printed["source_name"].split("_")
            row = {"position": index, "source_name": printed["source_name"], "ra_deg": sky[:7]}
            row |= {"dec_deg": sky[7:], "redshift": redshift, "extent_arcsec": extent}
            row |= {"label": 0, "class": "FRI" if code[0] == "1" else "FRII"}
            row |= {"confidence": "uncertain" if code[1] == "1" else "certain", "passes": 1000}
            rows.append({**row, "misclassified": 990 - 100 * (index == 7)})
        return self.rows("misclassified.csv", rows)

    def catalogues(self) -> Arguments:
        """Write a catalogue with the labels of each release."""
        given = []
        for name, release in RELEASES.items():
            rows = []
            for number, label in enumerate(release.labels):
                row = {"source_name": "x", "label": number, "class": label.fr_class}
                row |= {"confidence": label.confidence, "morphology": label.morphology}
                for split, count in (("train", label.train), ("test", label.test)):
                    rows += [{**row, "split": split}] * count
            given.append(f"--catalogue={name}={self.rows(f'{name}-catalogue.csv', rows)}")
        return given

    def architecture(self) -> Path:
        """Write the layers of a network."""
        return self.json("architecture.json", describe(find_variant(NETWORKS, "range")))

    def steps(self) -> Path:
        """Write the steps of preprocessing."""
        original = smooth_maps(1, 300)[0].astype(np.float32)
        cutout = (smooth_maps(1)[0] * 255).astype(np.uint8)
        augmented = np.roll(cutout, 20, axis=0)
        steps = Steps(original, np.array([75, 75]), cutout, augmented, smooth_maps(1)[0] > 0.1)
        save_steps(steps, self.folder / "steps.npz")
        return self.folder / "steps.npz"

    def predictions(self, name: str = "x") -> Path:
        """Write the predictions.csv that belongs to four sources' logits, another for each name."""
        wrong = np.roll([0.0, 0.25, 0.5, 1.0], len(name))
        parts = [
            {"order": order, "index": index, "class": ("FRI", "FRII")[index % 2]}
            | {"misclassification_rate": rate, "logit_mean": (2 * (index % 2) - 1) * (0.6 - rate)}
            | {"confidence": "certain"}
            | {"p_frii_mean": rate if index % 2 == 0 else 1 - rate}
            for order in ORDERS
            for index, rate in zip(range(20, 24), wrong, strict=True)
        ]
        return self.rows(f"predictions-{name.replace('/', '-')}.csv", parts)

    def folds(self, name: str) -> list[str]:
        """Write what ten folds of a network predict of the sources, as options."""
        random, options = np.random.default_rng(len(name)), []
        cutouts = few_cutouts()
        for fold in range(FOLDS):
            rows = use_fold(cutouts, fold).scored_test("mirabest").rows
            p = random.random(len(rows)).round(3)
            found = {"index": rows.index, "order": "file", "class": rows["class"]}
            found |= {"misclassification_rate": ((p > 0.5) != (rows["class"] == "FRII")) * 1.0}
            table = pd.DataFrame({**found, "logit_mean": p - 0.5, "p_frii_mean": p})
            path = self.folder / f"folds-{name}-{fold}.csv"
            table.to_csv(path, index=False)
            options.append(f"--predictions={name}/fold-{fold}={path}")
        return options

    def probe(self, name: str) -> Path:
        """Write what `radiogaze probe` finds of a network, another for each name."""
        random = np.random.default_rng([3, len(name)])
        sets = {"validation": 6, "blobs": 4}
        sets |= {f"magnitude-{percent}": 4 for percent in PERCENTAGES}
        found = {
            f"logits_{key}": random.normal(0, 2, (3, count, 2)).astype(np.float32)
            for key, count in sets.items()
        }
        path = self.folder / f"probe-{name.replace('/', '-')}.npz"
        np.savez(path, labels_validation=np.arange(6) % 2, **found)
        return path

    def doubt(self, option: str = "doubt") -> Arguments:
        """Write the tables of `radiogaze doubt`, as options."""
        return [
            f"--{option}={name}={self.rows(f'doubt-{name}.csv', table.to_dict('list'))}"
            for name, table in doubt_tables().items()
        ]

    def training(self) -> Path:
        """Write what a training reports, as far as a later step reads it."""
        return self.json("result.json", {"provenance": {"settings": {"split_seed": 1}}})

    def gaze(self, name: str, kind: str) -> Path:
        """Write a result of `radiogaze gaze` of eight sources, another for each name."""
        keys = {
            "gaze": {"map": [ATTENTION, *NULL_MODELS]},
            "evidence": {"map": [ATTENTION, *NULL_MODELS]},
            "interventions": {"gate": ["gate1", ALL_GATES], "replacement": [*REPLACEMENTS]},
            "sanity": {"order": [CASCADING, INDEPENDENT], "part": [*RANDOMISED]},
        }[kind]
        scores = {
            "gaze": [*GAZE],
            "evidence": ["right", "rank", "pointing", "mass", "distractor_mass"],
            "interventions": ["flips", "margin", "margin_after", "right", "right_after"],
            "sanity": ["correlation", "source_correlation"],
        }[kind]
        rows = pd.MultiIndex.from_product([*keys.values(), range(8)], names=[*keys, "position"])
        table = rows.to_frame(index=False)
        table["class"] = np.array(["FRI", "FRII"])[table["position"] % 2]
        if kind == "gaze":
            table["confidence"] = np.array(["certain", "uncertain"])[table["position"] // 4]
            table["predicted"] = table["class"].where(table["position"] > 0, "FRII")
        random = np.random.default_rng(len(name))
        found = {score: random.random(len(table)).round(3) for score in scores}
        return self.rows(f"{kind}-{name}.csv", table.assign(**found).to_dict("list"))

    def scores(self, networks: Iterable[str]) -> Path:
        """Write a table with the numbers of networks that a figure shows."""
        metrics = ["accuracy", "insertion_brightness_change", "deletion_brightness_change"]
        metrics += ["rank_attention", "other-source_all_flips"]
        pairs = itertools.product(networks, metrics)
        rows = [
            {"variant": name, "metric": metric, "ours": round(number / 100 % 1, 2)}
            for number, (name, metric) in enumerate(pairs)
        ]
        return self.rows("scores.csv", rows)

    def map_curves(self) -> Path:
        """Write curves of deletion and insertion of every map that a figure shows."""
        fraction = np.linspace(0, 1, 11)
        parts = [
            {
                "map": map_,
                "fraction": x,
                "deletion": 1 - x / (2 + n),
                "insertion": 0.5 + x / (2 + n),
            }
            for n, map_ in enumerate((ATTENTION, *NULL_MODELS, "grad-cam"))
            for x in fraction.round(1)
        ]
        return self.rows("map-curves.csv", parts)

    def history(self, seed: int) -> Path:
        """Write the history.csv of a training whose fourth epoch is the best."""
        epoch = np.arange(8)
        loss = 0.3 + 0.02 * abs(epoch - 3) + 0.01 * seed
        known = {"epoch": epoch, "train_loss": loss - 0.01 * epoch, "validation_loss": loss}
        known |= {"validation_accuracy": 1 - loss, "improved": epoch <= 3}
        return self.rows(f"history-{seed}.csv", known)

    def errors(self) -> Path:
        """Write the equivariance errors of a network."""
        size, turn = np.transpose(list(itertools.product((150, 152), range(45, 360, 45))))
        error = np.where((size == 152) & (turn % 90 == 0), 0.0, 0.1 + turn / 1000)
        known = {"size": size, "padded": size == 152, "angle": turn, "mirrored": False}
        known |= {"sources": 8, "logits": error, "changed": error / 4, "map_rms": error}
        return self.rows("errors.csv", {**known, "map_max": error})

    def saved(self, name: str, stored: Examples | Aggregate | Explanations) -> Path:
        """Write examples, an aggregate or explanations."""
        path = self.folder / f"{name}.npz"
        save(stored, path)
        return path
