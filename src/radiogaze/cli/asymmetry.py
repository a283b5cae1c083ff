"""``radiogaze asymmetry``: how asymmetric class-differenced attention is."""

from pathlib import Path

import click

from radiogaze.cli.named_files import split_named
from radiogaze.cli.options import FILE
from radiogaze.cli.sidecar import writes


@click.command()
@click.option(
    "--aggregate",
    multiple=True,
    required=True,
    metavar="VARIANT/RUN[/…]=PATH",
    help="Of `attend`; give it several times, each name once.",
)
@click.option("--out", type=FILE, required=True, help="Output: one row an aggregate, CSV.")
@writes("asymmetry", "out")
def command(*, aggregate: tuple[str, ...], out: Path) -> None:
    """Measure how far class-differenced mean attention is from radial symmetry."""
    import pandas as pd

    from radiogaze.attention.class_difference import asymmetry_row
    from radiogaze.attention.storage import Aggregate, load
    from radiogaze.files.atomic import write_frame

    files = split_named("aggregate", aggregate)
    rows = [asymmetry_row(name, load(path, Aggregate)) for name, path in files.items()]
    write_frame(pd.DataFrame(rows), out)
    for row in rows:
        click.echo(f"{row['variant']} ({row['run']}, {row['transforms']}): {row['asymmetry']}")
