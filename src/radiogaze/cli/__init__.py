"""The command line: one module per verb, imported only when its verb is used."""

import atexit
import gc
import importlib
import io
import os
import signal
import sys
import traceback
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn, TextIO, cast

import click

from radiogaze import __version__
from radiogaze.errors import RadiogazeError, printable

INTERRUPTED = 130  # as shells have it, 128 + SIGINT
FAULTS = (RadiogazeError, OSError, MemoryError, RecursionError)  # one line each, status 1

# Verb -> its help in one line. The verb is a click command `command` in the module of that name,
# whose help is repeated here, so that `radiogaze --help` imports no verb.
VERBS = {
    "fetch-dataset": "Fetch a data set's archive and verify every member.",
    "fetch-weights": "Fetch one released model and verify it.",
    "fetch-image": "Fetch one original FIRST image and verify it.",
    "prepare": "Turn a fetched archive into images and a catalogue.",
    "synthesise": "Make a synthetic sky in the shape of a data set.",
    "disjoin": "Leave out the sources that another data set tests on.",
    "train": "Train a variant, or continue an interrupted training.",
    "evaluate": "Classify a test set over augmented passes.",
    "cross-validate": "Compare networks in the same cross-validation.",
    "features": "Write what a network pools from each cutout.",
    "label-efficiency": "Compare kinds of training at each number of labels.",
    "calibrate": "Fit a temperature and conformal sets on sources that were left out.",
    "familiarity": "Fit the flag of sources that are unlike those of a training.",
    "probe": "Classify what a network was not trained on, and its pruned copies.",
    "doubt": "Compare families of uncertain networks: calibration, ranking, pruning.",
    "misclassify": "Find the sources that are misclassified almost always.",
    "attend": "Average the attention maps of a test set by groups of sources.",
    "attend-examples": "Extract the attention maps of single sources.",
    "grad-cam": "Compare attention with Grad-CAM, source by source.",
    "gaze": "Score attention maps beside null models, source by source.",
    "equivariance": "Measure how far a network is from equivariance.",
    "asymmetry": "Measure how asymmetric class-differenced attention is.",
    "describe": "List the layers, shapes and parameters of a variant's network.",
    "illustrate-preprocessing": "Keep every step from a FIRST image to an augmented cutout.",
    "tabulate": "Write one of the paper's tables, ours beside the paper's.",
    "figure": "Draw one of the paper's figures.",
    "explore": "Take a network's maps of every test source, for the explorer.",
    "report": "Write the report of a campaign and its attention explorer.",
    "verify": "Compare results with their sidecars: what has drifted?",
    "crate": "Pack a finished campaign with its provenance, as an RO-Crate.",
    "ledger": "Write repro.yaml and codecheck.yml from tables and claims.",
    "classify": "Classify your own radio sources as FRI or FRII.",
    "adopt": "Turn your own labelled images into a data set of the workflow.",
    "export": "Export a trained network as a file that needs only PyTorch.",
    "model-card": "Write the model card of a variant: data, metrics, limits.",
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
        return importlib.import_module(f"radiogaze.cli.{cmd_name.replace('-', '_')}").command

    def invoke(self, ctx: click.Context) -> Any:
        """Run a verb; with --verbose, print where in the code an error arose."""
        try:
            return self._invoke(ctx)
        except FAULTS:
            if ctx.params["verbose"]:
                traceback.print_exc()
            raise

    def _invoke(self, ctx: click.Context) -> Any:
        """Run a verb; a full card is a fault of the system, as a full disk is."""
        try:
            return super().invoke(ctx)
        except RuntimeError as error:
            if type(error).__name__ != "OutOfMemoryError":  # torch's, not imported here, for speed
                raise
            raise RadiogazeError(
                "the GPU is out of memory: end other programs on it, train fewer seeds at once or"
                " with --save-memory, or give --device cpu"
            ) from error

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of verbs without importing any of them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(VERBS.items()))


class _NoTerminal:
    """A stream that is not a terminal, on which progress bars draw nothing."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def isatty(self) -> bool:
        """Return false."""
        return False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit status: 0 done; 1 an error, in one line; 2 a command line that is not understood;"
    " 3 classify wrote its table, but some inputs have no class or no overlay; 130 interrupted,"
    " 143 terminated, nothing half-written. NO_COLOR=1 switches colours off.",
)
@click.version_option(__version__, prog_name="radiogaze")
@click.option(
    "-q", "--quiet", is_flag=True, help="Print warnings and errors only; no progress, no summary."
)
@click.option(
    "-v",
    "--verbose",
    is_flag=True,
    help="Print every notice, and with an error where in the code it arose.",
)
@click.pass_context
def cli(ctx: click.Context, quiet: bool, verbose: bool) -> None:
    """Reproduce two papers on attention-gated classification of radio galaxies.

    Each command down to `report` is one step of the workflow; the Snakefile calls them, and each
    can be run by hand with the same arguments. `radiogaze classify` does your own sources.
    """
    ctx.meta.update(quiet=quiet, verbose=verbose)
    if quiet:
        nothing = ctx.with_resource(Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115
        ctx.with_resource(redirect_stdout(nothing))
        ctx.with_resource(redirect_stderr(cast(TextIO, _NoTerminal(sys.stderr))))


def main() -> NoReturn:
    """Run the command line; a user's mistake or a system error becomes one line and a status."""
    signal.signal(signal.SIGTERM, _terminate)
    _collect_young_garbage_only()
    for stream in (sys.stdout, sys.stderr):
        # a name that the terminal's encoding lacks is printed as an escape, and stops nothing
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        # verbs return nothing; --help and --version return a status
        status = cli.main(prog_name="radiogaze", standalone_mode=False) or 0
    except click.ClickException as error:
        error.show()
        status = error.exit_code
    except click.Abort:
        _complain("interrupted; nothing half-written was left")
        status = INTERRUPTED
    except FAULTS as error:
        _complain(_message(error))
        status = 1
    sys.exit(status)


def _collect_young_garbage_only() -> None:
    """Keep the garbage collector from walking through the libraries.

    They are half a million objects, walked through again and again while they are imported and
    once more at the end: 26 % of the processor time of a short `evaluate` (0.9 of 3.6 s) and 31 %
    of a `describe` (medians of 7 runs each way). Young garbage, as of a training step, is
    collected as ever.
    """
    gc.set_threshold(*gc.get_threshold()[:2], 1000)
    atexit.register(gc.freeze)


def _message(error: BaseException) -> str:
    """Return an error's one line."""
    if isinstance(error, MemoryError):
        return "out of memory; close other programs or give it smaller inputs, then run again"
    if isinstance(error, RecursionError):
        return "an input is nested too deeply; expected one that radiogaze or a person wrote"
    return printable(str(error))


def _complain(message: str) -> None:
    """Print one line, in colour on a terminal unless NO_COLOR is set."""
    label = click.style("error:", fg="red", bold=True)
    colours = False if os.environ.get("NO_COLOR") else None
    click.echo(f"radiogaze: {label} {message}", err=True, color=colours)


def _terminate(number: int, _: FrameType | None) -> NoReturn:
    """Leave on the first SIGTERM as on any error, so that temporary files are removed."""
    signal.signal(number, signal.SIG_IGN)
    sys.exit(128 + number)
