"""Trained networks in Python.

Examples
--------
>>> import radiogaze
>>> model = radiogaze.load()
>>> found = model.predict(["source.fits"])
>>> found.classes, found.p_frii
>>> model.attention(["source.fits"]).mean.shape  # (1, 150, 150)
"""

import os
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from radiogaze.attention.examples import maps_and_logits
from radiogaze.attention.extract import attention_network, check_finite, scale
from radiogaze.attention.resize import mean_map
from radiogaze.campaigns.variants import Variant
from radiogaze.classify.classifier import Classifier, Predictions
from radiogaze.classify.images.arrays import read_plane
from radiogaze.classify.images.files import expand, read_files
from radiogaze.classify.radio_source import Failure, RadioSource
from radiogaze.classify.weights import load_classifier
from radiogaze.data.fetch import DownloadSettings
from radiogaze.errors import RadiogazeError
from radiogaze.evaluation.confidence import Confidence

Images = NDArray[Any] | str | os.PathLike[str] | Sequence[str | os.PathLike[str]]


@dataclass(frozen=True)
class Attention:
    """Attention maps of N images, normalised per image.

    Attributes
    ----------
    cutouts
        The input of the network, uint8 [N, 150, 150].
    mean
        The attention map: the plain mean over gates of their maps (gating paper, Section 5, Figure
        4), each resized so that its cells lie on the pixels of the cutout that they were pooled
        from, without the dark edge of the published figures; float32 [N, 150, 150], no unit.
    gates
        The map of each gate at its own size, gate 1 (the deepest) first: float32 [N, h, h], with h
        of 20, 40 and 80 for ``zoom``, of 37, 75 and 150 for the released variants. They are of what
        the network sees: for ``zoom`` the cutout in 5 pixels of blank background. Under range
        normalisation each runs from 0 to 1.
    """

    cutouts: NDArray[np.uint8]
    mean: NDArray[np.float32]
    gates: list[NDArray[np.float32]]


class Model:
    """One trained network, or an ensemble of several; made by `load`."""

    def __init__(self, classifier: Classifier) -> None:
        self._classifier = classifier

    @property
    def calibration(self) -> Confidence | None:
        """What makes calibrated probabilities and sets of classes of ``p_frii``, if known.

        It is not known for other averages than those that it was fitted to.
        """
        return self._classifier.confidence

    @property
    def variants(self) -> list[Variant]:
        """The row of the experiment sheet behind each network."""
        return [member.variant for member in self._classifier.members]

    def predict(self, images: Images, pixel_arcsec: float | None = None) -> Predictions:
        """Classify sources; the prediction of each does not depend on the others.

        Parameters
        ----------
        images
            An array [H, W] or [N, H, W], or names of files and folders as for `radiogaze
            classify`. uint8 of 150 × 150 pixels are clipped cutouts; anything else is brightness
            in any unit, at least 150 × 150 pixels and 270 arcsec around the source; what is masked
            or NaN counts as blank background.
        pixel_arcsec
            Side of a pixel in arcsec, for images without coordinates; 1.8 by default.

        Returns
        -------
        Predictions
            ``classes`` (FRI or FRII), ``p_fri`` and ``p_frii`` (0 to 1), ``spread_augmentation``,
            ``spread_seeds`` (standard deviations of p_frii), each [N]; ``logits`` [members,
            passes, N, 2]; ``unlike`` [N], which sources are unlike those of the training, or None.

        Raises
        ------
        RadiogazeError
            If an image cannot be read or is blank.
        """
        return self._classifier.predict(read_cutouts(images, pixel_arcsec))

    def attention(self, images: Images, pixel_arcsec: float | None = None) -> Attention:
        """Return the attention maps of the first network; parameters are those of `predict`.

        Raises
        ------
        RadiogazeError
            If an image cannot be read or is blank, the network has no gates, or a map is not
            finite.
        """
        member, device = self._classifier.members[0], self._classifier.device
        network = attention_network(member.network, member.variant.variant, device)
        cutouts = read_cutouts(images, pixel_arcsec)
        maps, _ = maps_and_logits(network, scale(torch.from_numpy(cutouts).to(device)))
        check_finite(maps, member.variant.variant)
        return Attention(
            cutouts=cutouts,
            mean=mean_map(maps, network.model.view, "plain").cpu().numpy(),
            gates=[gate[:, 0].cpu().numpy() for gate in maps],
        )


def load(
    *weights: str | os.PathLike[str],
    passes: int | None = None,
    seed: int = 0,
    device: str = "auto",
    mirror: str | None = None,
    symmetries: bool = False,
) -> Model:
    """Load a trained network, or several as an ensemble.

    Parameters
    ----------
    weights
        ``zoom``, the default: three networks of our own that the package holds. Released variants
        of the sheet ``gating.tsv`` (fetched and verified on first use, then kept in the user's
        cache), files ``model.safetensors`` of `radiogaze train`, or folders of them.
    passes
        Test-time augmentation (TTA) passes (rotation, scale, shift) to average; 0: none. By
        default 8; of ``zoom``, and of other folders with a calibration, as that was fitted.
    seed
        Of the augmentation.
    device
        auto, cpu, cuda or cuda:N.
    mirror
        A folder or URL with copies of the weights, tried first; by default the environment
        variable RADIOGAZE_MIRROR.
    symmetries
        In place of ``passes`` random ones, average over the eight symmetries of the square.

    Returns
    -------
    Model
        With ``predict(images)``, ``attention(images)`` and ``calibration``.

    Raises
    ------
    RadiogazeError
        If weights cannot be found, fetched or read.
    """
    settings = DownloadSettings(mirror or os.environ.get("RADIOGAZE_MIRROR"))
    return Model(
        load_classifier(
            [str(name) for name in weights],
            settings,
            _warn,
            passes=passes,
            seed=seed,
            device=device,
            symmetries=symmetries,
        )
    )


def read_cutouts(images: Images, pixel_arcsec: float | None) -> NDArray[np.uint8]:
    """Turn arrays or files into cutouts, uint8 [N, 150, 150].

    Raises
    ------
    RadiogazeError
        If an image cannot be read or is blank, or there is none.
    """
    if isinstance(images, np.ndarray):
        numbers: NDArray[Any] = images
        if np.ma.is_masked(images):
            numbers = np.ma.filled(images.astype(np.float64), np.nan)
        stack = numbers[None] if numbers.ndim == 2 else numbers  # noqa: PLR2004
        sources: Iterable[RadioSource | Failure] = (
            read_plane(np.asarray(pixels), str(number), f"images[{number}]", pixel_arcsec)
            for number, pixels in enumerate(stack)
        )
    else:
        names = [images] if isinstance(images, str | os.PathLike) else images
        sources = read_files(expand(Path(name) for name in names), pixel_arcsec)
    cutouts = []
    for source in sources:
        if isinstance(source, Failure) or source.cutout is None:
            reason = source.reason if isinstance(source, Failure) else source.notices[-1]
            raise RadiogazeError(reason)
        cutouts.append(source.cutout)
    if not cutouts:
        raise RadiogazeError("images: none given, expected at least one")
    return np.stack(cutouts)


def _warn(line: str) -> None:
    warnings.warn(line, RuntimeWarning, stacklevel=2)
