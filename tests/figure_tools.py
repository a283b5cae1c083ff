"""What figures are drawn from: sources, maps and means, small enough to be drawn in no time."""

import itertools
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.container import ErrorbarContainer
from matplotlib.figure import Figure

from radiogaze.attention.storage import Aggregate, Examples, Explanations
from radiogaze.evaluation.curves import ReliabilityCurve
from radiogaze.figures.save import add_banner
from training_tools import few_cutouts

_LINE = np.linspace(0, 1, 5)
RELIABILITY = ReliabilityCurve(_LINE, _LINE, _LINE, _LINE**0.5, 0.09, 0.03)


def assert_the_banner_is_above(figure: Figure) -> None:
    """Draw a figure with a banner, and check that nothing else reaches it."""
    add_banner(figure, "synthetic sky")
    figure.draw_without_rendering()
    assert figure.get_suptitle() == "synthetic sky"
    banner = figure._suptitle.get_window_extent()
    parts = [figure, *figure.subfigs]
    axes = [ax.get_tightbbox() for part in parts for ax in part.axes if ax.get_visible()]
    assert max(box.y1 for box in axes) <= banner.y0 + 1
    legends = [legend.get_window_extent() for part in parts for legend in part.legends]
    assert not any(banner.overlaps(box) for box in legends)


def array(ax: Axes) -> np.ndarray:
    """Return what a panel shows, whose first row is at the top."""
    (image,) = ax.images
    assert image.origin == "upper"
    return np.asarray(image.get_array())


def bars(ax: Axes) -> list[np.ndarray]:
    """Return the ends of the bars of each series of points."""
    found = [of for of in ax.containers if isinstance(of, ErrorbarContainer)]
    return [np.array(line.get_segments()) for of in found for line in of[2]]


def _metadata(normalisation: str = "range", aggregation: str = "ft", gates: int = 3) -> dict:
    named = {"normalisation": normalisation, "aggregation": aggregation}
    return {"variant": "x", "gates": gates, **named, "scaling": "network", "resize": "zero-border"}


def _images(count: int) -> np.ndarray:
    return few_cutouts().images[:count]


def smooth_maps(count: int, side: int = 150, seed: int = 0) -> np.ndarray:
    """Smooth maps from 0 to 1, each with a peak of its own."""
    random = np.random.default_rng(seed)
    rows, columns = np.indices((side, side)) / side
    x, y, width = random.uniform(0.35, 0.65, (3, count, 1, 1))
    maps = np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (0.2 * width) ** 2)
    return maps.round(2)  # quick to compress


def examples(count: int = 2, seed: int = 0, **about: Any) -> Examples:
    """Sources of both classes with maps."""
    return Examples(
        names=np.array([f"source{n}" for n in range(count)]),
        classes=np.array(["FRI", "FRII"] * count)[:count],
        confidences=np.array(["certain"] * count),
        letters=np.array([chr(65 + n) for n in range(count)]),
        positions=np.arange(count),
        images=_images(count),
        maps=smooth_maps(count, seed=seed),
        gates=[smooth_maps(count, side) for side in (37, 75, 150)],
        logits=np.array([[2.0, 1.0], [1.0, 2.0]] * count)[:count],
        about=_metadata(**about),
    )


def label_tables() -> dict[str, pd.DataFrame]:
    """Return curves and power laws of a supervised kind, another, one size and certain labels."""
    labels = [36, 145, 583]
    kinds = [("zoom", "all"), ("zoom", "certain"), ("fixmatch", "all"), ("double", "all")]
    rows = [
        {"kind": kind, "sources": of, "labels": n, "error": e, "low": e - 0.02, "high": e + 0.03}
        for shift, (kind, of) in enumerate([*kinds, ("zoom-certain", "certain")])
        for n, e in zip(labels, np.array([0.3, 0.2, 0.14]) + 0.01 * shift, strict=True)
    ]
    law = {"kind": "zoom", "error_at_100": 0.22, "exponent": 0.27, "floor": 0.0}
    laws = [{**law, "sources": of, "form": "power"} for of in ("all", "certain")]
    return {"curves": pd.DataFrame(rows), "power_laws": pd.DataFrame(laws)}


def aggregate(rotations: bool = False, seed: int = 0, **about: Any) -> Aggregate:
    """Every group of sources."""
    classes, pairs = ("FRI", "FRII"), itertools.product(("FRI", "FRII"), repeat=2)
    kinds = [f"{name}-{kind}" for name in classes for kind in ("certain", "uncertain")]
    groups = [*classes, *kinds, *(f"{true}-as-{found}" for true, found in pairs)]
    more = {"passes": 180, "provenance": {"settings": {"rotations": rotations}}}
    return Aggregate(
        groups=np.array(groups),
        counts=np.arange(1, len(groups) + 1),
        images=_images(len(groups)) / 255,
        maps=smooth_maps(len(groups), seed=seed),
        gates=[smooth_maps(len(groups), side) for side in (37, 75, 150)],
        about={**_metadata(**about), **more},
    )


