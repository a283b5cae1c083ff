"""Fetch pinned files: one URL after the other, verified all the same wherever it came from."""

import io
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urljoin

from radiogaze.data.archives import size_limit, verify_archive
from radiogaze.data.download import download
from radiogaze.data.manifest import DatasetPin, FilePin
from radiogaze.errors import RadiogazeError
from radiogaze.files.atomic import atomic_path
from radiogaze.files.broken_bytes import FaultError, brief, redacted
from radiogaze.provenance.record import sha256_of
from radiogaze.terms import ZENODO_API

RECORD_LIMIT = 4 << 20  # bytes of a record's description
ARCHIVES = (".zip", ".tar", ".tgz", ".tbz2", ".txz", ".tar.gz", ".tar.bz2", ".tar.xz")

Warn = Callable[[str], None]


@dataclass(frozen=True)
class DownloadSettings:
    """Where the URLs of the manifests lead.

    Attributes
    ----------
    mirror
        A folder or an http(s) address that holds copies; None or empty: URLs ``mirror:…`` are
        skipped.
    zenodo_api
        The address of Zenodo's API.
    """

    mirror: str | None = None
    zenodo_api: str = ZENODO_API


@dataclass(frozen=True)
class DownloadSpec:
    """One file to fetch.

    Attributes
    ----------
    name
        What it is, for messages.
    urls
        Where it may be had, the first choice first: an http(s) address, ``mirror:<path>``,
        ``beside-mirror:<path>`` in the folder that holds the mirror, or ``zenodo:<record>``.
    limit
        The most bytes that it may have.
    expected
        What a right file is, for messages.
    check
        Raises a `FaultError` if the file at a path is not the right one.
    """

    name: str
    urls: tuple[str, ...]
    limit: int
    expected: str
    check: Callable[[Path], None]


def fetch_dataset(
    pin: DatasetPin, destination: Path, settings: DownloadSettings, warn: Warn
) -> str | None:
    """Fetch a data set's archive, tar or zip, whose members are those pinned.

    Parameters
    ----------
    pin
        The data set's row of the manifest.
    destination
        Where the archive goes; nothing unverified is ever there.
    settings
        The mirror and Zenodo's address.
    warn
        Called with one line for every URL that fails.

    Returns
    -------
    str or None
        The URL or path that served, or None if the destination was there and right.

    Raises
    ------
    RadiogazeError
        If no URL serves (one line: for each, what was expected and found), or the disk is full.
    """
    spec = DownloadSpec(
        name=pin.name,
        urls=pin.urls,
        limit=size_limit(pin),
        expected=f"an archive of {len(pin.members)} members with the pinned digests",
        check=lambda path: verify_archive(path, pin),
    )
    return fetch_pinned(spec, destination, settings, warn)


def fetch_weights(
    pin: FilePin, destination: Path, settings: DownloadSettings, warn: Warn
) -> str | None:
    """Fetch one file of released weights.

    Parameters, returns and errors are those of `fetch_dataset`.
    """
    spec = DownloadSpec(
        name=pin.name,
        urls=pin.urls,
        limit=pin.size,
        expected=f"{pin.size} bytes of sha256 {brief(pin.sha256)}",
        check=lambda path: _verify_file(path, pin),
    )
    return fetch_pinned(spec, destination, settings, warn)


def _verify_file(path: Path, pin: FilePin) -> None:
    size = path.stat().st_size
    fault = pin.mismatch(size, sha256_of(path) if size == pin.size else "")
    if fault:
        raise FaultError(fault)


