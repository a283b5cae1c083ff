"""The attention maps of single sources (gating paper, Figures 4 to 7 and 14)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from radiogaze.attention.extract import Attentive, attention_network, check_finite, network_inputs
from radiogaze.attention.resize import mean_map
from radiogaze.attention.storage import Examples
from radiogaze.campaigns.variants import Variant
from radiogaze.data.store import Cutouts
from radiogaze.errors import RadiogazeError
from radiogaze.models.inference import CHUNK


@dataclass(frozen=True)
class MapSettings:
    """How maps are taken: ``scaling`` and ``resize`` as their modules name them, and a device."""

    scaling: str = "network"
    resize: str = "zero-border"
    device: str = "cpu"


def metadata_of(variant: Variant, settings: MapSettings, **more: Any) -> dict[str, Any]:
    """Describe a model and how its maps are taken, for the stored file."""
    return {
        "variant": variant.variant,
        "gates": variant.gates,
        "normalisation": variant.normalisation,
        "aggregation": variant.aggregation,
        "scaling": settings.scaling,
        "resize": settings.resize,
        **more,
    }


def rows_at(cutouts: Cutouts, positions: Sequence[int]) -> pd.DataFrame:
    """Return the catalogue's rows at some indices of the test file, in the order asked for.

    Raises
    ------
    RadiogazeError
        If the test file has no such index.
    """
    test = cutouts.test
    for position in positions:
        if not 0 <= position < len(test):
            raise RadiogazeError(
                f"position {position}: the test file has {len(test)} sources, expected an index"
                f" from 0 to {len(test) - 1}"
            )
    return test.iloc[list(positions)]


def extract_examples(
    variant: Variant,
    model: nn.Module,
    cutouts: Cutouts,
    sources: Mapping[int, str],
    settings: MapSettings,
    provenance: dict[str, Any],
) -> Examples:
    """Extract maps of chosen test sources, one at a time as published, un-augmented.

    Parameters
    ----------
    variant, model
        A row of the sheet and its trained network, with gates.
    cutouts
        The archive that the variant's data set is a choice of.
    sources
        Index in the test file -> letter in Table 10, or an empty text.
    settings
        The published figures use ``raw`` (Figures 4 to 7) and ``unit`` (Figure 14).
    provenance
        Stored with the arrays.

    Raises
    ------
    RadiogazeError
        If there is no source, an index is not in the test file, the model has no gates, or a map
        is singular.
    """
    if not sources:
        raise RadiogazeError("no sources to extract maps of: the list is empty")
    network = attention_network(model, variant.variant, settings.device)
    rows = rows_at(cutouts, list(sources))
    images = cutouts.images[rows.index.to_numpy()]
    maps, logits = maps_and_logits(network, network_inputs(network, images, settings.scaling))
    check_finite(maps, variant.variant)
    return Examples(
        names=rows["source_name"].to_numpy(dtype=str),
        classes=rows["class"].to_numpy(dtype=str),
        confidences=rows["confidence"].to_numpy(dtype=str),
        letters=np.array(list(sources.values()), dtype=str),
        positions=np.array(list(sources), dtype=np.int64),
        images=images,
        maps=mean_map(maps, network.model.view, settings.resize).cpu().numpy(),
        gates=[gate[:, 0].cpu().numpy() for gate in maps],
        logits=logits.cpu().numpy(),
        about=metadata_of(variant, settings, provenance=provenance),
    )


def maps_and_logits(network: Attentive, inputs: Tensor) -> tuple[list[Tensor], Tensor]:
    """Return each gate's maps [N, 1, h, w] and the logits [N, 2] of images taken one by one."""
    maps: list[list[Tensor]] = []
    logits: list[Tensor] = []
    for chunk in inputs.split(CHUNK):
        summary, of_chunk = network.attend(chunk)
        maps.append(of_chunk)
        logits.append(network.classify(summary, list(torch.arange(len(chunk)).split(1))))
    return [torch.cat(gate) for gate in zip(*maps, strict=True)], torch.cat(logits)
