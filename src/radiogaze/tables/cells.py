"""A cell of a table: ours beside the paper's."""

from dataclasses import dataclass

from radiogaze.tables.reference import PaperValue
from radiogaze.tables.verdict import (
    DIFFERENCES,
    DIFFERS,
    EXPLAINED,
    MONTE_CARLO,
    NO_ERROR,
    NOT_COMPARED,
    NOT_CONVERGED,
    NOT_IN_PAPER,
    NOT_RUN,
    NOT_TRAINED,
    SPREAD,
    Number,
    judge,
    seed_margin,
)


@dataclass(frozen=True)
class Retrained:
    """What belongs to a mean over the seeds of our own training.

    Parameters
    ----------
    seeds
        How many training seeds it is the mean of.
    std
        The sample standard deviation over the seeds (n - 1), or None with fewer than two.
    redraws
        How often a training was re-initialised, over all runs behind the cell.
    values
        Of each seed.
    folds
        Of each fold of a cross-validation.
    diverged
        How many further seeds did not converge; they are not in the mean.
    released
        The same result of the released weights, or None where it is not given.
    """

    seeds: int = 0
    std: float | None = None
    redraws: int = 0
    diverged: int = 0
    values: tuple[float, ...] = ()
    folds: tuple[float, ...] = ()
    released: float | None = None


@dataclass(frozen=True)
class Cell:
    """One comparison.

    Parameters
    ----------
    variant, metric, group
        What is compared: the CSV's ``variant``, ``metric`` and ``class``.
    row, column, block
        Where a reader finds it; each block is a table of its own.
    ours
        A fraction or count, a text, or None where nothing was run; of our own training the
        mean over its seeds.
    paper
        The paper's cell, or None where it has none.
    low, high
        The 95 % interval of ours over the choice of test sources, or None where ours is exact.
    monte_carlo
        How far ours and the paper's may be apart by their augmentation passes, at 95 %, or None.
    anchor
        The section of ``docs/differences.md`` for a disagreement that ``paper`` names none for.
    retrained
        The spread over seeds and what else belongs to our own training, or None.
    judged
        A word of the verdict that does not follow from the two values, or an empty text.
    compared
        Whether ours can be set against the paper's: not where the sky is synthetic.
    """

    variant: str
    metric: str
    group: str
    row: str
    column: str
    ours: Number | str | None
    paper: PaperValue | None
    anchor: str
    low: float | None = None
    high: float | None = None
    monte_carlo: float | None = None
    block: str = ""
    retrained: Retrained | None = None
    judged: str = ""
    compared: bool = True

    @property
    def section(self) -> str:
        """The section of ``docs/differences.md`` that explains this cell."""
        return self.paper.see if self.paper and self.paper.see else self.anchor

    @property
    def difference(self) -> Number | None:
        """Ours minus the paper's, or None where there are not two numbers to compare."""
        if not (self.compared and self.paper) or self.ours is None or isinstance(self.ours, str):
            return None
        whole = isinstance(self.ours, int) and self.paper.value.isdigit()
        return self.ours - (int(self.paper.value) if whole else float(self.paper.value))

    @property
    def margin(self) -> float | None:
        """How far ours and the paper's may be apart by chance, at 95 %; None where not known."""
        if self.retrained:
            return seed_margin(self.retrained.std, self.retrained.seeds)
        return self.monte_carlo

    @property
    def verdict(self) -> str:
        """The verdict in words, with the section that explains it, or why there is none."""
        if not self.compared:
            return NOT_COMPARED
        if self.ours is None:
            if self.retrained and self.retrained.diverged:
                return NOT_CONVERGED
            return NOT_TRAINED if self.retrained else NOT_RUN
        word = self.judged or NOT_IN_PAPER
        if self.paper and not self.judged:
            margin = self.margin
            word = judge(self.ours, self.paper, margin, SPREAD if self.retrained else MONTE_CARLO)
            if word == DIFFERS and margin is None and self.low is not None:
                word = NO_ERROR
        return f"{word}: see {DIFFERENCES}#{self.section}" if word in EXPLAINED else word


@dataclass(frozen=True)
class Content:
    """The comparisons of one table and what a reader must know about them.

    Parameters
    ----------
    cells
        The comparisons.
    notes
        How to read them, a sentence or two each.
    events
        What happened in our own trainings behind them: which run, and what.
    """

    cells: tuple[Cell, ...]
    notes: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
