"""Which of the papers' claims hold, decided by cells of the tables and by nothing else.

A claim is a row of ``workflow/reference/claims.csv`` and names its rule and its cells. Each is
judged ``holds``, ``does not hold`` or ``cannot be told``, the last also where a cell is missing or
it can only be judged visually.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from math import isnan
from pathlib import Path

from radiogaze.errors import RadiogazeError
from radiogaze.evaluation.comparison import holm
from radiogaze.files.rows import read_rows
from radiogaze.report.cells import Key, Measured
from radiogaze.report.rules import ANSWERS, OPEN, RULES, Difference, State, has_enough, unpaired
from radiogaze.tables.comparisons import AGAINST, FOLDS, SEEDS
from radiogaze.tables.layout import CHANGE
from radiogaze.terms import ORDERS

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
    """A cell that no table of the campaign has, or its spread over trainings."""


def load_claims(path: Path) -> list[Claim]:
    """Read the table of claims.

    Raises
    ------
    RadiogazeError
        If the file is missing, a column is missing, a rule is unknown or has too few cells.
    """
    rows = read_rows(path, ",")
    columns = [field.name for field in fields(Claim)]
    if set(rows[0]) != set(columns):
        raise RadiogazeError(f"{path}: columns {', '.join(rows[0])}, expected {', '.join(columns)}")
    claims = [Claim(**row) for row in rows]
    for claim in claims:
        if claim.rule not in RULES:
            raise RadiogazeError(
                f"{path}: claim {claim.id}: rule {claim.rule!r}, expected one of {', '.join(RULES)}"
            )
        ours, others = _parts(claim.cells), _parts(claim.against)
        for text in ours + others:
            _parse(text, f"{path}: claim {claim.id}")
        if not has_enough(claim.rule, len(ours), len(others)):
            raise RadiogazeError(
                f"{path}: claim {claim.id}: found {len(ours)} in cells and {len(others)} in"
                f" against, too few for rule {claim.rule}; name more"
            )
    return claims


def judge(claims: Sequence[Claim], cells: Mapping[Key, Measured]) -> list[Judged]:
    """Judge claims by the cells of a campaign's tables.

    Parameters
    ----------
    claims
        Of :func:`load_claims`. Holm's correction is over the paired comparisons of all claims of a
        paper, a comparison that several need counted once.
    cells
        Of :func:`radiogaze.report.cells.read_cells`.
    """
    corrected = {paper: _holm(paper, claims, cells) for paper in {claim.paper for claim in claims}}
    return [_judge(claim, cells, corrected[claim.paper]) for claim in claims]


def _judge(claim: Claim, cells: Mapping[Key, Measured], corrected: Mapping[str, float]) -> Judged:
    def differ(first: Measured, second: Measured) -> Difference:
        return _difference(claim.paper, first, second, cells, corrected)

    numbers: tuple[Measured, ...] = ()
    try:
        ours, others = _numbers(claim, cells)
        numbers = (*ours, *others)
        state, reason = RULES[claim.rule](ours, others, differ)
    except _NotThereError as error:
        return Judged(claim, OPEN, numbers, str(error))
    return Judged(claim, state, numbers, reason)


def _numbers(claim: Claim, cells: Mapping[Key, Measured]) -> tuple[list[Measured], list[Measured]]:
    """Look up the cells of a claim, and those that it sets them against."""
    ours = [_look_up(text, claim, cells) for text in _parts(claim.cells)]
    return ours, [_look_up(text, claim, cells) for text in _parts(claim.against)]


def _holm(paper: str, claims: Sequence[Claim], cells: Mapping[Key, Measured]) -> dict[str, float]:
    """Return the corrected p of every paired comparison that the claims of a paper make."""
    p_values: dict[str, float] = {}

    def note(first: Measured, second: Measured) -> Difference:
        found = _paired(paper, first, second, cells)
        if found is not None and found[2] is not None:
            p_values[found[0]] = found[2]
        return unpaired(first, second)

    for claim in claims:
        if claim.paper == paper:
            with suppress(_NotThereError):
                RULES[claim.rule](*_numbers(claim, cells), note)
    return dict(zip(p_values, holm(list(p_values.values())), strict=True))


def _difference(
    paper: str,
    first: Measured,
    second: Measured,
    cells: Mapping[Key, Measured],
    corrected: Mapping[str, float],
) -> Difference:
    """Return the difference of two cells: paired, where there is a comparison of the two.

    Of one training of our own it is not known: a claim is about a kind of network.
    """
    found = _paired(paper, first, second, cells)
    if found is None:
        if single := [cell.name for cell in (first, second) if cell.seeds == 1]:
            raise _NotThereError(f"One training has no spread: {' and '.join(single)}.")
        return unpaired(first, second)
    pair, cell, p = found
    ends = (float(cell.ours), cell.low, cell.high)
    if not pair.startswith(f"{first.variant}{AGAINST}"):  # the comparison is of second and first
        ends = (-ends[0], -ends[2], -ends[1])
    return Difference(first.name, second.name, *ends, None if p is None else corrected[pair])


def _paired(
    paper: str, first: Measured, second: Measured, cells: Mapping[Key, Measured]
) -> tuple[str, Measured, float | None] | None:
    """Return the comparison of two cells by its name, its difference and its p, if there is one.

    By ten folds, which hold all sources, before the fixed test split.
    """
    if first.metric != second.metric or not first.variant or not second.variant:
        return None
    for basis in (FOLDS, ORDERS[0], SEEDS):
        for a, b in ((first, second), (second, first)):
            pair = f"{a.variant}{AGAINST}{b.variant}"
            cell = cells.get((paper, "comparisons", pair, f"{first.metric}{CHANGE}", basis))
            if cell is not None:
                p = cells.get((paper, "comparisons", pair, "p", basis))
                return pair, cell, None if p is None else float(p.ours)
    return None


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
    if isnan(cell.low) and not (claim.rule == ANSWERS and cell.ours):
        raise _NotThereError(f"Nothing was run for {name}.")
    return replace(cell, name=name, variant=variant, metric=metric)


def _exact(name: str, text: str, paper: str) -> Measured:
    """Return a number without an interval."""
    return Measured(paper, text, float(text), float(text), "", name)
