"""Which files a report is made of."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from radiogaze.errors import RadiogazeError


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
        If the file is missing, no YAML, or has no campaigns.
    """
    try:
        config = yaml.safe_load(path.read_text("utf-8"))
    except FileNotFoundError:
        raise RadiogazeError(f"{path}: no such file; expected the workflow's settings") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise RadiogazeError(f"{path}: not YAML: {' '.join(str(error).split())}") from None
    if not isinstance(config, dict) or not isinstance(config.get("campaigns"), dict):
        raise RadiogazeError(f"{path}: no campaigns, expected the workflow's settings")
    return config
