"""A mirror that lies, and addresses with secrets: nothing wrong is kept, nothing secret printed."""

import json

import pytest
import requests

from archive_tools import TINY, error_line, radiogaze, tar_of, write_manifest
from http_server import Answer, serving
from radiogaze.data.download import check_answer
from radiogaze.files.broken_bytes import FaultError

GOOD = tar_of(TINY)
SIDECAR = "tiny.archive.provenance.json"
SECRET = "pa55word"  # noqa: S105 - nobody's


@pytest.fixture
def fetch(tmp_path):
    """Fetch the tiny data set by the real command; gives the run and what it left."""
    manifest = write_manifest(tmp_path / "m.csv", TINY, "mirror:tiny.tar.gz")
    out = tmp_path / "out" / "tiny.archive"

    def run(mirror, sources="mirror:tiny.tar.gz", zenodo="http://127.0.0.1:9"):
        write_manifest(manifest, TINY, sources)
        line = ["fetch-dataset", "tiny", "--manifest", manifest, "--out", out]
        done = radiogaze(*line, mirror=mirror, zenodo=zenodo)
        left = sorted(path.name for path in out.parent.iterdir()) if out.parent.exists() else []
        return done, left

    return run


def test_no_redirect_leads_from_https_to_http():
    answer = requests.Response()
    answer.status_code, answer.url = 302, "https://example.org/a"
    answer.headers["Location"] = f"http://user:{SECRET}@example.org/b?token={SECRET}"
    with pytest.raises(FaultError, match="expected https to the end") as caught:
        check_answer(answer, limit=9)
    assert SECRET not in str(caught.value)
    for target in ("/b", "https://example.org/b"):
        answer.headers["Location"] = target
        check_answer(answer, limit=9)


@pytest.mark.parametrize("link", ["/etc/passwd", "file:///etc/passwd", "ftp://x/a.zip", ""])
def test_a_record_cannot_name_a_file_of_this_machine(link, fetch):
    record = {"files": [{"key": "a.zip", "size": 9, "links": {"self": link}}]}
    with serving() as server:
        server.routes["/api/records/1"] = [Answer(json.dumps(record).encode())]
        done, left = fetch("", "zenodo:1", f"{server.url}/api")
    assert "expected an address https://" in error_line(done)
    assert left == []


@pytest.mark.parametrize("user", ["user:", "user:a@", "user:a/", "usér™:", ""])
@pytest.mark.parametrize("served", [True, False])
def test_the_password_of_a_mirror_is_printed_nowhere(user, served, fetch, tmp_path):
    with serving() as server:
        server.routes["/tiny.tar.gz"] = [Answer(GOOD) if served else Answer(status=403)]
        done, left = fetch(server.url.replace("http://", f"http://{user}{SECRET}@"))
    assert SECRET not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert done.returncode in (0, 1)
    assert left == (["tiny.archive", SIDECAR] if done.returncode == 0 else [])
    assert all(SECRET not in (tmp_path / "out" / name).read_text("latin-1") for name in left)


@pytest.mark.parametrize(
    "mirror", ["http://[bad/", "http://" + "x" * 300, "http://a\nb/", "file:///tmp", "~nobody-x"]
)
def test_addresses_that_are_none(mirror, fetch):
    done, left = fetch(mirror)
    error_line(done)
    assert left == []
