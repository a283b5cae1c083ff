"""Hand-made evaluations and catalogues for the tests of the tables."""

import csv
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from archive_tools import MAIN
from processes import call
from radiogaze.campaigns.variants import load_sheet
from radiogaze.tables.assemble import Table, tabulate
from radiogaze.tables.latex import to_latex

ROOT = Path(__file__).parents[2]
SHEET = ROOT / "experiments" / "gating.tsv"
REFERENCE = ROOT / "workflow" / "reference" / "paper_values.csv"
DIFFERENCES = ROOT / "docs" / "differences.md"

COLUMNS = "source_name,label,class,confidence,morphology,split"


def estimate(value, margin=0.05):
    low, high = max(0.0, value - margin), min(1.0, value + margin)
    return {"value": value, "low": low, "high": high, "monte_carlo": 0.002}


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


def training(variant, seed, value=0.84, *, epoch=7, redraws=0, flags=(), **orders):
    """A metrics.json of one training of our own."""
    known = {"seed": seed, "epoch": epoch, "redraws": redraws, "flags": list(flags)}
    return evaluation(variant, value, **orders) | {"training": known}


def trainings(folder, table, values, changed=None, **orders):
    """Write the metrics of every variant that a table needs, one training a value.

    ``changed`` has other values for some variants: a list, or a dictionary by seed.
    """
    paths = []
    for name in needed(table):
        found = (changed or {}).get(name, values)
        by_seed = found if isinstance(found, dict) else dict(enumerate(found))
        moved = {order: {s: v + by for s, v in by_seed.items()} for order, by in orders.items()}
        for seed, value in by_seed.items():
            others = {order: at[seed] for order, at in moved.items()}
            paths.append(write_json(folder, training(name, seed, value, **others)))
    return paths


def changed(content, key, *value):
    """Set a key of a dictionary, e.g. ``orders.file.auc``, or remove it where no value is given."""
    *path, last = key.split(".")
    found = content
    for part in path:
        found = found[part]
    if value:
        (found[last],) = value
    else:
        del found[last]
    return content


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
    return call(
        *(sys.executable, "-c", MAIN, "tabulate"),
        *(f"--sheet={SHEET}", f"--reference={REFERENCE}", "--campaign=quick"),
        *outputs,
        *arguments,
        OMP_NUM_THREADS="1",
    )


def compile_latex(folder, tables):
    """Put tables into a document and compile it; skip where there is nothing to do so with."""
    if not shutil.which("pdflatex"):
        pytest.skip("pdflatex is not installed")
    if not subprocess.run(["kpsewhich", "siunitx.sty"], check=False, capture_output=True).stdout:
        pytest.skip("the LaTeX package siunitx is not installed")
    document = "\n".join(
        [
            r"\documentclass{article}\usepackage{booktabs}\usepackage{siunitx}\begin{document}",
            *(to_latex(table) for table in tables),
            r"\end{document}",
        ]
    )
    (folder / "t.tex").write_text(document, "utf-8")
    done = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "t.tex"],
        cwd=folder,
        check=False,
        capture_output=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout[-2000:]


def rows_of(text):
    return list(csv.DictReader(text.splitlines()))


def cell_of(table, variant, metric, group):
    (found,) = [
        c for c in table.content.cells if (c.variant, c.metric, c.group) == (variant, metric, group)
    ]
    return found
