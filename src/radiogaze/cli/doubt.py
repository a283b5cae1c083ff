"""``radiogaze doubt``: families of uncertain networks side by side."""

from pathlib import Path

import click

from radiogaze.campaigns.doubt import ENSEMBLE, TABLES
from radiogaze.cli.named_files import leave_out_unconverged, metrics_beside, split_named
from radiogaze.cli.options import FOLDER
from radiogaze.cli.sidecar import writes


@click.command()
@click.option(
    "--logits",
    multiple=True,
    required=True,
    metavar="FAMILY/RUN=PATH",
    help="logits.npz of `evaluate`; give it for each network of each family.",
)
@click.option(
    "--predictions",
    multiple=True,
    required=True,
    metavar="FAMILY/RUN=PATH",
    help="predictions.csv beside the logits.",
)
@click.option(
    "--probe",
    multiple=True,
    required=True,
    metavar="FAMILY/RUN=PATH",
    help="What `probe` wrote of the same network.",
)
@click.option(
    "--ensemble",
    "ensembles",
    multiple=True,
    metavar="FAMILY",
    help="A family whose networks together are one more, FAMILY-ensemble.",
)
@click.option(
    "--compare",
    "pairs",
    multiple=True,
    metavar="FAMILY:REFERENCE",
    help="Two families to test; Holm's correction is over all with one reference.",
)
@click.option(
    "--temperature",
    "temperatures",
    multiple=True,
    metavar="FAMILY=T",
    help="A family of the sweep of temperatures, and its posterior's.",
)
@click.option("--out", type=FOLDER, required=True, help=f"Output: {', '.join(TABLES)}.csv.")
@writes(
    "doubt",
    files=lambda given: [given["out"] / f"{name}.csv" for name in TABLES],
    reads=metrics_beside("logits"),
)
def command(
    *,
    logits: tuple[str, ...],
    predictions: tuple[str, ...],
    probe: tuple[str, ...],
    ensembles: tuple[str, ...],
    pairs: tuple[str, ...],
    temperatures: tuple[str, ...],
    out: Path,
) -> None:
    """Compare how far networks that are uncertain in different ways can be trusted.

    Writes errors and calibration (families.csv), paired tests (comparisons.csv), whether they are
    more uncertain of doubtful and foreign sources (groups.csv), what is left of pruned networks
    (pruning.csv), and risk-coverage and reliability curves (curves.csv); see docs/doubt.md.
    Trainings that did not converge are left out, and so is a family without any other.
    """
    from radiogaze.evaluation import doubt
    from radiogaze.evaluation.families import collect
    from radiogaze.files.atomic import write_frame

    asked = _pairs(pairs)
    given = split_named("logits", logits)
    kept = leave_out_unconverged("logits", given)
    lost = {name.partition("/")[0] for name in given} - {name.partition("/")[0] for name in kept}
    families = collect(
        kept,
        split_named("predictions", predictions),
        split_named("probe", probe),
        [name for name in ensembles if name not in lost],
    )
    lost |= {f"{name}{ENSEMBLE}" for name in lost}
    asked = [pair for pair in asked if lost.isdisjoint(pair)]
    summary = doubt.summarise(families)
    summary.insert(1, "temperature", summary["family"].map(_numbers(temperatures)))
    tables = {
        "families": summary,
        "comparisons": doubt.compare(families, asked),
        "groups": doubt.rank_groups(families),
        "pruning": doubt.prune_rows(families),
        "curves": doubt.draw_curves(families),
    }
    for name, table in tables.items():
        write_frame(table, out / f"{name}.csv")
    for row in tables["families"].itertuples():
        click.echo(f"{row.family}: error {row.error:.3f}, NLL {row.nll:.3f}, AURC {row.aurc:.3f}")


def _pairs(given: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return each family with its reference."""
    from radiogaze.errors import RadiogazeError

    found = []
    for text in given:
        family, _, reference = text.partition(":")
        if not (family and reference) or ":" in reference:
            raise RadiogazeError(f"--compare {text}: expected FAMILY:REFERENCE")
        found.append((family, reference))
    return found


def _numbers(given: tuple[str, ...]) -> dict[str, float]:
    """Return numbers by the name before the equals sign."""
    from radiogaze.errors import RadiogazeError

    found = {}
    for text in given:
        name, _, number = text.partition("=")
        try:
            found[name] = float(number)
        except ValueError:
            raise RadiogazeError(f"--temperature {text}: expected FAMILY=NUMBER") from None
    return found