def explanations() -> Explanations:
    """Attention beside Grad-CAM."""
    return Explanations(
        titles=np.array(["FRI at 8", "mean FRI", "mean FRII"]),
        images=_images(3),
        attention=smooth_maps(3),
        cams=np.stack([smooth_maps(3, seed=1), smooth_maps(3, seed=2)], axis=1),
        spearman=np.linspace(-0.5, 0.9, 6).reshape(3, 2),
        about=_metadata(),
    )


def doubt_tables() -> dict[str, pd.DataFrame]:
    """The tables of `radiogaze doubt`: two families and two temperatures of a third."""
    random = np.random.default_rng(3)

    def with_interval(table: pd.DataFrame, *names: str) -> pd.DataFrame:
        for name in names:
            value = random.uniform(0.1, 0.5, len(table)).round(3)
            ends = {f"{name}_low": value - 0.05, f"{name}_high": value + 0.05}
            table = table.assign(**{name: value}, **ends)
        return table

    sweep = ["zoom-bayes-t1", "zoom-bayes-t01"]
    names = ["zoom", "zoom-ensemble", *sweep]
    families = pd.DataFrame({"family": names, "temperature": [np.nan, np.nan, 1.0, 0.1]})
    measures = ("error", "error_certain", "nll", "brier", "ece", "uce", "aurc", "nll_scaled")
    tests = pd.DataFrame(
        {"family": ["zoom-ensemble"] * 2, "reference": "zoom", "measure": ["error", "nll"]}
    ).assign(p=0.01, p_holm=0.02)
    groups = pd.DataFrame(
        [
            {"family": family, "group": group, "against": "test", "measure": measure}
            for family in names[:2]
            for group in ("uncertain", "blobs")
            for measure in ("entropy", "mutual_information", "spread")
        ]
    ).assign(score=0.8, score_against=0.9)
    pruning = pd.DataFrame(
        [
            {"family": family, "order": order, "percent": percent}
            for family in names[:2]
            for order in ("magnitude", "signal-to-noise")
            for percent in (0, 50, 95)
        ]
    )
    curves = pd.DataFrame(
        [
            {"family": family, "curve": curve, "x": x, "y": x / 2}
            for family in names
            for curve in ("risk", "reliability")
            for x in (0.5, 0.75, 1.0)
        ]
    )
    return {
        "families": with_interval(families, *measures),
        "comparisons": with_interval(tests, "difference"),
        "groups": with_interval(groups, "auroc"),
        "pruning": with_interval(pruning, "error"),
        "curves": curves,
    }


_ERRORS = {
    f"{kind}{end}": [0.1, 0.2] for kind in ("error", "error_certain") for end in ("", "_low")
}
_ERRORS |= {f"{kind}_high": [0.2, 0.3] for kind in ("error", "error_certain")}
_SEEDS = {f"{kind}_pass{end}": [0.1] for kind in ("error", "error_certain") for end in ("", "_sd")}
# Tables of `radiogaze cross-validate`, and errors that others published.
OWN = {
    "networks": pd.DataFrame({"network": ["zoom", "rule"], "parameters": [68_661, 0], **_ERRORS}),
    "seeds": pd.DataFrame({"network": ["zoom"], "members": 1, **_SEEDS}),
    "published": pd.DataFrame(
        {"network": ["A", "B"], "parameters": 10**6, "error_certain": 3.0, "sd": [1, None]}
    ),
    "fixed_split": pd.DataFrame(
        {"network": ["zoom", "rule"], "mean": 0.2, "low": 0.1, "high": 0.3, "fixed": 0.12}
    ),
    "labels": pd.DataFrame(
        {"index": range(3), "p_label": 0.1, "confidence": "certain", "class": "FRI"}
    ),
}
# A table of `radiogaze tabulate`: one network with everything, one that was not run.
ACCURACIES = pd.DataFrame(
    {
        "variant": ["x", "y"],
        "metric": "accuracy",
        "paper": [0.84, 0.87],
        "ours": [0.85, None],
        "low": [0.8, None],
        "high": [0.9, None],
        "released": [0.843, None],
        "folds": [0.82, None],
        "runs": ["0.8450 0.8550", None],
    }
)