def fetch_pinned(
    spec: DownloadSpec, destination: Path, settings: DownloadSettings, warn: Warn
) -> str | None:
    """Try every URL until one gives a file that passes its check.

    Parameters, returns and errors are those of `fetch_dataset`, for any kind of file.
    """
    if destination.is_file():
        try:
            spec.check(destination)
        except FaultError as fault:
            warn(f"{destination}: {fault}; fetching it again")
        else:
            return None
    faults: list[str] = []

    def failed(where: str, fault: FaultError) -> None:
        faults.append(f"{redacted(where)}: {fault}")
        warn(f"{spec.name}: {faults[-1]}")

    for url in spec.urls:
        try:
            origins = _origins(url, settings, spec.limit)
        except FaultError as fault:
            failed(url, fault)
            continue
        for origin in origins:
            try:
                _fetch(spec, origin, destination)
            except FaultError as fault:
                failed(origin, fault)
            else:
                return redacted(origin)
    advice = (
        "check the mirror and" if settings.mirror else "set RADIOGAZE_MIRROR to a copy, or check"
    )
    raise RadiogazeError(
        f"{destination}: cannot fetch {spec.name}, expected {spec.expected}; found"
        f" {'; '.join(faults) or 'no URL to try'}; {advice} the network, then run again"
    )


def _fetch(spec: DownloadSpec, origin: str, destination: Path) -> None:
    """Bring the bytes of an address or a path to the destination, if they pass the check."""
    with atomic_path(destination) as temporary:
        with temporary.open("wb") as file:
            if _is_address(origin):
                download(origin, file, spec.limit)
            else:
                file.write(_read_bounded(Path(origin), spec.limit))
        spec.check(temporary)


def _is_address(origin: str) -> bool:
    return origin.lower().startswith(("http://", "https://"))


def _read_bounded(path: Path, limit: int) -> bytes:
    """Read a file of a mirror that is a folder."""
    try:
        if not path.is_file():
            raise FaultError("expected a file, found none")
        if path.stat().st_size > limit:
            raise FaultError(f"expected at most {limit} bytes, found {path.stat().st_size}")
        return path.read_bytes()
    except OSError as error:
        raise FaultError(f"cannot be read: {error.strerror or error}") from None


def _origins(url: str, settings: DownloadSettings, limit: int) -> list[str]:
    """Return the addresses and paths behind one URL of a manifest."""
    kind, _, rest = url.partition(":")
    if kind == "zenodo":
        return _zenodo_archives(rest, settings.zenodo_api, limit)
    if kind not in ("mirror", "beside-mirror"):
        return [url]
    mirror = settings.mirror
    if not mirror:
        return []
    relative = rest if kind == "mirror" else f"../{rest}"
    try:
        if _is_address(mirror):
            return [urljoin(f"{mirror.rstrip('/')}/", quote(relative))]
        if "://" in mirror:  # what else it holds may be a secret
            raise FaultError(
                "expected a folder or an address http(s)://…, found"
                f" {mirror.partition('://')[0]:.20}://…"
            )
        return [os.path.normpath(Path(mirror).expanduser() / relative)]
    except (ValueError, RuntimeError) as error:
        raise FaultError(
            f"{mirror}: expected a folder or an address http(s)://…: {error}"
        ) from None


def _zenodo_archives(record: str, api: str, limit: int) -> list[str]:
    """List the addresses of a Zenodo record's archives that are not too large.

    An archive's name inside the record is not known beforehand: any tar or zip may be it.
    """
    url = f"{api.rstrip('/')}/records/{record}"
    answer = io.BytesIO()
    download(url, answer, RECORD_LIMIT)
    text = answer.getvalue().decode(errors="replace")
    # what a record links to is not trusted: neither a file of this machine nor plain http
    trusted = ("https://", f"{api.partition(':')[0]}://")
    try:
        files = [(f["key"], f["size"], f["links"]["self"]) for f in json.loads(text)["files"]]
        archives = [
            link for name, size, link in files if name.lower().endswith(ARCHIVES) and size <= limit
        ]
        distrusted = [link for link in archives if not link.startswith(trusted)]
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        raise FaultError(f"{url}: expected a record's list of files, found {text!r:.60}") from None
    if distrusted:
        raise FaultError(f"{url}: its file {distrusted[0]:.80}: expected an address https://…")
    if not archives:
        names = ", ".join(f"{name} ({size} bytes)" for name, size, _ in files)
        raise FaultError(
            f"{url}: expected a tar or zip of at most {limit} bytes, found {names[:200] or 'none'}"
        )
    return archives
