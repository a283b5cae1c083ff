"""What a campaign cost, from the benchmark files of its jobs."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from radiogaze.errors import RadiogazeError
from radiogaze.files.rows import read_rows

_SUFFIX = ".benchmark.tsv"


@dataclass(frozen=True)
class Cost:
    """What the jobs of one rule cost together.

    Parameters
    ----------
    rule
        Its name.
    jobs
        How many were measured.
    wall_s, cpu_s
        Seconds, summed over the jobs; the processor's over all threads.
    peak_mb
        The largest resident memory of any of them, MB.
    """

    rule: str
    jobs: int
    wall_s: float
    cpu_s: float
    peak_mb: float


def find_benchmarks(
    folder: Path, campaign: str, campaigns: Collection[str], *, shared: bool = True
) -> list[Path]:
    """Return the benchmark files behind a campaign.

    They are those below ``<folder>/<rule>/<campaign>/`` and, where they are wanted, those of no
    campaign, such as downloads, which several share.

    Parameters
    ----------
    folder
        Of the logs.
    campaign, campaigns
        The one asked for, and all there are.
    shared
        Whether those of no campaign count.
    """
    found = []
    for path in sorted(folder.rglob(f"*{_SUFFIX}")):
        of = set(campaigns) & set(path.relative_to(folder).parts)
        if campaign in of or (shared and not of):
            found.append(path)
    return found


def sum_up(folder: Path, benchmarks: Iterable[Path]) -> list[Cost]:
    """Add up benchmark files by rule, the costliest first.

    A rule ``train_<campaign>`` and the like keep their names: the folder's.

    Raises
    ------
    RadiogazeError
        If a file is no benchmark of Snakemake.
    """
    measured: dict[str, list[tuple[float, float, float]]] = {}
    for path in benchmarks:
        rule = path.relative_to(folder).parts[0]
        measured.setdefault(rule, []).append(_read(path))
    costs = []
    for rule, jobs in measured.items():
        wall, cpu, peak = zip(*jobs, strict=True)
        costs.append(Cost(rule, len(jobs), sum(wall), sum(cpu), max(peak)))
    return sorted(costs, key=lambda cost: -cost.cpu_s)


def _read(path: Path) -> tuple[float, float, float]:
    """Return wall and processor seconds and peak memory; jobs too short to sample have none."""
    row = read_rows(path, "\t")[-1]
    try:
        wall, cpu, peak = (_number(row[column]) for column in ("s", "cpu_time", "max_rss"))
    except (KeyError, ValueError) as error:
        raise RadiogazeError(
            f"{path}: expected a benchmark of Snakemake with s, cpu_time and max_rss: {error!r}"
        ) from None
    return wall, cpu, peak


def _number(text: str) -> float:
    return 0.0 if text in ("-", "NA", "") else float(text)
