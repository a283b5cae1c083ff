"""What is installed with the package: the sheet, the manifests, and our own trained networks."""

from importlib import resources
from pathlib import Path


def packaged_table(name: str) -> Path:
    """Return a table that commands use by default, e.g. ``gating.tsv``, from any working folder.

    In a checkout ``radiogaze/reference`` holds links to the files in ``experiments/`` and
    ``workflow/reference/``; a wheel and an sdist hold the files.
    """
    return Path(str(resources.files("radiogaze").joinpath("reference", name)))


def packaged_weights(name: str) -> Path:
    """Return the folder of the networks of this name that the package holds, e.g. ``zoom``."""
    return Path(str(resources.files("radiogaze").joinpath("weights", name)))
