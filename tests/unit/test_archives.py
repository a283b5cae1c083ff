"""Archives that are hostile or broken are refused in one line, and nothing is unpacked."""

import gzip
import io
import stat
import tarfile
import zipfile
from pathlib import Path

import pytest

from archive_tools import TINY, tar_of, write_manifest, zip_of
from radiogaze.data.archives import read_members, verify_archive
from radiogaze.data.manifest import find_dataset
from radiogaze.files.broken_bytes import FaultError


@pytest.fixture
def check(tmp_path):
    """Verify an archive's bytes against the pins of the tiny data set."""
    pin = find_dataset(write_manifest(tmp_path / "m.csv", TINY, "zenodo:1"), "tiny")

    def verify(data: bytes, read: bool = False):
        path = tmp_path / "archive"
        path.write_bytes(data)
        before = sorted(tmp_path.rglob("*"))
        try:
            if read:
                return {member.path: content for member, content in read_members(path, pin)}
            return verify_archive(path, pin)
        finally:
            assert sorted(tmp_path.rglob("*")) == before

    return verify


def refuse(check, data: bytes, message: str) -> None:
    with pytest.raises(FaultError, match=message) as raised:
        check(data)
    assert "\n" not in str(raised.value)


MOVED = {f"./other/folder/{Path(name).name}": data for name, data in TINY.items()}


@pytest.mark.parametrize(
    "data",
    [
        *(tar_of(TINY, f"w:{kind}") for kind in ("", "gz", "bz2", "xz")),
        zip_of(TINY),
        zip_of(MOVED),
        tar_of(MOVED | {"more/readme.txt": b"hello"}),
        zip_of({name.replace("/", "\\"): data for name, data in TINY.items()}),
    ],
    ids=["tar", "gz", "bz2", "xz", "zip", "zip moved", "tar moved", "zip of Windows"],
)
def test_members_are_read_from_whatever_archive(check, data):
    assert check(data, read=True) == TINY


def test_a_broken_end_counts_even_when_every_member_was_found(check):
    wrong_then_right = {"old/part_0": b"x" * len(TINY["tiny/part_0"])} | TINY
    refuse(check, tar_of(wrong_then_right)[:-8], "expected 2 members, found 2 before")


def test_of_two_members_with_one_name_the_pinned_one_counts(check):
    wrong = {"old/part_0": b"x" * len(TINY["tiny/part_0"]), "large/part_1": b"x" * 200_000}
    assert check(tar_of(wrong | TINY), read=True) == TINY


def with_member(kind: bytes, target: str = "/etc/passwd") -> bytes:
    """Pack the right members behind one of another kind."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        info = tarfile.TarInfo("tiny/link")
        info.type, info.linkname = kind, target
        tar.addfile(info)
        for name, data in TINY.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE]
)
def test_links_and_devices_are_refused(check, kind):
    refuse(check, with_member(kind), "member tiny/link: expected a file or folder, found a link")


def test_a_link_in_a_zip_is_refused(check):
    buffer = io.BytesIO(zip_of(TINY))
    with zipfile.ZipFile(buffer, "a") as archive:
        info = zipfile.ZipInfo("tiny/link")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, "/etc/passwd")
    refuse(check, buffer.getvalue(), "member tiny/link: expected a file or folder, found a link")


@pytest.mark.parametrize("pack", [tar_of, zip_of])
@pytest.mark.parametrize(
    "name", ["../part_9", "tiny/../../part_9", "/part_9", "..\\part_9", "C:\\part_9", "\\part_9"]
)
def test_names_that_leave_their_folder_are_refused(check, pack, name):
    refuse(check, pack(TINY | {name: b""}), "part_9: expected a relative name without '..', found")


def test_a_name_with_a_line_break_keeps_the_error_on_one_line(check):
    refuse(check, tar_of({"../a\nradiogaze: fine": b""}), "expected a relative name")


LIMIT = 4 * sum(map(len, TINY.values())) + (1 << 20)


def tar_header(name: str, size: int, kind: bytes = tarfile.REGTYPE) -> bytes:
    info = tarfile.TarInfo(name)
    info.size, info.type = size, kind
    return info.tobuf(tarfile.GNU_FORMAT)


def overlong_zip() -> bytes:
    """A zip whose directory declares a terabyte."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("huge", b"x")
        archive.infolist()[0].file_size = 1 << 40
    return buffer.getvalue()


