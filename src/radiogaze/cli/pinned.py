"""What the verbs that fetch pinned files share: options, and what they say."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from radiogaze.cli.options import FILE
from radiogaze.files.packaged import packaged_table

Function = TypeVar("Function", bound=Callable[..., Any])


def manifest_option(name: str) -> Callable[[Function], Function]:
    """Add --manifest, by default the packaged table of this name, to a command."""
    return click.option(
        "--manifest",
        type=FILE,
        default=packaged_table(name),
        show_default=f"workflow/reference/{name}",
        help="The table with digests and URLs of the files that are fetched.",
    )


def fetch_options(manifest: str) -> Callable[[Function], Function]:
    """Add --manifest (by default the packaged table of this name), --out and --mirror."""
    options = (
        manifest_option(manifest),
        click.option("--out", type=FILE, required=True, help="The file to write."),
        click.option(
            "--mirror",
            envvar="RADIOGAZE_MIRROR",
            show_envvar=True,
            help="A folder or http(s) address with copies, tried first and verified all the same.",
        ),
    )

    def add(function: Function) -> Function:
        for option in reversed(options):
            function = option(function)
        return function

    return add


def tell(out: Path, served: str | None, verified: str) -> None:
    """Print which URL served, if the file was not there already, and what was verified."""
    click.echo(f"{out}: {f'from {served}' if served else 'already there'}, {verified}")


def warn(line: str) -> None:
    """Print a warning of one line on stderr."""
    from radiogaze.errors import printable

    click.echo(f"radiogaze: warning: {printable(line)}", err=True)
