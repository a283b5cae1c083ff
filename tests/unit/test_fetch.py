"""Downloads over a real local server: back-off, resume, and servers that lie or break off."""

import hashlib
import json
import time
from pathlib import Path

import pytest

from archive_tools import TINY, tar_of, write_manifest, zip_of
from http_server import Answer, Server
from radiogaze import __version__
from radiogaze.data.download import download, make_session
from radiogaze.data.fetch import Places, fetch_dataset
from radiogaze.data.manifest import find_dataset
from radiogaze.data.part import Part
from radiogaze.errors import RadiogazeError

BODY = tar_of(TINY)
ETAG = {"ETag": '"one"'}


class Fetcher:
    """Fetches the tiny data set from one address of the server into a folder of its own."""

    def __init__(self, folder: Path, server: Server) -> None:
        self.folder, self.url = folder / "data", f"{server.url}/tiny.bin"
        self.out = self.folder / "tiny.archive"
        self.manifest = folder / "manifest.csv"
        self.warnings: list[str] = []

    def __call__(self, sources: str = "", **places: str) -> str | None:
        write_manifest(self.manifest, TINY, sources or self.url)
        pin = find_dataset(self.manifest, "tiny")
        return fetch_dataset(pin, self.out, Places(**places), self.warnings.append)

    def left_by_a_kill(self, data: bytes) -> None:
        with Part(self.out, self.url) as part:
            part.append(data)

    def files(self) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir())


@pytest.fixture
def fetch(tmp_path, server):
    return Fetcher(tmp_path, server)


def test_names_itself_and_asks_for_the_stored_bytes(server, fetch):
    server.routes["/tiny.bin"] = [Answer(BODY)]
    assert fetch() == fetch.url
    assert fetch.out.read_bytes() == BODY
    assert fetch.files() == ["tiny.archive"]
    headers = server.requests[0][1]
    assert headers["User-Agent"] == f"radiogaze/{__version__}"
    assert headers["Accept-Encoding"] == "identity"


def test_content_marked_as_gzip_is_stored_as_sent(server, fetch):
    server.routes["/tiny.bin"] = [Answer(BODY, headers={"Content-Encoding": "x-gzip"})]
    fetch()
    assert fetch.out.read_bytes() == BODY


def test_a_right_file_is_kept_without_asking_anyone(server, fetch):
    server.routes["/tiny.bin"] = [Answer(BODY)]
    fetch()
    assert fetch() is None
    assert len(server.requests) == 1


def test_a_wrong_file_is_replaced(server, fetch):
    server.routes["/tiny.bin"] = [Answer(BODY)]
    fetch.folder.mkdir()
    fetch.out.write_bytes(BODY[:1000])
    assert fetch() == fetch.url
    assert "broken or truncated archive" in fetch.warnings[0]
    assert fetch.out.read_bytes() == BODY


def test_429_is_waited_for_as_long_as_the_server_asks(server, fetch):
    busy = Answer(status=429, headers={"Retry-After": "2"})
    server.routes["/tiny.bin"] = [busy, Answer(BODY)]
    start = time.monotonic()
    fetch()
    assert time.monotonic() - start >= 2
    assert len(server.requests) == 2


def test_503_is_asked_again_and_given_up_in_the_end(server, fetch):
    server.routes["/tiny.bin"] = [Answer(status=503), Answer(status=503), Answer(BODY)]
    fetch()
    fetch.out.unlink()
    server.routes["/tiny.bin"] = [Answer(status=503, headers={"Retry-After": "0"})]
    with pytest.raises(RadiogazeError, match="HTTP 503 Service Unavailable"):
        fetch()
    assert fetch.files() == []


@pytest.mark.parametrize("headers", [ETAG, {}])
def test_a_broken_body_is_resumed_by_range(server, fetch, headers):
    server.routes["/tiny.bin"] = [
        Answer(BODY, headers=headers, cut=150_000),
        Answer(BODY, headers=headers),
    ]
    fetch()
    assert fetch.out.read_bytes() == BODY
    first, second = server.ranges()
    assert first is None
    assert second is not None
    assert int(second.removeprefix("bytes=").removesuffix("-")) > 0
    assert server.requests[1][1].get("If-Range") == headers.get("ETag")


def test_a_file_that_changed_between_two_answers_comes_whole(server, fetch):
    old = Answer(tar_of(TINY, "w"), headers={"ETag": '"old"'}, cut=150_000)
    server.routes["/tiny.bin"] = [old, Answer(BODY, headers=ETAG)]
    fetch()
    assert fetch.out.read_bytes() == BODY


