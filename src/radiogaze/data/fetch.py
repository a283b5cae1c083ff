"""Fetch pinned files: each source in order, verified all the same wherever it came from."""

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

import requests

from radiogaze.data.archives import size_limit, verify_archive
from radiogaze.data.download import CHUNK, download, fetch_text, make_session
from radiogaze.data.manifest import DatasetPin, WeightsPin
from radiogaze.data.part import Part
from radiogaze.errors import RadiogazeError
from radiogaze.files.broken_bytes import FaultError, brief, redacted
from radiogaze.provenance.record import sha256_of

ZENODO_API = "https://zenodo.org/api"
RECORD_LIMIT = 4 << 20  # bytes of a record's description
ARCHIVES = (".zip", ".tar", ".tgz", ".tbz2", ".txz", ".tar.gz", ".tar.bz2", ".tar.xz")

Warn = Callable[[str], None]


@dataclass(frozen=True)
class Places:
    """Where sources are looked up.

    Attributes
    ----------
    mirror
        A folder or an http(s) address that holds copies, or None: mirror sources are skipped.
    zenodo_api
        The address of Zenodo's API.
    """

    mirror: str | None = None
    zenodo_api: str = ZENODO_API


@dataclass(frozen=True)
class Wanted:
    """What is to be fetched: name, sources, size limit, what a right file is, and its check."""

    name: str
    sources: tuple[str, ...]
    limit: int
    expected: str
    check: Callable[[Path], None]


def fetch_dataset(pin: DatasetPin, destination: Path, places: Places, warn: Warn) -> str | None:
    """Fetch a data set's archive, tar or zip, whose members are those pinned.

    Parameters
    ----------
    pin
        The data set's row of the manifest.
    destination
        Where the archive goes; it stands there verified or not at all.
    places
        The mirror and Zenodo's address.
    warn
        Called with one line for every source that fails.

    Returns
    -------
    str or None
        The source that served, or None if the destination was there and right.

    Raises
    ------
    RadiogazeError
        If no source serves (one line: for each, what was expected and found), or the disk is full.
    """
    wanted = Wanted(
        name=pin.name,
        sources=pin.sources,
        limit=size_limit(pin),
        expected=f"an archive of {len(pin.members)} members with the pinned digests",
        check=lambda path: verify_archive(path, pin),
    )
    return fetch_pinned(wanted, destination, places, warn)


def fetch_weights(pin: WeightsPin, destination: Path, places: Places, warn: Warn) -> str | None:
    """Fetch one file of released weights.

    Parameters, returns and errors are those of `fetch_dataset`.
    """
    wanted = Wanted(
        name=pin.name,
        sources=pin.sources,
        limit=pin.size,
        expected=f"{pin.size} bytes of sha256 {brief(pin.sha256)}",
        check=lambda path: _verify_weights(path, pin),
    )
    return fetch_pinned(wanted, destination, places, warn)


def _verify_weights(path: Path, pin: WeightsPin) -> None:
    """Check size and digest of a file of weights."""
    size = path.stat().st_size
    if size != pin.size:
        raise FaultError(f"expected {pin.size} bytes, found {size}")
    digest = sha256_of(path)
    if digest != pin.sha256:
        raise FaultError(f"expected sha256 {brief(pin.sha256)}, found {brief(digest)}")


def fetch_pinned(wanted: Wanted, destination: Path, places: Places, warn: Warn) -> str | None:
    """Try every source until one gives a file that passes its check.

    Parameters, returns and errors are those of `fetch_dataset`, for any kind of file.
    """
    if destination.is_file():
        try:
            wanted.check(destination)
        except FaultError as fault:
            warn(f"{destination}: {fault}; fetching it again")
        else:
            return None
    faults = []
    with make_session() as session:
        for source in wanted.sources:
            try:
                for origin in _origins(source, places, wanted.limit, session):
                    try:
                        _obtain(wanted, origin, destination, session)
                    except FaultError as fault:
                        faults.append(f"{redacted(origin)}: {fault}")
                        warn(f"{wanted.name}: {faults[-1]}")
                    else:
                        return redacted(origin)
            except FaultError as fault:
                faults.append(f"{source}: {fault}")
                warn(f"{wanted.name}: {faults[-1]}")
    advice = "check the mirror and" if places.mirror else "set RADIOGAZE_MIRROR to a copy, or check"
    raise RadiogazeError(
        f"{destination}: cannot fetch {wanted.name}, expected {wanted.expected}; found"
        f" {'; '.join(faults) or 'no source to try'}; {advice} the network, then run again"
    )


