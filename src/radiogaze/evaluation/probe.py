"""Predictions for images unlike those that a network was trained on, and by pruned networks."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import nn

from radiogaze.campaigns.variants import Variant
from radiogaze.data.shifts import SHIFTS, shift
from radiogaze.data.splits import draw_split
from radiogaze.data.store import Cutouts
from radiogaze.data.subsets import FRI, FRII
from radiogaze.errors import RadiogazeError
from radiogaze.evaluation.predict import EvaluationSettings, predict
from radiogaze.files.npz import save_arrays
from radiogaze.files.reading import reading
from radiogaze.models.posterior import posterior_of
from radiogaze.models.pruning import ORDERS, prune
from radiogaze.terms import CLASSES

VALIDATION, HYBRID, FRDEEP, PRUNED = "validation", "hybrid", "frdeep", "pruned"
SETS = (VALIDATION, HYBRID, FRDEEP, *SHIFTS, PRUNED)
PERCENTAGES = (0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95)
PRUNED_PASSES = 5  # of the passes; pruning takes two dozen evaluations
_HYBRID_CLASS = "hybrid"
_ORDER = "file"

Logits = NDArray[np.float32]


@dataclass(frozen=True)
class Probed:
    """The images that a network is given.

    Attributes
    ----------
    cutouts
        Of the archive that it was trained on a part of.
    frdeep
        The cutouts of FR-DEEP; None if the set is not asked for.
    split_seed
        Of the split into training and validation.
    """

    cutouts: Cutouts
    frdeep: Cutouts | None
    split_seed: int


def probe(
    variant: Variant,
    model: nn.Module,
    probed: Probed,
    sets: Collection[str],
    settings: EvaluationSettings,
    passes: range,
) -> dict[str, NDArray[Any]]:
    """Classify sets of images over augmented passes.

    Parameters
    ----------
    variant, model
        A row of the sheet and its trained network.
    probed
        What the sets are made from.
    sets
        Some of ``SETS``.
    settings, passes
        See :func:`radiogaze.evaluation.predict.predict`; the order is that of the file.

    Returns
    -------
    dict
        ``logits_<set>``, float32 [passes, N, 2]; of ``pruned`` one for each order and percentage,
        ``logits_<order>-<percent>``; with ``validation`` its labels, ``labels_validation``.

    Raises
    ------
    RadiogazeError
        If a set has no image.
    """
    settings = replace(settings, orders=(_ORDER,), augmentation=variant.augmentation)

    def logits(of: nn.Module, images: NDArray[np.uint8], numbers: range) -> Logits:
        return predict(of, images, settings, numbers)[_ORDER]

    found: dict[str, NDArray[Any]] = {}
    for name, images in _images(variant, probed, sets, settings.seed):
        if not len(images):
            raise RadiogazeError(f"--set {name}: found no image of it; leave it out")
        found[f"logits_{name}"] = logits(model, images, passes)
    if VALIDATION in sets:
        classes = _validation(variant, probed)["class"].to_numpy()
        found[f"labels_{VALIDATION}"] = np.where(classes == CLASSES[FRI], FRI, FRII)
    if PRUNED in sets:
        images = probed.cutouts.scored_test(variant.dataset).images
        for order in ORDERS if posterior_of(model) else ORDERS[:1]:
            for percent in PERCENTAGES:
                pruned = prune(model, order, percent / 100)
                few = passes[:PRUNED_PASSES]
                found[f"logits_{order}-{percent}"] = logits(pruned, images, few)
    return found


def _validation(variant: Variant, probed: Probed) -> Any:
    split = draw_split(probed.cutouts, variant.dataset, probed.split_seed, variant.split)
    return split[split["split"] == "validation"]


def _images(
    variant: Variant, probed: Probed, sets: Collection[str], seed: int
) -> Iterator[tuple[str, NDArray[np.uint8]]]:
    """Yield the images of each set but the pruned network's."""
    cutouts = probed.cutouts
    if VALIDATION in sets:
        yield VALIDATION, cutouts.images[_validation(variant, probed)["index"].to_numpy()]
    if HYBRID in sets:
        yield HYBRID, cutouts.images[(cutouts.catalogue["class"] == _HYBRID_CLASS).to_numpy()]
    if FRDEEP in sets:
        if probed.frdeep is None:
            raise RadiogazeError(
                f"--set {FRDEEP}: expected --frdeep-images and --frdeep-catalogue, found none"
            )
        yield FRDEEP, probed.frdeep.scored_test(FRDEEP).images
    for name in SHIFTS:
        if name in sets:
            images = cutouts.scored_test(variant.dataset).images
            yield name, shift(images, name, seed)


def write_probe(found: Mapping[str, NDArray[Any]], path: Path) -> None:
    """Write as npz, whole or not at all.

    Raises
    ------
    RadiogazeError
        If the file cannot be written.
    """
    save_arrays(path, found)


def read_probe(path: Path) -> dict[str, NDArray[Any]]:
    """Read what `write_probe` wrote.

    Raises
    ------
    RadiogazeError
        If the file is missing or broken.
    """
    with (
        reading(path, "logits of sets of images", "probe"),
        np.load(path, allow_pickle=False) as archive,
    ):
        return {name: archive[name] for name in archive.files}
