"""The manifests: which bytes a data set and a released model consist of, and where to get them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar

from radiogaze.errors import RadiogazeError
from radiogaze.files.broken_bytes import brief
from radiogaze.files.rows import read_rows
from radiogaze.files.schema import load_schema, validate_table


@dataclass(frozen=True)
class BytesPin:
    """Pinned bytes: a name, the size in bytes and the digest."""

    name: str
    size: int
    sha256: str

    def mismatch(self, size: int, sha256: str) -> str | None:
        """Describe how bytes of this size and digest differ from the pin, if they do."""
        if size != self.size:
            return f"expected {self.size} bytes, found {size}"
        if sha256 != self.sha256:
            return f"expected sha256 {brief(self.sha256)}, found {brief(sha256)}"
        return None


@dataclass(frozen=True)
class MemberPin(BytesPin):
    """One pinned member of an archive, found by its file name in a repacked archive."""

    path: str


@dataclass(frozen=True)
class FilePin(BytesPin):
    """One pinned file, such as one of released weights; ``urls`` are tried in order."""

    licence: str
    urls: tuple[str, ...]


@dataclass(frozen=True)
class ImagePin(FilePin):
    """One pinned FITS image of FIRST, by the source's name in the catalogue.

    Attributes
    ----------
    size, sha256
        Of the known file. A survey's service may give other bytes for the same pixels.
    ra_deg, dec_deg
        The image's centre (J2000).
    cutout_sha256
        SHA-256 of the 22,500 pixels of the published cutout, row by row.
    """

    ra_deg: float
    dec_deg: float
    cutout_sha256: str


@dataclass(frozen=True)
class DatasetPin:
    """One pinned data set; ``urls`` are tried in order."""

    name: str
    licence: str
    urls: tuple[str, ...]
    members: tuple[MemberPin, ...]

    @property
    def size(self) -> int:
        """The members' bytes together, unpacked."""
        return sum(member.size for member in self.members)


Pin = TypeVar("Pin", MemberPin, DatasetPin, FilePin, ImagePin)


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
    groups: dict[str, list[dict[str, str]]] = {}
    for row in _read(path, "datasets", "member"):
        groups.setdefault(row["dataset"], []).append(row)
    return {name: _dataset(name, group, path) for name, group in groups.items()}


def _dataset(name: str, rows: list[dict[str, str]], path: Path) -> DatasetPin:
    """Join the rows of one data set."""
    for column in ("doi", "licence", "urls"):
        if len({row[column] for row in rows}) > 1:
            raise RadiogazeError(f"{path}: {name}: {column} differs, expected one for all members")
    pins = [
        MemberPin(
            PurePosixPath(row["member"]).name, int(row["bytes"]), row["sha256"], row["member"]
        )
        for row in rows
    ]
    members = tuple(_by_name(pins, path).values())
    return DatasetPin(name, rows[0]["licence"], tuple(rows[0]["urls"].split()), members)


def load_weights(path: Path) -> dict[str, FilePin]:
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
    rows = _read(path, "weights", "folder")
    pins = [FilePin(f"{row['folder']}/{row['epoch']}.pt", **_file(row)) for row in rows]
    return _by_name(pins, path)


def load_images(path: Path) -> dict[str, ImagePin]:
    """Read and check the manifest of images, ``workflow/reference/first_images.csv``.

    Returns
    -------
    dict
        The images by name, in the manifest's order.

    Raises
    ------
    RadiogazeError
        If the file is missing or ragged, a cell is not allowed, or a name is listed twice.
    """
    pins = [
        ImagePin(
            name=row["name"],
            ra_deg=float(row["ra_deg"]),
            dec_deg=float(row["dec_deg"]),
            cutout_sha256=row["cutout_sha256"],
            **_file(row),
        )
        for row in _read(path, "first_images", "name")
    ]
    return _by_name(pins, path)


def _read(path: Path, schema: str, key: str) -> list[dict[str, str]]:
    """Read and check the rows of a manifest."""
    rows = read_rows(path, ",")
    validate_table(rows, load_schema(schema), path, key)
    return rows


def _file(row: Mapping[str, str]) -> dict[str, Any]:
    """Return what every pinned file has."""
    return {
        "licence": row["licence"],
        "urls": tuple(row["urls"].split()),
        "size": int(row["bytes"]),
        "sha256": row["sha256"],
    }


def _by_name(pins: Iterable[Pin], path: Path) -> dict[str, Pin]:
    """Return pins by name, each of which may be listed once."""
    found: dict[str, Pin] = {}
    for pin in pins:
        if pin.name in found:
            raise RadiogazeError(f"{path}: {pin.name} is listed twice; keep one row")
        found[pin.name] = pin
    return found


def find_pin(pins: Mapping[str, Pin], name: str, path: Path) -> Pin:
    """Return one pin of a manifest.

    Raises
    ------
    RadiogazeError
        If there is none of this name; the nearest is offered.
    """
    if name not in pins:
        (near,) = get_close_matches(name, pins, n=1, cutoff=0)
        raise RadiogazeError(
            f"{path}: no {name} among its {len(pins)} entries; the nearest is {near}"
        )
    return pins[name]


def find_dataset(path: Path, name: str) -> DatasetPin:
    """Return one data set of the manifest; errors are those of `load_datasets` and `find_pin`."""
    return find_pin(load_datasets(path), name, path)


def find_weights(path: Path, name: str) -> FilePin:
    """Return one file of released weights; errors are those of `load_weights` and `find_pin`."""
    return find_pin(load_weights(path), name, path)


def find_image(path: Path, name: str) -> ImagePin:
    """Return one image of the manifest; errors are those of `load_images` and `find_pin`."""
    return find_pin(load_images(path), name, path)
