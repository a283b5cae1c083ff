"""The verdict on a cell: the rule by which ours agrees with the paper's or not.

The rule is here and nowhere else; tables, report and claims read its words.
"""

from decimal import Decimal
from math import hypot, sqrt
from typing import NamedTuple

from scipy.special import ndtri, stdtrit

from radiogaze.tables.reference import PaperValue

Number = float | int

ROUNDING = "within rounding"
MONTE_CARLO = "within Monte Carlo error"
SPREAD = "within the spread over seeds"
DIFFERS = "differs"
FOUND = "found"
NOT_FOUND = "not found"
NOT_IN_PAPER = "not in the paper"
NOT_RUN = "not run: no released weights"
NOT_TRAINED = "not run: not trained"
NOT_CONVERGED = "not run: no training converged"
NO_ERROR = "not compared: one training has no spread, one pass no error"
NOT_COMPARED = "not compared: synthetic sky"
DIFFERENCES = "docs/differences.md"  # whose section explains a word of EXPLAINED
EXPLAINED = (DIFFERS, NOT_FOUND, NOT_IN_PAPER)


_Z = float(ndtri(0.975))


class Look(NamedTuple):
    """How a verdict is shown: its mark, what the mark means, its class in the style sheet."""

    mark: str
    meaning: str
    style: str


# the words of a verdict up to a colon -> how it is shown
LOOKS = {
    ROUNDING: Look("✓", "ours rounds to the paper's value (a count or name: equals it)", "same"),
    MONTE_CARLO: Look("≈", "they differ by no more than other augmentation passes would", "near"),
    SPREAD: Look("≈", "they differ by no more than another training would", "near"),
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


def judge(ours: Number | str, paper: PaperValue, margin: float | None, within: str) -> str:
    """Compare ours with a printed value that the same procedure should give.

    How much other test sources would move both is another question; it excuses no difference.

    Parameters
    ----------
    ours
        A fraction or count, or a text.
    paper
        The printed value; it counts give or take the uncertainty that the paper prints.
    margin
        How far the two may be apart by chance, at 95 %: see :func:`monte_carlo_margin` and
        :func:`seed_margin`. None where ours has no such error.
    within
        ``MONTE_CARLO`` or ``SPREAD``: what the margin is made of.

    Returns
    -------
    str
        ``ROUNDING`` (rounded to the paper's digits ours is the paper's value; a text equals it),
        ``within`` (the paper's value before its rounding may lie within the margin of ours) or
        ``DIFFERS``.
    """
    if isinstance(ours, str):
        return ROUNDING if ours == paper.value else DIFFERS
    # how the paper rounded a tie is unknown, so that a tie rounds both ways
    half_a_digit = Decimal(5).scaleb(-decimals_of(paper.value) - 1)
    apart = abs(_decimal(ours) - Decimal(paper.value)) - half_a_digit
    if apart <= 0:
        return ROUNDING
    allowed = _decimal(margin or 0) + Decimal(paper.uncertainty or 0)
    return within if apart <= allowed else DIFFERS


def monte_carlo_margin(error: float | None, passes: int, published: int) -> float | None:
    """Return how far the same weights' result may be from a printed one, at 95 %.

    Both are means over augmented passes with random numbers of their own.

    Parameters
    ----------
    error
        Our standard error over the passes, or None of a single pass.
    passes, published
        Ours, and the paper's.
    """
    return None if error is None else _Z * error * sqrt(1 + passes / published)


def seed_margin(std: float | None, seeds: int) -> float | None:
    """Return how far from our mean one further training may be, at 95 %: the paper's is one.

    That is t s √(1 + 1/n) for the standard deviation *s* over *n* seeds and Student's *t*; None
    where there is no spread. The spread holds the Monte Carlo error of each training.
    """
    return None if std is None else student(seeds) * std * sqrt(1 + 1 / seeds)


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
