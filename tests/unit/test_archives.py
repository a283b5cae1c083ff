"""Archives that are hostile or broken are refused in one line, and nothing is unpacked."""

import gzip
import tarfile
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
        tar_of(TINY | {"more/last.zip": zip_of({"readme.txt": b"hello"})}, "w"),
        zip_of({name.replace("/", "\\"): data for name, data in TINY.items()}),
    ],
    ids=[
        "tar",
        "gz",
        "bz2",
        "xz",
        "zip",
        "zip moved",
        "tar moved",
        "tar and zip",
        "zip of Windows",
    ],
)
def test_members_are_read_from_whatever_archive(check, data):
    assert check(data, read=True) == TINY


def test_a_broken_end_counts_even_when_every_member_was_found(check):
    wrong_then_right = {"old/part_0": b"x" * len(TINY["tiny/part_0"])} | TINY
    refuse(check, tar_of(wrong_then_right)[:-8], "expected 2 members, found 2 before")


def test_of_two_members_with_one_name_the_pinned_one_counts(check):
    wrong = {"old/part_0": b"x" * len(TINY["tiny/part_0"]), "large/part_1": b"x" * 200_000}
    assert check(tar_of(wrong | TINY), read=True) == TINY


def tar_header(name: str, size: int, kind: bytes = tarfile.REGTYPE) -> bytes:
    info = tarfile.TarInfo(name)
    info.size, info.type, info.linkname = size, kind, "/etc/passwd"
    return info.tobuf(tarfile.GNU_FORMAT)


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE]
)
def test_links_and_devices_are_not_followed(check, kind):
    link = tar_header("tiny/part_0", 0, kind)
    refuse(check, link + tar_of({"tiny/part_1": TINY["tiny/part_1"]}, "w"), "part_0: expected it")
    assert check(link + tar_of(TINY, "w"), read=True) == TINY


@pytest.mark.parametrize("pack", [tar_of, zip_of])
@pytest.mark.parametrize("name", ["../part_9", "/part_9", "..\\part_9", "C:\\part_9"])
def test_names_that_leave_their_folder_write_nothing(check, pack, name):
    assert check(pack(TINY | {name: b"evil"}), read=True) == TINY


LIMIT = 4 * sum(map(len, TINY.values())) + (1 << 20)


@pytest.mark.parametrize(
    "data",
    [
        tar_header("huge", 1 << 40),
        gzip.compress(tar_header("huge", LIMIT + 1) + b"\0" * (LIMIT + 1)),
        gzip.compress(tar_of(TINY, "w") + b"\0" * (LIMIT + 1)),
        gzip.compress(tar_header("pax", LIMIT + 1, tarfile.XHDTYPE) + b"\0" * (LIMIT + 1)),
        gzip.compress(tar_header("long", LIMIT + 1, tarfile.GNUTYPE_LONGNAME) + b"a" * (LIMIT + 1)),
    ],
    ids=["declared", "member", "trailing", "pax header", "long name"],
)
def test_bombs_are_refused(check, data):
    refuse(check, data, f"expected at most {LIMIT} bytes")


def test_a_member_that_is_wrong_again_and_again_is_not_unpacked_without_bound(check):
    wrong = {f"{n}/part_0": b"x" * len(TINY["tiny/part_0"]) for n in range(20)}
    refuse(check, zip_of(wrong), f"expected at most {LIMIT} bytes unpacked")


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


@pytest.mark.parametrize("keep", [5, 20_000, 150_000, -8])
@pytest.mark.parametrize("pack", [tar_of, zip_of, lambda members: tar_of(members, "w:xz")])
def test_truncated_archives(check, pack, keep):
    refuse(check, pack(TINY)[:keep], "expected 2 members, found [012] before|expected it, found no")


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
