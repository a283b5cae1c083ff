"""A small campaign for the tests of the report: hand-made tables, figures, networks."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from click.testing import CliRunner, Result
from PIL import Image

from radiogaze.cli.report import command
from radiogaze.report.network_file import to_sheet, write_network

HOSTILE = "<script>alert('name')</script><img src=x onerror=alert(1)>"
COLUMNS = "table,variant,metric,class,paper,ours,difference,margin,low,high,verdict"
TABLE_9 = [
    "09,mirabest-fc-0g,accuracy,both,0.86,0.8668,0.0068,0.0031,0.8067,0.9138,"
    "within Monte Carlo error",
    "09,mirabest-range-ft-1g,accuracy,both,0.85,0.8529,0.0029,0.0031,0.7845,0.8977,within rounding",
    "09,mirabest-range-ft-2g,accuracy,both,0.87,0.8717,0.0017,0.0031,0.8067,0.9138,within rounding",
    "09,mirabest-range-ft-3g,accuracy,both,0.85,0.7464,-0.1036,0.0031,0.7045,0.7977,"
    "differs: see docs/differences.md#table-9",
]
MARKDOWN = f"""# Table 9 of Bowles et al. (2021), ours beside the paper's: the number of gates.

|          | {HOSTILE} | 3                 |
|:---------|:----------|:------------------|
| Accuracy | 0.867 ≈   | 0.746 (0.85) ✗    |

- [table-9](../../../docs/differences.md#table-9)
"""


def make_campaign(
    root: Path, campaign: str = "quick", paper: str = "gating", *, second: int = 4
) -> Path:
    """Make a campaign's results below ``root``; its report goes to ``root/report``.

    The softmax network has ``second`` sources.
    """
    tables = root / "paper_tables" / campaign / paper
    tables.mkdir(parents=True)
    (tables / "table09.csv").write_text("\n".join([COLUMNS, *TABLE_9, ""]))
    (tables / "table09.md").write_text(MARKDOWN)
    figures = root / "figures" / campaign / paper
    figures.mkdir(parents=True)
    Image.new("RGB", (600, 300), "white").save(figures / "fig09.png")
    run = root / "results" / campaign / paper / "mirabest-range-ft-3g" / "seed-0"
    run.mkdir(parents=True)
    (run / "metrics.json").write_text(json.dumps(metrics()))
    log = root / "logs" / "evaluate" / campaign / "mirabest-range-ft-3g"
    log.mkdir(parents=True)
    (log / "seed-0.benchmark.tsv").write_text(
        "s\th:m:s\tmax_rss\tcpu_time\n25.07\t0:00:25\t469.2\t10.7\n"
    )
    for variant, count in (("range", 6), ("softmax", second)):
        write_network(network(variant, count), root / "report/explorer" / paper / variant / "a.js")
    return root


def metrics() -> dict[str, Any]:
    """A metrics.json."""
    estimate = {"value": 0.8, "low": 0.7, "high": 0.9, "monte_carlo": 0.002}
    order: dict[str, Any] = dict.fromkeys(("accuracy", "auc", "auc_logits"), estimate)
    by_class = {"FRI": estimate, "FRII": estimate}
    order |= dict.fromkeys(("f1", "precision", "recall"), by_class)
    return {
        "variant": "mirabest-range-ft-3g",
        "passes": 8,
        "seed": 0,
        "sources": {"FRI": 74, "FRII": 79},
        "orders": {"file": order},
        "provenance": {
            "radiogaze": "0.1.0",
            "commit": "c0ffee" * 6,
            "python": "3.11.7",
            "packages": {"torch": "2.13.0"},
            "inputs": {"images": "sha256:" + "ab" * 32},
            "settings": {"seed": 0},
        },
    }


def network(variant: str, count: int) -> dict[str, Any]:
    """A network's file: FRI and FRII in turn, two sources wrong, the fourth in half of the passes.

    The map of the gate is from ten times the source's number on, and two higher in its sixth row,
    at the column of the number.
    """
    rng = np.random.default_rng(0)
    images = np.zeros((count, 150, 150))
    images[:, 60:90, 70:80] = rng.integers(1, 256, (count, 30, 10))
    layers = {
        "image": images,
        "mean": rng.random((count, 150, 150)),
        "gate1": rng.random((count, 37, 37)),
    }
    layers["gate1"][:, 0, 0] = 0
    layers["gate1"][range(count), 5, range(count)] = 2
    layers["gate1"] += 10 * np.arange(count)[:, None, None]
    return {
        "metadata": {
            "variant": variant,
            "dataset": "mirabest",
            "gates": 1,
            "normalisation": variant,
            "aggregation": "ft",
            "passes": 8,
            "order": "file",
        },
        "sources": [source(index) for index in range(count)],
        "layers": [{"key": k, "label": k, **to_sheet(a)} for k, a in layers.items()],
        "provenance": {},
    }


def source(index: int) -> dict[str, Any]:
    """One test source; the last name of six is hostile."""
    return {
        "index": 100 + index,
        "position": index,
        "name": HOSTILE if index == 5 else f"source-{index}",
        "class": ("FRI", "FRII")[index % 2],
        "confidence": ("certain", "certain", "uncertain")[index % 3],
        "morphology": "standard",
        "ra_deg": 10.5,
        "dec_deg": None,
        "redshift": 0.1,
        "extent_arcsec": None,
        "p_frii": index / 10,
        "wrong": {1: 0.75, 2: 0.75, 3: 0.5}.get(index, 0.0),
        "histogram": [6] + [0] * 18 + [2],
        "scores": [
            {"label": label, "values": [0.25, 0.875, 0.5, None]}
            for label in ("Attention map", "Brightness")
            if index == 1
        ],
    }


def write_report(root: Path, campaign: str = "quick", *more: str) -> Result:
    """Run ``radiogaze report`` in the repository on what :func:`make_campaign` made."""
    settings = yaml.safe_load(Path("config.yaml").read_text("utf-8"))["campaigns"][campaign]
    given = ["--campaign", campaign, "--settings", json.dumps(settings)]
    given += ["--logs", str(root / "logs")]
    given += ["--tables", str(root / "paper_tables"), "--figures", str(root / "figures")]
    given += ["--metrics", str(root / "results")]
    given += ["--explorer", str(root / "report/explorer")]
    given += ["--out", str(root / "report/index.html")]
    given += ["--out-explorer", str(root / "report/explorer.html")]
    given += ["--out-claims", str(root / "report/claims.csv"), *more]
    return CliRunner().invoke(command, given)
