"""From the settings of all campaigns and their experiment sheets to the plan of each."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from radiogaze.campaigns.plan import PaperPlan
from radiogaze.campaigns.settings import Plan
from radiogaze.campaigns.variants import OTHER_LISTS, load_sheet
from radiogaze.errors import RadiogazeError

PAPERS = ("gating", "equivariant")
# The tables of each paper that show networks of a sheet, by the numbers in its column `tables`.
_TABLES = {"gating": ("6", "7", "8", "9"), "equivariant": ("1",)}
# Keys of a campaign that trains, with no effect where weights are released.
_OF_TRAINING = ("seeds", "cross_validation", "precision", "allow_cpu", "beside", "originals")


@dataclass(frozen=True)
class Campaign(Plan):
    """A campaign and the papers that it reproduces, by their short names."""

    papers: Mapping[str, PaperPlan]

    def paper(self, name: str) -> PaperPlan:
        """Return one paper.

        Raises
        ------
        RadiogazeError
            If the campaign does not reproduce that paper.
        """
        if name not in self.papers:
            raise RadiogazeError(
                f"config.yaml: campaigns.{self.campaign}: nothing of the {name} paper; it has:"
                f" {', '.join(self.papers)}"
            )
        return self.papers[name]


def plan_campaigns(
    campaigns: Mapping[str, Mapping[str, Any]], weights: Iterable[Mapping[str, str]]
) -> dict[str, Campaign]:
    """Read the experiment sheets of all campaigns.

    Parameters
    ----------
    campaigns
        The key ``campaigns`` of ``config.yaml``, validated.
    weights
        The rows of the manifest of released weights, with ``folder`` and ``epoch``.

    Raises
    ------
    RadiogazeError
        If a sheet is missing or faulty, a campaign refers to one that there is not or that has
        other data, a row is not that of its originals, names a table or released weights that
        there are not, or starts from another one and has folds.
    """
    epochs: dict[str, list[int]] = {}
    for row in weights:
        epochs.setdefault(row["folder"], []).append(int(row["epoch"]))
    released = {folder: sorted(found) for folder, found in epochs.items()}
    plans = {
        (name, paper): PaperPlan(
            name, settings, paper, load_sheet(Path(settings[paper]["sheet"])), released
        )
        for name, settings in campaigns.items()
        for paper in PAPERS
        if paper in settings
    }
    planned = {}
    for name, settings in campaigns.items():
        _check_keys(name, settings)
        _check_references(name, campaigns)
        papers = {
            paper: replace(
                plan,
                beside=plans.get((str(settings.get("beside")), paper)),
                originals=_originals(plan, plans),
            )
            for (campaign, paper), plan in plans.items()
            if campaign == name
        }
        planned[name] = Campaign(name, settings, papers)
    for plan in plans.values():
        _check_cells(plan)
    return planned


def _check_keys(name: str, settings: Mapping[str, Any]) -> None:
    """Refuse keys that have no effect beside another one, or contradict it."""
    if settings["weights"] == "released":
        for key in _OF_TRAINING:
            if key in settings:
                raise RadiogazeError(
                    f"config.yaml: campaigns.{name}.{key}: found {settings[key]}, which has no"
                    " effect on released weights; leave it out, or set weights: trained"
                )
    if settings["sky"] == "synthetic" and "dataset" in settings:
        raise RadiogazeError(
            f"config.yaml: campaigns.{name}.dataset: found {settings['dataset']}, but sky is"
            " synthetic, which every result would be labelled as; expected sky: published, or no"
            " dataset"
        )


def _check_references(name: str, campaigns: Mapping[str, Mapping[str, Any]]) -> None:
    """Refuse a campaign that refers to one that there is not, or that has other data."""
    settings = campaigns[name]
    for key in ("beside", "originals"):
        if settings.get(key, name) not in campaigns:
            raise RadiogazeError(
                f"config.yaml: campaigns.{name}.{key}: no campaign {settings[key]}; there are:"
                f" {', '.join(campaigns)}"
            )
        other = campaigns[settings.get(key, name)]
        for what in ("sky", "dataset"):
            if settings.get(what) != other.get(what):
                raise RadiogazeError(
                    f"config.yaml: campaigns.{name}.{key}: {settings[key]} has {what}"
                    f" {other.get(what, 'none')}, this campaign {settings.get(what, 'none')};"
                    f" expected the same, because both are shown together, or no {key}"
                )
    if "originals" in settings:
        _check_originals(name, campaigns)
    if "beside" in settings and campaigns[settings["beside"]]["weights"] != "released":
        raise RadiogazeError(
            f"config.yaml: campaigns.{name}.beside: {settings['beside']} trains its own weights,"
            " expected a campaign with released ones"
        )


def _check_originals(name: str, campaigns: Mapping[str, Mapping[str, Any]]) -> None:
    """Refuse originals that cannot train what the campaign takes from them."""
    settings = campaigns[name]
    other = campaigns[settings["originals"]]
    papers = [paper for paper in PAPERS if paper in settings and paper in other]
    problem = ""
    if settings["originals"] == name or "originals" in other:
        problem = "takes networks from a campaign itself; expected one that trains all of its own"
    elif other["weights"] == "released":
        problem = "has released weights; expected one that trains its own"
    elif not papers:
        problem = "has no sheet of the same paper"
    if problem:
        raise RadiogazeError(
            f"config.yaml: campaigns.{name}.originals: {settings['originals']} {problem}"
        )


def _check_cells(plan: PaperPlan) -> None:
    """Refuse a table that the paper has not, a start with folds, and weights that there are not."""
    if not plan.variants:
        raise RadiogazeError(
            f"config.yaml: campaigns.{plan.campaign}.weights: found released, but no row of"
            f" {plan.budget['sheet']} has released weights; expected trained, or another sheet"
        )
    for name, row in plan.sheet.items():
        where, tables = f"{plan.budget['sheet']}: {name}", _TABLES[plan.paper]
        if unknown := [number for number in row.tables if number not in tables]:
            raise RadiogazeError(
                f"{where}: tables: found {', '.join(unknown)}, expected none or some of"
                f" {', '.join(tables)}, the tables of the {plan.paper} paper that show networks"
            )
        seen = ""
        if row.start:
            seen = f"start is {row.start}, which was trained on"
        elif row.unlabelled in OTHER_LISTS:
            seen = f"unlabelled is {row.unlabelled}, which may have"
        if seen and plan.trains(name) and plan.of_every_fold("", "", [name]):
            raise RadiogazeError(
                f"{where}: {seen} sources that folds test on; expected a number of seeds, which"
                f" gives no folds, or campaigns.{plan.campaign} without cross_validation"
            )
        if row.released_folder is None:
            continue
        epochs = plan.released_epochs.get(row.released_folder)
        if not epochs:
            raise RadiogazeError(
                f"{where}: released_folder: found {row.released_folder}, expected none or a"
                " folder of released weights (workflow/reference/weights.csv)"
            )
        if row.released_epoch not in epochs:
            raise RadiogazeError(
                f"{where}: released_epoch: found {row.released_epoch}, expected one of"
                f" {', '.join(map(str, epochs))}, those of its released_folder"
            )


def _originals(plan: PaperPlan, plans: Mapping[tuple[str, str], PaperPlan]) -> PaperPlan | None:
    """Return the plan of the originals, whose rows must be the same in both sheets."""
    originals = plans.get((str(plan.settings.get("originals")), plan.paper))
    if originals is None:
        return None
    for name, row in originals.sheet.items():
        if plan.sheet.get(name, row) != row:
            raise RadiogazeError(
                f"{plan.budget['sheet']}: {name}: expected the row that {originals.budget['sheet']}"
                f" has, because campaigns.{plan.campaign} does not train it again"
            )
    return originals
