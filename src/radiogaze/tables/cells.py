"""A cell of a table: ours beside the paper's, and the verdict on the two."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from radiogaze.tables.reference import PaperValue

ROUNDING = "within rounding"
INTERVAL = "within interval"
DIFFERS = "differs"
NOT_IN_PAPER = "not in the paper"
NOT_RUN = "not run: no released weights"
DIFFERENCES = "docs/differences.md"

# plain: one cell a row and column; across: FRI and FRII are columns; down: they are rows
Layout = Literal["plain", "classes across", "classes down"]
Number = float | int


@dataclass(frozen=True)
class Cell:
    """One comparison.

    Parameters
    ----------
    variant, metric, group
        What is compared: the CSV's ``variant``, ``metric`` and ``class``.
    row, column, block
        Where it stands for a reader; each block is a table of its own.
    ours
        A fraction or count, a text, or None where nothing was run.
    paper
        The paper's cell, or None where it has none.
    low, high
        The 95 % interval of ours, or None where ours has no error.
    anchor
        The section of ``docs/differences.md`` for a disagreement that ``paper`` names none for.
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

    @property
    def section(self) -> str:
        """The section of ``docs/differences.md`` that explains this cell."""
        return self.paper.see if self.paper and self.paper.see else self.anchor

    @property
    def difference(self) -> Number | None:
        """Ours minus the paper's, or None where there are not two numbers."""
        if self.paper is None or self.ours is None or isinstance(self.ours, str):
            return None
        if isinstance(self.ours, int) and self.paper.value.isdigit():
            return self.ours - int(self.paper.value)
        return self.ours - float(self.paper.value)

    @property
    def verdict(self) -> str:
        """The verdict in words.

        ``within rounding`` (ours, rounded to the paper's digits, is the paper's value; counts
        and names: equal), ``within interval`` (the paper's value, or the interval it gives,
        meets the 95 % interval of ours), ``differs: see docs/differences.md#…``, or why there
        is nothing to compare.
        """
        if self.ours is None:
            return NOT_RUN
        where = f"see {DIFFERENCES}#{self.section}"
        if self.paper is None:
            return f"{NOT_IN_PAPER}: {where}"
        if _rounds_to(self.ours, self.paper.value):
            return ROUNDING
        if self.low is not None and self.high is not None and self._meets(self.low, self.high):
            return INTERVAL
        return f"{DIFFERS}: {where}"

    def _meets(self, low: float, high: float) -> bool:
        """Tell whether the paper's value, give or take its uncertainty, meets [low, high]."""
        if self.paper is None:
            return False
        value = Decimal(self.paper.value)
        margin = Decimal(self.paper.uncertainty or 0)
        return decimal(low) <= value + margin and value - margin <= decimal(high)


@dataclass(frozen=True)
class Content:
    """The comparisons of one table and what a reader must know about them."""

    title: str
    cells: tuple[Cell, ...]
    notes: tuple[str, ...] = ()
    layout: Layout = "plain"


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
