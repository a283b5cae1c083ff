"""The tables that are installed with the package: the sheet and the manifests."""

from importlib import resources
from pathlib import Path


def packaged_table(name: str) -> Path:
    """Return a table that commands use by default, e.g. ``gating.tsv``, from any working folder.

    In a checkout ``radiogaze/reference`` holds links to the files in ``experiments/`` and
    ``workflow/reference/``; a wheel and an sdist hold the files.
    """
    return Path(str(resources.files("radiogaze").joinpath("reference", name)))
