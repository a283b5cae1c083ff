"""``radiogaze model-card``: data, metrics with intervals, limits and licence of networks."""

import re
from pathlib import Path

import click

from radiogaze.cli.options import FILE, sheet_option

_LINK = re.compile(r"\[([^]]+)\]\((?!https?:)([^)]+)\)")  # to another page


@click.command(context_settings={"show_default": True})
@click.argument("variant", default="zoom")
@sheet_option
@click.option("--metrics", type=FILE, help="metrics.json of `radiogaze evaluate`; not for zoom.")
@click.option("--banner", default="", help="A label at the top, e.g. 'synthetic sky'.")
@click.option("--out", type=FILE, help="The Markdown file to write; printed if not given.")
def command(variant: str, sheet: Path, metrics: Path | None, banner: str, out: Path | None) -> None:
    """Write the model card of VARIANT in Markdown.

    It describes the network, the data it was trained and tested on, its metrics with 95 %
    intervals, its limits and its licence. Without VARIANT: the card of the networks that are
    installed with radiogaze.
    """
    from radiogaze.campaigns.variants import find_variant
    from radiogaze.classify.model_card import write_card
    from radiogaze.files.atomic import write_text
    from radiogaze.files.packaged import packaged_weights

    held = packaged_weights(variant) / "model-card.md"
    if metrics is not None:
        card = write_card(find_variant(sheet, variant), metrics, banner)
    elif held.is_file():
        # without a checkout, a link relative to docs/ leads nowhere
        card = _LINK.sub(r"\1 (docs/\2)", held.read_text("utf-8"))
    else:
        raise click.UsageError(f"{variant} is not installed with radiogaze: give its --metrics")
    if out is None:
        click.echo(card, nl=False)
        return
    write_text(card, out)
    click.echo(f"{out}: the model card of {variant}")
