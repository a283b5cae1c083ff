"""``radiogaze describe``: write a network's operations for Figures 1 and 2."""

from pathlib import Path

import click

from radiogaze.cli.options import FILE, sheet_option
from radiogaze.cli.sidecar import writes


@click.command(context_settings={"show_default": True})
@click.argument("variant")
@sheet_option
@click.option("--out", type=FILE, required=True, help="The JSON file to write.")
@writes("describe", "out")
def command(variant: str, sheet: Path, out: Path) -> None:
    """Build VARIANT and list its operations, as the paper's Tables 1 and 2 do."""
    from radiogaze.campaigns.variants import find_variant
    from radiogaze.files.atomic import write_text
    from radiogaze.models.describe import describe
    from radiogaze.provenance.record import to_json

    description = describe(find_variant(sheet, variant))
    write_text(to_json(description), out)
    click.echo(f"{out}: {variant}, {description['network'][-1]['parameters']:,} parameters")
