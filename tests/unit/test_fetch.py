"""Downloads over a real local server: repeated attempts, and servers that lie or break off."""

import hashlib
import json
import tracemalloc
from itertools import pairwise
from pathlib import Path

import pytest

from archive_tools import TINY, tar_of, write_manifest, zip_of
from http_server import Answer, Server
from radiogaze import __version__
from radiogaze.data.fetch import DownloadSettings, fetch_dataset
from radiogaze.data.manifest import find_dataset
from radiogaze.errors import RadiogazeError

BODY = tar_of(TINY)


class Fetcher:
    """Fetches the tiny data set from one address of the server into a folder of its own."""

    def __init__(self, folder: Path, server: Server) -> None:
        self.folder, self.url = folder / "data", f"{server.url}/tiny.bin"
        self.out = self.folder / "tiny.archive"
        self.manifest = folder / "manifest.csv"
        self.warnings: list[str] = []

    def __call__(self, urls: str = "", **settings: str) -> str | None:
        write_manifest(self.manifest, TINY, urls or self.url)
        pin = find_dataset(self.manifest, "tiny")
        return fetch_dataset(pin, self.out, DownloadSettings(**settings), self.warnings.append)

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


def test_a_right_file_is_kept_and_a_wrong_one_replaced(server, fetch):
    server.routes["/tiny.bin"] = [Answer(BODY)]
    fetch()
    assert fetch() is None
    assert len(server.requests) == 1
    fetch.out.write_bytes(BODY[:1000])
    assert fetch() == fetch.url
    assert "broken or truncated archive" in fetch.warnings[0]
    assert fetch.out.read_bytes() == BODY


@pytest.mark.parametrize(
    ("fault", "message", "requests"),
    [
        (Answer(status=503), "HTTP 503 Service Unavailable", 3),
        (Answer(BODY, cut=70_000), r"IncompleteRead\(70000 bytes read", 3),
        (Answer(status=403), "HTTP 403 Forbidden", 1),
    ],
)
def test_what_may_pass_is_asked_three_times_and_what_cannot_once(
    server, fetch, fault, message, requests
):
    server.routes["/tiny.bin"] = [fault]
    with pytest.raises(RadiogazeError, match=message):
        fetch()
    assert fetch.files() == []
    assert len(server.requests) == requests
    assert all(later - earlier >= 1 for earlier, later in pairwise(server.times))


def test_a_server_that_trickles_is_not_waited_for(server, fetch, monkeypatch):
    monkeypatch.setattr("radiogaze.data.download.DEADLINE", 0.2)
    server.routes["/tiny.bin"] = [Answer(BODY, drip=0.05)]
    with pytest.raises(RadiogazeError, match=r"expected all bytes within 0.2 s, found \d+ so far"):
        fetch()
    assert fetch.files() == []


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
    with pytest.raises(RadiogazeError, match="Exceeded 30 redirects"):
        fetch()
    server.routes["/tiny.bin"] = [Answer(status=302, headers={"Location": "file:///etc/passwd"})]
    with pytest.raises(
        RadiogazeError, match=r"expected http\(s\) to the end, found a redirect to file://"
    ):
        fetch()


def test_the_body_of_a_redirect_is_not_read(server, fetch):
    body = b"\0" * (64 << 20)
    moved = {"Location": "/there"}
    server.routes["/tiny.bin"] = [Answer(body, status=302, headers=moved, length=None)]
    server.routes["/there"] = [Answer(BODY)]
    tracemalloc.start()
    try:
        fetch()
        assert tracemalloc.get_traced_memory()[1] < len(body) / 2
    finally:
        tracemalloc.stop()


def test_the_next_url_serves_when_one_fails(server, fetch):
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


@pytest.mark.parametrize("scheme", ["HTTP", "ftp", "file"])
def test_whatever_the_scheme_of_a_mirror_its_password_is_not_shown(server, fetch, scheme):
    server.routes["/copies/tiny.bin"] = [Answer(BODY)]
    mirror = server.url.replace("http://", f"{scheme}://me:secret@") + "/copies"
    served = fetch(f"mirror:tiny.bin {fetch.url} {server.url}/copies/tiny.bin", mirror=mirror)
    assert served == f"{server.url}/copies/tiny.bin"
    assert "secret" not in str(fetch.warnings)
    asked = [path for path, _ in server.requests]
    if scheme == "HTTP":
        assert asked == ["/copies/tiny.bin"]
    else:
        assert fetch.warnings[0].endswith(f"address http(s)://…, found {scheme}://…")
        assert asked == ["/tiny.bin", "/copies/tiny.bin"]


def test_a_mirror_that_cannot_be_read_is_passed_over(server, fetch):
    server.routes["/tiny.bin"] = [Answer(BODY)]
    assert fetch(f"mirror:tiny.bin {fetch.url}", mirror="/" + "x" * 300) == fetch.url
    assert fetch.warnings[0].endswith("tiny.bin: cannot be read: File name too long")


def test_certificates_that_are_not_there_are_no_fault_of_the_disk(server, fetch, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere/ca.pem")
    server.routes["/tiny.bin"] = [Answer(BODY)]
    assert fetch(f"https://127.0.0.1:9/ {fetch.url}") == fetch.url
    assert "certificate bundle, invalid path: /nowhere/ca.pem" in fetch.warnings[0]


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
    served = fetch("zenodo:42", zenodo_api=f"{server.url}/api")
    assert served == f"{server.url}/files/weird-name.zip"
    assert fetch.out.read_bytes() == good
    asked = [path for path, _ in server.requests]
    assert asked == ["/api/records/42", "/files/Other.TGZ", "/files/weird-name.zip"]


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (Answer(b"<html>"), "expected a record's list of files, found '<html>'"),
        (Answer(b'{"files": 3}'), "expected a record's list of files"),
        (Answer(b'{"files": []}'), "found none"),
        (Answer(b'{"files": [{"key": "a.pdf", "size": 7, "links": {"self": ""}}]}'), "a.pdf"),
        (Answer(b" " * (5 << 20)), "expected at most 4194304 bytes, found 5242880"),
        (Answer(status=404), "HTTP 404 Not Found"),
    ],
)
def test_a_zenodo_record_that_makes_no_sense(server, fetch, answer, message):
    server.routes["/api/records/42"] = [answer]
    with pytest.raises(RadiogazeError, match=message) as raised:
        fetch("zenodo:42", zenodo_api=f"{server.url}/api")
    assert "\n" not in str(raised.value)
