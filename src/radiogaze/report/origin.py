"""Where the results of a report come from: data, versions, commits, seeds."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from radiogaze.provenance.sidecars import sidecar_of

_VERSIONS = ("commit", "radiogaze", "python")


@dataclass(frozen=True)
class Origin:
    """What went into all results of a campaign, each thing once.

    Attributes
    ----------
    commits, versions, pythons
        Of the results; more than one where they were made at different times.
    packages
        Name -> versions.
    inputs
        Role, digest (SHA-256), and of how many results.
    settings
        Name -> values.
    """

    commits: list[str]
    versions: list[str]
    pythons: list[str]
    packages: dict[str, list[str]]
    inputs: list[tuple[str, str, int]]
    settings: dict[str, list[str]]


def merge(records: Sequence[Mapping[str, Any]]) -> Origin:
    """Merge the provenance of many results.

    Parameters
    ----------
    records
        Each as :func:`radiogaze.provenance.record.record` made it.
    """
    inputs = Counter(
        (role, str(digest).removeprefix("sha256:"))
        for record in records
        for role, digest in record.get("inputs", {}).items()
    )
    versions = _values({key: record.get(key, "unknown") for key in _VERSIONS} for record in records)
    return Origin(
        commits=versions.get("commit", []),
        versions=versions.get("radiogaze", []),
        pythons=versions.get("python", []),
        packages=dict(sorted(_values(record.get("packages", {}) for record in records).items())),
        inputs=[(*key, count) for key, count in sorted(inputs.items())],
        settings=_values(record.get("settings", {}) for record in records),
    )


def _values(mappings: Iterable[Mapping[str, Any]]) -> dict[str, list[str]]:
    """Return the distinct values of each name, as text."""
    found: dict[str, dict[str, None]] = {}
    for mapping in mappings:
        for name, value in mapping.items():
            text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
            found.setdefault(name, {})[text] = None
    return {name: list(texts) for name, texts in found.items()}


def read_sidecars(firsts: Iterable[Path]) -> list[dict[str, Any]]:
    """Read the code and versions in the sidecars of results; a broken one counts as none.

    Parameters
    ----------
    firsts
        The first output of each step, see :func:`radiogaze.provenance.sidecars.sidecar_of`.
    """
    found = []
    for path in map(sidecar_of, firsts):
        try:
            sidecar = json.loads(path.read_text("utf-8"))
            versions = {key: str(sidecar[key]) for key in _VERSIONS}
            found.append({**versions, "packages": dict(sidecar["packages"])})
        except (OSError, ValueError, LookupError, TypeError):
            continue  # radiogaze verify names it
    return found
