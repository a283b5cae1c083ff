"""``radiogaze tabulate``: write one of the paper's tables, ours beside the paper's."""

from pathlib import Path
from typing import Any

import click

from radiogaze.cli.named_files import split_named
from radiogaze.cli.options import FILE
from radiogaze.cli.sidecar import writes

# The options that take files with names, by variant and run or by what they are.
_NAMED = ("logits", "predictions", "gaze", "doubt", "catalogue")


@click.command(name="tabulate")
@click.argument("table")
@click.option("--paper", default="gating", show_default=True, help="Short name of the paper.")
@click.option("--sheet", type=FILE, required=True, help="Experiment sheet.")
@click.option("--reference", type=FILE, required=True, help="The papers' printed values.")
@click.option("--campaign", required=True, help="Campaign, printed on the table.")
@click.option(
    "--metrics",
    type=FILE,
    multiple=True,
    help="A metrics.json; once a variant, or once a training seed of it.",
)
@click.option(
    "--released",
    type=FILE,
    multiple=True,
    help="A metrics.json of released weights, to show beside our own training.",
)
@click.option(
    "--folds",
    type=FILE,
    multiple=True,
    help="A metrics.json of one fold, for the mean over a cross-validation.",
)
@click.option(
    "--logits",
    multiple=True,
    metavar="NAME=PATH",
    help="logits.npz of `evaluate` (calibration); the name is <variant>/<run>.",
)
@click.option(
    "--predictions", multiple=True, metavar="NAME=PATH", help="predictions.csv beside the logits."
)
@click.option(
    "--gaze",
    multiple=True,
    metavar="NAME=PATH",
    help="Scores of `gaze` (gaze); the name is <variant>/<run>.",
)
@click.option(
    "--doubt", multiple=True, metavar="NAME=PATH", help="A table of `doubt`, by its name."
)
@click.option("--catalogue", multiple=True, metavar="NAME=PATH", help="A data set's catalogue.")
@click.option(
    "--misclassified",
    type=FILE,
    help="A table of `radiogaze misclassify` of the primary network (Table 10).",
)
@click.option(
    "--reference-sources",
    "printed",
    type=FILE,
    default=Path("workflow/reference/table10.csv"),
    show_default=True,
    help="The sources that the paper's Table 10 lists.",
)
@click.option(
    "--recipes",
    "recipe_file",  # of what is called recipes, a sidecar has the entry of one variant
    type=FILE,
    help="The recipes of the sheet's variants (Table 5), else those of the package.",
)
@click.option("--out-csv", type=FILE, required=True, help="Tidy CSV to write.")
@click.option("--out-md", type=FILE, required=True, help="Markdown to write.")
@click.option("--out-tex", type=FILE, required=True, help="LaTeX to write.")
@click.option("--banner", default="", help="A warning to print on the table.")
@click.option(
    "--verdicts/--no-verdicts",
    default=True,
    show_default=True,
    help="Whether to compare with the paper; a synthetic sky cannot be.",
)
@writes("tabulate", "out_csv", "out_md", "out_tex")
def command(*, table: str, out_csv: Path, out_md: Path, out_tex: Path, **given: Any) -> None:
    """Write TABLE of a paper, e.g. 06, as CSV, Markdown and LaTeX.

    An unknown one is answered with those that there are.
    """
    from radiogaze.tables.assemble import tabulate
    from radiogaze.tables.render import write

    for option in _NAMED:
        given[option] = split_named(option, given[option])
    built = tabulate(table, catalogues=given.pop("catalogue"), **given)
    write(built, csv_path=out_csv, md_path=out_md, tex_path=out_tex)
