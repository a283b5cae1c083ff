"""``radiogaze asymmetry``: how lopsided the class-differenced attention of models is."""

from pathlib import Path

import click

from radiogaze.cli.named_files import split_named
from radiogaze.cli.options import FILE
from radiogaze.cli.sidecar import writes


@click.command()
@click.option(
    "--aggregate",
    multiple=True,
    metavar="VARIANT/RUN[/…]=PATH",
    help="Of `attend`; give it several times, each name once.",
)
@click.option("--out", type=FILE, required=True, help="Output: one row an aggregate, CSV.")
@writes("asymmetry", "out")
def command(*, aggregate: tuple[str, ...], out: Path) -> None:
    """Measure how far class-differenced mean attention is from radial symmetry."""
    from radiogaze.attention.class_difference import write_asymmetries
    from radiogaze.attention.storage import load_aggregate

    files = split_named("aggregate", aggregate)
    rows = write_asymmetries({name: load_aggregate(path) for name, path in files.items()}, out)
    for row in rows:
        click.echo(f"{row['variant']} ({row['run']}, {row['transforms']}): {row['asymmetry']}")
