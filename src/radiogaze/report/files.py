"""Which files a report is made of."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from radiogaze.errors import RadiogazeError
from radiogaze.files.broken_bytes import one_line
from radiogaze.files.schema import validate

_PASSES = {"type": "integer", "minimum": 1}
_PAPER = {
    "type": "object",
    "required": ["passes", "attention_passes"],
    "properties": {
        **dict.fromkeys(
            ("passes", "attention_passes", "misclassify_passes", "validation_passes"), _PASSES
        ),
        "examples": {
            "type": "array",
            "minItems": 1,
            "items": {"type": "integer", "minimum": 0},
        },
    },
}
# What captions and the page's first sentences take from the settings; the workflow checks the rest.
_SETTINGS = {
    "properties": {
        "campaigns": {
            "additionalProperties": {
                "type": "object",
                "required": ["sky", "weights"],
                "properties": {
                    "sky": {"enum": ["published", "synthetic"]},
                    "weights": {"enum": ["released", "trained"]},
                    "seeds": {"type": "integer", "minimum": 1},
                    "gating": _PAPER,
                    "equivariant": _PAPER,
                },
                "if": {"properties": {"weights": {"const": "trained"}}},
                "then": {"required": ["seeds"]},
            }
        }
    },
}


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


def read_config(path: Path) -> dict[str, Any]:
    """Read the workflow's settings.

    Raises
    ------
    RadiogazeError
        If the file is missing, no YAML, has no campaigns, or one of them is not as the workflow
        has it, as far as a report tells of it.
    """
    try:
        config = yaml.safe_load(read_text(path, "the workflow's settings"))
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise RadiogazeError(f"{path}: not YAML: {one_line(error)}") from None
    if not isinstance(config, dict) or not isinstance(config.get("campaigns"), dict):
        raise RadiogazeError(f"{path}: no campaigns, expected the workflow's settings")
    validate(config, _SETTINGS, str(path))
    return config


def read_text(path: Path, expected: str) -> str:
    """Read a file of text.

    Raises
    ------
    RadiogazeError
        If it is missing, cannot be read, or is not UTF-8; ``expected`` says what it should be.
    """
    try:
        return path.read_text("utf-8")
    except FileNotFoundError:
        raise RadiogazeError(f"{path}: no such file; expected {expected}") from None
    except OSError as error:
        raise RadiogazeError(f"{path}: cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise RadiogazeError(f"{path}: not UTF-8 text; expected {expected}") from None


def read_json(path: Path, expected: str, text: str | None = None) -> Any:
    """Read a file of JSON; parameters and errors are those of `read_text`.

    Parameters
    ----------
    text
        What is in the file, where it was read already.
    """
    try:
        return json.loads(read_text(path, expected) if text is None else text)
    except (ValueError, RecursionError) as error:
        raise RadiogazeError(f"{path}: not {expected}: {one_line(error)}") from None
