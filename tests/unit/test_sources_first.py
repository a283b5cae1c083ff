"""FIRST cutouts of coordinates: mirror first, downloaded once, at a limited rate."""

import time

import numpy as np
import pytest

from http_server import Answer
from radiogaze.classify.images.coordinates import CutoutRequest
from radiogaze.classify.images.first_cutouts import MAX_UNANSWERED, FirstCutouts
from radiogaze.classify.radio_source import Failure, RadioSource
from radiogaze.data.fetch import DownloadSettings
from radiogaze.data.first_images import service_urls
from sky_tools import double, write_fits

REQUEST = CutoutRequest("mine", 180.0, 30.0)


@pytest.fixture
def cutout(tmp_path):
    return write_fits(tmp_path / "served.fits").read_bytes()


def ask(server, folder, pause=0.0):
    """FIRST from a local server, which has one address a declination."""
    return FirstCutouts(
        DownloadSettings(),
        folder,
        services=lambda ra, dec: (f"{server.url}/{ra:g}/{dec:g}",),
        pause=pause,
    )


def test_a_broken_download_is_repeated_and_a_cutout_fetched_once(cutout, server, tmp_path):
    server.routes["/180/30"] = [Answer(cutout, cut=200_000), Answer(cutout)]
    for _ in range(2):
        (source,) = ask(server, tmp_path / "cache").read([REQUEST])
        assert isinstance(source, RadioSource)
        assert (source.name, source.origin) == ("mine", "FIRST 180.00000 +30.00000")
        assert source.position.ra_deg == pytest.approx(180, abs=1e-4)
    assert len(server.requests) == 2


def test_requests_to_a_service_are_at_least_a_pause_apart(cutout, server, tmp_path):
    server.routes["/180/30"] = [Answer(cutout)]
    images = ask(server, tmp_path / "cache", pause=0.4)
    requests = [CutoutRequest(name, 180.0, 30.0) for name in ("a", "b", "c")]
    for paused in (True, False):  # then they are in the cache
        start = time.monotonic()
        assert all(isinstance(found, RadioSource) for found in images.read(requests))
        assert (time.monotonic() - start > 0.8) is paused


@pytest.mark.parametrize(
    ("image", "centre", "match"),
    [
        (double(), (181.0, 30.0), "centre within 1"),
        (np.zeros((300, 300), "f4"), (180.0, 30.0), "does not cover"),
        (double(200), (180.0, 30.0), "expected 300 × 300"),
        (b"<html>Sorry</html>", None, "expected a FITS image"),
    ],
)
def test_a_file_that_is_not_the_requested_cutout_is_refused(image, centre, match, server, tmp_path):
    page = isinstance(image, bytes)
    body = image if page else write_fits(tmp_path / "a.fits", image, centre=centre).read_bytes()
    server.routes["/180/30"] = [Answer(body)]
    (failure,) = ask(server, tmp_path / "cache").read([REQUEST])
    assert isinstance(failure, Failure)
    assert failure.reason.startswith("FIRST 180.00000 +30.00000: ")
    assert match in failure.reason
    assert "\n" not in failure.reason
    assert not list((tmp_path / "cache").glob("*"))


def test_positions_outside_the_survey_do_not_stop_the_rest(cutout, server, tmp_path):
    nothing = write_fits(tmp_path / "b.fits", np.zeros((300, 300), "f4")).read_bytes()
    server.routes["/180/30"] = [Answer(nothing)] * 4 + [Answer(cutout)]
    requests = [CutoutRequest(str(n), 180.0, 30.0) for n in range(5)]
    found = list(ask(server, tmp_path / "cache").read(requests))
    assert [isinstance(item, RadioSource) for item in found] == [False] * 4 + [True]


def test_services_that_do_not_answer_are_given_up(server, tmp_path):
    requests = [CutoutRequest(str(n), 180.0, float(n)) for n in range(MAX_UNANSWERED + 3)]
    found = list(ask(server, tmp_path / "cache").read(requests))
    assert len(server.requests) == MAX_UNANSWERED
    assert all(isinstance(item, Failure) for item in found)
    assert "what was fetched is kept" in found[-1].reason


def test_the_mirror_has_the_published_images(fixtures, mirabest, tmp_path):
    images = FirstCutouts(DownloadSettings(str(fixtures)), tmp_path, services=lambda *_: ())
    (source,) = images.read([CutoutRequest("fri", 208.637, 28.2434)])
    names = mirabest.catalogue["source_name"].tolist()
    known = mirabest.images[names.index("100_208.637+028.243_0.0645_0082.21")]
    np.testing.assert_array_equal(source.cutout, known)


def test_the_services_are_asked_as_the_pinned_images_are():
    skyview, survey = service_urls(117.079, 45.7461)
    assert "Position=117.079000%2C45.746100" in skyview
    assert "Survey=VLA+FIRST+%281.4+GHz%29" in skyview
    assert "Pixels=300&Size=0.15%2C0.15" in skyview
    assert "RA=07+48+18.96+%2B45+44+45.96" in survey
    assert "ImageSize=9&" in survey
