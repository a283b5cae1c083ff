"""The files and settings that a report is made of."""

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
    try:
        settings: dict[str, Any] = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise RadiogazeError(
            f"--settings: not the settings of a campaign: {one_line(error)}"
        ) from None
    schema = load_schema("config")
    campaign = schema["properties"]["campaigns"]["additionalProperties"]
    validate(settings, {"type": "object", "$defs": schema["$defs"], **campaign}, "--settings")
    return settings
