"""Whether attention maps depend on the trained weights (docs/gaze.md).

Model parameter randomisation of Adebayo et al. (2018), Section 3: weights are re-initialised from
the top, or one block at a time, and the map is compared with the trained network's.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import rankdata
from torch import nn

from radiogaze.attention.extract import attention_network
from radiogaze.attention.gaze import KNOWN, evenly, own_maps
from radiogaze.attention.null_models import other_sources, untrained
from radiogaze.attention.scores import correlation
from radiogaze.campaigns.variants import Variant
from radiogaze.data.store import Cutouts
from radiogaze.models.agcnn import BLOCKS
from radiogaze.models.registry import build
from radiogaze.terms import (
    ATTENTION,
    BESIDE,
    BESIDE_OTHER_SOURCE,
    CASCADING,
    INDEPENDENT,
    RANDOMISED,
)

DRAWS = 3  # of the initial weights

Floats = NDArray[np.floating[Any]]

# What is re-initialised: the parts of the network's state whose names begin so; at the end of each
# that of the network of two zooms, which has three blocks and a stem.
_PARTS = {
    "gates": ("gates.",),
    "block4": (*(f"units.{unit}." for unit in BLOCKS[3]), "blocks.2."),
    "block3": (*(f"units.{unit}." for unit in BLOCKS[2]), "blocks.1."),
    "block2": (*(f"units.{unit}." for unit in BLOCKS[1]), "blocks.0."),
    "block1": (*(f"units.{unit}." for unit in BLOCKS[0]), "stem"),
}


def randomise(
    variant: Variant,
    model: nn.Module,
    cutouts: Cutouts,
    seed: int,
    sources: int | None = None,
    device: str = "cpu",
    beside: Mapping[str, Sequence[nn.Module]] | None = None,
) -> pd.DataFrame:
    """Compare the attention map with those of the network with some of its weights re-initialised.

    Parameters
    ----------
    variant, model, cutouts, sources, device
        As for :func:`radiogaze.attention.gaze.score_maps`.
    seed
        Of the first draw of the weights, which the next ones follow, and of the other sources.
    beside
        Other trainings of the network, by a name for several.

    Returns
    -------
    DataFrame
        One row a source, ``order`` (cascading or independent) and ``part``
        (``radiogaze.terms.RANDOMISED``): ``position``, ``source_name``, ``class``,
        ``confidence``, and Spearman's correlation with the trained network's map, a mean over the
        draws: of all pixels (``correlation``) and of the source's (``source_correlation``). In
        the order ``cascading``, all parts up to this one are re-initialised. With ``beside``, also
        the orders ``beside`` and ``beside, other source`` (the other training's map of another
        source): ``part`` is the name, and the mean is over its trainings.

    Raises
    ------
    RadiogazeError
        If a class has no test source, there are fewer than two sources, the model has no gates,
        or a map is singular.
    """
    scored = evenly(cutouts.scored_test(variant.dataset), sources)
    images, known = scored.images, scored.rows[KNOWN]
    trained = _maps(variant, model, images, device)
    frames = []
    for draw in range(DRAWS):
        new = untrained(variant, seed + draw)
        for order, part, prefixes in _steps():
            other = _maps(variant, _mixed(variant, model, new, prefixes), images, device)
            found = _similarity(trained, other, images > 0)
            frames.append(known.assign(order=order, part=part, **found))
    others = other_sources(len(images), seed)
    for name, models in (beside or {}).items():
        for other_model in models:
            other = _maps(variant, other_model, images, device)
            for order, maps in ((BESIDE, other), (BESIDE_OTHER_SOURCE, other[others])):
                found = _similarity(trained, maps, images > 0)
                frames.append(known.assign(order=order, part=name, **found))
    keys = [*KNOWN, "order", "part"]
    return pd.concat(frames).groupby(keys, sort=False, dropna=False).mean().reset_index()


def _steps() -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Yield order, part, and what of the network's state is re-initialised."""
    above: tuple[str, ...] = ()
    for part in RANDOMISED:
        above += _PARTS[part]
        yield CASCADING, part, above
    for part in RANDOMISED:
        yield INDEPENDENT, part, _PARTS[part]


def _mixed(
    variant: Variant, model: nn.Module, new: nn.Module, prefixes: tuple[str, ...]
) -> nn.Module:
    """Return the network with those parts of its state that begin with a prefix from another."""
    drawn = {name: part for name, part in new.state_dict().items() if name.startswith(prefixes)}
    mixed = build(variant)
    mixed.load_state_dict(model.state_dict() | drawn)
    return mixed.eval()


def _maps(variant: Variant, model: nn.Module, images: NDArray[np.uint8], device: str) -> Floats:
    network = attention_network(model, variant.variant, device)
    maps, _ = own_maps(network, images, f"{variant.variant}, with other weights")
    return maps[ATTENTION]


def _similarity(maps: Floats, others: Floats, source: NDArray[np.bool_]) -> dict[str, Floats]:
    """Return Spearman's correlation of each two maps: of all pixels, and of the source's.

    The second is NaN where an image is blank.
    """
    a, b, mask = (values.reshape(len(maps), -1) for values in (maps, others, source))
    inside = [
        float(correlation(rankdata(x[m])[None], rankdata(y[m])[None])[0]) if m.any() else np.nan
        for x, y, m in zip(a, b, mask, strict=True)
    ]
    return {
        "correlation": correlation(rankdata(a, axis=1), rankdata(b, axis=1)),
        "source_correlation": np.array(inside),
    }
