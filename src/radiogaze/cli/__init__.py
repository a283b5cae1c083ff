"""The command line: one module per verb, imported only when its verb is used."""

import importlib
import sys

import click

from radiogaze import __version__
from radiogaze.errors import RadiogazeError

# verb -> (module below radiogaze.cli, one-line help); each module holds a click command `command`.
# The help stands here too, so that `radiogaze --help` imports no verb.
VERBS = {
    "fetch-dataset": ("fetch_dataset", "Fetch a data set's archive and verify every member."),
    "fetch-weights": ("fetch_weights", "Fetch one released model and verify it."),
    "fetch-image": ("fetch_image", "Fetch one original FIRST image and verify it."),
    "prepare": ("prepare", "Turn a fetched archive into images and a catalogue."),
    "synthesise": ("synthesise", "Draw a synthetic sky in the shape of a data set."),
    "train": ("train", "Train a variant, or go on where a training was stopped."),
    "evaluate": ("evaluate", "Classify a test set over augmented passes."),
    "misclassify": ("misclassify", "Find the sources that are misclassified almost always."),
    "attend": ("attend", "Average the attention maps of a test set by groups of sources."),
    "attend-examples": ("attend_examples", "Extract the attention maps of single sources."),
    "grad-cam": ("grad_cam", "Compare attention with Grad-CAM, source by source."),
    "describe": ("describe", "List the layers, shapes and parameters of a variant's network."),
    "illustrate-preprocessing": (
        "illustrate_preprocessing",
        "Keep every step from a FIRST image to an augmented cutout.",
    ),
    "tabulate": ("tabulate", "Write one of the paper's tables, ours beside the paper's."),
    "figure": ("figure", "Draw one of the paper's figures."),
}


class LazyGroup(click.Group):
    """A click group that imports a verb's module only when that verb runs."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the verbs, in the order of the workflow."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return the command of one verb."""
        if cmd_name not in VERBS:
            return None
        module = importlib.import_module(f"radiogaze.cli.{VERBS[cmd_name][0]}")
        return module.command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of verbs without importing any of them."""
        with formatter.section("Commands"):
            formatter.write_dl([(verb, text) for verb, (_, text) in VERBS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="radiogaze")
def cli() -> None:
    """Rebuild two papers on attention-gated classification of radio galaxies.

    Each command is one step of the workflow; the Snakefile calls them in order, and each can be
    run by hand with the same arguments.
    """


def main() -> None:
    """Run the command line; a RadiogazeError or a system error becomes one line and status 1."""
    try:
        cli()
    except (RadiogazeError, OSError) as error:
        click.echo(f"radiogaze: error: {error}", err=True)
        sys.exit(1)
