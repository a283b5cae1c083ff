"""Where fetched files are kept for the next call, and where this project's tables lie."""

import os
from pathlib import Path

import radiogaze
from radiogaze.errors import RadiogazeError


def cache_folder() -> Path:
    """Return ``$RADIOGAZE_CACHE``, else ``radiogaze`` in the user's cache folder (XDG).

    Raises
    ------
    RadiogazeError
        If it would lie in a home that is not there.
    """
    named = os.environ.get("RADIOGAZE_CACHE")
    # the XDG specification: a relative path counts as unset
    xdg = Path(os.environ.get("XDG_CACHE_HOME", ""))
    try:
        if named:
            return Path(named).expanduser()
        return (xdg if xdg.is_absolute() else Path.home() / ".cache") / "radiogaze"
    except RuntimeError:
        raise RadiogazeError(
            "no folder for the cache: this user has no home; set RADIOGAZE_CACHE to a folder"
        ) from None


def project_file(relative: str) -> Path:
    """Return a table of the project, e.g. ``experiments/gating.tsv``, from any working folder.

    Raises
    ------
    RadiogazeError
        If this package is not run from a checkout of the project.
    """
    path = Path(radiogaze.__file__).resolve().parents[2] / relative
    if not path.is_file():
        raise RadiogazeError(
            f"{path}: no such file; install radiogaze from a checkout with `pip install -e .`,"
            " which holds it"
        )
    return path
