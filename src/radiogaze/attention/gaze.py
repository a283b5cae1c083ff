"""Score the attention maps of a network beside null models, source by source (docs/gaze.md)."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from torch import nn

from radiogaze.attention import attributions, null_models, scores
from radiogaze.attention.examples import maps_and_logits
from radiogaze.attention.extract import (
    Attentive,
    attention_network,
    check_finite,
    network_inputs,
)
from radiogaze.attention.gradcam import grad_cam
from radiogaze.attention.resize import to_cutout
from radiogaze.campaigns.variants import Variant
from radiogaze.data.components import component_masks
from radiogaze.data.store import Cutouts, ScoredTest
from radiogaze.errors import RadiogazeError
from radiogaze.terms import ATTENTION, CLASSES, GRAD_CAM, INTEGRATED_GRADIENTS, OCCLUSION

STEPS = 10  # of deletion and insertion
KNOWN = ["position", "source_name", "class", "confidence"]  # of a source, in every table
_SHOWN = 4  # best and worst sources, each
_RESIZE = "plain"  # no dark edge, which would count as low attention

_ATTRIBUTIONS = {
    INTEGRATED_GRADIENTS: attributions.integrated_gradients,
    OCCLUSION: attributions.occlusion,
}

Floats = NDArray[np.floating[Any]]
Images = NDArray[np.uint8]


def score_maps(
    variant: Variant,
    model: nn.Module,
    cutouts: Cutouts,
    seed: int,
    sources: int | None = None,
    device: str = "cpu",
    components: pd.DataFrame | None = None,
    attributed: bool = False,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Score every map of the scored test sources, each image separately and without augmentation.

    Parameters
    ----------
    variant, model
        A row of the sheet and its trained network, with gates.
    cutouts
        The archive that the variant's data set is a choice of.
    seed
        Of the null models.
    sources
        How many, evenly from the test file; None for all.
    device
        To run on.
    components
        Of :func:`radiogaze.data.components.read_components`.
    attributed
        Whether to score integrated gradients and occlusion too.

    Returns
    -------
    DataFrame
        One row a source and map: ``position``, ``source_name``, ``class``, ``confidence``,
        ``predicted``, ``map``, and the scores by the names of docs/gaze.md. ``map`` is
        ``attention`` (mean over the gates), ``gate1`` and so on, ``grad-cam``, if asked for
        ``integrated-gradients`` (with the column ``incompleteness``) and ``occlusion``, or one of
        ``radiogaze.terms.NULL_MODELS``. ``stability`` is of the network's own maps only; NaN for
        others. With ``components`` also ``components_mass``, ``_rank`` and ``_pointing``.
    DataFrame
        One row a map and step: ``map``, ``fraction`` of the source's pixels, and the mean
        probability without them (``deletion``) and with them alone (``insertion``).

    Raises
    ------
    RadiogazeError
        If a class has no test source, there are fewer than two sources, the model has no gates,
        a map is singular, or a source has no component within its cutout.
    """
    scored = evenly(cutouts.scored_test(variant.dataset), sources)
    fitted = None if components is None else component_masks(components, scored.rows)
    network = attention_network(model, variant.variant, device)
    images = scored.images
    maps, predicted = maps_of(variant, network, images, seed, attributed)
    own = {name: maps[name] for name in maps if name == ATTENTION or name.startswith("gate")}
    stable = _stability(network, images, own, variant.variant)
    changed, curves = _deletion_and_insertion(network, images, maps, predicted)
    known = scored.rows[KNOWN].assign(predicted=np.array(CLASSES)[predicted])
    table = pd.concat(
        [
            known.assign(
                map=name,
                **changed[name],
                **_in_masks(images, found),
                entropy=scores.entropy(found),
                stability=stable.get(name, np.nan),
                **({} if fitted is None else _in_components(fitted, found)),
            )
            for name, found in maps.items()
        ]
    )
    if attributed:
        found = maps[INTEGRATED_GRADIENTS]
        missed = attributions.incompleteness(network, images, found, predicted)
        table.loc[table["map"] == INTEGRATED_GRADIENTS, "incompleteness"] = missed
    return table, curves


