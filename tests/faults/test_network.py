"""A download from a server that does everything wrong, in an order that a seed chooses."""

import random

import pytest

from archive_tools import TINY, tar_of, write_manifest
from http_server import Answer
from radiogaze.data.fetch import DownloadSettings, fetch_dataset
from radiogaze.data.manifest import find_dataset
from radiogaze.errors import RadiogazeError

SEED = 55
BODY = tar_of(TINY)


def flipped(moments: random.Random) -> bytes:
    data = bytearray(BODY)
    data[moments.randrange(len(data))] ^= 1 << moments.randrange(8)
    return bytes(data)


# What the server answers, before it is well again.
FAULTS = {
    "429": lambda _: Answer(status=429, headers={"Retry-After": "0"}),
    "503": lambda _: Answer(status=503),
    "404": lambda _: Answer(status=404),
    "a body cut short": lambda m: Answer(BODY, cut=m.randrange(len(BODY))),
    "wrong bytes": lambda m: Answer(flipped(m)),
    "an empty body": lambda _: Answer(b""),
    "a page in place of the file": lambda _: Answer(b"<html>Sign in</html>"),
    "no length": lambda m: Answer(BODY, length=None, cut=m.randrange(len(BODY))),
    "redirects in a loop": lambda _: Answer(status=302, headers={"Location": "/tiny.bin"}),
    "a redirect to a file of this machine": lambda _: Answer(
        status=302, headers={"Location": "file:///etc/passwd"}
    ),
    "a redirect to nobody": lambda _: Answer(
        status=302, headers={"Location": "http://127.0.0.1:9/"}
    ),
    "a slow drip": lambda _: Answer(BODY, drip=0.01),
}


def test_whatever_the_server_does(server, tmp_path, tries, ledger):
    """The file is there and right, or not there; and it comes once the server is well."""
    moments = random.Random(SEED)  # noqa: S311
    manifest, out = tmp_path / "manifest.csv", tmp_path / "data/tiny.archive"
    write_manifest(manifest, TINY, f"{server.url}/tiny.bin")
    pin = find_dataset(manifest, "tiny")
    for _ in range(tries(short=6, thorough=60)):
        names = moments.choices(list(FAULTS), k=moments.randint(1, 4))
        for name in names:
            ledger.tried("Network", name)
        answers = [FAULTS[name](moments) for name in names]
        server.routes["/tiny.bin"] = [*answers, Answer(BODY)]
        for _attempt in range(len(names) + 1):
            try:
                fetch_dataset(pin, out, DownloadSettings(), lambda _: None)
            except RadiogazeError as error:
                assert "\n" not in str(error)
                assert not out.exists()
            else:
                break
        assert out.read_bytes() == BODY
        assert [path.name for path in out.parent.iterdir()] == [out.name]
        out.unlink()
        ledger.recovered()


def test_tls_that_fails(server, tmp_path, ledger):
    """A server that speaks no TLS, under an https address."""
    manifest, out = tmp_path / "manifest.csv", tmp_path / "tiny.archive"
    write_manifest(manifest, TINY, f"{server.url.replace('http', 'https')}/tiny.bin")
    pin = find_dataset(manifest, "tiny")
    ledger.tried("Network", "TLS that fails")
    with pytest.raises(RadiogazeError, match="cannot fetch tiny"):
        fetch_dataset(pin, out, DownloadSettings(), lambda _: None)
    assert not out.exists()
    write_manifest(manifest, TINY, f"{server.url}/tiny.bin")
    server.routes["/tiny.bin"] = [Answer(BODY)]
    fetch_dataset(find_dataset(manifest, "tiny"), out, DownloadSettings(), lambda _: None)
    assert out.read_bytes() == BODY
    ledger.recovered()
