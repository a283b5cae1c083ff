"""What a campaign consists of: its papers, variants and runs, and what is made from which of them.

No path is decided here: a file is named by its kind, its variant and its run, and the rules of the
workflow say where it lies.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from radiogaze.campaigns.need import Need
from radiogaze.campaigns.settings import Plan
from radiogaze.campaigns.variants import Variant
from radiogaze.errors import RadiogazeError
from radiogaze.terms import CHECKPOINTS

EVERY_VARIANT = "*"  # in place of a table's number: the table shows all of the sheet
# The FRI source of the gating paper's Figures 3 and 4, there called SDSS ID 2114-53848-625.
FIGURE_3_SOURCE = "100_208.637+028.243_0.0645_0082.21"
# The normalisation and aggregation of each model of Table 8, and of Figures 5 and 13.
_GRID = {
    *product(
        ("range", "standardisation", "sigmoid", "softmax"), ("mean", "concat", "deepsup", "ft")
    )
}
# The table of each paper whose networks the explorer shows.
_EXPLORED = {"gating": "7", "equivariant": "1"}


@dataclass(frozen=True)
class PaperPlan(Plan):
    """One paper in one campaign.

    Attributes
    ----------
    paper
        Its short name.
    sheet
        The rows of the experiment sheet by variant, in its order.
    released_epochs
        Folder of released weights -> the epochs that were released, in rising order.
    beside
        The plan whose released weights the tables show beside our own training.
    originals
        The plan that trains the variants which this one has in common with it.
    """

    paper: str
    sheet: Mapping[str, Variant]
    released_epochs: Mapping[str, Sequence[int]]
    beside: "PaperPlan | None" = None
    originals: "PaperPlan | None" = None

    @property
    def budget(self) -> Mapping[str, Any]:
        """What ``config.yaml`` sets for the paper: its sheet, passes and examples."""
        budget: Mapping[str, Any] = self.settings[self.paper]
        return budget

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
                f"{self.budget['sheet']}: no variant {name}; it has: {', '.join(self.sheet)}"
            )
        return self.sheet[name]

    def runs_of(self, variant: str) -> list[str]:
        """Return the trained networks of a variant: all of the campaign, or as many as it says."""
        return self.runs[: self.variant(variant).seeds]

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
    def has_primary(self) -> bool:
        """Whether a row is listed in both Table 6 and Table 7."""
        return any(row.is_primary for row in self.sheet.values())

    @property
    def primary(self) -> str:
        """The gating paper's primary model: the first row listed in both Table 6 and Table 7.

        Raises
        ------
        RadiogazeError
            If no row is.
        """
        if self.has_primary:
            return next(name for name, row in self.sheet.items() if row.is_primary)
        raise RadiogazeError(
            f"{self.budget['sheet']}: no row names both tables 6 and 7, as that of"
            " the primary model must"
        )

    @property
    def grid(self) -> list[str]:
        """The 16 models of Figures 5 and 13: those of Table 8, the primary model for its kind.

        Empty where the sheet has none of Table 8.

        Raises
        ------
        RadiogazeError
            If they are not one of each of the paper's 16 kinds, or there is no primary model.
        """
        rows = {name: self.sheet[name] for name in self.variants_of_table("8")}
        if not rows:
            return []
        kinds = {name: (row.normalisation, row.aggregation) for name, row in rows.items()}
        missing = sorted(_GRID - {*kinds.values()})
        if missing or len(rows) > len(_GRID):
            without = f", none of {' with '.join(missing[0])}" if missing else ""
            raise RadiogazeError(
                f"{self.budget['sheet']}: tables: expected 8 in {len(_GRID)} rows, one of each of"
                f" the paper's normalisations and aggregations, found it in {len(rows)}{without}"
            )
        primary = self.sheet[self.primary]
        own = (primary.normalisation, primary.aggregation)
        return [self.primary if kind == own else name for name, kind in kinds.items()]

    @property
    def checkpoints(self) -> dict[str, str]:
        """Five checkpoints of the primary model's training, evenly picked: name -> run."""
        if self.trained:
            return {f"stage-{number}": f"stage-{number}" for number in CHECKPOINTS}
        self.weights(self.primary, self.runs[0])  # refuses a primary model that has none
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
        """The networks of the explorer: those of one table, of a sheet without it all."""
        return self.variants_of_table(_EXPLORED[self.paper]) or self.variants

    def cutouts(self, archive: str) -> list[Need]:
        """Name images and catalogue of the cutouts in place of an archive's."""
        where = {"dataset": self.dataset(archive)}
        return [Need(kind, "", kind, where) for kind in ("images", "catalogue")]

    def weights(self, variant: str, run: str) -> Need:
        """Name the weights of a run: released, of our own training, or an earlier checkpoint.

        Raises
        ------
        RadiogazeError
            If the sheet has no such variant, or the campaign no such run of it.
        """
        row, (kind, _, number) = self.variant(variant), run.partition("-")
        if self.trained != (kind in ("seed", "fold", "stage")):
            made = "trained here" if self.trained else "released"
            raise RadiogazeError(
                f"config.yaml: campaigns.{self.campaign}: its weights are {made}, there is no"
                f" {run}; expected {self.runs[0] if self.trained else 'released'}"
            )
        if kind in ("seed", "fold"):
            return self.need("weights", "model", variant=variant, run=run)
        if kind == "stage":
            run = self.runs[0]
            return self.need("weights", "stage", variant=variant, run=run, number=number)
        epoch, epochs = int(number or row.released_epoch or 0), []
        if row.released_folder is not None:
            epochs = [*self.released_epochs[row.released_folder]]
        if epoch not in epochs:
            raise RadiogazeError(
                f"{self.budget['sheet']}: {variant}: no released weights for {run}; its epochs:"
                f" {', '.join(map(str, epochs)) or 'none'}"
            )
        return self.need("weights", "released", folder=str(row.released_folder), epoch=str(epoch))

    def training(self, variant: str, run: str) -> list[Need]:
        """Name what our own training reports of a run; nothing of released weights."""
        needs = [self.need("training", "training", variant=variant, run=run)]
        return needs if self.trained else []

    @property
    def report(self) -> list[Need]:
        """What the report of the campaign is made from, beside tables and figures."""
        needs = [
            *self.of_every_run("metrics", "metrics", self.variants),
            *self.of_first_run("explorer", "explored", self.explored),
        ]
        return [need._replace(name="") for need in needs]

    @property
    def measured(self) -> list[Need]:
        """What no table or figure shows: the asymmetry of the attention."""
        return [self.need("asymmetry", "asymmetry")] if self.paper == "equivariant" else []

    @property
    def differences(self) -> list[Need]:
        """The aggregates whose asymmetry is measured: of all networks with gates, all runs."""
        gated = self.gated_of_table("1")
        return [need for name in gated for need in self.aggregates([name], self.runs_of(name))]

    def trains(self, variant: str) -> bool:
        """Whether a variant is trained in this campaign, not taken from that of the originals."""
        return self.originals is None or variant not in self.originals.sheet

    def need(self, option: str, kind: str, name: str = "", **where: str) -> Need:
        """Name one file of this paper, in the campaign that makes it."""
        of = self if self.trains(where.get("variant", "")) else self.originals or self
        return Need(option, name, kind, {"campaign": of.campaign, "paper": self.paper, **where})

    def of_first_run(self, option: str, kind: str, variants: Iterable[str]) -> list[Need]:
        """Name a file of the first run of each variant, called by the variant."""
        run = self.runs[0]
        return [self.need(option, kind, name, variant=name, run=run) for name in variants]

    def of_every_run(self, option: str, kind: str, variants: Iterable[str]) -> list[Need]:
        """Name a file of every run of each variant, called by both."""
        return [
            self.need(option, kind, f"{name}/{run}", variant=name, run=run)
            for name in variants
            for run in self.runs_of(name)
        ]

    def of_every_fold(self, option: str, kind: str, variants: Iterable[str]) -> list[Need]:
        """Name a file of every fold of those variants that are of MiraBest, called by both."""
        return [
            self.need(option, kind, f"{name}/{fold}", variant=name, run=fold)
            for name in variants
            for fold in self.folds
            if self.sheet[name].is_of_mirabest and self.sheet[name].seeds is None
        ]

    def trainings_of(self, variant: str) -> int:
        """Count the trained networks of a variant, of seeds and of folds."""
        return len(self.runs_of(variant)) + len(self.of_every_fold("", "", [variant]))

    @property
    def cross_validated(self) -> list[Need]:
        """What every fold and every seed predicts of each source of MiraBest, and the cutouts."""
        here = [name for name in self.variants if self.sheet[name].is_of_mirabest]
        return [
            *self.cutouts("mirabest"),
            *self.of_every_fold("predictions", "predictions", here),
            *self.of_every_run("predictions", "predictions", here),
        ]

    @property
    def of_a_paper(self) -> bool:
        """Whether its sheet has networks of a paper's tables, and so the paper's figures."""
        return any(row.tables for row in self.sheet.values())

    def through_training(self, option: str, kind: str) -> list[Need]:
        """Name a file of the primary model at each checkpoint, called by the checkpoint."""
        return [
            self.need(option, kind, name, variant=self.primary, run=run)
            for name, run in self.checkpoints.items()
        ]

    def aggregates(self, variants: Iterable[str], runs: Sequence[str]) -> list[Need]:
        """Name the aggregates of random passes and of a full turn, of some runs of each variant."""
        return [
            self.need("aggregate", kind, f"{name}/{run}/{passes}", variant=name, run=run)
            for name in variants
            for run in runs
            for passes, kind in (("random", "attention"), ("rotations", "rotations"))
        ]
