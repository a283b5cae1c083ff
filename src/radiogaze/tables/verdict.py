"""The verdict on a cell: the rule by which ours agrees with the paper's or not.

The rule is here and nowhere else; tables, report and claims read its words.
"""

from decimal import Decimal
from math import hypot
from typing import NamedTuple

from scipy.special import stdtrit

from radiogaze.tables.reference import PaperValue

Number = float | int

ROUNDING = "within rounding"
INTERVAL = "within interval"
DIFFERS = "differs"
FOUND = "found"
NOT_FOUND = "not found"
NOT_IN_PAPER = "not in the paper"
NOT_RUN = "not run: no released weights"
NOT_TRAINED = "not run: not trained"
NOT_CONVERGED = "not run: no training converged"
NOT_COMPARED = "not compared: synthetic sky"
DIFFERENCES = "docs/differences.md"  # whose section explains a word of EXPLAINED
EXPLAINED = (DIFFERS, NOT_FOUND, NOT_IN_PAPER)


class Look(NamedTuple):
    """How a verdict is shown: its mark, what the mark means, its class in the style sheet."""

    mark: str
    meaning: str
    style: str


# the words of a verdict up to a colon -> how it is shown
LOOKS = {
    ROUNDING: Look("✓", "ours rounds to the paper's value (a count or name: equals it)", "same"),
    INTERVAL: Look("≈", "the paper's value lies in our 95 % interval", "near"),
    DIFFERS: Look("✗", "differs", "apart"),
    FOUND: Look("●", "found, as in the paper", "same"),
    NOT_FOUND: Look("○", "listed by the paper, not found", "apart"),
    NOT_IN_PAPER: Look("+", "not in the paper", "extra"),
    "not run": Look("–", "not run", "none"),
    "not compared": Look("", "not compared", "none"),
}


def word_of(verdict: str) -> str:
    """Return the key of a verdict in ``LOOKS``."""
    return verdict.partition(":")[0]


def judge(
    ours: Number | str, paper: PaperValue, interval: tuple[float, float] | None, reach: float = 0
) -> str:
    """Compare ours with a printed value.

    The paper's network is one training. Beside the mean of several of ours it may be off by the
    choice of test sources and by the randomness of a training; the two are independent and add
    in quadrature.

    Parameters
    ----------
    ours
        A fraction or count, or a text.
    paper
        The printed value; it counts give or take the uncertainty that the paper prints.
    interval
        The 95 % interval of ours over the choice of test sources, or None where it has no error.
    reach
        How far from ours, a mean over seeds, one further training may be, at 95 %.

    Returns
    -------
    str
        ``ROUNDING`` (rounded to the paper's digits ours is the paper's value; a text equals it),
        ``INTERVAL`` (the interval, widened by ``reach``, meets the paper's) or ``DIFFERS``.
    """
    if isinstance(ours, str):
        return ROUNDING if ours == paper.value else DIFFERS
    value = Decimal(paper.value)
    # how the paper rounded a tie is unknown, so that a tie rounds both ways
    half_a_digit = Decimal(5).scaleb(-decimals_of(paper.value) - 1)
    if abs(_decimal(ours) - value) <= half_a_digit:
        return ROUNDING
    if interval is None:
        return DIFFERS
    low, high = map(_decimal, widen(ours, *interval, reach))
    margin = Decimal(paper.uncertainty or 0)
    return INTERVAL if low <= value + margin and value - margin <= high else DIFFERS


def widen(value: float, low: float, high: float, reach: float) -> tuple[float, float]:
    """Add an independent error of half width ``reach`` to an interval in quadrature."""
    if not reach:
        return low, high
    return value - hypot(value - low, reach), value + hypot(high - value, reach)


def student(seeds: float) -> float:
    """Return Student's 97.5 % point for the spread over some seeds."""
    return float(stdtrit(seeds - 1, 0.975))


def decimals_of(text: str) -> int:
    """Return how many digits follow the point of a printed number."""
    return len(text.partition(".")[2])


def _decimal(value: Number) -> Decimal:
    """Return a number as a decimal, without the noise of its binary form."""
    return Decimal(f"{value:.12f}")