def test_a_download_that_was_killed_is_resumed(server, fetch):
    server.routes["/tiny.bin"] = [Answer(BODY)]
    fetch.left_by_a_kill(BODY[:100_000])
    fetch()
    assert server.ranges() == ["bytes=100000-"]
    assert fetch.out.read_bytes() == BODY
    assert fetch.files() == ["tiny.archive"]


def test_a_download_that_was_killed_before_its_rename_is_not_repeated(server, fetch):
    server.routes["/tiny.bin"] = [Answer(BODY)]
    fetch.left_by_a_kill(BODY)
    fetch()
    assert server.ranges() == [f"bytes={len(BODY)}-"]
    assert fetch.out.read_bytes() == BODY


@pytest.mark.parametrize("left", [b"x" * 1000, BODY + b"x"], ids=["other bytes", "too many"])
def test_left_bytes_that_do_not_fit_cost_one_fresh_start(server, fetch, left):
    server.routes["/tiny.bin"] = [Answer(BODY)]
    fetch.left_by_a_kill(left)
    fetch()
    assert server.ranges() == [f"bytes={len(left)}-", None]
    assert fetch.out.read_bytes() == BODY


@pytest.mark.parametrize("answer", [Answer(BODY, ranges=False), Answer(BODY, shift=7)])
def test_a_server_that_ignores_or_mistakes_a_range(server, fetch, answer):
    server.routes["/tiny.bin"] = [answer]
    fetch.left_by_a_kill(BODY[:100_000])
    fetch()
    assert fetch.out.read_bytes() == BODY


def test_a_wrong_range_is_noticed_before_any_checksum(server, tmp_path):
    server.routes["/tiny.bin"] = [Answer(BODY, shift=7)]
    with Part(tmp_path / "out", "origin") as part, make_session() as session:
        part.append(BODY[:100_000])
        download(session, f"{server.url}/tiny.bin", part, len(BODY))
        assert part.path.read_bytes() == BODY


def test_success_removes_what_other_sources_left(server, fetch):
    server.routes["/first"] = [Answer(BODY)]
    fetch.left_by_a_kill(BODY[:100_000])
    fetch(f"{server.url}/first {fetch.url}")
    assert fetch.files() == ["tiny.archive"]


def test_a_server_that_breaks_off_for_ever_leaves_what_a_later_run_resumes(
    server, fetch, monkeypatch
):
    monkeypatch.setattr("radiogaze.data.download.BREAKS", 2)
    server.routes["/tiny.bin"] = [Answer(BODY, cut=70_000)]
    with pytest.raises(RadiogazeError, match="2 times"):
        fetch()
    assert not fetch.out.exists()
    (part,) = fetch.folder.iterdir()
    left = part.stat().st_size
    assert 0 < left < len(BODY)
    assert BODY.startswith(part.read_bytes())
    server.routes["/tiny.bin"] = [Answer(BODY)]
    fetch()
    assert server.ranges()[-1] == f"bytes={left}-"
    assert fetch.files() == ["tiny.archive"]


def test_a_server_that_trickles_is_not_waited_for(server, fetch, monkeypatch):
    monkeypatch.setattr("radiogaze.data.download.BREAKS", 2)
    monkeypatch.setattr("radiogaze.data.download.PACE", (100_000, 0.2))
    server.routes["/tiny.bin"] = [Answer(BODY, drip=0.05)]
    with pytest.raises(RadiogazeError, match=r"at least 100000 bytes a second, found .*, 2 times"):
        fetch()
    assert not fetch.out.exists()
    server.routes["/tiny.bin"] = [Answer(BODY)]
    fetch()
    assert server.ranges()[1] is not None
    assert fetch.files() == ["tiny.archive"]


def test_wrong_bytes_name_the_member_and_leave_nothing(server, fetch):
    wrong = dict(TINY, **{"tiny/part_1": b"?" + TINY["tiny/part_1"][1:]})
    server.routes["/tiny.bin"] = [Answer(tar_of(wrong))]
    expected, found = (hashlib.sha256(m["tiny/part_1"]).hexdigest()[:16] for m in (TINY, wrong))
    with pytest.raises(RadiogazeError, match=f"part_1: expected sha256 {expected}….*{found}…"):
        fetch()
    assert fetch.files() == []
    server.routes["/tiny.bin"] = [Answer(BODY)]
    assert fetch() == fetch.url


