"""The rules that decide a claim: by the differences of its cells, and by a stated margin.

A difference has a 95 % interval. Between two networks on the same sources it is that of the paired
comparison; otherwise the intervals of the two cells are combined (Newcombe 1998, method 10), but
not those of a single training of our own, which has no spread.
*Above* and *below* need an interval without zero and, of a paired comparison, a p of at most 0.05
(McNemar's; of seeds, that of Welch's t test) after Holm's correction over all comparisons of the
paper's claims. *Alike* and *not above* need an interval within
``radiogaze.evaluation.comparison.MARGIN``. Otherwise a claim cannot be told. *Alike* compares each
cell with each that the claim sets it against, or with each other one where it sets none.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from math import hypot
from typing import Literal, get_args

from radiogaze.evaluation.comparison import MARGIN
from radiogaze.report.cells import Measured
from radiogaze.tables.verdict import FOUND, NOT_FOUND, word_of

State = Literal["holds", "does not hold", "cannot be told"]
STATES: tuple[State, ...] = get_args(State)
HOLDS, FAILS, OPEN = STATES
ANSWERS = "answers"  # the rule whose cells are answers of other rules, in words
_LEVEL = 0.05
_SMALLEST = 0.0001  # the last decimal of a table


@dataclass(frozen=True)
class Difference:
    """The first cell of a claim minus the second.

    Attributes
    ----------
    first, second
        What the claim calls them.
    value, low, high
        With the 95 % interval; equal for two exact numbers.
    p
        After Holm's correction; None where the comparison is not paired.
    """

    first: str
    second: str
    value: float
    low: float
    high: float
    p: float | None = None

    @property
    def sign(self) -> int:
        """1 or -1 where it is shown to be above or below zero, else 0."""
        if self.p is not None and self.p > _LEVEL:
            return 0
        return int(self.low > 0) - int(self.high < 0)

    @property
    def small(self) -> bool:
        """Whether it is shown to be too small to matter."""
        return self.low > -MARGIN and self.high < MARGIN

    @property
    def shown(self) -> str:
        """In words, e.g. ``Range − Softmax: −0.021 [−0.048, +0.004], p = 0.12``."""
        if self.p is None and self.low == self.high and self.value.is_integer():
            return f"{self.first} − {self.second}: {self.value:+,.0f}"
        ends = f"[{self.low:+.3f}, {self.high:+.3f}]".replace("-", "−")
        paired = "without p" if self.p is None else f"p {_rounded(self.p)} after Holm"
        return f"{self.first} − {self.second}: {self.value:+.3f} {ends}, {paired}".replace(
            " -", " −"
        )


# Gives the difference of two cells.
Differ = Callable[[Measured, Measured], Difference]
Rule = Callable[[Sequence[Measured], Sequence[Measured], Differ], tuple[State, str]]


def _rounded(p: float) -> str:
    return f"= {p:.2g}" if p >= _SMALLEST else f"< {_SMALLEST}"


def unpaired(first: Measured, second: Measured) -> Difference:
    """Return the difference of two cells that are not compared source by source."""
    a, b = float(first.ours), float(second.ours)
    low = a - b - hypot(a - first.low, second.high - b)
    high = a - b + hypot(first.high - a, b - second.low)
    return Difference(first.name, second.name, a - b, low, high)


def _found(ours: Sequence[Measured], _: Sequence[Measured], __: Differ) -> tuple[State, str]:
    if missed := [number.name for number in ours if word_of(number.verdict) == NOT_FOUND]:
        return FAILS, f"Not found: {', '.join(missed)}."
    if all(number.verdict == FOUND for number in ours):
        return HOLDS, f"All {len(ours)} are found."
    return OPEN, "Not all of them were looked for."


def _above(
    ours: Sequence[Measured], others: Sequence[Measured], differ: Differ
) -> tuple[State, str]:
    return _ordered(differ(ours[0], others[0]))


def _below(
    ours: Sequence[Measured], others: Sequence[Measured], differ: Differ
) -> tuple[State, str]:
    return _ordered(differ(others[0], ours[0]))


def _ordered(found: Difference) -> tuple[State, str]:
    if found.sign > 0:
        return HOLDS, f"{found.shown}."
    if found.sign < 0 or found.low == found.high:
        return FAILS, f"{found.shown}."
    if found.small:
        return FAILS, f"{found.shown}: no difference that matters (margin {MARGIN})."
    return OPEN, f"{found.shown}: neither is shown to be above the other."


def _not_above(
    ours: Sequence[Measured], others: Sequence[Measured], differ: Differ
) -> tuple[State, str]:
    found = differ(ours[0], others[0])
    if found.high < MARGIN:
        return HOLDS, f"{found.shown}: no gain of {MARGIN} or more."
    if found.sign > 0:
        return FAILS, f"{found.shown}."
    return OPEN, f"{found.shown}: a gain of {MARGIN} is not excluded."


def _alike(
    ours: Sequence[Measured], others: Sequence[Measured], differ: Differ
) -> tuple[State, str]:
    # what stands on one side need not be alike: the claim is about one kind against another
    pairs = product(ours, others) if others else combinations(ours, 2)
    found = [differ(a, b) for a, b in pairs]
    furthest = max(found, key=lambda one: max(-one.low, one.high))
    if apart := [one for one in found if one.sign and not one.small]:
        return FAILS, f"{'; '.join(one.shown for one in apart)}."
    if all(one.small for one in found):
        return HOLDS, f"Every difference is within ±{MARGIN}; furthest from 0: {furthest.shown}."
    return OPEN, f"A difference of {MARGIN} is not excluded: {furthest.shown}."


def _largest(
    ours: Sequence[Measured], others: Sequence[Measured], differ: Differ
) -> tuple[State, str]:
    found = [differ(ours[0], other) for other in others]
    if below := [one for one in found if one.sign < 0]:
        return FAILS, f"{'; '.join(one.shown for one in below)}."
    if all(one.sign > 0 for one in found):
        return HOLDS, f"{'; '.join(one.shown for one in found)}."
    nearest = min(found, key=lambda one: one.value)
    return OPEN, f"It is not shown to be above every other: {nearest.shown}."


def _answers(ours: Sequence[Measured], _: Sequence[Measured], __: Differ) -> tuple[State, str]:
    found = "; ".join(f"{answer.name}: {answer.ours}" for answer in ours)
    words = [answer.ours for answer in ours]
    if all(word == "stands" for word in words):
        return HOLDS, f"{found}."
    if "falls" in words and "stands" not in words:
        return FAILS, f"{found}."
    return OPEN, f"{found}."


def _visual(_: Sequence[Measured], __: Sequence[Measured], ___: Differ) -> tuple[State, str]:
    return OPEN, "Can only be judged visually."


RULES: dict[str, Rule] = {
    "above": _above,
    "below": _below,
    "not-above": _not_above,
    "alike": _alike,
    "largest": _largest,
    "found": _found,
    ANSWERS: _answers,
    "eye": _visual,
}


def has_enough(rule: str, ours: int, others: int) -> bool:
    """Tell whether a claim has the cells that its rule needs: of its own, and to set them against.

    Without, "all of them" would hold for none.
    """
    if rule in ("above", "below", "not-above", "largest"):
        return ours > 0 and others > 0
    if rule == "alike":
        return ours > 0 and ours + others > 1
    return ours > 0 or rule == "eye"