def zip_bomb() -> bytes:
    return zip_of(TINY | {f"part_0/{n}/huge": b"\0" * 1_000_000 for n in range(3)})


@pytest.mark.parametrize(
    "data",
    [
        tar_header("huge", 1 << 40),
        gzip.compress(tar_header("huge", LIMIT + 1) + b"\0" * (LIMIT + 1)),
        gzip.compress(tar_of(TINY, "w") + b"\0" * (LIMIT + 1)),
        gzip.compress(tar_header("pax", LIMIT + 1, tarfile.XHDTYPE) + b"\0" * (LIMIT + 1)),
        gzip.compress(tar_header("long", LIMIT + 1, tarfile.GNUTYPE_LONGNAME) + b"a" * (LIMIT + 1)),
        overlong_zip(),
        zip_bomb(),
    ],
    ids=["declared", "member", "trailing", "pax header", "long name", "zip declared", "zip many"],
)
def test_bombs_are_refused(check, data):
    refuse(check, data, f"expected at most {LIMIT} bytes")


def test_a_member_larger_than_its_pin_is_not_read(check):
    large = TINY | {"tiny/part_0": TINY["tiny/part_0"] + b"x"}
    for pack in (tar_of, zip_of):
        refuse(check, pack(large), "member tiny/part_0: expected 128000 bytes, found 128001")


def test_a_wrong_member_and_a_missing_member(check):
    wrong = TINY | {"tiny/part_1": b"x" * 128_000}
    refuse(
        check,
        zip_of(wrong),
        "member tiny/part_1: expected sha256 [0-9a-f]{16}…, found [0-9a-f]{16}…",
    )
    del wrong["tiny/part_1"]
    refuse(check, tar_of(wrong), "member tiny/part_1: expected it, found no such member")


def test_a_wrong_md5_in_the_manifest_is_seen_too(tmp_path):
    manifest = write_manifest(tmp_path / "m.csv", TINY, "zenodo:1")
    pinned = find_dataset(manifest, "tiny").members[0].md5
    manifest.write_text(manifest.read_text().replace(pinned, "0" * 32))
    (tmp_path / "a").write_bytes(tar_of(TINY))
    with pytest.raises(FaultError, match=f"part_0: expected md5 {'0' * 32}, found {pinned}"):
        verify_archive(tmp_path / "a", find_dataset(manifest, "tiny"))


@pytest.mark.parametrize("keep", [5, 300, 20_000, 150_000, -8, -600])
@pytest.mark.parametrize("pack", [tar_of, zip_of, lambda members: tar_of(members, "w:xz")])
def test_truncated_archives(check, pack, keep):
    refuse(check, pack(TINY)[:keep], "expected 2 members, found [012] before|expected it, found no")


def test_a_truncated_plain_tar(check):
    refuse(check, tar_of(TINY, "w")[:150_000], "expected 2 members, found 1 before")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html>not found</html>" * 100,
        gzip.compress(b"hello"),
        b"PK\x03\x04" + b"x" * 100,
        b"\xfd7zXZ\x00" + b"x" * 100,
        b"BZh" + b"x" * 100,
        tar_header("x", 0, tarfile.XHDTYPE) * 3000,
        tar_header("x", 100, tarfile.XHDTYPE) + b"99999999999999999999 size=-5\n".ljust(512, b"\0"),
        tar_header("x", -512, tarfile.GNUTYPE_LONGNAME) * 50,
    ],
    ids=["nothing", "html", "gzip", "zip", "xz", "bzip2", "nested", "pax", "negative"],
)
def test_what_is_no_archive(check, data):
    refuse(check, data, "expected")
