"""Pinned members, read straight from an archive that is not trusted; nothing is extracted."""

import hashlib
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PureWindowsPath
from typing import IO, cast

from radiogaze.data.manifest import DatasetPin, MemberPin
from radiogaze.files.broken_bytes import BROKEN_BYTES, FaultError, one_line
from radiogaze.files.compression import decompressed

# An archive may hold more than what is pinned, but not without bound: its unpacked bytes may be
# this many times the pinned bytes, and a download may be as large.
SLACK = 4
CHUNK = 1 << 16
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")  # how a zip begins, the second one without members

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

    The format is known by content, not by name. A member is found by its file name in whatever
    folder; its size and SHA-256 decide. Memory stays within one member's pinned size.

    Parameters
    ----------
    path
        A zip file, or a tar file, plain or compressed by gzip, bzip2 or xz.
    pin
        The data set whose members are read.

    Raises
    ------
    FaultError
        If the archive is broken, truncated or larger than allowed, or a pinned member is missing
        or has other bytes. As this may show only at the archive's end, nothing may be kept before
        the iterator ends.
    """
    missing = {member.name: member for member in pin.members}
    faults: dict[str, str] = {}
    limit = left = size_limit(pin)
    with path.open("rb") as file:
        try:
            for name, size, content in _files(file, limit):
                member = missing.get(PureWindowsPath(name).name)
                if member is None:
                    continue
                data = content.read(member.size) if size == member.size else b""
                left -= len(data)
                if left < 0:  # many of one name, which a zip or a sparse tar has for nothing
                    raise FaultError(f"expected at most {limit} bytes unpacked, found more")
                fault = member.mismatch(size, hashlib.sha256(data).hexdigest())
                if fault:
                    faults[member.name] = f"member {name[:120]}: {fault}"
                else:
                    del missing[member.name]
                    yield member, data
        except _BROKEN as error:
            raise FaultError(
                f"broken or truncated archive: expected {len(pin.members)} members, found"
                f" {len(pin.members) - len(missing)} before: {one_line(error)}"
            ) from None
    if missing:
        # other bytes under a name are a better hint than a missing name
        fault = next((faults[name] for name in missing if name in faults), None)
        first = next(iter(missing.values())).path
        raise FaultError(fault or f"member {first}: expected it, found no such member")


def _files(file: IO[bytes], limit: int) -> Iterator[tuple[str, int, IO[bytes]]]:
    """Yield name, declared size and content of every file; links, devices and folders are skipped.

    A tar is read as a stream, never seeking. Of a zip nothing is unpacked but what is read.
    """
    # not zipfile.is_zipfile, which looks at the end: a plain tar may end in a zip
    start = file.read(len(_ZIP[0]))
    file.seek(0)
    if start in _ZIP:
        with zipfile.ZipFile(file) as archive:
            for entry in archive.infolist():
                with archive.open(entry) as content:
                    yield entry.filename, entry.file_size, content
        return
    with decompressed(file) as stream:
        bounded = _Bounded(stream, limit)
        with tarfile.open(fileobj=cast(IO[bytes], bounded), mode="r|") as tar:
            for member in tar:
                if member.size > limit:  # tarfile would count through it, even where nothing is
                    raise FaultError(
                        f"member {member.name[:120]}: expected at most {limit} bytes, found"
                        f" {member.size}"
                    )
                if member.isfile():
                    yield member.name, member.size, cast(IO[bytes], tar.extractfile(member))
        # the checksum that a compressed stream carries is checked at its end
        while bounded.read(CHUNK):
            pass


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
