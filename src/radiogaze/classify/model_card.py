"""A model card: what a trained network is, its metrics, and its limits.

After Mitchell et al. 2019, "Model cards for model reporting". Every number comes from the files
that the card lists.
"""

import json
from pathlib import Path
from typing import Any

from radiogaze.campaigns.variants import Variant
from radiogaze.errors import RadiogazeError
from radiogaze.files.reading import reading

# Description, source and licence of each data set.
DATASETS = {
    "mirabest": "MiraBest without hybrids (Porter 2020; 10.5281/zenodo.4288837, CC BY 4.0)",
    "mirabest-certain": "MiraBest*, the certainly classified sources of MiraBest (Porter 2020;"
    " 10.5281/zenodo.4288837, CC BY 4.0)",
    "frdeep": "FR-DEEP-F (Tang, Scaife & Leahy 2019; 10.5281/zenodo.4255826)",
}
LIMITS = (
    "Trained on VLA FIRST at 1.4 GHz: a beam of 5.4 arcsec and pixels of 1.8 arcsec. Other surveys"
    " were not tested; images of another scale are resampled and flagged.",
    "There are two classes: hybrids, point sources and artefacts also become FRI or FRII.",
    "The source must be in the centre and fit into 270 arcsec.",
    "The probabilities are not calibrated: training drives them to 0 and 1. docs/classify.md"
    " shows what the spread over augmented passes means.",
    "The intervals are those of a small test set and do not cover other surveys.",
)
LICENCES = {
    "released": "The weights: GNU General Public License 3 (the authors'). The code: BSD-3-Clause.",
    "own": "BSD-3-Clause for code and weights; the images have their own licences.",
}
_METRICS = ("accuracy", "auc", "auc_logits", "f1", "precision", "recall")


def write_card(variant: Variant, metrics: Path, banner: str = "") -> str:
    """Write the model card of a variant in Markdown.

    Parameters
    ----------
    variant
        A row of an experiment sheet.
    metrics
        The ``metrics.json`` of `radiogaze evaluate` for it.
    banner
        A label at the top of the card, e.g. that the sky is synthetic.

    Raises
    ------
    RadiogazeError
        If the metrics are missing, broken, or another variant's.
    """
    with reading(metrics, "metrics", "evaluate"):
        found = json.loads(metrics.read_text("utf-8"))
        if found["variant"] != variant.variant:
            raise RadiogazeError(
                f"{metrics}: metrics of {found['variant']}, expected those of {variant.variant}"
            )
        sections = [
            f"# {variant.variant}" + (f"\n\n**{banner}**" if banner else ""),
            _network(variant, found),
            "## Data\n\n" + _data(variant, found),
            "## Metrics\n\n" + _table(found),
            "## Limits\n\n" + "\n".join(f"- {limit}" for limit in LIMITS),
            "## Licence\n\n" + LICENCES["released" if found["training"] is None else "own"],
            "## Provenance\n\n" + _provenance(found["provenance"]),
        ]
    return "\n\n".join(sections) + "\n"


def _network(variant: Variant, found: dict[str, Any]) -> str:
    """Describe the network and the origin of its weights."""
    weights, training = "released by Bowles et al. 2021 (MNRAS 501, 4579)", found["training"]
    if training is not None:
        flags = "; " * bool(training["flags"]) + ", ".join(training["flags"])
        weights = f"trained here, seed {training['seed']}, epoch {training['epoch']}{flags}"
    rows = {
        "architecture": variant.architecture,
        "attention gates": variant.gates,
        "normalisation": variant.normalisation,
        "aggregation": variant.aggregation,
        "weights": weights,
        "input": "cutout of 150 × 150 pixels of 1.8 arcsec, noise clipped at 3 σ, 8 bits, [-1, 1]",
        "output": "logits of FRI and FRII; maps of each attention gate",
    }
    return _markdown([("", ""), *((key, "none" if v is None else v) for key, v in rows.items())])


def _data(variant: Variant, found: dict[str, Any]) -> str:
    """Describe the training and test data."""
    sources = found["sources"]
    return (
        f"Trained and tested on {DATASETS.get(variant.dataset, variant.dataset)}. Test set:"
        f" {sources['FRI']} FRI and {sources['FRII']} FRII, each in {found['passes']} augmented"
        " passes (rotation, scale, shift)."
    )


def _table(found: dict[str, Any]) -> str:
    """Return the metrics as one table, with a column for each batch composition."""
    orders = list(found["orders"])
    rows = [("", *orders)]
    for metric in _METRICS:
        values = [found["orders"][order][metric] for order in orders]
        if "value" in values[0]:
            rows.append((metric.replace("_", " on "), *map(_estimate, values)))
            continue
        for name in values[0]:
            rows.append((f"{metric} {name}", *(_estimate(value[name]) for value in values)))
    return (
        _markdown(rows)
        + "\n\nIn brackets the 95 % interval for the choice of test sources. The columns are"
        " batch compositions: `file` (file order) is the published one; `single`, one image at a"
        " time, is what `radiogaze classify` and `radiogaze.load` do."
    )


def _estimate(value: dict[str, float]) -> str:
    return f"{value['value']:.3f} ({value['low']:.3f}–{value['high']:.3f})"


def _provenance(found: dict[str, Any]) -> str:
    """List version, inputs and settings of the metrics."""
    made = ("radiogaze", f"{found['radiogaze']}, commit {found['commit']}")
    return _markdown([("", ""), made, *found["inputs"].items(), *found["settings"].items()])


def _markdown(rows: list[tuple[Any, ...]]) -> str:
    """Return a Markdown table; the first row is the header."""
    lines = [rows[0], ["---"] * len(rows[0]), *rows[1:]]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)