def _obtain(wanted: Wanted, origin: str, destination: Path, session: requests.Session) -> None:
    """Bring one origin's bytes beside the destination, check them and put them in place."""
    with Part(destination, origin) as part:
        for once_more in (True, False):
            if _is_address(origin):
                joined = download(session, origin, part, wanted.limit)
            else:
                joined = _copy(Path(origin), part, wanted.limit)
            part.sync()
            try:
                wanted.check(part.path)
            except FaultError:
                part.restart()  # wrong bytes serve no resume
                if not (joined and once_more):
                    raise
            else:
                part.publish()
                return


def _is_address(origin: str) -> bool:
    return origin.startswith(("http://", "https://"))


def _copy(origin: Path, part: Part, limit: int) -> bool:
    """Copy a file of a mirror that is a folder."""
    part.restart()
    if not origin.is_file():
        raise FaultError("expected a file, found none")
    try:
        with origin.open("rb") as file:
            if origin.stat().st_size > limit:
                raise FaultError(f"expected at most {limit} bytes, found {origin.stat().st_size}")
            while chunk := file.read(CHUNK):
                part.append(chunk)
    except OSError as error:
        raise FaultError(f"cannot be read: {error.strerror or error}") from None
    return False


def _origins(source: str, places: Places, limit: int, session: requests.Session) -> Iterator[str]:
    """Yield the addresses and paths behind one source of the manifest."""
    kind, _, rest = source.partition(":")
    if kind in ("mirror", "beside-mirror"):
        if places.mirror is None:
            return
        up = "" if kind == "mirror" else "../"
        if _is_address(places.mirror):
            yield _below(places.mirror, up + quote(rest))
        else:
            yield os.path.normpath(_folder(places.mirror) / up / rest)
    elif kind == "zenodo":
        yield from _zenodo_archives(rest, places.zenodo_api, limit, session)
    else:
        yield source


def _below(mirror: str, relative: str) -> str:
    """Return the address of a file of a mirror."""
    try:
        return urljoin(f"{mirror.rstrip('/')}/", relative)
    except ValueError as error:
        raise FaultError(f"{mirror}: expected an address http(s)://…: {error}") from None


def _scheme(link: Any) -> str:
    """Return the scheme of an address, empty where it is none."""
    try:
        return urlsplit(link).scheme if isinstance(link, str) else ""
    except ValueError:
        return ""


def _folder(mirror: str) -> Path:
    """Return the folder of a mirror that is no http(s) address."""
    try:
        folder = Path(mirror).expanduser()
    except RuntimeError:
        raise FaultError(f"{mirror}: expected a folder, found a user who has no home") from None
    if "://" in mirror or "\0" in mirror:
        raise FaultError(f"{mirror}: expected a folder or an address http(s)://…")
    return folder


def _zenodo_archives(record: str, api: str, limit: int, session: requests.Session) -> list[str]:
    """List the addresses of a Zenodo record's archives that are not too large.

    An archive's name inside the record is not known beforehand: any tar or zip may be it.
    """
    url = f"{api.rstrip('/')}/records/{record}"
    text = fetch_text(session, url, RECORD_LIMIT)
    try:
        files = [(f["key"], f["size"], f["links"]["self"]) for f in json.loads(text)["files"]]
        archives = [
            link for name, size, link in files if name.lower().endswith(ARCHIVES) and size <= limit
        ]
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        raise FaultError(f"{url}: expected a record's list of files, found {text!r:.60}") from None
    if not archives:
        names = ", ".join(f"{name} ({size} bytes)" for name, size, _ in files)
        raise FaultError(
            f"{url}: expected a tar or zip of at most {limit} bytes, found {names[:200] or 'none'}"
        )
    schemes = {"https", _scheme(api)}
    for link in archives:
        # what a record names is not trusted: neither a file of this machine nor an open line
        if not _scheme(link) or _scheme(link) not in schemes:
            raise FaultError(f"{url}: its file {link!s:.80}: expected an address https://…")
    return archives
