"""What a campaign cost, from the benchmark files of its jobs."""

from dataclasses import dataclass
from pathlib import Path

from radiogaze.errors import RadiogazeError
from radiogaze.files.rows import read_rows

# the rules whose results several campaigns share
SHARED = (
    "disjoin",
    "fetch_dataset",
    "fetch_image",
    "fetch_weights",
    "illustrate_preprocessing",
    "prepare",
)
_NOT_SAMPLED = ("-", "NA", "")  # of a job that was too short


@dataclass(frozen=True)
class Cost:
    """What the jobs of one rule cost together.

    Attributes
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


def read_costs(logs: Path | None, campaign: str, *, shared: bool) -> list[Cost]:
    """Add up the benchmark files of a campaign by rule, the costliest first.

    Parameters
    ----------
    logs
        The folder of the logs, if there are some; a campaign's are in ``<rule>/<campaign>/``.
    campaign
        Its name.
    shared
        Whether the rules in ``SHARED`` count too.

    Raises
    ------
    RadiogazeError
        If a file is no benchmark of Snakemake.
    """
    if logs is None:
        return []
    folders = [*logs.glob(f"*/{campaign}"), *(logs / rule for rule in SHARED if shared)]
    measured: dict[str, list[tuple[float, ...]]] = {}
    for folder in folders:
        for path in sorted(folder.rglob("*.benchmark.tsv")):
            measured.setdefault(path.relative_to(logs).parts[0], []).append(_read(path))
    costs = []
    for rule, jobs in measured.items():
        wall, cpu, peak = zip(*jobs, strict=True)
        costs.append(Cost(rule, len(jobs), sum(wall), sum(cpu), max(peak)))
    return sorted(costs, key=lambda cost: (-cost.cpu_s, cost.rule))


def _read(path: Path) -> tuple[float, ...]:
    """Return wall and processor seconds and peak memory."""
    row = read_rows(path, "\t")[-1]
    try:
        cells = [row[column] for column in ("s", "cpu_time", "max_rss")]
        return tuple(0.0 if cell in _NOT_SAMPLED else float(cell) for cell in cells)
    except (KeyError, ValueError) as error:
        raise RadiogazeError(
            f"{path}: expected a benchmark of Snakemake with s, cpu_time and max_rss: {error!r}"
        ) from None
