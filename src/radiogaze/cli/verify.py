"""``radiogaze verify``: check results against their sidecars."""

import sys
from pathlib import Path

import click


@click.command()
@click.argument(
    "folders", type=click.Path(path_type=Path), nargs=-1, required=True, metavar="FOLDER..."
)
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
def command(*, folders: tuple[Path, ...], as_json: bool) -> None:
    """Check all results below FOLDER, computing nothing; status 1 if anything has drifted.

    Files are compared with the digests in the sidecars beside them, versions and packages with
    those that are installed.
    """
    from dataclasses import asdict

    from radiogaze.provenance.record import to_json
    from radiogaze.provenance.verify import verify

    verified = verify(folders)
    if as_json:
        click.echo(to_json(asdict(verified)), nl=False)
    else:
        for drift in verified.drifts:
            click.echo(str(drift))
        state = f"{len(verified.drifts)} have drifted" if verified.drifts else "nothing has drifted"
        click.echo(f"{verified.files} files, {verified.sidecars} sidecars: {state}", err=True)
    if verified.drifts:
        sys.exit(1)
