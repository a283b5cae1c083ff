"""``radiogaze fetch-image``: fetch one source's original FIRST image and verify it."""

from pathlib import Path

import click

from radiogaze.cli.pinned import fetches, print_fetched, warn


@click.command(context_settings={"show_default": True})
@click.argument("name")
@fetches("fetch-image", "first_images.csv")
def command(name: str, manifest: Path, out: Path, mirror: str | None) -> None:
    """Fetch the FITS image of the source NAME, as the catalogue names it, and verify it.

    The URLs of the manifest are tried in order: mirror, a public copy, the cutout services of
    SkyView and of the FIRST survey. A service's file may differ from the known one if its pixels
    give the published cutout. A file that is there already and right is kept.
    """
    from radiogaze.data.fetch import DownloadSettings
    from radiogaze.data.first_images import fetch_image
    from radiogaze.data.manifest import find_image

    pin = find_image(manifest, name)
    served = fetch_image(pin, out, DownloadSettings(mirror), warn)
    print_fetched(out, served, f"verified, terms of use: {pin.licence}")
