"""Reading the files that a report is made of."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from radiogaze.errors import RadiogazeError
from radiogaze.files.broken_bytes import one_line
from radiogaze.files.schema import load_schema, validate


def find_all(given: Iterable[Path], pattern: str) -> list[Path]:
    """Return files as they are given, and of a folder all below it whose name fits the pattern.

    Raises
    ------
    RadiogazeError
        If a path is neither, or a folder has no such file.
    """
    found: dict[Path, None] = {}
    for path in given:
        if path.is_file():
            found[path] = None
        elif path.is_dir():
            below = sorted(path.rglob(pattern))
            if not below:
                raise RadiogazeError(f"{path}: no {pattern} below it; name another folder or file")
            found |= dict.fromkeys(below)
        else:
            raise RadiogazeError(f"{path}: no such file or folder; expected {pattern}")
    return list(found)


def parse_settings(text: str) -> dict[str, Any]:
    """Read a campaign's settings, one of ``campaigns`` in ``config.yaml``, from JSON.

    Raises
    ------
    RadiogazeError
        If the text is not JSON, or a key is missing, unknown or has a value that cannot be.
    """
    settings: dict[str, Any] = parse_json(text, "--settings", "the settings of a campaign")
    schema = load_schema("config")
    campaign = schema["properties"]["campaigns"]["additionalProperties"]
    validate(settings, {"type": "object", "$defs": schema["$defs"], **campaign}, "--settings")
    return settings


def read_bytes(path: Path, expected: str) -> bytes:
    """Read a file.

    Raises
    ------
    RadiogazeError
        If it is missing or cannot be read; ``expected`` is what it should be.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise RadiogazeError(f"{path}: no such file; expected {expected}") from None
    except OSError as error:
        raise RadiogazeError(f"{path}: cannot be read: {error.strerror or error}") from None


def read_text(path: Path, expected: str) -> str:
    """Read a file of text.

    Raises
    ------
    RadiogazeError
        As for :func:`read_bytes`, or if it is not UTF-8.
    """
    try:
        return read_bytes(path, expected).decode("utf-8")
    except UnicodeDecodeError:
        raise RadiogazeError(f"{path}: not UTF-8 text; expected {expected}") from None


def parse_json(text: str, where: str, expected: str) -> Any:
    """Read JSON.

    Raises
    ------
    RadiogazeError
        If it is none; ``where`` it was found and what was ``expected`` there.
    """
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise RadiogazeError(f"{where}: not {expected}: {one_line(error)}") from None
