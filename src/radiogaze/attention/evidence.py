"""Score attention maps on synthetic sources whose evidence is known (docs/gaze.md)."""

import numpy as np
import pandas as pd
from torch import nn

from radiogaze.attention import scores
from radiogaze.attention.extract import attention_network
from radiogaze.attention.gaze import maps_of
from radiogaze.campaigns.variants import Variant
from radiogaze.data.known_evidence import draw_known
from radiogaze.terms import CLASSES

SOURCES = 50  # of each class


def score_on_evidence(
    variant: Variant,
    model: nn.Module,
    seed: int,
    sources: int | None = None,
    device: str = "cpu",
    attributed: bool = False,
) -> pd.DataFrame:
    """Score every map on synthetic sources, each beside a distractor.

    Parameters
    ----------
    variant, model, device, attributed
        As for :func:`radiogaze.attention.gaze.score_maps`.
    seed
        Of the sources and of the null models.
    sources
        At most so many, but no fewer than four, half of each class; None for 100.

    Returns
    -------
    DataFrame
        One row a source and map (as of ``score_maps``): ``position``, ``class``, ``predicted``,
        ``right``, ``map``, and for the evidence ``rank``, ``pointing`` and ``mass``;
        ``distractor_mass`` is the mass in the distractor.

    Raises
    ------
    RadiogazeError
        If the model has no gates, or a map is singular.
    """
    of_class = SOURCES if sources is None else min(SOURCES, max(2, sources // 2))
    known = draw_known(of_class, seed)
    network = attention_network(model, variant.variant, device)
    maps, predicted = maps_of(variant, network, known.images, seed, attributed)
    rows = pd.DataFrame(
        {
            "position": np.arange(len(known.labels)),
            "class": np.array(CLASSES)[known.labels],
            "predicted": np.array(CLASSES)[predicted],
            "right": (predicted == known.labels).astype(int),
        }
    )
    return pd.concat(
        [
            rows.assign(
                map=name,
                rank=scores.relevance_rank(found, known.evidence),
                pointing=scores.pointing(found, known.evidence),
                mass=scores.relevance_mass(found, known.evidence),
                distractor_mass=scores.relevance_mass(found, known.distractors),
            )
            for name, found in maps.items()
        ]
    )
