"""What the verbs that fetch pinned files share: options, and what they print."""

from collections.abc import Callable
from pathlib import Path

import click

from radiogaze.cli.options import FILE, Function, combine, manifest_option, mirror_option
from radiogaze.cli.sidecar import writes


def fetches(verb: str, manifest: str) -> Callable[[Function], Function]:
    """Add --manifest (by default the packaged table of this name), --out, --mirror, a sidecar."""
    return combine(
        manifest_option(manifest),
        click.option("--out", type=FILE, required=True, help="The file to write."),
        mirror_option,
        writes(verb, "out", ignored=("mirror", "zenodo_api")),
    )


def print_fetched(out: Path, served: str | None, verified: str) -> None:
    """Print which URL served, if the file was not there already, and what was verified."""
    click.echo(f"{out}: {f'from {served}' if served else 'already there'}, {verified}")


def warn(line: str) -> None:
    """Print a warning of one line on stderr."""
    from radiogaze.errors import printable

    click.echo(f"radiogaze: warning: {printable(line)}", err=True)
