"""Which of the papers' claims hold, decided by cells of the tables and by nothing else.

A claim is a row of ``workflow/reference/claims.csv`` and names its rule and its cells. Each is
judged ``holds``, ``does not hold`` or ``cannot be told``, the last also where the intervals of a
small test set leave the order open, a cell is missing, or it can only be judged visually.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from math import isnan
from pathlib import Path
from typing import Literal, get_args

from radiogaze.errors import RadiogazeError
from radiogaze.files.rows import read_rows
from radiogaze.report.cells import Key, Measured
from radiogaze.tables.verdict import FOUND, NOT_FOUND, word_of

State = Literal["holds", "does not hold", "cannot be told"]
STATES: tuple[State, ...] = get_args(State)
HOLDS, FAILS, OPEN = STATES
_QUOTED = "paper:"  # before a cell: the paper's number instead of ours


@dataclass(frozen=True)
class Claim:
    """One claim of a paper, as the table of claims has it; its columns are the attributes."""

    id: str
    paper: str
    section: str
    claim: str
    rule: str
    cells: str
    against: str
    note: str


@dataclass(frozen=True)
class Judged:
    """A claim, what became of it, the numbers behind it, and why in one sentence."""

    claim: Claim
    state: State
    numbers: tuple[Measured, ...]
    reason: str


class _NotThereError(Exception):
    """A cell that no table of the campaign has."""


def load_claims(path: Path) -> list[Claim]:
    """Read the table of claims.

    Raises
    ------
    RadiogazeError
        If the file is missing, a column is missing, or a rule is unknown.
    """
    rows = read_rows(path, ",")
    columns = [field.name for field in fields(Claim)]
    if set(rows[0]) != set(columns):
        raise RadiogazeError(f"{path}: columns {', '.join(rows[0])}, expected {', '.join(columns)}")
    claims = [Claim(**row) for row in rows]
    for claim in claims:
        if claim.rule not in _RULES:
            raise RadiogazeError(
                f"{path}: claim {claim.id}: rule {claim.rule!r}, expected one of"
                f" {', '.join(_RULES)}"
            )
        for text in _parts(claim.cells) + _parts(claim.against):
            _parse(text, f"{path}: claim {claim.id}")
    return claims


def judge(claim: Claim, cells: Mapping[Key, Measured]) -> Judged:
    """Judge a claim by the cells of a campaign's tables.

    Parameters
    ----------
    claim
        Of :func:`load_claims`.
    cells
        Of :func:`radiogaze.report.cells.read_cells`.
    """
    try:
        ours = [_look_up(text, claim, cells) for text in _parts(claim.cells)]
        others = [_look_up(text, claim, cells) for text in _parts(claim.against)]
    except _NotThereError as error:
        return Judged(claim, OPEN, (), str(error))
    state, reason = _RULES[claim.rule](ours, others)
    return Judged(claim, state, tuple(ours + others), reason)


def _found(ours: list[Measured], _: list[Measured]) -> tuple[State, str]:
    if missed := [number.name for number in ours if word_of(number.verdict) == NOT_FOUND]:
        return FAILS, f"Not found: {', '.join(missed)}."
    if all(number.verdict == FOUND for number in ours):
        return HOLDS, f"All {len(ours)} are found."
    return OPEN, "Not all of them were looked for."


def _agree(ours: list[Measured], others: list[Measured]) -> tuple[State, str]:
    mine, other = ours[0], others[0]
    if mine.low == mine.high:
        return OPEN, "The number has no interval to compare with."
    if mine.low <= other.high and other.low <= mine.high:
        return HOLDS, "They agree within the 95 % interval, which is no proof of equality."
    return FAILS, "The other number is outside the 95 % interval."


def _above(ours: list[Measured], others: list[Measured]) -> tuple[State, str]:
    mine, other = ours[0], others[0]
    if mine.low > other.high:
        return HOLDS, "It is above, beyond the 95 % intervals."
    if mine.high < other.low:
        return FAILS, "It is below, beyond the 95 % intervals."
    return OPEN, "The 95 % intervals do not separate the two."


def _below(ours: list[Measured], others: list[Measured]) -> tuple[State, str]:
    state, _ = _above(others, ours)
    reasons = {HOLDS: "It is below.", FAILS: "It is not below.", OPEN: "The two are not separated."}
    return state, reasons[state]


def _not_above(ours: list[Measured], others: list[Measured]) -> tuple[State, str]:
    if ours[0].low > others[0].high:
        return FAILS, "It is above, beyond the 95 % intervals."
    return HOLDS, "No gain beyond the 95 % intervals, which is no proof that there is none."


def _alike(ours: list[Measured], _: list[Measured]) -> tuple[State, str]:
    best = max(ours, key=lambda number: number.low)
    apart = [number.name for number in ours if number.high < best.low]
    if apart:
        return FAILS, f"{' and '.join(apart)} is below {best.name}, beyond the 95 % intervals."
    return HOLDS, "The 95 % intervals overlap, which is no proof that there is no difference."


def _largest(ours: list[Measured], others: list[Measured]) -> tuple[State, str]:
    mine = ours[0]
    if above := [other.name for other in others if other.low > mine.high]:
        return FAILS, f"{' and '.join(above)} is above, beyond the 95 % intervals."
    if all(mine.low > other.high for other in others):
        return HOLDS, "It is above all others, beyond the 95 % intervals."
    ahead = max([mine, *others], key=lambda number: float(number.ours))
    order = "It is the largest here" if ahead is mine else f"{ahead.name} is the largest here"
    return OPEN, f"{order}, but the 95 % intervals do not separate it from every other."


def _visual(_: list[Measured], __: list[Measured]) -> tuple[State, str]:
    return OPEN, "Can only be judged visually."


_RULES: dict[str, Callable[[list[Measured], list[Measured]], tuple[State, str]]] = {
    "agree": _agree,
    "above": _above,
    "below": _below,
    "not-above": _not_above,
    "alike": _alike,
    "largest": _largest,
    "found": _found,
    "eye": _visual,
}


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(";") if part.strip()]


def _parse(text: str, where: str) -> tuple[str, tuple[str, ...]]:
    """Split ``name=table/variant/metric/class``; a plain number has no key."""
    name, equals, cell = text.rpartition("=")
    quoted = cell.startswith(_QUOTED)
    key = tuple(cell.removeprefix(_QUOTED).split("/"))
    if len(key) == 4:  # noqa: PLR2004 - table, variant, metric, class
        return name, ("paper" if quoted else "ours", *key)
    try:
        float(cell)
    except ValueError:
        raise RadiogazeError(
            f"{where}: {text!r}, expected NAME=table/variant/metric/class or a number"
        ) from None
    return (name if equals else "the paper's bound"), ("number", cell)


def _look_up(text: str, claim: Claim, cells: Mapping[Key, Measured]) -> Measured:
    name, (kind, *key) = _parse(text, claim.id)
    if kind == "number":
        return _exact(name, key[0], key[0])
    table, variant, metric, group = key
    cell = cells.get((claim.paper, table, variant, metric, group))
    if cell is None:
        raise _NotThereError(f"This campaign has no cell {'/'.join(key)}.")
    if kind == "paper":
        try:
            return _exact(name or f"{variant} (quoted)", cell.paper, cell.paper)
        except ValueError:
            raise _NotThereError(f"The paper prints no number in {'/'.join(key)}.") from None
    if isnan(cell.low):
        raise _NotThereError(f"Nothing was run for {name}.")
    return replace(cell, name=name)


def _exact(name: str, text: str, paper: str) -> Measured:
    """Return a number without an interval."""
    return Measured(paper, text, float(text), float(text), "", name)
