"""``radiogaze report``: write the report of a campaign."""

from pathlib import Path

import click

from radiogaze.cli.sidecar import writes

FILE = click.Path(path_type=Path)


@click.command()
@click.option("--campaign", required=True, help="A campaign of --config.")
@click.option(
    "--config",
    type=FILE,
    default=Path("config.yaml"),
    show_default=True,
    help="The workflow's settings.",
)
@click.option(
    "--tables", type=FILE, multiple=True, help="CSV of a table, or a folder: all below it."
)
@click.option(
    "--figures", type=FILE, multiple=True, help="PNG of a figure, or a folder: all below it."
)
@click.option(
    "--metrics", type=FILE, multiple=True, help="A metrics.json, or a folder: all below it."
)
@click.option(
    "--history", type=FILE, multiple=True, help="A history.csv, or a folder: all below it."
)
@click.option("--logs", type=FILE, help="Folder of the workflow's logs and benchmarks.")
@click.option(
    "--captions",
    type=FILE,
    default=Path("workflow/report"),
    show_default=True,
    help="Folder with figures.rst and tables.rst.",
)
@click.option(
    "--claims",
    type=FILE,
    default=Path("workflow/reference/claims.csv"),
    show_default=True,
    help="The papers' claims.",
)
@click.option(
    "--differences",
    type=FILE,
    default=Path("docs/differences.md"),
    show_default=True,
    help="The known differences, Markdown.",
)
@click.option(
    "--datasets",
    type=FILE,
    default=Path("workflow/reference/datasets.csv"),
    show_default=True,
    help="The pins of the published archives.",
)
@click.option(
    "--explorer",
    type=FILE,
    multiple=True,
    help="A file of `radiogaze explore`, or a folder; they must lie below the page's folder.",
)
@click.option("--out", type=FILE, required=True, help="Page to write, e.g. index.html.")
@click.option("--out-explorer", type=FILE, help="The attention explorer to write beside it.")
@writes("report", "out", "out_explorer")
def command(
    *,
    campaign: str,
    config: Path,
    tables: tuple[Path, ...],
    figures: tuple[Path, ...],
    metrics: tuple[Path, ...],
    history: tuple[Path, ...],
    logs: Path | None,
    captions: Path,
    claims: Path,
    differences: Path,
    datasets: Path,
    explorer: tuple[Path, ...],
    out: Path,
    out_explorer: Path | None,
) -> None:
    """Write the report of a campaign: one page that needs no network, and the explorer beside it.

    A table, figure or result belongs to the paper that its folder names:
    .../<campaign>/<paper>/table06.csv, .../<campaign>/<paper>/<variant>/<run>/metrics.json.
    """
    from radiogaze.report.explorer import write_explorer
    from radiogaze.report.files import find_all, read_config
    from radiogaze.report.gather import Inputs
    from radiogaze.report.page import Background, write_report

    inputs = Inputs(
        campaign=campaign,
        config=read_config(config),
        captions=captions,
        tables=find_all(tables, "table*.csv"),
        figures=find_all(figures, "*.png"),
        metrics=find_all(metrics, "metrics.json"),
        histories=find_all(history, "history.csv"),
    )
    link = ""
    if out_explorer is not None:
        models = write_explorer(inputs, find_all(explorer, "*.js"), out_explorer, report=out)
        link = out_explorer.name
        click.echo(f"{out_explorer}: {models} networks")
    summary = write_report(inputs, Background(claims, differences, datasets, logs, link), out)
    states = ", ".join(f"{count} {state}" for state, count in summary.states.items())
    click.echo(f"{out}: {summary.megabytes:.1f} MB" + (f"; claims: {states}" if states else ""))
