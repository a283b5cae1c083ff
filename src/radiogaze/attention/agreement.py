"""How far attention maps and Grad-CAM point to the same place."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import spearmanr
from torch import nn

from radiogaze.attention.examples import Extraction, about, rows_at
from radiogaze.attention.gradcam import Explained, Floats, class_means, explain_sources
from radiogaze.attention.storage import Explanations
from radiogaze.campaigns.variants import Variant
from radiogaze.data.store import Cutouts
from radiogaze.errors import RadiogazeError
from radiogaze.files.atomic import atomic_path
from radiogaze.terms import CLASSES

TOP = 0.1  # the decile of pixels whose overlap is counted


def agreement(attention: Floats, cam: Floats, mask: NDArray[np.bool_]) -> dict[str, float]:
    """Say how far two maps of one image point to the same place.

    Parameters
    ----------
    attention, cam
        [h, w].
    mask
        Where the source is, bool [h, w].

    Returns
    -------
    dict
        ``spearman``: rank correlation over the pixels; ``top_overlap``: the share of the highest
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
    """Return the share of a's highest decile of pixels that is in b's too.

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
    for number, (_, source) in enumerate(sources.iterrows()):
        called = CLASSES[int(explained.logits[number].argmax())]
        for target, name in enumerate(CLASSES):
            numbers = agreement(
                explained.attention[number],
                explained.cams[number, target],
                explained.images[number] > 0,
            )
            rows.append({**dict(source), "predicted": called, "cam_of": name, **numbers})
    return pd.DataFrame(rows)


def compare_all(
    variant: Variant,
    model: nn.Module,
    cutouts: Cutouts,
    shown: Mapping[int, str],
    extraction: Extraction,
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
        Place in the test file -> title of the sources that the figure shows.
    extraction
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
        If a class has no test source, a place is not scored, the model has no gates, or a map is
        singular.
    """
    scored = cutouts.scored_test(variant.dataset)
    rows = scored.rows
    places = rows["position"].to_numpy()
    for position in shown:
        if position not in places:
            raise RadiogazeError(f"position {position}: not a scored source of the test file")
    explained = explain_sources(variant, model, scored.images, extraction)
    means = class_means(explained, rows["class"].to_numpy(dtype=str))
    sources = rows[["position", "source_name", "class"]].assign(
        title=[shown.get(int(place), "") for place in places]
    )
    titles = [f"mean {name}" for name in CLASSES]
    averages = pd.DataFrame({"position": -1, "source_name": "", "class": CLASSES, "title": titles})
    table = pd.concat(
        [agreement_table(explained, sources), agreement_table(means, averages)], ignore_index=True
    )
    chosen = [int(np.flatnonzero(places == position)[0]) for position in shown]
    return table, Explanations(
        titles=np.array([*shown.values(), *titles], dtype=str),
        images=np.concatenate([explained.images[chosen], means.images]),
        attention=np.concatenate([explained.attention[chosen], means.attention]),
        cams=np.concatenate([explained.cams[chosen], means.cams]),
        spearman=_shown_numbers(table, [*shown.values(), *titles]),
        about=about(variant, extraction, provenance=provenance),
    )


def _shown_numbers(table: pd.DataFrame, titles: list[str]) -> Floats:
    """Return the rank correlations [N, 2] of the titled rows, in the titles' order."""
    wide = table[table["title"] != ""].pivot(index="title", columns="cam_of", values="spearman")
    return wide.loc[titles, list(CLASSES)].to_numpy()


def choose_shown(
    cutouts: Cutouts, positions: Sequence[int], lettered: Mapping[int, str]
) -> dict[int, str]:
    """Return the sources that the figure shows: place in the test file -> title.

    Parameters
    ----------
    cutouts
        The archive.
    positions
        Example sources, titled by class and place.
    lettered
        Sources of Table 10, titled by their letter and class.

    Raises
    ------
    RadiogazeError
        If the test file has no such place.
    """
    shown: dict[int, str] = {}
    examples = rows_at(cutouts, positions)["class"]
    for position, name in zip(positions, examples, strict=True):
        shown[position] = f"{name} at {position}"
    classes = rows_at(cutouts, list(lettered))["class"]
    for (position, letter), name in zip(lettered.items(), classes, strict=True):
        shown[position] = f"{letter} ({name})"
    return shown


def write_agreement(table: pd.DataFrame, path: Path) -> None:
    """Write the table of :func:`compare_all` as CSV, whole or not at all.

    Raises
    ------
    RadiogazeError
        If the file cannot be written.
    """
    with atomic_path(path) as temporary:
        table.to_csv(temporary, index=False, lineterminator="\n", float_format="%.6g")
