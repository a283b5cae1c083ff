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
        name, path = _split(option, text)
        if name in files:
            raise RadiogazeError(f"--{option} {text}: expected each name once")
        files[name] = path
    return files


def split_repeated(option: str, given: Iterable[str]) -> dict[str, list[Path]]:
    """Split each ``NAME=PATH``, where a name may have several files.

    Raises
    ------
    RadiogazeError
        If one is of another form.
    """
    files: dict[str, list[Path]] = {}
    for text in given:
        name, path = _split(option, text)
        files.setdefault(name, []).append(path)
    return files


def _split(option: str, text: str) -> tuple[str, Path]:
    name, equals, path = text.partition("=")
    if not (name and equals and path):
        raise RadiogazeError(f"--{option} {text}: expected NAME=PATH")
    return name, Path(path)
