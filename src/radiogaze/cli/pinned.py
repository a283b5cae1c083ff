"""What the verbs that fetch pinned files share: options, and what they say."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

Function = TypeVar("Function", bound=Callable[..., Any])


def fetch_options(manifest: Path) -> Callable[[Function], Function]:
    """Add --manifest (with its default), --out and --mirror to a command."""
    options = (
        click.option(
            "--manifest",
            type=click.Path(path_type=Path),
            default=manifest,
            help="The table that pins what is fetched and lists its sources.",
        ),
        click.option(
            "--out", type=click.Path(path_type=Path), required=True, help="The file to write."
        ),
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


def tell(out: Path, source: str | None, verified: str) -> None:
    """Print where a file came from, if it was not there already, and what was verified."""
    click.echo(f"{out}: {f'from {source}' if source else 'already there'}, {verified}")


def warn(line: str) -> None:
    """Print a warning of one line on stderr."""
    from radiogaze.errors import printable

    click.echo(f"radiogaze: warning: {printable(line)}", err=True)
