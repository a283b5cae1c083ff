"""How far attention maps and Grad-CAM agree."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import spearmanr
from torch import nn

from radiogaze.attention.examples import MapSettings, maps_and_logits, metadata_of, rows_at
from radiogaze.attention.extract import attention_network, check_finite, network_inputs
from radiogaze.attention.gradcam import grad_cam
from radiogaze.attention.resize import mean_map
from radiogaze.attention.storage import Explanations
from radiogaze.campaigns.variants import Variant
from radiogaze.data.store import Cutouts
from radiogaze.errors import RadiogazeError
from radiogaze.terms import CLASSES

TOP = 0.1  # the decile of pixels whose overlap is counted

Floats = NDArray[np.floating[Any]]


class Explained(NamedTuple):
    """Attention and Grad-CAM of the same images; N images.

    Attributes
    ----------
    images
        uint8 [N, 150, 150].
    attention
        Attention maps (mean over gates), [N, 150, 150].
    cams
        Grad-CAM of FRI and of FRII, [N, 2, 150, 150]; not normalised, never negative.
    logits
        [N, 2], one image at a time.
    """

    images: NDArray[np.uint8]
    attention: Floats
    cams: Floats
    logits: Floats


def explain_sources(
    variant: Variant, model: nn.Module, images: NDArray[np.uint8], settings: MapSettings
) -> Explained:
    """Take attention and Grad-CAM of images uint8 [N, 150, 150].

    Raises
    ------
    RadiogazeError
        If the model has no gates, or a map is singular.
    """
    network = attention_network(model, variant.variant, settings.device)
    inputs = network_inputs(network, images, settings.scaling)
    maps, logits = maps_and_logits(network, inputs)
    check_finite(maps, variant.variant)
    return Explained(
        images=images,
        attention=mean_map(maps, network.model.view, settings.resize).cpu().numpy(),
        cams=grad_cam(network.model, inputs).cpu().numpy(),
        logits=logits.cpu().numpy(),
    )


def class_means(explained: Explained, classes: NDArray[np.str_]) -> Explained:
    """Average over the sources of each class: first FRI, then FRII; N = 2.

    Every source's Grad-CAM is scaled by its own maximum first, since its size is that of the
    logits' gradient, which differs between sources by orders of magnitude.
    """
    peaks = explained.cams.max((-2, -1), keepdims=True)
    cams = explained.cams / np.where(peaks > 0, peaks, 1)
    members = [classes == name for name in CLASSES]

    def means(values: NDArray[Any]) -> Floats:
        return np.stack([values[here].mean(0) for here in members])

    return Explained(
        images=means(explained.images).round().astype(np.uint8),
        attention=means(explained.attention),
        cams=means(cams),
        logits=means(explained.logits),
    )


def agreement(attention: Floats, cam: Floats, mask: NDArray[np.bool_]) -> dict[str, float]:
    """Measure how far two maps of one image agree.

    Parameters
    ----------
    attention, cam
        [h, w].
    mask
        Where the source is, bool [h, w].

    Returns
    -------
    dict
        ``spearman``: rank correlation over the pixels; ``top_overlap``: the fraction of the highest
        decile of one that is also in the other's (0.1 by chance, 1 if equal); both again
        ``_inside`` and ``_outside`` the source. NaN where a map is constant or the region has
        fewer than ten pixels.
    """
    regions = {"": np.ones_like(mask), "_inside": mask, "_outside": ~mask}
    found: dict[str, float] = {}
    for name, region in regions.items():
        a, b = attention[region], cam[region]
        defined = len(a) >= 1 / TOP and np.ptp(a) > 0 and np.ptp(b) > 0
        found[f"spearman{name}"] = float(spearmanr(a, b).statistic) if defined else np.nan
        found[f"top_overlap{name}"] = _top_overlap(a, b) if defined else np.nan
    return found


def _top_overlap(a: Floats, b: Floats) -> float:
    """Return the fraction of a's highest decile of pixels that is in b's too.

    Exactly a tenth of the pixels each; ties, such as the zeros of a rectified map, are broken by
    the pixels' order.
    """
    size = round(TOP * len(a))
    highest, other = (np.argsort(-values, kind="stable")[:size] for values in (a, b))
    return len(np.intersect1d(highest, other)) / size


def agreement_table(explained: Explained, sources: pd.DataFrame) -> pd.DataFrame:
    """Return the agreement of attention with Grad-CAM, one row an image and class of Grad-CAM.

    Parameters
    ----------
    explained
        Of :func:`explain_sources`.
    sources
        One row an image, copied before the numbers: e.g. position, letter, source_name, class.
    """
    rows = []
    for (_, source), image, attention, cams, logits in zip(
        sources.iterrows(), *explained, strict=True
    ):
        known = {**dict(source), "predicted": CLASSES[int(logits.argmax())]}
        for name, cam in zip(CLASSES, cams, strict=True):
            rows.append({**known, "cam_of": name, **agreement(attention, cam, image > 0)})
    return pd.DataFrame(rows)


def compare_all(
    variant: Variant,
    model: nn.Module,
    cutouts: Cutouts,
    shown: Mapping[int, str],
    settings: MapSettings,
    provenance: dict[str, Any],
) -> tuple[pd.DataFrame, Explanations]:
    """Compare attention with Grad-CAM for every scored test source and for both class means.

    Parameters
    ----------
    variant, model
        A row of the sheet and its trained network, with gates.
    cutouts
        The archive that the variant's data set is a choice of.
    shown
        Index in the test file -> title of the sources that the figure shows.
    settings
        How maps are taken.
    provenance
        Stored with the arrays.

    Returns
    -------
    DataFrame
        position (-1 for a mean), source_name, class, title, predicted, cam_of and the numbers of
        :func:`agreement`; two rows a source, then two a class mean.
    Explanations
        What the figure shows: the chosen sources, then the class means.

    Raises
    ------
    RadiogazeError
        If a class has no test source, an index is not of a scored source, the model has no gates,
        or a map is singular.
    """
    scored = cutouts.scored_test(variant.dataset)
    rows = scored.rows
    positions = rows["position"].tolist()
    for position in shown:
        if position not in positions:
            raise RadiogazeError(f"position {position}: not a scored source of the test file")
    explained = explain_sources(variant, model, scored.images, settings)
    means = class_means(explained, rows["class"].to_numpy(dtype=str))
    joined: list[Any] = [np.concatenate(pair) for pair in zip(explained, means, strict=True)]
    both = Explained(*joined)
    sources = rows[["position", "source_name", "class"]].assign(
        title=[shown.get(position, "") for position in positions]
    )
    titles = [f"mean {name}" for name in CLASSES]
    averages = pd.DataFrame({"position": -1, "source_name": "", "class": CLASSES, "title": titles})
    table = agreement_table(both, pd.concat([sources, averages]))
    chosen = [*(positions.index(position) for position in shown), -2, -1]
    return table, Explanations(
        titles=np.array([*shown.values(), *titles], dtype=str),
        images=both.images[chosen],
        attention=both.attention[chosen],
        cams=both.cams[chosen],
        spearman=table["spearman"].to_numpy().reshape(-1, len(CLASSES))[chosen],
        about=metadata_of(variant, settings, provenance=provenance),
    )


def choose_shown(
    cutouts: Cutouts, positions: Sequence[int], lettered: Mapping[int, str]
) -> dict[int, str]:
    """Return the sources that the figure shows: index in the test file -> title.

    Parameters
    ----------
    cutouts
        The archive.
    positions
        Example sources, titled by class and index.
    lettered
        Sources of Table 10, titled by their letter and class.

    Raises
    ------
    RadiogazeError
        If the test file has no such index.
    """
    rows = rows_at(cutouts, [*positions, *lettered])
    classes = dict(zip([*positions, *lettered], rows["class"], strict=True))
    shown = {position: f"{classes[position]} at {position}" for position in positions}
    return shown | {i: f"{letter} ({classes[i]})" for i, letter in lettered.items()}
