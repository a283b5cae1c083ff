"""Where downloaded files are kept for the next call."""

import os
from pathlib import Path

from radiogaze.errors import RadiogazeError


def cache_folder() -> Path:
    """Return ``$RADIOGAZE_CACHE``, else ``radiogaze`` in the user's cache folder (XDG).

    Raises
    ------
    RadiogazeError
        If the user has no home folder.
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