def best_and_worst(table: pd.DataFrame) -> dict[int, str]:
    """Choose the four sources whose attention map is furthest above brightness, and four below.

    Parameters
    ----------
    table
        Of :func:`score_maps`; with fewer than eight sources, half of them are the best.

    Returns
    -------
    dict
        Index in the test file -> insertion minus deletion by the attention map, minus the same by
        brightness, as text; the best first.
    """
    by_map = table.set_index(["position", "map"])
    gap = (by_map["insertion"] - by_map["deletion"]).unstack("map")
    gain = (gap[ATTENTION] - gap["brightness"]).sort_values(ascending=False, kind="stable")
    count = min(_SHOWN, len(gain) // 2)
    chosen = pd.concat([gain.head(count), gain.tail(count)])
    positions = chosen.index.to_numpy(np.int64).tolist()
    return {at: f"{value:+.2f}" for at, value in zip(positions, chosen, strict=True)}


def maps_of(
    variant: Variant, network: Attentive, images: Images, seed: int, attributed: bool
) -> tuple[dict[str, Floats], NDArray[np.int64]]:
    """Return every map of docs/gaze.md by its name, [N, 150, 150], and the classes predicted [N].

    Integrated gradients and occlusion, of seconds an image, are there where ``attributed``.

    Raises
    ------
    RadiogazeError
        If a map of the network, or of the untrained one, is singular.
    """
    own, logits = own_maps(network, images, variant.variant)
    predicted = logits.argmax(1)
    device = str(next(network.model.parameters()).device)
    untrained = attention_network(null_models.untrained(variant, seed), variant.variant, device)
    other, _ = own_maps(untrained, images, f"{variant.variant}, untrained")
    cams = grad_cam(network.model, network_inputs(network, images)).cpu().numpy()
    maps = {
        **own,
        GRAD_CAM: cams[np.arange(len(images)), predicted],
        **_null_maps(images, own[ATTENTION], other[ATTENTION], seed),
    }
    if attributed:
        for name, explain in _ATTRIBUTIONS.items():
            maps[name] = explain(network, images, predicted)
    return maps, predicted


def evenly(scored: ScoredTest, sources: int | None) -> ScoredTest:
    """Return ``sources`` of the scored test sources, evenly spaced; all where it is None.

    Raises
    ------
    RadiogazeError
        If there are fewer than two.
    """
    count = len(scored.images)
    few = min(count, sources or count)
    if few < 2:  # noqa: PLR2004 - the map of another source is one of the null models
        raise RadiogazeError(f"sources to score: found {few}, expected two or more")
    at = np.linspace(0, count - 1, few).round().astype(np.int64)
    return ScoredTest(
        scored.positions[at], scored.labels[at], scored.rows.iloc[at], scored.images[at]
    )


def own_maps(network: Attentive, images: Images, what: str) -> tuple[dict[str, Floats], Floats]:
    """Return the attention map and each gate's map, [N, 150, 150], and logits [N, 2].

    Raises
    ------
    RadiogazeError
        If a map is singular; it names ``what``.
    """
    found, logits = maps_and_logits(network, network_inputs(network, images))
    check_finite(found, what)
    gates = [to_cutout(gate, network.model.view, _RESIZE).cpu().numpy() for gate in found]
    named = {f"gate{number}": gate for number, gate in enumerate(gates, start=1)}
    return {ATTENTION: np.mean(gates, axis=0), **named}, logits.cpu().numpy()


def _null_maps(images: Images, attention: Floats, other: Floats, seed: int) -> dict[str, Floats]:
    """Return the maps of `radiogaze.terms.NULL_MODELS`."""
    return {
        "brightness": images.astype(np.float32),
        "blurred-brightness": null_models.blurred(images),
        "gaussian": null_models.centred_gaussian(attention),
        "other-source": null_models.of_another_source(attention, seed),
        "random": null_models.phase_randomised(attention, seed),
        "untrained": other,
    }


def _in_masks(images: Images, maps: Floats) -> dict[str, Floats]:
    source = images > 0
    return {
        "mass": scores.relevance_mass(maps, source),
        "island_mass": scores.relevance_mass(maps, scores.brightest_island(images)),
        "rank": scores.relevance_rank(maps, source),
        "pointing": scores.pointing(maps, scores.peaks(images)),
    }


def _in_components(fitted: scores.Masks, maps: Floats) -> dict[str, Floats]:
    return {
        "components_mass": scores.relevance_mass(maps, fitted),
        "components_rank": scores.relevance_rank(maps, fitted),
        "components_pointing": scores.pointing(maps, fitted),
    }


def _stability(
    network: Attentive, images: Images, own: dict[str, Floats], what: str
) -> dict[str, Floats]:
    """Return by map the mean correlation with those of the images in quarter turns, turned back."""
    found: dict[str, list[Floats]] = {name: [] for name in own}
    for turns in (1, 2, 3):
        turned, _ = own_maps(network, np.rot90(images, turns, (1, 2)).copy(), what)
        for name, maps in own.items():
            back = np.rot90(turned[name], -turns, (1, 2))
            found[name].append(scores.correlation(maps, back))
    return {name: np.mean(values, axis=0) for name, values in found.items()}


def _deletion_and_insertion(
    network: Attentive,
    images: Images,
    maps: dict[str, Floats],
    predicted: NDArray[np.int64],
) -> tuple[dict[str, dict[str, Floats]], pd.DataFrame]:
    """Return by map the areas below the probability of the predicted class, and mean curves."""

    def probability(shown: Images) -> Floats:
        _, logits = maps_and_logits(network, network_inputs(network, shown))
        return logits.double().softmax(1).cpu().numpy()[np.arange(len(shown)), predicted]

    whole, blank = probability(images), probability(np.zeros_like(images))
    areas, means = {}, []
    for name, found in maps.items():
        curves = _curves(images, found, whole, blank, probability)
        areas[name] = {score: scores.area(curve) for score, curve in curves.items()}
        mean = {score: curve.mean(1) for score, curve in curves.items()}
        fraction = np.linspace(0, 1, STEPS + 1)
        means.append(pd.DataFrame({"map": name, "fraction": fraction, **mean}))
    return areas, pd.concat(means)


def _curves(
    images: Images,
    maps: Floats,
    whole: Floats,
    blank: Floats,
    probability: Callable[[Images], Floats],
) -> dict[str, Floats]:
    """Return the probabilities [steps + 1, N] of deletion and insertion."""
    between = scores.deletion_and_insertion(images, maps, STEPS)
    found = [(probability(without), probability(only)) for without, only in between]
    deleted, inserted = zip(*found, strict=True)
    return {
        "deletion": np.stack([whole, *deleted, blank]),
        "insertion": np.stack([blank, *inserted, whole]),
    }
