"""A cell of a table: ours beside the paper's, and the verdict on the two."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from math import hypot, sqrt
from pathlib import Path
from typing import Literal

from scipy.special import stdtrit

from radiogaze.tables.reference import PaperValue

ROUNDING = "within rounding"
INTERVAL = "within interval"
DIFFERS = "differs"
NOT_IN_PAPER = "not in the paper"
NOT_RUN = "not run: no released weights"
NOT_TRAINED = "not run: not trained"
NOT_COMPARED = "not compared: synthetic sky"
FOUND = "found"
NOT_FOUND = "not found"
DIFFERENCES = "docs/differences.md"

# plain: one cell a row and column; across: FRI and FRII are columns; down: they are rows
Layout = Literal["plain", "classes across", "classes down"]
Number = float | int


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
    released
        The same result of the released weights, or None where it is not given.
    """

    seeds: int = 0
    std: float | None = None
    redraws: int = 0
    released: float | None = None

    @property
    def reach(self) -> float:
        """How far from the mean one further training may lie, at 95 %; 0 where unknown."""
        if self.std is None:
            return 0.0
        return float(stdtrit(self.seeds - 1, 0.975)) * self.std * sqrt(1 + 1 / self.seeds)


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
        The 95 % interval of ours, or None where ours has no error.
    anchor
        The section of ``docs/differences.md`` for a disagreement that ``paper`` names none for.
    retrained
        The spread over seeds and what else belongs to our own training, or None.
    judged
        A verdict that does not follow from the two values (``ROUNDING``, ``FOUND``,
        ``NOT_FOUND``), or an empty text.
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
        if (
            not self.compared
            or self.paper is None
            or self.ours is None
            or isinstance(self.ours, str)
        ):
            return None
        if isinstance(self.ours, int) and self.paper.value.isdigit():
            return self.ours - int(self.paper.value)
        return self.ours - float(self.paper.value)

    @property
    def verdict(self) -> str:
        """The verdict in words.

        ``within rounding`` (ours, rounded to the paper's digits, is the paper's value; counts
        and names: equal), ``within interval`` (the paper's value, or the interval it gives,
        meets the 95 % interval of ours, widened by the spread over seeds),
        ``differs: see docs/differences.md#…``, ``found`` or ``not found: see …`` of a source that
        the paper lists, or why there is nothing to compare.
        """
        if not self.compared:
            return NOT_COMPARED
        if self.ours is None:
            return NOT_TRAINED if self.retrained else NOT_RUN
        word = self.judged or self._judge()
        if word in (DIFFERS, NOT_FOUND, NOT_IN_PAPER):
            return f"{word}: see {DIFFERENCES}#{self.section}"
        return word

    def _judge(self) -> str:
        """Compare ours with the paper's value."""
        if self.paper is None or self.ours is None:
            return NOT_IN_PAPER
        if _rounds_to(self.ours, self.paper.value):
            return ROUNDING
        return INTERVAL if self._meets_interval() else DIFFERS

    def _meets_interval(self) -> bool:
        """Tell whether the paper's value, give or take its uncertainty, meets our interval.

        The paper's network is one training. Beside the mean of several of ours it may lie off
        by the choice of test sources and by the randomness of a training; the two are
        independent and add in quadrature.
        """
        if self.paper is None or not isinstance(self.ours, float):
            return False
        if self.low is None or self.high is None:
            return False
        low, high = self.low, self.high
        if self.retrained and self.retrained.reach:
            low = self.ours - hypot(self.ours - low, self.retrained.reach)
            high = self.ours + hypot(high - self.ours, self.retrained.reach)
        value = Decimal(self.paper.value)
        margin = Decimal(self.paper.uncertainty or 0)
        return decimal(low) <= value + margin and value - margin <= decimal(high)


@dataclass(frozen=True)
class Content:
    """The comparisons of one table and what a reader must know about them.

    Parameters
    ----------
    cells, layout
        The comparisons and how they are arranged.
    notes
        How to read them, a sentence or two each.
    events
        What happened in our own trainings behind them: which run, and what.
    inputs
        Files that the table was made from beside metrics and catalogues, by what they are.
    """

    cells: tuple[Cell, ...]
    notes: tuple[str, ...] = ()
    layout: Layout = "plain"
    events: tuple[str, ...] = ()
    inputs: Mapping[str, Path] = field(default_factory=dict)


def decimal(value: Number) -> Decimal:
    """Return a number as a decimal, without the noise of its binary form."""
    return Decimal(value) if isinstance(value, int) else Decimal(f"{value:.12f}")


def decimals_of(text: str) -> int:
    """Return how many digits follow the point of a printed number."""
    return len(text.partition(".")[2])


def _rounds_to(ours: Number | str, printed: str) -> bool:
    """Tell whether ours rounds to a printed value.

    Nobody knows how the paper rounded a tie, so a tie rounds both ways.
    """
    if isinstance(ours, str):
        return ours == printed
    half_a_digit = Decimal(5).scaleb(-decimals_of(printed) - 1)
    return abs(decimal(ours) - Decimal(printed)) <= half_a_digit
