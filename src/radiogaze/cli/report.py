"""``radiogaze report``: write the report of a campaign."""

from pathlib import Path
from typing import Any

import click

from radiogaze.cli.options import FILE, FOLDER
from radiogaze.cli.sidecar import writes


def _files(option: str, what: str) -> Any:
    return click.option(
        option,
        type=click.Path(path_type=Path),
        multiple=True,
        help=f"{what}, or a folder: all below it.",
    )


def _reference(option: str, default: str, what: str) -> Any:
    there = click.Path(exists=True, dir_okay=False, path_type=Path)
    return click.option(option, type=there, default=Path(default), show_default=True, help=what)


@click.command()
@click.option("--campaign", required=True, help="Its name.")
@click.option("--settings", required=True, help="What config.yaml has of the campaign, as JSON.")
@_files("--tables", "CSV of a table")
@_files("--figures", "PNG of a figure")
@_files("--metrics", "A metrics.json")
@_files("--explorer", "A file of `radiogaze explore`, below the page's folder")
@click.option("--logs", type=FOLDER, help="Folder of the workflow's logs and benchmarks.")
@_reference("--claims", "workflow/reference/claims.csv", "The papers' claims.")
@_reference("--differences", "docs/differences.md", "The known differences, Markdown.")
@_reference("--datasets", "workflow/reference/datasets.csv", "The published archives.")
@click.option("--out", type=FILE, required=True, help="Page to write, e.g. index.html.")
@click.option("--out-explorer", type=FILE, help="The attention explorer to write beside it.")
@click.option("--out-claims", type=FILE, help="What became of each claim, CSV.")
@writes("report", "out", "out_explorer", "out_claims")
def command(
    *,
    campaign: str,
    settings: str,
    tables: tuple[Path, ...],
    figures: tuple[Path, ...],
    metrics: tuple[Path, ...],
    explorer: tuple[Path, ...],
    out: Path,
    out_explorer: Path | None,
    out_claims: Path | None,
    **others: Any,
) -> None:
    """Write the report of a campaign: one page that needs no network, and the explorer beside it.

    A table or figure is of the paper that its folder names: .../<campaign>/<paper>/table06.csv.
    """
    from radiogaze.report.explorer import write_explorer
    from radiogaze.report.files import find_all, parse_settings
    from radiogaze.report.page import write_report
    from radiogaze.report.sections import ReportInputs

    inputs = ReportInputs(
        campaign,
        parse_settings(settings),
        tables=find_all(tables, "table*.csv"),
        figures=find_all(figures, "*.png"),
        metrics=find_all(metrics, "metrics.json"),
        **others,
    )
    if out_explorer is not None:
        models = write_explorer(inputs, find_all(explorer, "*.js"), out_explorer, report=out)
        click.echo(f"{out_explorer}: {models} networks")
    tally = write_report(
        inputs, out, explorer=out_explorer.name if out_explorer else "", list_claims=out_claims
    )
    states = ", ".join(f"{count} {state}" for state, count in tally)
    size = out.stat().st_size / 1e6
    click.echo(f"{out}: {size:.1f} MB" + (f"; claims: {states}" if states else ""))
