"""Where the results of a report come from: data, versions, commits, seeds."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from radiogaze.errors import RadiogazeError
from radiogaze.files.rows import read_rows
from radiogaze.files.schema import load_schema, validate, validate_table
from radiogaze.provenance.record import sidecar_of

_VERSIONS = {key: {"type": "string"} for key in ("commit", "radiogaze", "python")}
# What `radiogaze.provenance.record.record` writes, as far as it is read here.
RECORD: dict[str, Any] = {
    "type": "object",
    "properties": {
        **_VERSIONS,
        **{key: {"type": "object"} for key in ("packages", "inputs", "settings")},
    },
}


@dataclass(frozen=True)
class Origin:
    """What went into all results of a campaign, each thing once.

    Parameters
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


@dataclass(frozen=True)
class Member:
    """One pinned file of a published archive."""

    dataset: str
    doi: str
    licence: str
    member: str
    bytes: int
    sha256: str


def merge(records: Iterable[Mapping[str, Any]]) -> Origin:
    """Merge the provenance of many results.

    Parameters
    ----------
    records
        Each as :func:`radiogaze.provenance.record.record` made it.
    """
    records = list(records)
    inputs: dict[tuple[str, str], int] = {}
    packages: dict[str, list[str]] = {}
    settings: dict[str, list[str]] = {}
    for record in records:
        for role, digest in record.get("inputs", {}).items():
            key = (str(role), str(digest).removeprefix("sha256:"))
            inputs[key] = inputs.get(key, 0) + 1
        for name, version in record.get("packages", {}).items():
            _once(packages.setdefault(name, []), str(version))
        for name, value in record.get("settings", {}).items():
            text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
            _once(settings.setdefault(name, []), text)
    return Origin(
        _distinct(records, "commit"),
        _distinct(records, "radiogaze"),
        _distinct(records, "python"),
        dict(sorted(packages.items())),
        [(*key, count) for key, count in sorted(inputs.items())],
        settings,
    )


def read_sidecars(firsts: Iterable[Path]) -> list[dict[str, Any]]:
    """Read what the sidecars of results say of code and versions; a broken one counts as none.

    Parameters
    ----------
    firsts
        The first output of each step, see :func:`radiogaze.provenance.record.sidecar_of`.
    """
    found = []
    for path in firsts:
        try:
            about = json.loads(sidecar_of(path).read_text("utf-8"))
            validate(about, {**RECORD, "required": [*_VERSIONS, "packages"]}, str(path))
            found.append({key: about[key] for key in (*_VERSIONS, "packages")})
        except (OSError, ValueError, RecursionError, RadiogazeError):
            continue  # radiogaze verify names it
    return found


def read_members(path: Path) -> list[Member]:
    """Read the pinned files of the published archives.

    Raises
    ------
    RadiogazeError
        If the manifest is missing or faulty.
    """
    rows = read_rows(path, ",")
    validate_table(rows, load_schema("datasets"), path, "member")
    return [
        Member(
            row["dataset"],
            row["doi"],
            row["licence"],
            row["member"],
            int(row["bytes"]),
            row["sha256"],
        )
        for row in rows
    ]


def _distinct(records: Sequence[Mapping[str, Any]], key: str) -> list[str]:
    found: list[str] = []
    for record in records:
        _once(found, str(record.get(key, "unknown")))
    return found


def _once(values: list[str], value: str) -> None:
    if value not in values:
        values.append(value)
