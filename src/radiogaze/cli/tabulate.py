"""``radiogaze tabulate``: write one of the paper's tables, ours beside the paper's."""

from pathlib import Path

import click

from radiogaze.errors import RadiogazeError

_FILE = click.Path(path_type=Path)


@click.command(name="tabulate")
@click.argument("table")
@click.option("--paper", default="gating", show_default=True, help="Short name of the paper.")
@click.option("--sheet", type=_FILE, required=True, help="Experiment sheet.")
@click.option("--reference", type=_FILE, required=True, help="The papers' printed values.")
@click.option("--campaign", required=True, help="Campaign, printed on the table.")
@click.option("--metrics", type=_FILE, multiple=True, help="A metrics.json; once a variant.")
@click.option("--catalogue", multiple=True, metavar="NAME=PATH", help="A data set's catalogue.")
@click.option("--out-csv", type=_FILE, required=True, help="Tidy CSV to write.")
@click.option("--out-md", type=_FILE, required=True, help="Markdown to write.")
@click.option("--out-tex", type=_FILE, required=True, help="LaTeX to write.")
@click.option("--banner", default="", help="A warning to print on the table.")
def command(
    *,
    table: str,
    paper: str,
    sheet: Path,
    reference: Path,
    campaign: str,
    metrics: tuple[Path, ...],
    catalogue: tuple[str, ...],
    out_csv: Path,
    out_md: Path,
    out_tex: Path,
    banner: str,
) -> None:
    """Write TABLE (01, 02, 04 ... 09, 07_order, 08_order) as CSV, Markdown and LaTeX."""
    from radiogaze.tables import tabulate, write

    built = tabulate(
        table,
        sheet=sheet,
        reference=reference,
        campaign=campaign,
        paper=paper,
        metrics=metrics,
        catalogues=dict(_named(text) for text in catalogue),
        banner=banner,
    )
    write(built, csv_path=out_csv, md_path=out_md, tex_path=out_tex)


def _named(text: str) -> tuple[str, Path]:
    """Split ``NAME=PATH``."""
    name, equals, path = text.partition("=")
    if not (name and equals and path):
        raise RadiogazeError(f"--catalogue {text}: expected NAME=PATH, e.g. mirabest=catalogue.csv")
    return name, Path(path)
