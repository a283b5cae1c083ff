"""Replace the map of a gate by another one, and see what the network then predicts (docs/gaze.md).

Jain & Wallace (2019, Section 4) permute attention weights to ask whether they explain an output;
here the maps of an AG-CNN are replaced while the features that they weigh stay as they are.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from radiogaze.attention.extract import AttentiveNetwork, attention_network, check_finite
from radiogaze.attention.gaze import KNOWN, evenly
from radiogaze.attention.null_models import other_sources
from radiogaze.augmentation import transform as augment
from radiogaze.campaigns.variants import Variant
from radiogaze.data.store import Cutouts
from radiogaze.models.agcnn import GatedNetwork
from radiogaze.models.gates import AttentionGate
from radiogaze.models.inference import CHUNK
from radiogaze.models.zoom import ZoomNetwork
from radiogaze.terms import ALL_GATES, REPLACEMENTS

Images = NDArray[np.uint8]


class Gated(NamedTuple):
    """What the gates of N images weigh, and by which maps; gate 1 first.

    Attributes
    ----------
    maps
        [N, Z, H W] a gate, each normalised within its image; Z is 2 in a network of two zooms.
    features
        [N, Z, H W, C] a gate.
    """

    maps: list[Tensor]
    features: list[Tensor]


class _OpenNetwork(AttentiveNetwork):
    """A network that also gives the features that its gates weigh."""

    def __init__(self, model: GatedNetwork) -> None:
        super().__init__(model)
        self._features: list[Tensor] = []

    def open(self, inputs: Tensor) -> Gated:
        """Run trunk and gates on network inputs [N, 1, 150, 150]."""
        self._features.clear()
        _, maps = self.attend(inputs)
        return Gated([found.flatten(2) for found in maps], [x[:, None] for x in self._features])

    def read(self, summed: list[Tensor]) -> Tensor:
        """Return logits [N, 2] of each gate's summed features [N, 1, C]."""
        return self.model.readout([features[:, 0] for features in summed])

    def _scores(self, gate: AttentionGate, x: Tensor, g: Tensor) -> tuple[Tensor, Tensor]:
        scores, flat = super()._scores(gate, x, g)
        self._features.append(flat)
        return scores, flat


class _OpenZoom:
    """The same of a network of two zooms."""

    def __init__(self, model: ZoomNetwork) -> None:
        self.model = model.eval()

    def open(self, inputs: Tensor) -> Gated:
        """Run trunk and gates on network inputs [N, 1, 150, 150]."""
        ends = self.model.features(inputs)
        maps = [gate(x, ends[0])[1] for gate, x in zip(self.model.gates, ends, strict=True)]
        features = [x.flatten(2).transpose(1, 2) for x in ends]
        return Gated(
            [self._by_image(a.flatten(1)) for a in maps], list(map(self._by_image, features))
        )

    def read(self, summed: list[Tensor]) -> Tensor:
        """Return logits [N, 2] of each gate's summed features [N, Z, C]."""
        return self.model.read([features.transpose(0, 1).flatten(0, 1) for features in summed])

    def _by_image(self, zoomed: Tensor) -> Tensor:
        """Turn [Z N, ...] into [N, Z, ...]."""
        return zoomed.unflatten(0, (self.model.zooms, -1)).transpose(0, 1)


_Open = _OpenNetwork | _OpenZoom


