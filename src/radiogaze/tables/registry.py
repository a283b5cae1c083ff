"""Every table of every paper: what it is made from and by what; titles are in ``captions.md``.

Imports none of the builders: the workflow reads it too, and some need torch. What a campaign cannot
fill a table with is refused here, before anything is trained.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from radiogaze.campaigns.captions import read_captions
from radiogaze.campaigns.controls import CONTROLS, with_controls
from radiogaze.campaigns.doubt import compares_doubt
from radiogaze.campaigns.need import Need
from radiogaze.campaigns.plan import EVERY_VARIANT, PaperPlan
from radiogaze.campaigns.scored import (
    ALSO_SCORED,
    SCORED,
    networks_also_scored,
    networks_scored,
)
from radiogaze.errors import RadiogazeError
from radiogaze.tables.columns import check_columns


@dataclass(frozen=True)
class TableSpec:
    """A table of a paper.

    Attributes
    ----------
    title
        What it shows.
    caption
        Markdown, with the fields that :func:`radiogaze.campaigns.captions.fill_caption` fills in.
    builder
        The module below ``radiogaze.tables`` whose function ``build`` makes it.
    number
        The number in the column ``tables`` of the variants that it shows, ``EVERY_VARIANT``,
        ``CONTROLS``, ``SCORED``, ``ALSO_SCORED``, or None where it shows none.
    catalogues
        The data sets whose sources it counts.
    datasets
        The data sets that rows of the sheet must train on.
    primary
        Whether it is of the primary model.
    misclassified
        Whether it lists the sources that the primary model misclassifies.
    logits
        Whether it reads the logits of every run of the variants that it shows.
    predictions
        Whether it reads what every run, and every fold, predicts of each source.
    gaze
        The kind of the results of ``radiogaze gaze`` that it reads of every run of the variants.
    doubt
        The tables of ``radiogaze doubt`` that it shows; only campaigns that make them have it.
    folds
        Whether it shows the mean over the folds beside the fixed test split.
    """

    title: str
    caption: str
    builder: str
    number: str | None = None
    catalogues: tuple[str, ...] = ()
    datasets: tuple[str, ...] = ()
    primary: bool = False
    misclassified: bool = False
    logits: bool = False
    predictions: bool = False
    gaze: str = ""
    doubt: tuple[str, ...] = ()
    folds: bool = False

    def variants(self, plan: PaperPlan) -> list[str]:
        """Return the variants that it shows in a campaign."""
        if self.number == CONTROLS:
            return with_controls(plan)
        if self.number == SCORED:
            return networks_scored(plan)
        if self.number == ALSO_SCORED:
            return networks_also_scored(plan)
        if self.gaze and self.number:
            return plan.gated_of_table(self.number)
        return plan.variants_of_table(self.number)

    def needs(self, plan: PaperPlan) -> list[Need]:
        """Return what it is made from in a campaign.

        Raises
        ------
        RadiogazeError
            If the rows of the sheet do not fill it.
        """
        check_columns("16789" if self.predictions else [self.number or ""], plan.sheet)
        needs = [
            of.need(option, "metrics", variant=name, run=run)
            for option, of in (("metrics", plan), ("released", plan.beside))
            if of is not None
            for name in self.variants(of)
            for run in of.runs_of(name)
        ]
        needs += [
            plan.need("catalogue", "catalogue", name, dataset=plan.dataset(name))
            for name in self.catalogues
        ]
        if self.logits:
            needs += [
                need
                for of in (plan, plan.beside)
                if of is not None
                for kind in ("logits", "predictions")
                for need in of.of_every_run(kind, kind, self.variants(of))
            ]
        if self.predictions:
            kind = "predictions"
            needs += plan.of_every_run(kind, kind, self.variants(plan))
            needs += plan.of_every_fold(kind, kind, plan.variants)
        if self.gaze:
            needs += plan.of_every_run("gaze", self.gaze, self.variants(plan))
        if self.folds:
            found = plan.of_every_fold("folds", "metrics", self.variants(plan))
            needs += [need._replace(name="") for need in found]
        needs += [plan.need("doubt", "doubt", name, table=name) for name in self.doubt]
        if self.misclassified:
            where = {"variant": plan.primary, "run": plan.runs[0]}
            needs.append(plan.need("misclassified", "misclassified", **where))
        return needs


_CALIBRATION = {"builder": "calibration", "number": EVERY_VARIANT, "logits": True}
_COMPARISONS = {
    "builder": "comparisons",
    "number": EVERY_VARIANT,
    "predictions": True,
    "folds": True,
}
# table -> where it is built, and what it is made from
_BUILT: dict[str, dict[str, dict[str, Any]]] = {
    "gating": {
        "01": {"builder": "gating.architecture", "primary": True},
        "02": {"builder": "gating.architecture", "primary": True},
        "03": {"builder": "gating.normalisations"},
        "04": {"builder": "gating.counts", "catalogues": ("mirabest",)},
        "05": {
            "builder": "gating.counts",
            "catalogues": ("frdeep", "mirabest"),
            "datasets": ("frdeep", "mirabest"),
        },
        "06": {"builder": "performance", "number": "6", "folds": True},
        "07": {"builder": "performance", "number": "7", "folds": True},
        "08": {"builder": "performance", "number": "8", "folds": True},
        "09": {"builder": "performance", "number": "9", "folds": True},
        "06_controls": {"builder": "gating.controls", "number": CONTROLS, "folds": True},
        "10": {"builder": "gating.misclassified", "primary": True, "misclassified": True},
        "07_order": {"builder": "gating.orders", "number": "7"},
        "08_order": {"builder": "gating.orders", "number": "8"},
        "comparisons": _COMPARISONS,
        "calibration": _CALIBRATION,
        "gaze": {"builder": "gaze", "number": "7", "gaze": "gaze"},
        "gaze_groups": {"builder": "gaze_groups", "number": "7", "gaze": "gaze"},
        "explanations": {"builder": "explanations", "number": "7", "gaze": "gaze"},
        "explanations_evidence": {"builder": "explanations", "number": "7", "gaze": "evidence"},
        "gaze_all": {"builder": "gaze_all", "number": SCORED, "gaze": "gaze"},
        "gaze_others": {"builder": "gaze_all", "number": ALSO_SCORED, "gaze": "gaze"},
        "interventions": {"builder": "interventions", "number": SCORED, "gaze": "interventions"},
        "sanity": {"builder": "sanity", "number": SCORED, "gaze": "sanity"},
        "doubt": {"builder": "doubt", "doubt": ("families", "comparisons")},
        "doubt_groups": {"builder": "doubt", "doubt": ("groups",)},
        "evidence": {"builder": "evidence", "number": SCORED, "gaze": "evidence"},
    },
    "equivariant": {
        "01": {"builder": "equivariant.networks", "number": "1", "folds": True},
        "01_controls": {
            "builder": "equivariant.controls",
            "number": EVERY_VARIANT,
            "folds": True,
        },
        "comparisons": _COMPARISONS,
        "calibration": _CALIBRATION,
    },
}

TABLES: Mapping[str, Mapping[str, TableSpec]] = {
    paper: {
        name: TableSpec(title, caption, **built[name])
        for name, title, caption in read_captions("tables", paper)
    }
    for paper, built in _BUILT.items()
}


def tables_shown(plan: PaperPlan) -> list[str]:
    """Return the tables that a campaign has of a paper: those that its sheet has networks for."""
    return [
        name
        for name, spec in TABLES[plan.paper].items()
        if (spec.number is None or spec.variants(plan))
        and {row.dataset for row in plan.sheet.values()} >= {*spec.datasets}
        and (not spec.primary or plan.has_primary)
        and (not spec.predictions or plan.of_a_paper)
        and (not spec.doubt or compares_doubt(plan))
    ]


def needs_of(name: str, plan: PaperPlan) -> list[Need]:
    """Return what a table is made from.

    Raises
    ------
    RadiogazeError
        If the campaign has no such table of the paper, or its sheet does not fill it.
    """
    known = tables_shown(plan)
    if name not in known:
        raise RadiogazeError(
            f"paper_tables/{plan.campaign}/{plan.paper}: no table {name}; there are:"
            f" {', '.join(known)}"
        )
    return TABLES[plan.paper][name].needs(plan)


def find_table(name: str, paper: str = "gating") -> TableSpec:
    """Return a table of a paper.

    Raises
    ------
    RadiogazeError
        If there is no such paper, or no such table in it.
    """
    if paper not in TABLES:
        raise RadiogazeError(f"no tables of the paper {paper}; there are: {', '.join(TABLES)}")
    if name not in TABLES[paper]:
        known = ", ".join(TABLES[paper])
        raise RadiogazeError(f"{paper} paper: no table {name}; there are: {known}")
    return TABLES[paper][name]


def name_table(identity: str) -> str:
    """Name a table for a reader: ``Table 7``, ``Companion of Table 7`` or, of ours, its key."""
    number, _, companion = identity.partition("_")
    if not number.isdigit():
        return identity.replace("_", " ").capitalize()
    return f"{'Companion of ' if companion else ''}Table {int(number)}"
