"""The cells of a campaign's tables, read from their CSV files."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import isnan, nan, sqrt
from pathlib import Path

from radiogaze.errors import RadiogazeError
from radiogaze.files.rows import read_rows
from radiogaze.tables.layout import COMPARISON
from radiogaze.tables.render import COLUMNS
from radiogaze.tables.verdict import LOOKS, student, widen, word_of

Key = tuple[str, str, str, str, str]
_NUMBERS = ("low", "high", "std", "seeds")  # columns that hold nothing else


@dataclass(frozen=True)
class Measured:
    """One cell: ours and the paper's.

    Parameters
    ----------
    paper, ours
        As in the file; empty where there is none.
    low, high
        The 95 % interval of ours, or ours itself; NaN where that is no number. Of our own
        training over several seeds it is widened, see :func:`read_cells`.
    verdict
        Of the table.
    name
        What a claim calls it.
    variant, metric
        Whose result of what it is; empty of a number that is quoted.
    seeds
        Of how many of our own trainings it is the mean; NaN of anything else.
    """

    paper: str
    ours: str
    low: float
    high: float
    verdict: str
    name: str = ""
    variant: str = ""
    metric: str = ""
    seeds: float = nan

    @property
    def shown(self) -> str:
        """Ours as a reader sees it, its interval in brackets; thousands of a count separated."""
        if isnan(self.low):
            return self.ours
        value = float(self.ours)
        if value.is_integer() and abs(value) > 1:
            return f"{value:,.0f}"
        brackets = f" [{self.low:.3f}, {self.high:.3f}]" if self.low != self.high else ""
        return f"{value:.3f}{brackets}"


def read_table(path: Path) -> list[dict[str, str]]:
    """Return the rows of a table's CSV as text.

    Raises
    ------
    RadiogazeError
        If the file is missing or no table of ``radiogaze tabulate``, or a verdict is unknown or a
        cell no number.
    """
    # Table 10 has no row where no source is misclassified almost always
    rows = read_rows(path, ",", header_alone=True)
    if rows and (missing := [column for column in COLUMNS if column not in rows[0]]):
        raise RadiogazeError(
            f"{path}: no column {', '.join(missing)}; expected a table of radiogaze tabulate"
        )
    for number, row in enumerate(rows, start=1):
        _check(row, f"{path}: row {number}")
    return rows


def _check(row: Mapping[str, str], where: str) -> None:
    """Refuse a verdict of another version, and a text where a claim or the page needs a number."""
    if word_of(row["verdict"]) not in LOOKS:
        raise RadiogazeError(
            f"{where}: verdict: found {row['verdict'][:60]!r}, expected {', '.join(LOOKS)}; make"
            " the table again with radiogaze tabulate"
        )
    numbers = [column for column in _NUMBERS if row.get(column)]
    if row["low"] or row["metric"] in COMPARISON:  # else it may be a name, or empty
        numbers.append("ours")
    for column in numbers:
        if isnan(_number(row[column])):
            raise RadiogazeError(
                f"{where}: {column}: found {row[column][:60]!r}, expected a number; make the table"
                " again with radiogaze tabulate"
            )


def count_verdicts(rows: Iterable[Mapping[str, str]]) -> list[tuple[str, str, int]]:
    """Count the rows of tables by verdict: class in the style sheet, verdict and number."""
    found = Counter(word_of(row["verdict"]) for row in rows)
    return [(look.style, word, found[word]) for word, look in LOOKS.items() if found[word]]


def read_cells(tables: Iterable[tuple[str, Path]]) -> Mapping[Key, Measured]:
    """Read tables as cells by (paper, table, variant, metric, class).

    For our own training, the half width *h* of each interval, which is the uncertainty due to
    the choice of test sources, is widened by that of the mean over the *n* seeds to
    ``sqrt(h**2 + (t * std)**2 / n)`` with Student's *t* for n - 1 degrees of freedom: a claim is
    about a kind of network, not about one training of it. A single seed has no spread to widen by,
    and decides no claim without a paired comparison.

    Parameters
    ----------
    tables
        The paper's short name and the CSV of each table.

    Raises
    ------
    RadiogazeError
        If a file is missing or no table.
    """
    return {
        (paper, row["table"], row["variant"], row["metric"], row["class"]): _measured(row)
        for paper, path in tables
        for row in read_table(path)
    }


def _measured(row: dict[str, str]) -> Measured:
    ours, low, high, std, seeds = (_number(row.get(c, "")) for c in ("ours", *_NUMBERS))
    if isnan(low):
        low = high = ours
    elif not isnan(std):
        low, high = widen(ours, low, high, student(seeds) * std / sqrt(seeds))
    return Measured(row["paper"], row["ours"], low, high, row["verdict"], seeds=seeds)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return nan
