"""A model card: what a trained network is, what it was measured to do, and where it fails.

The form follows Mitchell et al. 2019, "Model cards for model reporting". Every number in it comes
from the files that it names.
"""

import json
from pathlib import Path
from typing import Any

from radiogaze.campaigns.variants import Variant
from radiogaze.errors import RadiogazeError

# What a data set is, with its source and licence; the counts are the evaluation's own.
DATASETS = {
    "mirabest": "MiraBest without hybrids (Porter 2020; 10.5281/zenodo.4288837, CC BY 4.0)",
    "mirabest-certain": "MiraBest*, the certainly classified sources of MiraBest (Porter 2020;"
    " 10.5281/zenodo.4288837, CC BY 4.0)",
    "frdeep": "FR-DEEP-F (Tang, Scaife & Leahy 2019; 10.5281/zenodo.4255826)",
}
LIMITS = (
    "Trained on VLA FIRST at 1.4 GHz: a beam of 5.4 arcsec and pixels of 1.8 arcsec. Other surveys"
    " were not tested; images of another scale are resampled and flagged.",
    "It knows two classes. Hybrids, point sources, artefacts and empty fields are called FRI or"
    " FRII all the same.",
    "The source must lie in the centre, and within 270 arcsec.",
    "The probabilities are not calibrated: training drives them to 0 and 1. What the spread over"
    " augmented copies tells is measured in docs/classify.md.",
    "The intervals are those of a small test set, not of another sky.",
)
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
        What the card says on its face, e.g. that the sky is synthetic.

    Raises
    ------
    RadiogazeError
        If the metrics are missing, broken, or another variant's.
    """
    found = _read(metrics, variant.variant)
    try:
        sections = [
            f"# {variant.variant}" + (f"\n\n**{banner}**" if banner else ""),
            _what(variant, found),
            "## Data\n\n" + _data(variant, found),
            "## Metrics\n\n" + _table(found),
            "## Limits\n\n" + "\n".join(f"- {limit}" for limit in LIMITS),
            "## Licence\n\n" + _licence(found),
            "## Provenance\n\n" + _provenance(found["provenance"]),
        ]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise RadiogazeError(
            f"{metrics}: not the metrics of radiogaze evaluate: {error!r}; evaluate again"
        ) from None
    return "\n\n".join(sections) + "\n"


def _read(path: Path, variant: str) -> dict[str, Any]:
    """Read metrics and check whose they are."""
    try:
        found = json.loads(path.read_text("utf-8"))
        whose = found["variant"]
    except FileNotFoundError:
        raise RadiogazeError(f"{path}: no such file; make it with radiogaze evaluate") from None
    except (ValueError, KeyError, TypeError, OSError) as error:
        raise RadiogazeError(f"{path}: not the metrics of radiogaze evaluate: {error!r}") from None
    if whose != variant:
        raise RadiogazeError(f"{path}: metrics of {whose}, expected those of {variant}")
    return found


def _what(variant: Variant, found: dict[str, Any]) -> str:
    """Say what the network is and where its weights come from."""
    rows = {
        "architecture": variant.architecture,
        "attention gates": variant.gates,
        "normalisation": variant.normalisation,
        "aggregation": variant.aggregation,
        "weights": _weights(found),
        "input": "cutout of 150 × 150 pixels of 1.8 arcsec, noise clipped at 3 σ, 8 bits, [-1, 1]",
        "output": "logits of FRI and FRII; maps of each attention gate",
    }
    return _markdown([("", ""), *((key, "none" if v is None else v) for key, v in rows.items())])


def _weights(found: dict[str, Any]) -> str:
    """Say who trained them."""
    training = found["training"]
    if training is None:
        return "released by Bowles et al. 2021 (MNRAS 501, 4579)"
    flags = f"; {', '.join(training['flags'])}" if training["flags"] else ""
    return f"trained here, seed {training['seed']}, epoch {training['epoch']}{flags}"


def _data(variant: Variant, found: dict[str, Any]) -> str:
    """Say what it was trained and tested on."""
    sources = found["sources"]
    return (
        f"Trained and tested on {DATASETS.get(variant.dataset, variant.dataset)}. Test set:"
        f" {sources['FRI']} FRI and {sources['FRII']} FRII, each in {found['passes']} augmented"
        " passes (rotation, scale, shift)."
    )


def _table(found: dict[str, Any]) -> str:
    """Put the metrics into one table, orders of the test batches across."""
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
        + "\n\nIn brackets the 95 % interval for the choice of test sources. The columns are orders"
        " of the test batches: `file` is the published one; `single`, one image at a time, is what"
        " `radiogaze classify` and `radiogaze.load` do."
    )


def _estimate(value: dict[str, float]) -> str:
    return f"{value['value']:.3f} ({value['low']:.3f}–{value['high']:.3f})"


def _licence(found: dict[str, Any]) -> str:
    """Say under which terms the network may be used."""
    if found["training"] is None:
        return "The weights: GNU General Public License 3 (the authors'). The code: BSD-3-Clause."
    return "BSD-3-Clause, code and weights; the images behind them have their own terms."


def _provenance(found: dict[str, Any]) -> str:
    """List what the metrics were made from."""
    rows = [
        ("", ""),
        ("radiogaze", f"{found['radiogaze']}, commit {found['commit']}"),
        *found["inputs"].items(),
        *((str(key), str(value)) for key, value in found["settings"].items()),
    ]
    return _markdown(rows)


def _markdown(rows: list[tuple[Any, ...]]) -> str:
    """Lay out a table whose first row is its head."""
    head, *body = rows
    lines = [head, ["---"] * len(head), *body]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)
