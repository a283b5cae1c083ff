"""Controls: a network of the gating paper with another size, recipe or normalisation."""

from collections.abc import Mapping
from dataclasses import replace
from operator import attrgetter

from radiogaze.campaigns.plan import PaperPlan
from radiogaze.campaigns.variants import Variant

CONTROLS = "controls"  # in place of a table's number: the controls, and what they are controls of
# The columns by which the gating paper tells its networks apart.
_NETWORK = attrgetter("dataset", "architecture", "gates", "normalisation", "aggregation")


def controls_of(sheet: Mapping[str, Variant]) -> dict[str, str]:
    """Return the rows in no table, each with the row that it is a control of.

    That is the first row in a table with the same data set, architecture, gates, normalisation
    and aggregation; a row without one is no control. Uniform attention is a control of any
    normalisation, of the first.
    """
    originals: dict[tuple[object, ...], str] = {}
    for name, row in sheet.items():
        if row.tables:
            originals.setdefault(_NETWORK(row), name)
            originals.setdefault(_NETWORK(replace(row, normalisation="uniform")), name)
    return {
        name: originals[_NETWORK(row)]
        for name, row in sheet.items()
        if not row.tables and _NETWORK(row) in originals
    }


def recipes_of(plan: PaperPlan) -> list[str]:
    """Return the primary model and those of its controls that learn by another recipe, if any."""
    primary = plan.sheet[plan.primary]
    others = [
        name
        for name, original in controls_of(plan.sheet).items()
        if original == plan.primary and plan.sheet[name].recipe != primary.recipe
    ]
    return [plan.primary, *others] if others else []


def with_controls(plan: PaperPlan) -> list[str]:
    """Return the controls that there are weights of, and the rows that they are controls of."""
    found = {
        name: original
        for name, original in controls_of(plan.sheet).items()
        if name in plan.variants
    }
    return [name for name in plan.variants if name in {*found, *found.values()}]
