"""``radiogaze model-card``: data, metrics with intervals, limits and licence of a variant."""

from pathlib import Path

import click

FILE = click.Path(path_type=Path, dir_okay=False)


@click.command(context_settings={"show_default": True})
@click.argument("variant")
@click.option(
    "--sheet",
    type=FILE,
    default=Path("experiments/gating.tsv"),
    help="The experiment sheet that VARIANT is a row of.",
)
@click.option("--metrics", type=FILE, required=True, help="metrics.json of `radiogaze evaluate`.")
@click.option(
    "--banner",
    default="",
    help="What the card says on its face, as 'synthetic sky' for metrics of a drawn one.",
)
@click.option("--out", type=FILE, help="The Markdown file to write; printed if not given.")
def command(variant: str, sheet: Path, metrics: Path, banner: str, out: Path | None) -> None:
    """Write the model card of VARIANT in Markdown.

    It says what the network is, what it was trained and tested on, its metrics with 95 %
    intervals, where it fails, and under which licence it stands.
    """
    from radiogaze.campaigns.variants import find_variant
    from radiogaze.classify.model_card import write_card
    from radiogaze.files.atomic import atomic_path

    card = write_card(find_variant(sheet, variant), metrics, banner)
    if out is None:
        click.echo(card, nl=False)
        return
    with atomic_path(out) as temporary:
        temporary.write_text(card, encoding="utf-8", newline="\n")
    click.echo(f"{out}: the model card of {variant}")
