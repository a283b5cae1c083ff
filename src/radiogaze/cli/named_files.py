"""Files that are given with a name, ``--option NAME=PATH``."""

from collections.abc import Iterable
from pathlib import Path

from radiogaze.errors import RadiogazeError


def split_named(option: str, given: Iterable[str]) -> dict[str, Path]:
    """Split each ``NAME=PATH``, keeping the order.

    Raises
    ------
    RadiogazeError
        If one is of another form, or a name occurs twice.
    """
    files: dict[str, Path] = {}
    for text in given:
        name, equals, path = text.partition("=")
        if not (name and equals and path) or name in files:
            raise RadiogazeError(f"--{option} {text}: expected NAME=PATH, each name once")
        files[name] = Path(path)
    return files
