"""What a campaign consists of: its papers, variants and runs, and what is made from which of them.

No path is decided here: a file is named by its kind, its variant and its run, and the rules of the
workflow say where it lies.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from radiogaze.campaigns.variants import Variant, load_sheet
from radiogaze.errors import RadiogazeError

PAPERS = ("gating", "equivariant")
CHECKPOINTS = range(1, 6)  # that the first training of a variant keeps, by number
EVERY_VARIANT = "*"  # in place of a table's number: the table shows all of the sheet
# The table of each paper whose networks the explorer shows.
_EXPLORED = {"gating": "7", "equivariant": "1"}


class Need(NamedTuple):
    """A file that a figure is drawn from.

    Attributes
    ----------
    option
        The option of ``radiogaze figure`` that takes it.
    name
        How the figure calls it; empty where the option takes a file without a name.
    kind
        What is in it, e.g. ``"examples"``.
    variant, run
        Whose it is; empty where it belongs to no variant, or to no single run of one.
    """

    option: str
    name: str
    kind: str
    variant: str = ""
    run: str = ""


@dataclass(frozen=True)
class PaperPlan:
    """One paper in one campaign.

    Attributes
    ----------
    campaign, paper
        Their names.
    settings
        What ``config.yaml`` says of the campaign.
    sheet
        The rows of the experiment sheet by variant, in its order.
    released_epochs
        Folder of released weights -> the epochs that were released, in rising order.
    """

    campaign: str
    paper: str
    settings: Mapping[str, Any]
    sheet: Mapping[str, Variant]
    released_epochs: Mapping[str, Sequence[int]]

    @property
    def trained(self) -> bool:
        """Whether the weights are trained here; otherwise they are the released ones."""
        return bool(self.settings["weights"] == "trained")

    @property
    def synthetic(self) -> bool:
        """Whether the sky is synthetic: nothing is compared with the paper then."""
        return bool(self.settings["sky"] == "synthetic")

    @property
    def runs(self) -> list[str]:
        """The trained networks of each variant, the one that figures are drawn from first."""
        if self.trained:
            return [f"seed-{seed}" for seed in range(self.settings["seeds"])]
        return ["released"]

    @property
    def variants(self) -> list[str]:
        """The variants that there are weights of."""
        return [name for name, row in self.sheet.items() if self.trained or row.released_file]

    def variant(self, name: str) -> Variant:
        """Return the row of a variant.

        Raises
        ------
        RadiogazeError
            If the sheet has no such variant.
        """
        if name not in self.sheet:
            raise RadiogazeError(
                f"{self.settings[self.paper]['sheet']}: no variant {name}; it has:"
                f" {', '.join(self.sheet)}"
            )
        return self.sheet[name]

    def variants_of_table(self, number: str | None) -> list[str]:
        """Return the variants that a table shows.

        Parameters
        ----------
        number
            The number that the rows name in their column ``tables``, ``EVERY_VARIANT``, or None
            for a table that shows no variant.
        """
        return [
            name
            for name in self.variants
            if number == EVERY_VARIANT or number in self.sheet[name].tables
        ]

    def gated_of_table(self, number: str) -> list[str]:
        """Return the variants that a table shows and that have attention gates."""
        return [name for name in self.variants_of_table(number) if self.sheet[name].gates]

    @property
    def primary(self) -> str:
        """The gating paper's primary model: the first row listed in both Table 6 and Table 7.

        Raises
        ------
        RadiogazeError
            If no row is.
        """
        for name, row in self.sheet.items():
            if {"6", "7"} <= set(row.tables):
                return name
        raise RadiogazeError(
            f"{self.settings[self.paper]['sheet']}: no row names both tables 6 and 7, as that of"
            " the primary model must"
        )

    @property
    def grid(self) -> list[str]:
        """The 16 models of Figures 5 and 13: those of Table 8, the primary model for its kind."""
        primary = self.sheet[self.primary]
        kind = (primary.normalisation, primary.aggregation)
        rows = [self.sheet[name] for name in self.variants_of_table("8")]
        return [
            self.primary if (row.normalisation, row.aggregation) == kind else row.variant
            for row in rows
        ]

    @property
    def checkpoints(self) -> dict[str, str]:
        """Five checkpoints of the primary model's training, evenly picked: name -> run."""
        if self.trained:
            return {f"stage-{number}": f"stage-{number}" for number in CHECKPOINTS}
        saved = self.released_epochs[self.sheet[self.primary].released_folder or ""]
        last = len(CHECKPOINTS) - 1
        picked = [saved[(len(saved) - 1) * number // last] for number in range(last + 1)]
        return {str(epoch): f"epoch-{epoch}" for epoch in picked}

    @property
    def differenced(self) -> list[str]:
        """The networks of the equivariant paper's Figure 3: the plain one, and D8 or the last."""
        gated = self.gated_of_table("1")
        plain = [name for name in gated if self.sheet[name].group is None]
        others = [name for name in gated if self.sheet[name].group is not None]
        d8 = [name for name in others if self.sheet[name].group == "d8"]
        return plain[:1] + (d8 or others[-1:])[:1]

    @property
    def explored(self) -> list[str]:
        """The networks of the explorer: the four normalisations, or the equivariant paper's."""
        return self.variants_of_table(_EXPLORED[self.paper])

    def needs(self, option: str, kind: str, variants: Iterable[str]) -> list[Need]:
        """Name a file of the first run of each variant, called by the variant."""
        return [Need(option, name, kind, name, self.runs[0]) for name in variants]

    def through_training(self, option: str, kind: str) -> list[Need]:
        """Name a file of the primary model at each checkpoint, called by the checkpoint."""
        return [
            Need(option, name, kind, self.primary, run) for name, run in self.checkpoints.items()
        ]

    def histories(self, variants: Iterable[str]) -> list[Need]:
        """Name the training history of every run of each variant."""
        return [
            Need("history", f"{name}/{run}", "history", name, run)
            for name in variants
            for run in self.runs
        ]

    def aggregates(self, variants: Iterable[str], runs: Iterable[str]) -> list[Need]:
        """Name the aggregates of random passes and of a full turn, of some runs of each variant."""
        runs = list(runs)
        return [
            Need("aggregate", f"{name}/{run}/{passes}", kind, name, run)
            for name in variants
            for run in runs
            for passes, kind in (("random", "attention"), ("rotations", "rotations"))
        ]


@dataclass(frozen=True)
class Campaign:
    """A campaign: its name, what ``config.yaml`` says of it, and its papers."""

    name: str
    settings: Mapping[str, Any]
    papers: Mapping[str, PaperPlan]

    def paper(self, name: str) -> PaperPlan:
        """Return one paper.

        Raises
        ------
        RadiogazeError
            If the campaign does not rebuild that paper.
        """
        if name not in self.papers:
            raise RadiogazeError(
                f"config.yaml: campaigns.{self.name}: nothing of the {name} paper; it has:"
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
        If a sheet is missing or faulty.
    """
    epochs: dict[str, list[int]] = {}
    for row in weights:
        epochs.setdefault(row["folder"], []).append(int(row["epoch"]))
    released = {folder: sorted(found) for folder, found in epochs.items()}
    return {
        name: Campaign(
            name,
            settings,
            {
                paper: PaperPlan(
                    name, paper, settings, load_sheet(Path(settings[paper]["sheet"])), released
                )
                for paper in PAPERS
                if paper in settings
            },
        )
        for name, settings in campaigns.items()
    }
