"""YAML files that people edit: settings and recipes."""

from pathlib import Path
from typing import Any

import yaml

from radiogaze.errors import RadiogazeError

_MERGE = "tag:yaml.org,2002:merge"


class _Loader(yaml.SafeLoader):
    """Refuses a key that stands twice, of which YAML's own loader keeps the last."""

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:
        """Compose a mapping, whose keys still have their lines here."""
        node = super().compose_mapping_node(anchor)
        first: dict[Any, int] = {}
        for key, _ in node.value:
            line = key.start_mark.line + 1
            if key.tag != _MERGE and first.setdefault(key.value, line) != line:
                raise RadiogazeError(
                    f"{key.value} stands twice, in lines {first[key.value]} and {line}; give each"
                    " its own name, or delete one"
                )
        return node


def read_yaml(path: Path) -> Any:
    """Read a YAML file.

    Raises
    ------
    RadiogazeError
        If it is missing or no YAML, or a key stands twice.
    """
    try:
        return yaml.load(path.read_text("utf-8"), _Loader)  # noqa: S506 (it is a safe one)
    except FileNotFoundError:
        raise RadiogazeError(f"{path}: no such file") from None
    except RadiogazeError as error:
        raise RadiogazeError(f"{path}: {error}") from None
    except (OSError, ValueError, yaml.YAMLError, RecursionError) as error:
        raise RadiogazeError(f"{path}: not a YAML file: {' '.join(str(error).split())}") from None
