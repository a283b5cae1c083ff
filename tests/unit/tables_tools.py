"""Hand-made evaluations and catalogues for the tests of the tables."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

from radiogaze.experiments import load_sheet
from radiogaze.tables import Table, tabulate

ROOT = Path(__file__).parents[2]
SHEET = ROOT / "experiments" / "gating.tsv"
REFERENCE = ROOT / "workflow" / "reference" / "paper_values.csv"
DIFFERENCES = ROOT / "docs" / "differences.md"

COLUMNS = "source_name,label,class,confidence,morphology,split"


def estimate(value, margin=0.05):
    return {"value": value, "low": max(0.0, value - margin), "high": min(1.0, value + margin)}


def order(value, margin=0.05):
    """Metrics that all have one value."""
    return {
        "confusion": [[60, 14], [6, 73]],
        **{name: estimate(value, margin) for name in ("accuracy", "auc", "auc_logits")},
        **{
            name: {"FRI": estimate(value, margin), "FRII": estimate(value, margin)}
            for name in ("f1", "precision", "recall")
        },
    }


def evaluation(variant, value=0.84, **orders):
    """A metrics.json as a dictionary."""
    return {
        "variant": variant,
        "dataset": "mirabest",
        "passes": 8,
        "seed": 0,
        "sources": {"FRI": 74, "FRII": 79},
        "orders": {"file": order(value)} | {name: order(v) for name, v in orders.items()},
        "unaugmented": {"file": order(value)},
        "provenance": {"commit": "c0ffee" * 7, "inputs": {"images": "sha256:" + "ab" * 32}},
    }


def write_json(folder, content):
    path = Path(folder) / f"{content['variant']}-{len(list(Path(folder).iterdir()))}.json"
    path.write_text(json.dumps(content), "utf-8")
    return path


def needed(table):
    """The names of the variants with released weights that a table shows."""
    found = load_sheet(SHEET).values()
    return [v.variant for v in found if table in v.tables and v.released_folder]


def evaluations(folder, table, values=None, **orders):
    """Write the metrics of every variant that a table needs."""
    values = values or {}
    return [
        write_json(folder, evaluation(name, values.get(name, 0.84), **orders))
        for name in needed(table)
    ]


def make(identity, **given) -> Table:
    options = {"sheet": SHEET, "reference": REFERENCE, "campaign": "quick"} | given
    return tabulate(identity, **options)


def catalogue(path, rows):
    """Write a catalogue of (label, class, confidence, morphology, split, how many)."""
    lines = [COLUMNS]
    for *cells, number in rows:
        lines += [",".join(("a source", *map(str, cells)))] * number
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def run(*arguments, folder):
    """Run ``radiogaze tabulate`` as a user does; outputs go to ``folder``."""
    outputs = [f"--out-{kind}={folder}/table.{kind}" for kind in ("csv", "md", "tex")]
    return subprocess.run(
        [
            *(sys.executable, "-c", "from radiogaze.cli import main; main()", "tabulate"),
            *(f"--sheet={SHEET}", f"--reference={REFERENCE}", "--campaign=quick"),
            *outputs,
            *map(str, arguments),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )


def rows_of(text):
    return list(csv.DictReader(text.splitlines()))


def cell_of(table, variant, metric, group):
    (found,) = [
        c for c in table.content.cells if (c.variant, c.metric, c.group) == (variant, metric, group)
    ]
    return found