def intervene(
    variant: Variant,
    model: nn.Module,
    cutouts: Cutouts,
    seed: int,
    passes: int,
    sources: int | None = None,
    device: str = "cpu",
) -> pd.DataFrame:
    """Replace the maps of one gate and of all gates, source by source.

    Parameters
    ----------
    variant, model, cutouts, sources, device
        As for :func:`radiogaze.attention.gaze.score_maps`.
    seed
        Of the augmentation, and of whose map a source gets.
    passes
        Augmented passes, over which the results of a source are averaged.

    Returns
    -------
    DataFrame
        One row a source, gate (``gate1``, …, ``all``) and replacement
        (``radiogaze.terms.REPLACEMENTS``): ``position``, ``source_name``, ``class``,
        ``confidence``, ``gate``, ``replacement``, ``flips`` (fraction of the passes in which
        another class is predicted), ``margin`` (logit of the class predicted before minus that of
        the other one), ``margin_after``, ``right`` and ``right_after`` (fractions of the passes).

    Raises
    ------
    RadiogazeError
        If a class has no test source, there are fewer than two sources, the model has no gates,
        or a map is singular.
    """
    scored = evenly(cutouts.scored_test(variant.dataset), sources)
    gated_model = attention_network(model, variant.variant, device).model
    zooms = isinstance(gated_model, ZoomNetwork)
    network = _OpenZoom(gated_model) if zooms else _OpenNetwork(gated_model)
    pixels = torch.from_numpy(scored.images).to(device)
    index = torch.from_numpy(scored.positions).to(device)
    labels = torch.from_numpy(scored.labels).to(device)
    known = scored.rows[KNOWN]
    frames = []
    for pass_ in range(passes):
        images = augment.apply(pixels, augment.draw(seed, 0, pass_, index, variant.augmentation))
        gated = _open(network, augment.to_network_input(images), variant.variant)
        before = _read(network, gated.maps, gated.features)
        for gate, replacement, maps in _replaced(gated.maps, seed):
            after = _read(network, maps, gated.features)
            found = _compare(before, after, labels)
            frames.append(known.assign(gate=gate, replacement=replacement, **found))
    keys = [*KNOWN, "gate", "replacement"]
    return pd.concat(frames).groupby(keys, sort=False, dropna=False).mean().reset_index()


@torch.inference_mode()
def _open(network: _Open, inputs: Tensor, what: str) -> Gated:
    """Return maps and features of all images: about 1 MB an image."""
    parts = [network.open(chunk) for chunk in inputs.split(CHUNK)]
    maps, features = (
        [torch.cat(gate) for gate in zip(*kind, strict=True)] for kind in zip(*parts, strict=True)
    )
    check_finite(maps, what)
    return Gated(maps, features)


def _replaced(maps: list[Tensor], seed: int) -> Iterator[tuple[str, str, list[Tensor]]]:
    """Yield gate, replacement, and the maps of all gates with that one (or all) replaced."""
    others = torch.from_numpy(other_sources(len(maps[0]), seed)).to(maps[0].device)
    new = {
        "uniform": [gate.mean(2, keepdim=True).expand_as(gate) for gate in maps],
        "other-source": [gate[others] for gate in maps],
        "rotated": [gate.flip(2) for gate in maps],  # of a flattened map: turned by 180 degrees
    }
    for replacement in REPLACEMENTS:
        instead = new[replacement]
        for number in range(len(maps)):
            changed = [*maps[:number], instead[number], *maps[number + 1 :]]
            yield f"gate{number + 1}", replacement, changed
        yield ALL_GATES, replacement, instead


@torch.inference_mode()
def _read(network: _Open, maps: list[Tensor], features: list[Tensor]) -> Tensor:
    """Return the logits [N, 2] of features that are weighed by maps (Equation 9)."""
    pairs = zip(maps, features, strict=True)
    return network.read([torch.einsum("nzp,nzpc->nzc", gate, x) for gate, x in pairs]).double()


def _compare(before: Tensor, after: Tensor, labels: Tensor) -> dict[str, NDArray[Any]]:
    predicted = before.argmax(1)
    sign = 2.0 * predicted - 1  # of FRII - FRI
    margins = [sign * (logits[:, 1] - logits[:, 0]) for logits in (before, after)]
    found = {
        "flips": after.argmax(1) != predicted,
        "margin": margins[0],
        "margin_after": margins[1],
        "right": predicted == labels,
        "right_after": after.argmax(1) == labels,
    }
    return {name: values.double().cpu().numpy() for name, values in found.items()}
