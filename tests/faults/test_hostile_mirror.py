"""A mirror that lies, and addresses with secrets: nothing wrong is kept, nothing secret printed."""

import gzip
import io
import json
import pickle

import pytest
import requests
from click.testing import CliRunner
from hypothesis import example, given
from strategies import texts

from archive_tools import WEIGHTS, error_line, mirror, radiogaze, with_urls
from http_server import Answer, serving
from limits import within
from radiogaze.cli import cli
from radiogaze.data.download import check_answer
from radiogaze.data.manifest import find_weights
from radiogaze.errors import RadiogazeError
from radiogaze.files.broken_bytes import FaultError

MODEL = "0709Exp1-range_norm-FRDEEPAdam-AGRadGalNetft-5e-05/81.pt"
SIZE = find_weights(WEIGHTS, MODEL).size
IMAGE = "100_208.637+028.243_0.0645_0082.21"
SECRET = "pa55word"  # noqa: S105 - nobody's


class Payload:
    """A pickle that would write a file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (str(self.path), "w"))


def padded(data: bytes) -> bytes:
    """As many bytes as are pinned."""
    return data[:SIZE] + bytes(SIZE - len(data[:SIZE]))


@pytest.fixture
def fetch(root, tmp_path):
    """Fetch pinned weights or an image by the real command; gives the run and what it left."""
    images = root / "workflow/reference/first_images.csv"
    pins = {"fetch-weights": (MODEL, WEIGHTS), "fetch-image": (IMAGE, images)}

    def run(answer=None, verb="fetch-weights", address=lambda url: url):
        name, manifest = pins[verb]
        mine = with_urls(tmp_path / "pins.csv", manifest, "mirror:it")
        out = tmp_path / "out/it"
        with serving() as server:
            server.routes["/it"] = [answer]
            line = [verb, name, "--manifest", mine, "--out", out]
            done = radiogaze(*line, mirror=address(server.url))
        return done, sorted(path.name for path in out.parent.glob("*"))

    return run


@pytest.mark.parametrize("verb", ["fetch-weights", "fetch-image"])
@pytest.mark.parametrize(
    "answer",
    [
        Answer(b"<html>Sign in</html>"),
        Answer(padded(b"\x80\x02.")),
        Answer(b"\0" * (64 << 20), length=None),
        Answer(gzip.compress(b"\0" * (64 << 20))),
        Answer(b"SIMPLE  =                    T" + b" " * 5000),
    ],
    ids=["page", "right size", "endless", "bomb", "header"],
)
def test_what_is_not_as_pinned(verb, answer, fetch):
    done, left = fetch(answer, verb)
    assert len(error_line(done)) < 1000
    assert left == []


def test_a_hostile_pickle_in_place_of_weights_is_not_opened(fetch, tmp_path):
    written = tmp_path / "written"
    done, left = fetch(Answer(padded(pickle.dumps(Payload(written)))))
    assert "expected sha256" in error_line(done)
    assert left == []
    assert not written.exists()


@pytest.mark.parametrize("verb", ["fetch-weights", "fetch-image"])
@given(name=texts)
@example(name="../../../etc/passwd")
@example(name=f"{MODEL}/../81.pt")
def test_a_name_that_is_not_pinned(verb, name):
    with within(30):
        line = [verb, "--out", "/dev/null/out", "--", name]
        done = CliRunner().invoke(cli, line, env={"RADIOGAZE_MIRROR": None})
    assert isinstance(done.exception, RadiogazeError | SystemExit)
    assert done.exit_code != 0
    assert str(done.exception).isprintable()


def test_no_redirect_leads_from_https_to_http():
    answer = requests.Response()
    answer.raw = io.BytesIO()
    answer.status_code, answer.url = 302, "https://example.org/a"
    answer.headers["Location"] = f"http://user:{SECRET}@example.org/b?token={SECRET}"
    with pytest.raises(FaultError, match="expected https to the end") as caught:
        check_answer(answer, limit=9)
    assert SECRET not in str(caught.value)
    for target in ("/b", "https://example.org/b"):
        answer.headers["Location"] = target
        check_answer(answer, limit=9)


@pytest.mark.parametrize("link", ["/etc/passwd", "file:///etc/passwd", "ftp://x/a.zip", ""])
def test_a_record_cannot_name_a_file_of_this_machine(link, tmp_path):
    record = {"files": [{"key": "a.zip", "size": 9, "links": {"self": link}}]}
    with serving() as server:
        server.routes["/records/4288837"] = [Answer(json.dumps(record).encode())]
        manifest = with_urls(
            tmp_path / "pins.csv", WEIGHTS.with_name("datasets.csv"), "zenodo:4288837"
        )
        line = ["fetch-dataset", "mirabest", "--manifest", manifest, "--out", tmp_path / "out/it"]
        done = radiogaze(*line, zenodo=server.url)
    assert "expected an address https://" in error_line(done)
    assert not list(tmp_path.glob("out/*"))


@pytest.mark.parametrize("user", ["user:", "user:a@", "usér™:", ""])
@pytest.mark.parametrize("served", [True, False])
def test_the_password_of_a_mirror_is_printed_nowhere(user, served, fetch, tmp_path):
    content = (mirror() / "weights" / MODEL).read_bytes()
    answer = Answer(content) if served else Answer(status=403)
    done, left = fetch(answer, address=lambda url: url.replace("//", f"//{user}{SECRET}@"))
    assert SECRET not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert done.returncode in (0, 1)
    assert left == (["it", "it.provenance.json"] if done.returncode == 0 else [])
    assert all(SECRET not in (tmp_path / "out" / name).read_text("latin-1") for name in left)


@pytest.mark.parametrize(
    "place", ["http://[bad/", "http://" + "x" * 300, "http://a\nb/", "file:///tmp", "~nobody-x"]
)
def test_addresses_that_are_none(place, fetch):
    done, left = fetch(address=lambda _: place)
    error_line(done)
    assert left == []
