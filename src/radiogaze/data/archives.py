"""Pinned members, read straight from an archive that is not trusted; nothing is extracted."""

import bz2
import gzip
import hashlib
import lzma
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PureWindowsPath
from typing import IO, cast

from radiogaze.data.manifest import DatasetPin, MemberPin
from radiogaze.files.broken_bytes import BROKEN_BYTES, FaultError, brief, one_line

# An archive may hold more than what is pinned, but not without bound: its declared and its
# unpacked bytes may be this many times the pinned bytes, and a download may be as large.
SLACK = 4
CHUNK = 1 << 16

_Member = tuple[str, int, IO[bytes]]  # name, declared size, content
_Listed = tuple[str, int, IO[bytes] | None]  # a folder has no content

# What the readers of the standard library raise on broken or hostile archives.
_BROKEN = (
    *BROKEN_BYTES,
    OSError,
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
)


def size_limit(pin: DatasetPin) -> int:
    """Return the most bytes that a data set's archive may have, packed or unpacked."""
    # a tar pads each member to blocks and itself to records
    return SLACK * pin.size + (1 << 20)


def verify_archive(path: Path, pin: DatasetPin) -> None:
    """Check that an archive holds every pinned member with the pinned bytes.

    Raises
    ------
    FaultError
        In one line: the member, what was expected and what was found.
    """
    for _ in read_members(path, pin):
        pass


def read_members(path: Path, pin: DatasetPin) -> Iterator[tuple[MemberPin, bytes]]:
    """Yield the pinned members of a tar or zip archive, verified, in the archive's order.

    The format is told by content, not by name. A member is found by its file name in whatever
    folder; its size, MD5 and SHA-256 decide. Memory stays within one member's pinned size.

    Parameters
    ----------
    path
        A zip file, or a tar file, plain or compressed by gzip, bzip2 or xz.
    pin
        The data set whose members are wanted.

    Raises
    ------
    FaultError
        If the archive is broken or truncated, is larger than allowed, holds a link, a device or
        a name that leaves its folder, or if a pinned member is missing or has other bytes. As
        this may show only at the archive's end, nothing may be kept before the iterator ends.
    """
    wanted = {member.name: member for member in pin.members}
    faults: dict[str, str] = {}
    with path.open("rb") as file:
        try:
            for name, size, content in _regular_members(file, size_limit(pin)):
                member = wanted.get(PureWindowsPath(name).name)
                if member is None:
                    continue
                data = content.read(member.size) if size == member.size else b""
                fault = _mismatch(member, size, data)
                if fault:
                    faults[member.name] = f"member {_shown(name)}: {fault}"
                else:
                    del wanted[member.name]
                    yield member, data
        except _BROKEN as error:
            if not faults.keys() & wanted.keys():
                found = len(pin.members) - len(wanted)
                raise FaultError(
                    f"broken or truncated archive: expected {len(pin.members)} members, found"
                    f" {found} before: {one_line(error)}"
                ) from None
    if wanted:
        # a member with other bytes says more than one that is not there
        fault = next((faults[name] for name in wanted if name in faults), None)
        missing = next(iter(wanted.values())).path
        raise FaultError(fault or f"member {missing}: expected it, found no such member")


def _shown(name: str) -> str:
    """Return a member's name fit for a one-line message."""
    return name[:120] if name.isprintable() else repr(name[:120])


def _mismatch(member: MemberPin, size: int, data: bytes) -> str | None:
    """Say how a member differs from its pin, or None."""
    if size != member.size:
        return f"expected {member.size} bytes, found {size}"
    found = hashlib.sha256(data).hexdigest()
    if found != member.sha256:
        return f"expected sha256 {brief(member.sha256)}, found {brief(found)}"
    found = hashlib.md5(data, usedforsecurity=False).hexdigest()
    if found != member.md5:
        return f"expected md5 {member.md5}, found {found}"
    return None


def _regular_members(file: IO[bytes], limit: int) -> Iterator[_Member]:
    """Yield the files of an archive, after refusing what no honest archive of data holds."""
    start = file.read(6)
    file.seek(0)
    total = 0
    is_zip = start.startswith((b"PK\x03\x04", b"PK\x05\x06"))
    for name, size, content in _zip_members(file) if is_zip else _tar_members(file, start, limit):
        path = PureWindowsPath(name)  # knows both kinds of separators
        if path.drive or path.root or ".." in path.parts:
            raise FaultError(
                f"member {_shown(name)}: expected a relative name without '..', found one that"
                " leaves its folder"
            )
        total += size
        if size < 0 or total > limit:
            raise FaultError(
                f"member {_shown(name)}: expected at most {limit} bytes in all, found {total}"
            )
        if content is not None:
            yield name, size, content


def _wrong_kind(name: str) -> FaultError:
    """Describe a member that is neither a file nor a folder."""
    return FaultError(f"member {_shown(name)}: expected a file or folder, found a link or device")


class _Bounded:
    """A decompressed stream that refuses to grow without bound, whatever its members declare."""

    def __init__(self, stream: IO[bytes], limit: int) -> None:
        self._stream, self._limit, self._left = stream, limit, limit

    def read(self, size: int) -> bytes:
        data = self._stream.read(min(size, self._left + 1))
        self._left -= len(data)
        if self._left < 0:
            raise FaultError(f"expected at most {self._limit} bytes unpacked, found more")
        return data


@contextmanager
def _decompressed(file: IO[bytes], start: bytes) -> Iterator[IO[bytes]]:
    """Open the compression that a file's first bytes tell; any other file as it is."""
    if start.startswith(b"\x1f\x8b"):
        with gzip.open(file, "rb") as stream:
            yield cast(IO[bytes], stream)
    elif start.startswith(b"BZh"):
        with bz2.open(file, "rb") as stream:
            yield cast(IO[bytes], stream)
    elif start.startswith(b"\xfd7zXZ"):
        with lzma.open(file, "rb") as stream:
            yield cast(IO[bytes], stream)
    else:
        yield file


def _tar_members(file: IO[bytes], start: bytes, limit: int) -> Iterator[_Listed]:
    """List the members of a tar, never seeking."""
    with _decompressed(file, start) as stream:
        bounded = _Bounded(stream, limit)
        with tarfile.open(fileobj=cast(IO[bytes], bounded), mode="r|") as tar:
            for member in tar:
                if member.isdir():
                    yield member.name, 0, None
                elif member.type in (tarfile.REGTYPE, tarfile.AREGTYPE):
                    yield member.name, member.size, tar.extractfile(member)
                else:
                    raise _wrong_kind(member.name)
        # the checksum that a compressed stream carries is checked at its end
        while bounded.read(CHUNK):
            pass


def _zip_members(file: IO[bytes]) -> Iterator[_Listed]:
    """List the members of a zip."""
    with zipfile.ZipFile(file) as archive:
        for member in archive.infolist():
            if stat.S_IFMT(member.external_attr >> 16) not in (0, stat.S_IFREG, stat.S_IFDIR):
                raise _wrong_kind(member.filename)
            if member.is_dir():
                yield member.filename, 0, None
            else:
                with archive.open(member) as content:
                    yield member.filename, member.file_size, content