@pytest.mark.parametrize("length", [1 << 40, None], ids=["declared", "endless"])
def test_a_server_that_sends_too_much_cannot_fill_the_disk(server, fetch, length):
    limit = 4 * sum(map(len, TINY.values())) + (1 << 20)
    body = BODY if length else b"\0" * (limit + 1)
    server.routes["/tiny.bin"] = [Answer(body, length=length)]
    found = length or "more"
    with pytest.raises(RadiogazeError, match=f"expected at most {limit} bytes, found {found}"):
        fetch()
    assert fetch.files() == []


def test_redirects_are_followed_but_not_for_ever(server, fetch):
    server.routes["/tiny.bin"] = [Answer(status=302, headers={"Location": "/there"})]
    server.routes["/there"] = [Answer(BODY)]
    fetch()
    fetch.out.unlink()
    server.routes["/there"] = [Answer(status=302, headers={"Location": "/tiny.bin"})]
    with pytest.raises(RadiogazeError, match="Exceeded 5 redirects"):
        fetch()
    server.routes["/tiny.bin"] = [Answer(status=302, headers={"Location": "file:///etc/passwd"})]
    with pytest.raises(RadiogazeError, match="No connection adapters"):
        fetch()


def test_the_next_source_serves_when_one_fails(server, fetch):
    server.routes["/second"] = [Answer(BODY)]
    assert fetch(f"{fetch.url} {server.url}/second") == f"{server.url}/second"
    assert fetch.warnings == [f"tiny: {fetch.url}: HTTP 404 Not Found"]
    assert fetch.files() == ["tiny.archive"]


def test_a_mirror_may_be_an_address_and_its_password_is_not_shown(server, fetch):
    server.routes["/copies/tiny.bin"] = [Answer(BODY)]
    mirror = server.url.replace("http://", "http://me:secret@") + "/copies/"
    assert fetch("mirror:tiny.bin", mirror=mirror) == f"{server.url}/copies/tiny.bin"
    assert server.requests[0][1]["Authorization"].startswith("Basic ")
    with pytest.raises(RadiogazeError) as raised:
        fetch.out.unlink()
        fetch("mirror:other.bin", mirror=mirror)
    assert "secret" not in str(raised.value)


def record(server: Server, **sizes: int) -> Answer:
    files = [
        {"key": key, "size": size, "links": {"self": f"{server.url}/files/{key}"}}
        for key, size in sizes.items()
    ]
    return Answer(json.dumps({"files": files}).encode())


@pytest.mark.parametrize("good", [BODY, tar_of(TINY, "w"), zip_of(TINY)], ids=["tgz", "tar", "zip"])
def test_a_zenodo_archive_is_known_by_its_members_not_by_its_name(server, fetch, good):
    names = {"a.pdf": 10, "b.zip": 1 << 40, "Other.TGZ": 9, "weird-name.zip": len(good)}
    server.routes["/api/records/42"] = [record(server, **names)]
    server.routes["/files/Other.TGZ"] = [Answer(b"something")]
    server.routes["/files/weird-name.zip"] = [Answer(good)]
    source = fetch("zenodo:42", zenodo_api=f"{server.url}/api")
    assert source == f"{server.url}/files/weird-name.zip"
    assert fetch.out.read_bytes() == good
    asked = [path for path, _ in server.requests]
    assert asked == ["/api/records/42", "/files/Other.TGZ", "/files/weird-name.zip"]


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (Answer(b"<html>"), "expected a record's list of files, found '<html>'"),
        (Answer(b'{"files": [{"key": 3}]}'), "expected a record's list of files"),
        (Answer(b'{"files": 3}'), "expected a record's list of files"),
        (Answer(b"[" * 100_000), "expected a record's list of files"),
        (Answer(b'{"files": []}'), "found none"),
        (Answer(b'{"files": [{"key": "a.pdf", "size": 7, "links": {"self": ""}}]}'), "a.pdf"),
        (Answer(b'{"files": [{"key": "a.zip", "size": 7, "links": {"self": "x"}}]}'), "x: "),
        (Answer(b" " * (5 << 20)), "expected at most 4194304 bytes, found more"),
        (Answer(status=404), "HTTP 404 Not Found"),
    ],
)
def test_a_zenodo_record_that_makes_no_sense(server, fetch, answer, message):
    server.routes["/api/records/42"] = [answer]
    with pytest.raises(RadiogazeError, match=message) as raised:
        fetch("zenodo:42", zenodo_api=f"{server.url}/api")
    assert "\n" not in str(raised.value)
