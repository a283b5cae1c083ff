"""Cells of a row that do not fit together, which no single cell shows."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from radiogaze.errors import RadiogazeError
from radiogaze.terms import CUTOUT_PIXELS, NONE_VALIDATES, REST

if TYPE_CHECKING:
    from radiogaze.campaigns.variants import Variant

# The names of radiogaze.models.gates.MIN_MAX_NORMALISATIONS, which this room does not import.
MIN_MAX = ("range", "standardisation")
_TESTED = "which has sources of MiraBest's test set"
_GATED = ("ag-cnn", "e2-attention")
_SIZED = (*_GATED, "zoom")
# Architectures of one size of input, and what their kernel cell says.
_FIXED = {"classic-cnn": 3, "lenet-sp": 5, "zoom": 3}


def check_row(variant: "Variant", path: Path) -> None:
    """Refuse cells that cannot be built together, or of which one tells another's answer."""
    problem = _gates_problem(variant) if variant.architecture in _GATED else None
    if variant.architecture == "zoom":
        problem = _zoom_problem(variant)
    problem = problem or _layout_problem(variant)
    if variant.unlabelled == REST and variant.labels is None:
        problem = "unlabelled is rest, but all sources have a label; give a number of labels"
    if variant.unlabelled == "frdeep" and variant.is_of_mirabest:
        problem = f"unlabelled is frdeep, {_TESTED}; expected frdeep-disjoint"
    if (variant.released_folder is None) != (variant.released_epoch is None):
        problem = "released_folder and released_epoch must be given together"
    if problem:
        raise RadiogazeError(f"{path}: {variant.variant}: {problem}")


def check_start(variant: "Variant", sheet: Mapping[str, "Variant"], path: Path) -> None:
    """Refuse a start that is not in the sheet, or is not for this variant."""
    if variant.start is None:
        return
    start = sheet.get(variant.start)
    problem = ""
    if start is None:
        problem = f"expected a variant of the sheet: {', '.join(sheet)}"
    elif start.start is not None:
        problem = "which starts from another one itself; expected one that does not"
    elif start.seeds is not None and (variant.seeds is None or variant.seeds > start.seeds):
        problem = f"which has {start.seeds} seeds; expected as many as {variant.variant} has"
    else:
        problem = _overlap_problem(variant, start)
    if problem:
        raise RadiogazeError(f"{path}: {variant.variant}: start is {variant.start}, {problem}")


def check_used(variant: "Variant", path: Path) -> None:
    """Refuse a cell without effect, which would say what the network is not."""
    problem = _idle_problem(variant)
    if variant.scope and variant.normalisation not in MIN_MAX:
        problem = problem or (
            f"scope is {variant.scope}, expected none for normalisation {variant.normalisation},"
            " which takes no minimum and maximum"
        )
    if problem:
        raise RadiogazeError(f"{path}: {variant.variant}: {problem}")


def _overlap_problem(variant: "Variant", start: "Variant") -> str:
    """Say how a start has learned from sources that the variant validates or tests on."""
    if start.dataset == "frdeep" and variant.is_of_mirabest:
        return f"which learns from frdeep, {_TESTED}; expected frdeep-disjoint"
    one_list = start.is_of_mirabest and variant.is_of_mirabest
    if not (one_list or start.dataset == variant.dataset):
        return ""
    drawn = ("dataset", "split", "labels")
    same = all(getattr(start, column) == getattr(variant, column) for column in drawn)
    everything = {(row.split, row.labels) for row in (start, variant)} == {(NONE_VALIDATES, None)}
    if same or everything:
        return ""
    cells = ", ".join(f"{column} {getattr(variant, column) or 'none'}" for column in drawn)
    return (
        f"which may have learned from sources that this row lacks or validates on; expected {cells}"
    )


def _gates_problem(variant: "Variant") -> str | None:
    if variant.gates is None:
        return f"gates is none, expected 0, 1, 2 or 3 for {variant.architecture}"
    if variant.gates > 0 and None in (variant.normalisation, variant.aggregation):
        return "normalisation and aggregation must be given when there are gates"
    if variant.normalisation in MIN_MAX and variant.scope is None:
        return f"scope is none, expected batch or image for {variant.normalisation}"
    if variant.aggregation == "ft" and variant.head is None:
        return "head is none, expected relu or linear for ft"
    return None


def _zoom_problem(variant: "Variant") -> str | None:
    if variant.gates not in (0, 3):
        return f"gates is {variant.gates or 'none'}, expected 0 or 3 for zoom"
    if variant.gates and variant.normalisation is None:
        return "normalisation must be given when there are gates"
    return None


def _idle_problem(variant: "Variant") -> str | None:
    """Say which cell of the gates has no effect."""
    name, used = variant.architecture, set()
    if name in (*_GATED, "zoom"):
        used = {"gates"}
    if used and variant.gates:
        used |= {"normalisation", *(("scope", "aggregation") if name in _GATED else ())}
        used |= {"head"} if variant.aggregation == "ft" else set()
    for column in ("gates", "normalisation", "scope", "aggregation", "head"):
        found = getattr(variant, column)
        if found is not None and column not in used:
            of = f"aggregation {variant.aggregation}" if "aggregation" in used else name
            without = " without gates" if "gates" in used and not variant.gates else ""
            return f"{column} is {found}, expected none for {of}{without}"
    return None


def _layout_problem(variant: "Variant") -> str | None:
    """Say which cell asks for what the architecture does not have."""
    name, steerable = variant.architecture, variant.architecture == "e2-attention"
    wanted: dict[str, tuple[bool, str]] = {
        "group": (
            (variant.group is not None) == steerable,
            "a group such as c8" if steerable else "none",
        ),
        "unit_order": (variant.unit_order == "relu_bn" or not steerable, "relu_bn"),
        "width_divisor": (
            variant.width_divisor == "1"
            or (name in _SIZED and (variant.width_divisor != "group" or steerable)),
            "a number" if name in _SIZED else "1",
        ),
        "size": (variant.size == CUTOUT_PIXELS or name not in _FIXED, str(CUTOUT_PIXELS)),
        "kernel": (variant.kernel == _FIXED.get(name, variant.kernel), str(_FIXED.get(name))),
        "zooms": (variant.zooms == 1 or name == "zoom", "1"),
        "pooling": (variant.pooling == "sum" or name in _GATED, "sum"),
        "pixel_scaling": (
            variant.pixel_scaling == "symmetric" or name not in ("classic-cnn", "zoom"),
            "symmetric",
        ),
    }
    for column, (fits, expected) in wanted.items():
        if not fits:
            found = getattr(variant, column)
            return f"{column} is {found or 'none'}, expected {expected} for {name}"
    return None
