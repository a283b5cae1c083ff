"""Mean attention over augmented passes (gating paper, Section 6, Figures 8 to 13)."""

from collections.abc import Callable, Collection
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from radiogaze.attention.examples import MapSettings, metadata_of
from radiogaze.attention.extract import Attentive, attention_network, check_finite, scale
from radiogaze.attention.resize import mean_map
from radiogaze.attention.storage import Aggregate
from radiogaze.augmentation import transform as augment
from radiogaze.campaigns.variants import Variant
from radiogaze.data.store import Cutouts
from radiogaze.data.subsets import FRI, FRII
from radiogaze.models.agcnn import GatedNetwork
from radiogaze.models.inference import CHUNK, Summary
from radiogaze.terms import CLASSES, CONFIDENCES

# The number of a pass and the images' indices in the test file -> a transform of each image.
Transforms = Callable[[int, Tensor], augment.Affine]


class GroupMeans:
    """Means of arrays by group, accumulated pass by pass in float64.

    As published, a group's mean is taken within a pass and then over the passes in which the
    group has members; where its size is constant that is the mean of all.
    """

    def __init__(self, groups: list[str]) -> None:
        self.groups = groups
        self.counts = np.zeros(len(groups), dtype=np.int64)
        self._passes = np.zeros(len(groups), dtype=np.int64)
        self._sums: dict[str, NDArray[np.float64]] = {}

    def add(self, members: NDArray[np.bool_], arrays: dict[str, NDArray[Any]]) -> None:
        """Add a pass.

        Parameters
        ----------
        members
            bool [G, N].
        arrays
            By name [N, h, w].
        """
        size = members.sum(1)
        weights = members / np.maximum(size, 1)[:, None]
        self.counts += size
        self._passes += size > 0
        for name, values in arrays.items():
            means = (weights @ values.reshape(len(values), -1).astype(np.float64)).reshape(
                len(members), *values.shape[1:]
            )
            self._sums[name] = self._sums.get(name, 0.0) + means

    def means(self, name: str) -> NDArray[np.float64]:
        """Return the means [G', h, w] of the groups that had members."""
        return self._sums[name][self.present] / self._passes[self.present, None, None]

    @property
    def present(self) -> NDArray[np.bool_]:
        """Which groups had members, bool [G]."""
        return self._passes > 0


def aggregate_attention(
    variant: Variant,
    model: nn.Module,
    cutouts: Cutouts,
    settings: MapSettings,
    seed: int,
    passes: Collection[int],
    provenance: dict[str, Any],
    transforms: Transforms | None = None,
) -> Aggregate:
    """Average images and maps over augmented passes of the scored test sources.

    Maps are normalised per image. The predictions that the groups ``FRI-as-FRII`` etc.
    need are made as published: all sources of one class are one batch.

    Parameters
    ----------
    variant, model
        A row of the sheet and its trained network, with gates.
    cutouts
        The archive that the variant's data set is a choice of.
    settings
        The published figures use ``network``.
    seed, passes
        Of the augmentation; see :func:`radiogaze.augmentation.transform.draw`.
    provenance
        Stored with the arrays.
    transforms
        Of the images in each pass, e.g. :func:`full_turn`; None for the variant's random
        augmentation.

    Raises
    ------
    RadiogazeError
        If a class has no test source, the model has no gates, or a map is singular.
    """
    moved = transforms or (
        lambda pass_, index: augment.draw(seed, 0, pass_, index, variant.augmentation)
    )
    network = attention_network(model, variant.variant, settings.device)
    scored = cutouts.scored_test(variant.dataset)
    labels, pixels = scored.labels, torch.from_numpy(scored.images).to(settings.device)
    positions = torch.from_numpy(scored.positions).to(settings.device)
    chunks = torch.arange(len(pixels)).split(CHUNK)
    fixed = _fixed_groups(scored.rows, labels)
    predicted = [f"{true}-as-{found}" for true in CLASSES for found in CLASSES]
    accumulated = GroupMeans([*fixed, *predicted])
    for pass_ in passes:
        augmented = [augment.apply(pixels[i], moved(pass_, positions[i])) for i in chunks]
        maps, called = _attend(network, augmented, labels, settings.scaling)
        check_finite(maps, f"{variant.variant}, pass {pass_}")
        found = [(labels == t) & (called == p) for t in (FRI, FRII) for p in (FRI, FRII)]
        arrays = {f"gate{n}": m[:, 0].cpu().numpy() for n, m in enumerate(maps, start=1)}
        arrays["images"] = torch.cat(augmented).cpu().numpy() / 255
        accumulated.add(np.array([*fixed.values(), *found]), arrays)
    whole = metadata_of(variant, settings, passes=len(passes), seed=seed, provenance=provenance)
    return _finish(accumulated, network.model, settings.resize, whole)


def full_turn(steps: int) -> Transforms:
    """Return the transforms of a full turn in equal steps, the same for every image.

    For the equivariant paper's Figure 3, in place of random augmentation. The published code
    rotated by 0, 2, 4 ... 358 degrees (180 steps) from November 2021 on, without mirroring and
    scaling; the paper's own Figure 3 has random augmentation.

    Parameters
    ----------
    steps
        How many; a pass is one of them.

    Returns
    -------
    callable
        A pass's number and the images' indices [N] to one rotation an image, about its centre.
    """

    def rotate(pass_: int, index: Tensor) -> augment.Affine:
        nothing = torch.zeros(len(index), dtype=torch.float64, device=index.device)
        return augment.Affine(
            angle=nothing + 2 * torch.pi * pass_ / steps,
            scale=nothing + 1,
            shift_x=nothing,
            shift_y=nothing,
            centre=0.0,
        )

    return rotate


def _finish(
    means: GroupMeans, model: GatedNetwork, resize: str, whole: dict[str, Any]
) -> Aggregate:
    """Turn what was accumulated into the stored form."""
    native = [means.means(f"gate{n}") for n in range(1, len(model.gates) + 1)]
    # Resizing is linear: the mean of the resized maps is the resized mean.
    tensors = [torch.from_numpy(gate)[:, None] for gate in native]
    maps = mean_map(tensors, model.view, resize)
    return Aggregate(
        groups=np.array(means.groups)[means.present],
        counts=means.counts[means.present],
        images=means.means("images").astype(np.float32),
        maps=maps.numpy().astype(np.float32),
        gates=[gate.astype(np.float32) for gate in native],
        about=whole,
    )


def _fixed_groups(rows: pd.DataFrame, labels: NDArray[np.int64]) -> dict[str, NDArray[np.bool_]]:
    """Return the members of the groups that no prediction changes, bool [N] by group."""
    groups = {name: labels == number for number, name in enumerate(CLASSES)}
    confidences = rows["confidence"].to_numpy(dtype=str)
    for name in CLASSES:
        for confidence in CONFIDENCES:
            groups[f"{name}-{confidence}"] = groups[name] & (confidences == confidence)
    return groups


def _attend(
    network: Attentive, chunks: list[Tensor], labels: NDArray[np.int64], scaling: str
) -> tuple[list[Tensor], NDArray[np.int64]]:
    """Return each gate's maps [N, 1, h, w] of one pass, and each source's predicted class [N]."""
    inputs = (scale(chunk, scaling, network.model.view) for chunk in chunks)
    summaries, maps = zip(*map(network.attend, inputs), strict=True)
    batches = [torch.from_numpy(np.flatnonzero(labels == c)) for c in (FRI, FRII)]
    logits = network.classify(Summary.concatenate(list(summaries)), batches)
    return [torch.cat(gate) for gate in zip(*maps, strict=True)], logits.argmax(1).cpu().numpy()
