"""The manifests: which bytes a data set and a released model consist of, and where to get them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path, PurePosixPath
from typing import Protocol, TypeVar

from radiogaze.errors import RadiogazeError
from radiogaze.files.rows import read_rows
from radiogaze.files.schema import load_schema, validate_table


class ManifestEntry(Protocol):
    """Whatever a manifest pins under a name."""

    @property
    def name(self) -> str:
        """By which it is asked for."""


Entry = TypeVar("Entry", bound=ManifestEntry)


@dataclass(frozen=True)
class MemberPin:
    """One pinned member of an archive: its path there, size in bytes and digests."""

    path: str
    size: int
    md5: str
    sha256: str

    @property
    def name(self) -> str:
        """The last part of the path, by which a member is found in a repacked archive."""
        return PurePosixPath(self.path).name


@dataclass(frozen=True)
class DatasetPin:
    """One pinned data set; ``urls`` are tried in order."""

    name: str
    doi: str
    licence: str
    members: tuple[MemberPin, ...]
    urls: tuple[str, ...]

    @property
    def size(self) -> int:
        """The members' bytes together, unpacked."""
        return sum(member.size for member in self.members)


@dataclass(frozen=True)
class WeightsPin:
    """One pinned file of released weights; ``urls`` are tried in order."""

    folder: str
    epoch: int
    licence: str
    size: int
    sha256: str
    urls: tuple[str, ...]

    @property
    def name(self) -> str:
        """The file's name, ``<folder>/<epoch>.pt``."""
        return f"{self.folder}/{self.epoch}.pt"


def load_datasets(path: Path) -> dict[str, DatasetPin]:
    """Read and check the manifest of data sets, ``workflow/reference/datasets.csv``.

    Returns
    -------
    dict
        The data sets by name, in the manifest's order.

    Raises
    ------
    RadiogazeError
        If the file is missing or ragged, a cell is not allowed, two members of a data set share
        a file name, or its rows disagree on DOI, licence or URLs.
    """
    rows = read_rows(path, ",")
    validate_table(rows, load_schema("datasets"), path, "member")
    groups: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        groups.setdefault(row["dataset"], []).append(row)
    return {name: _dataset(name, group, path) for name, group in groups.items()}


def _dataset(name: str, rows: list[dict[str, str]], path: Path) -> DatasetPin:
    """Join the rows of one data set."""
    first = rows[0]
    members: dict[str, MemberPin] = {}
    for row in rows:
        for column in ("doi", "licence", "urls"):
            if row[column] != first[column]:
                raise RadiogazeError(
                    f"{path}: {name}: {column} of {row['member']} is {row[column]!r}, expected"
                    f" {first[column]!r} as in the data set's first row"
                )
        pin = MemberPin(row["member"], int(row["bytes"]), row["md5"], row["sha256"])
        if pin.name in members:
            raise RadiogazeError(
                f"{path}: {name}: {pin.path} has the file name of {members[pin.name].path};"
                " members are found by file name, so each needs its own"
            )
        members[pin.name] = pin
    return DatasetPin(
        name=name,
        doi=first["doi"],
        licence=first["licence"],
        members=tuple(members.values()),
        urls=tuple(first["urls"].split()),
    )


def load_weights(path: Path) -> dict[str, WeightsPin]:
    """Read and check the manifest of released weights, ``workflow/reference/weights.csv``.

    Returns
    -------
    dict
        The files by name, ``<folder>/<epoch>.pt``, in the manifest's order.

    Raises
    ------
    RadiogazeError
        If the file is missing or ragged, a cell is not allowed, or a file is listed twice.
    """
    rows = read_rows(path, ",")
    validate_table(rows, load_schema("weights"), path, "folder")
    pins = [
        WeightsPin(
            folder=row["folder"],
            epoch=int(row["epoch"]),
            licence=row["licence"],
            size=int(row["bytes"]),
            sha256=row["sha256"],
            urls=tuple(row["urls"].split()),
        )
        for row in rows
    ]
    return by_name(pins, path)


def find_dataset(path: Path, name: str) -> DatasetPin:
    """Return one data set of the manifest.

    Raises
    ------
    RadiogazeError
        If the manifest is faulty or has no such data set.
    """
    pins = load_datasets(path)
    if name not in pins:
        raise RadiogazeError(f"{path}: no data set {name}; it has: {', '.join(pins)}")
    return pins[name]


def find_weights(path: Path, name: str) -> WeightsPin:
    """Return one file of the manifest of released weights, ``<folder>/<epoch>.pt``.

    Raises
    ------
    RadiogazeError
        If the manifest is faulty or has no such file; the nearest name is offered.
    """
    return find_pin(load_weights(path), name, path, "weights")


def by_name(pins: Iterable[Entry], path: Path) -> dict[str, Entry]:
    """Return the pins of a manifest's files by name.

    Raises
    ------
    RadiogazeError
        If a name is listed twice.
    """
    found: dict[str, Entry] = {}
    for pin in pins:
        if pin.name in found:
            raise RadiogazeError(f"{path}: {pin.name} is listed twice; keep one row")
        found[pin.name] = pin
    return found


def find_pin(pins: Mapping[str, Entry], name: str, path: Path, kind: str) -> Entry:
    """Return one pin.

    Raises
    ------
    RadiogazeError
        If there is none of this name; the nearest is offered.
    """
    if name not in pins:
        near = get_close_matches(name, pins, n=1, cutoff=0)
        raise RadiogazeError(
            f"{path}: no {kind} {name} among its {len(pins)} files; the nearest is {near[0]}"
        )
    return pins[name]
