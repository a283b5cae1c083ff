"""The cells of a campaign's tables, read from their CSV files."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import hypot, sqrt
from pathlib import Path

from scipy.special import stdtrit

from radiogaze.errors import RadiogazeError
from radiogaze.files.rows import read_rows
from radiogaze.tables.layout import MARKS
from radiogaze.tables.render import COLUMNS

Key = tuple[str, str, str, str, str]
# how a verdict begins -> its class in the style sheet
VERDICTS = {
    "within rounding": "same",
    "found": "same",
    "within interval": "near",
    "differs": "apart",
    "not found": "apart",
    "not in the paper": "extra",
    "not run": "none",
    "not compared": "none",
}
CLASSES_OF_MARKS = {
    mark: group
    for verdict, (mark, _) in MARKS.items()
    for start, group in VERDICTS.items()
    if verdict.startswith(start)
}


@dataclass(frozen=True)
class Measured:
    """One cell: ours and the paper's.

    Parameters
    ----------
    paper, ours
        As in the file; empty where there is none.
    low, high
        The 95 % interval of ours, or None. Of our own training over several seeds it is widened,
        see :func:`read_cells`.
    verdict
        Of the table.
    """

    paper: str
    ours: str
    low: float | None
    high: float | None
    verdict: str

    @property
    def value(self) -> float | None:
        """Ours as a number, None where it is none."""
        return _number(self.ours)


def read_table(path: Path) -> list[dict[str, str]]:
    """Return the rows of a table's CSV as text.

    Raises
    ------
    RadiogazeError
        If the file is missing or no table of ``radiogaze tabulate``.
    """
    rows = read_rows(path, ",")
    if missing := [column for column in COLUMNS if column not in rows[0]]:
        raise RadiogazeError(
            f"{path}: no column {', '.join(missing)}; expected a table of radiogaze tabulate"
        )
    return rows


def count_verdicts(rows: Iterable[Mapping[str, str]]) -> list[tuple[str, str, int]]:
    """Count the rows of tables by verdict: class, verdict and number, in order of ``VERDICTS``."""
    verdicts = [row["verdict"] for row in rows]
    found = Counter(start for v in verdicts for start in VERDICTS if v.startswith(start))
    return [(group, start, found[start]) for start, group in VERDICTS.items() if found[start]]


def read_cells(tables: Iterable[tuple[str, Path]]) -> Mapping[Key, Measured]:
    """Read tables as cells by (paper, table, variant, metric, class).

    For our own training, the half width *h* of each interval, which is the uncertainty due to
    the choice of test sources, is widened by that of the mean over the *n* seeds to
    ``sqrt(h**2 + (t * std)**2 / n)`` with Student's *t* for n - 1 degrees of freedom: a claim is
    about a kind of network, not about one training of it. A single seed has no spread to widen by.

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
    ours, low, high = (_number(row[column]) for column in ("ours", "low", "high"))
    std, seeds = (_number(row.get(column, "")) for column in ("std", "seeds"))
    if None not in (ours, low, high, std, seeds) and seeds > 1:  # type: ignore[operator]
        low, high = _widened(ours, low, high, std, seeds)  # type: ignore[arg-type]
    return Measured(row["paper"], row["ours"], low, high, row["verdict"])


def _widened(ours: float, low: float, high: float, std: float, seeds: float) -> tuple[float, float]:
    reach = float(stdtrit(seeds - 1, 0.975)) * std / sqrt(seeds)
    return ours - hypot(ours - low, reach), ours + hypot(high - ours, reach)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
