"""``radiogaze fetch-weights``: fetch one released model and verify it."""

from pathlib import Path

import click

from radiogaze.cli.pinned import fetches, print_fetched, warn


@click.command(context_settings={"show_default": True})
@click.argument("name", metavar="FOLDER/EPOCH.pt")
@fetches("fetch-weights", "weights.csv")
def command(name: str, manifest: Path, out: Path, mirror: str | None) -> None:
    """Fetch the released weights FOLDER/EPOCH.pt and verify them.

    The URLs of the manifest are tried in order: mirror, the authors' repository. A file that is
    there already and right is kept.
    """
    from radiogaze.data.fetch import DownloadSettings, fetch_weights
    from radiogaze.data.manifest import find_weights

    pin = find_weights(manifest, name)
    served = fetch_weights(pin, out, DownloadSettings(mirror), warn)
    print_fetched(out, served, f"{pin.size} bytes verified, licence: {pin.licence}")
