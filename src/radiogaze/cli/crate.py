"""``radiogaze crate``: a finished campaign as one archive with its provenance."""

from pathlib import Path

import click

from radiogaze.cli.options import FILE


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), metavar="FOLDER")
@click.option("--out", type=FILE, help="Output: .zip  [default: beside FOLDER]")
def command(*, folder: Path, out: Path | None) -> None:
    """Pack a finished campaign as a Research Object Crate (https://www.researchobject.org/ro-crate).

    FOLDER is results/<campaign>; its figures and tables are packed too. What was fetched is not in
    the archive, but described by DOI or URL, licence and digest.
    """
    from radiogaze.provenance.crate import write_crate

    whole = folder.resolve()  # of a folder such as . the path has no name
    out = out or whole.with_name(f"{whole.name}.crate.zip")
    files, steps = write_crate(folder, out)
    click.echo(f"{out}: {files} files, {steps} steps, {out.stat().st_size / 1e6:.1f} MB")
