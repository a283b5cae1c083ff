"""What a figure may be drawn from: arrays already read, by name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from numpy.typing import NDArray

from radiogaze.attention.storage import Aggregate, Examples, Explanations
from radiogaze.data.steps import Steps
from radiogaze.errors import RadiogazeError
from radiogaze.evaluation.curves import History, MapCurve, ReliabilityCurve, RocCurve
from radiogaze.evaluation.equivariance_errors import EquivarianceMeasurement
from radiogaze.figures.equivariant.published_curves import PublishedMinimum
from radiogaze.figures.layers import Architecture

if TYPE_CHECKING:  # figures that need neither are drawn a second sooner
    import pandas as pd

    from radiogaze.data.store import Cutouts

T = TypeVar("T")
Numbers = Mapping[tuple[str, str], float]  # by variant and metric


@dataclass(frozen=True)
class FigureInputs:
    """Everything that the command line was given, read; a figure takes what it needs.

    Attributes
    ----------
    examples, aggregates
        By the name given on the command line: a variant, or an epoch for Figures 7 and 10.
    confusions
        Variant -> counts [2, 2], rows true, columns predicted.
    rocs
        Variant -> score (``logits``, ``as published``) -> curve.
    reliabilities
        Variant -> reliability diagram.
    histories
        Variant -> history.
    equivariance
        Variant -> its errors, one a transform.
    published_minima
        The paper's name of a network -> its lowest validation loss in the published Figure 1.
    map_curves
        Variant -> map -> its curves of deletion and insertion.
    tables
        Table -> its numbers.
    measured
        Table of a measurement, such as those of `radiogaze cross-validate` -> its rows.
    cutouts
        A data set's.
    explanations
        For the Grad-CAM figure.
    architecture, steps
        For Figures 1 and 2, and for Figure 3.
    """

    examples: Mapping[str, Examples] = field(default_factory=dict)
    aggregates: Mapping[str, Aggregate] = field(default_factory=dict)
    confusions: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    rocs: Mapping[str, Mapping[str, RocCurve]] = field(default_factory=dict)
    reliabilities: Mapping[str, ReliabilityCurve] = field(default_factory=dict)
    histories: Mapping[str, History] = field(default_factory=dict)
    equivariance: Mapping[str, Sequence[EquivarianceMeasurement]] = field(default_factory=dict)
    published_minima: Mapping[str, PublishedMinimum] = field(default_factory=dict)
    map_curves: Mapping[str, Mapping[str, MapCurve]] = field(default_factory=dict)
    tables: Mapping[str, Numbers] = field(default_factory=dict)
    measured: Mapping[str, "pd.DataFrame"] = field(default_factory=dict)
    cutouts: "Cutouts | None" = None
    explanations: Explanations | None = None
    architecture: Architecture | None = None
    steps: Steps | None = None


def require(value: T | None, option: str) -> T:
    """Return what was given by an option.

    Raises
    ------
    RadiogazeError
        If there is none.
    """
    if not value:
        raise RadiogazeError(f"--{option}: expected at least one for this figure, found none")
    return value


def require_table(measured: Mapping[str, "pd.DataFrame"], name: str) -> "pd.DataFrame":
    """Return a measured table.

    Raises
    ------
    RadiogazeError
        If it was not given.
    """
    if name not in measured:
        found = ", ".join(measured) or "none"
        raise RadiogazeError(f"--measured: expected {name} for this figure, found {found}")
    return measured[name]


def require_single(named: Mapping[str, T], option: str) -> T:
    """Return the only entry.

    Raises
    ------
    RadiogazeError
        If there is none or more than one.
    """
    if len(named) != 1:
        names = ", ".join(named) or "none"
        raise RadiogazeError(f"--{option}: expected one for this figure, found {names}")
    return next(iter(named.values()))


def by_variant(named: Mapping[str, T]) -> dict[str, dict[str, T]]:
    """Sort what is named ``<variant>/<run>`` by its variant, then by its run."""
    variants: dict[str, dict[str, T]] = {}
    for name, value in named.items():
        variant, _, run = name.partition("/")
        variants.setdefault(variant, {})[run] = value
    return variants
