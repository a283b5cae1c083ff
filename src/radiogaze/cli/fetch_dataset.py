"""``radiogaze fetch-dataset``: fetch a data set's archive and verify every member."""

from pathlib import Path

import click

from radiogaze.cli.pinned import fetches, print_fetched, warn
from radiogaze.terms import ZENODO_API


@click.command(context_settings={"show_default": True})
@click.argument("dataset")
@click.option(
    "--zenodo-api",
    envvar="RADIOGAZE_ZENODO_API",
    show_envvar=True,
    default=ZENODO_API,
    help="The address of Zenodo's API.",
)
@fetches("fetch-dataset", "datasets.csv")
def command(dataset: str, manifest: Path, out: Path, mirror: str | None, zenodo_api: str) -> None:
    """Fetch the archive of DATASET (mirabest, frdeep) and verify every member.

    The URLs of the manifest are tried in order: mirror, Zenodo record, plain addresses. An archive
    that is there already and right is kept.
    """
    from radiogaze.data.fetch import DownloadSettings, fetch_dataset
    from radiogaze.data.manifest import find_dataset

    pin = find_dataset(manifest, dataset)
    served = fetch_dataset(pin, out, DownloadSettings(mirror, zenodo_api), warn)
    print_fetched(out, served, f"{len(pin.members)} members verified, licence: {pin.licence}")
