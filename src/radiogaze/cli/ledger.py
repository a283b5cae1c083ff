"""``radiogaze ledger``: what was reproduced of a paper, in forms that machines read."""

from pathlib import Path

import click

from radiogaze.cli.options import FILE, FOLDER
from radiogaze.cli.sidecar import check_distinct


@click.command(context_settings={"show_default": True})
@click.argument("folder", type=FOLDER, metavar="FOLDER")
@click.option(
    "--paper", type=click.Choice(["gating", "equivariant"]), default="gating", help="Of the tables."
)
@click.option("--citation", type=FILE, default=Path("CITATION.cff"), help="It cites the paper.")
@click.option("--out-repro", type=FILE, default=Path("repro.yaml"), help="For claims-cli.")
@click.option("--out-codecheck", type=FILE, default=Path("codecheck.yml"), help="For CODECHECK.")
def command(
    *, folder: Path, paper: str, citation: Path, out_repro: Path, out_codecheck: Path
) -> None:
    """Write repro.yaml and codecheck.yml from the tables and claims of released weights.

    FOLDER, such as docs/reproduction/released, has the campaign's name and holds table*.csv and
    claims.csv.
    """
    from radiogaze.report.ledger import write_ledger

    read = {"citation": citation, "tables": tuple(folder.glob("*"))}
    check_distinct(read, [out_repro, out_codecheck])
    numbers = write_ledger(folder, paper, citation, out_repro, out_codecheck)
    click.echo(f"{out_repro}, {out_codecheck}: {numbers} printed numbers beside ours")
