"""Maps and predictions of a trained network for every test source, for the attention explorer.

One file a network: a script that hands its data to the page, because a page that is opened from
a disk may load scripts beside it but may not read files.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from scipy.special import softmax
from torch import Tensor, nn

from radiogaze.attention.examples import maps_and_logits
from radiogaze.attention.extract import attention_network, check_finite, scale
from radiogaze.attention.gradcam import LAST_UNIT, grad_cam
from radiogaze.attention.resize import mean_map, to_cutout
from radiogaze.campaigns.variants import Variant
from radiogaze.data.store import Cutouts
from radiogaze.errors import RadiogazeError
from radiogaze.evaluation.gaze import read_gaze
from radiogaze.evaluation.resampling import Floats
from radiogaze.files.reading import reading
from radiogaze.report.network_file import to_sheet
from radiogaze.terms import ATTENTION, CLASSES, GRAD_CAM

_AXES = 3  # of logits: passes, sources, classes
BINS = 20  # of the distribution of p(FRII)
_CAM_SIDE = 50  # pixels; Grad-CAM has 18 of its own
_GATE_SIDE = 75  # pixels; a gate has 20 to 150 of its own
# The scores of docs/gaze.md that the page shows, as its columns, and of which maps.
SCORES = ("deletion", "insertion", "rank", "pointing")
_SCORED = {ATTENTION: "Attention map", GRAD_CAM: "Grad-CAM", "brightness": "Brightness"}


@dataclass(frozen=True)
class Passes:
    """A network's predictions over TTA passes, for N scored test sources.

    Attributes
    ----------
    index
        Rows of the catalogue, [N].
    p_frii
        p(FRII), [passes, N].
    order
        Of the test batches.
    """

    index: NDArray[np.int64]
    p_frii: Floats
    order: str


def read_passes(path: Path, order: str) -> Passes:
    """Read the ``logits.npz`` of ``radiogaze evaluate``.

    Raises
    ------
    RadiogazeError
        If the file is missing or broken, or has no such order.
    """
    with (
        reading(path, f"logits of the order {order}", f"evaluate --order {order}"),
        np.load(path, allow_pickle=False) as archive,
    ):
        logits, index = archive[f"logits_{order}"].astype(np.float64), archive["index"]
        if logits.ndim != _AXES or logits.shape[1:] != (*index.shape, 2):
            raise ValueError(f"an array of shape {logits.shape}, expected [passes, sources, 2]")
        return Passes(index, softmax(logits, axis=-1)[..., 1], order)


def read_scores(path: Path) -> pd.DataFrame:
    """Read from a file of ``radiogaze gaze`` what the page shows of each source.

    Returns
    -------
    DataFrame
        By ``position`` and ``map``: the scores of docs/gaze.md that ``SCORES`` names.

    Raises
    ------
    RadiogazeError
        If the file is missing, broken or lacks a column.
    """
    return read_gaze(path, SCORES)[list(SCORES)]


def explore(
    variant: Variant,
    model: nn.Module,
    cutouts: Cutouts,
    passes: Passes,
    provenance: dict[str, Any],
    scores: pd.DataFrame | None = None,
    device: str = "cpu",
) -> dict[str, Any]:
    """Take the attention maps and Grad-CAM of every scored test source.

    Parameters
    ----------
    variant, model
        A row of the sheet and its trained network. Without gates it has no attention maps,
        and without an AG-CNN's last convolution no Grad-CAM.
    cutouts
        The archive that the variant's data set is a choice of.
    passes
        Its predictions over TTA passes.
    provenance
        Stored with the data.
    scores
        Of :func:`read_scores`, of all sources or some of them.
    device
        Of torch.

    Returns
    -------
    dict
        JSON values: ``metadata``, ``sources`` (one entry each), ``layers`` (one sheet of tiles
        each, 8 bits between the ``low`` and ``high`` of each tile) and ``provenance``.

    Raises
    ------
    RadiogazeError
        If the predictions are of other sources, or a map is singular.
    """
    scored = cutouts.scored_test(variant.dataset)
    if not np.array_equal(scored.rows["index"].to_numpy(), passes.index):
        raise RadiogazeError(
            f"logits of {variant.variant}: {passes.p_frii.shape[1]} sources that are not the"
            f" {len(scored.rows)} scored ones of the catalogue; evaluate it again"
        )
    layers: dict[str, tuple[str, Floats]] = {"image": ("Source", scored.images.astype(np.float64))}
    layers |= _maps(variant, model, scored.images, device)
    return {
        "metadata": {
            **{name: cell for name, cell in variant.cells.items() if name != "seeds"},
            "passes": len(passes.p_frii),
            "order": passes.order,
        },
        "sources": _sources(scored.rows, scored.labels, passes, scores),
        "layers": [
            {"key": key, "label": label, **to_sheet(a)} for key, (label, a) in layers.items()
        ],
        "provenance": provenance,
    }


def _maps(
    variant: Variant, model: nn.Module, images: NDArray[np.uint8], device: str
) -> dict[str, tuple[str, Floats]]:
    """Return label and arrays [N, h, w] of what there is: each gate, their mean, Grad-CAM."""
    pixels = torch.from_numpy(images).to(device)
    inputs = scale(pixels)
    found: dict[str, tuple[str, Floats]] = {}
    if len(getattr(model, "gates", ())):
        network = attention_network(model, variant.variant, device)
        maps, _ = maps_and_logits(network, inputs)
        check_finite(maps, variant.variant)
        view = network.model.view
        mean = mean_map(maps, view, "plain")
        found["mean"] = ("Attention map (mean)", mean.cpu().numpy())
        for number, gate in enumerate(maps, start=1):
            over_cutout = _shrink(to_cutout(gate, view, "plain")[:, None], _GATE_SIDE)
            found[f"gate{number}"] = (f"Gate {number}", over_cutout[:, 0].cpu().numpy())
    if LAST_UNIT not in getattr(model, "units", ()):
        return found
    cams = _shrink(grad_cam(model.to(device), inputs), _CAM_SIDE)
    for number, name in enumerate(CLASSES):
        found[f"cam{number}"] = (f"Grad-CAM of {name}", cams[:, number].cpu().numpy())
    return found


def _shrink(maps: Tensor, side: int) -> Tensor:
    """Return the means of maps [N, C, 150, 150] over pixels, [N, C, side, side]."""
    return F.interpolate(maps, size=(side, side), mode="area")


def _sources(
    rows: pd.DataFrame, labels: NDArray[np.int64], passes: Passes, scores: pd.DataFrame | None
) -> list[dict[str, Any]]:
    """Return what the page shows of each source."""
    wrong = ((passes.p_frii > 0.5) != (labels == 1)).mean(0)  # noqa: PLR2004 - the larger class
    bins = np.minimum((passes.p_frii * BINS).astype(int), BINS - 1)
    sources = []
    for number, (_, row) in enumerate(rows.iterrows()):
        numbers = {
            name: None if pd.isna(row[name]) else float(row[name])
            for name in ("ra_deg", "dec_deg", "redshift", "extent_arcsec")
        }
        sources.append(
            {
                "index": int(row["index"]),
                "position": int(row["position"]),
                "name": row["source_name"],
                "class": row["class"],
                "confidence": row["confidence"],
                "morphology": row["morphology"],
                **numbers,
                "p_frii": round(float(passes.p_frii[:, number].mean()), 4),
                "wrong": round(float(wrong[number]), 4),
                "histogram": np.bincount(bins[:, number], minlength=BINS).tolist(),
                "scores": _scores(scores, int(row["position"])),
            }
        )
    return sources


def _scores(scores: pd.DataFrame | None, position: int) -> list[dict[str, Any]]:
    """Return the scores of the shown maps of a source; none where it was not scored."""
    if scores is None:
        return []
    of_source = scores[scores.index.get_level_values("position") == position]
    found = of_source.droplevel("position").to_dict("index")
    return [
        {
            "label": label,
            "values": [None if np.isnan(v) else round(v, 3) for v in found[map_].values()],
        }
        for map_, label in _SCORED.items()
        if map_ in found
    ]
