"""Weights and images from a mirror that lies: what is not as pinned is neither opened nor kept."""

import gzip
import pickle

import pytest
from click.testing import CliRunner
from hypothesis import example, given
from strategies import texts

from archive_tools import WEIGHTS, error_line, mirror, radiogaze, with_urls
from http_server import Answer, serving
from limits import within
from radiogaze.cli import cli
from radiogaze.data.manifest import find_weights
from radiogaze.errors import RadiogazeError

MODEL = "0709Exp1-range_norm-FRDEEPAdam-AGRadGalNetft-5e-05/81.pt"
SIZE = find_weights(WEIGHTS, MODEL).size
IMAGE = "100_208.637+028.243_0.0645_0082.21"


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
    """Fetch pinned weights or an image by the real command from one answer; what it left."""
    verbs = {
        "fetch-weights": (MODEL, WEIGHTS, "/it.pt"),
        "fetch-image": (IMAGE, root / "workflow/reference/first_images.csv", "/it.fits"),
    }

    def run(verb, answer):
        name, manifest, path = verbs[verb]
        mine = with_urls(tmp_path / "pins.csv", manifest, f"mirror:{path[1:]}")
        out = tmp_path / "out/it"
        with serving() as server:
            server.routes[path] = [answer]
            line = [verb, name, "--manifest", mine, "--out", out]
            done = radiogaze(*line, mirror=server.url)
        return done, [path.name for path in out.parent.iterdir()] if out.parent.exists() else []

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
    done, left = fetch(verb, answer)
    assert len(error_line(done)) < 1000
    assert left == []


def test_a_hostile_pickle_in_place_of_weights_is_not_opened(fetch, tmp_path):
    written = tmp_path / "written"
    done, left = fetch("fetch-weights", Answer(padded(pickle.dumps(Payload(written)))))
    assert "expected sha256" in error_line(done)
    assert left == []
    assert not written.exists()


def test_one_wrong_byte_of_the_real_weights(fetch):
    data = bytearray((mirror() / "weights" / MODEL).read_bytes())
    data[len(data) // 3] ^= 4
    done, left = fetch("fetch-weights", Answer(bytes(data)))
    assert "expected sha256" in error_line(done)
    assert left == []


@pytest.mark.parametrize("verb", ["fetch-weights", "fetch-image"])
@given(name=texts)
@example(name="../../../etc/passwd")
@example(name=f"{MODEL}/../81.pt")
@example(name="")
def test_a_name_that_is_not_pinned(verb, name, root):
    manifest = WEIGHTS if verb == "fetch-weights" else root / "workflow/reference/first_images.csv"
    line = [verb, "--manifest", str(manifest), "--out", "/dev/null/out", "--", name]
    with within(30):
        done = CliRunner().invoke(cli, line, env={"RADIOGAZE_MIRROR": None})
    assert isinstance(done.exception, RadiogazeError | SystemExit)
    assert done.exit_code != 0
    assert str(done.exception).isprintable()
