"""FIRST cutouts of coordinates: downloaded once, at a limited rate, and cached."""

import re
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from radiogaze.classify.cache import cache_folder
from radiogaze.classify.images.coordinates import CutoutRequest
from radiogaze.classify.images.fits_images import read_image
from radiogaze.classify.radio_source import Failure, RadioSource
from radiogaze.data.fetch import DownloadSettings, DownloadSpec, fetch_pinned
from radiogaze.data.first_images import (
    LIMIT,
    ImagePin,
    load_images,
    service_urls,
    verify_geometry,
)
from radiogaze.data.preprocess import read_fits
from radiogaze.errors import RadiogazeError
from radiogaze.files.broken_bytes import FaultError
from radiogaze.files.packaged import packaged_table

PAUSE = 1.0  # seconds between two requests to a service
MAX_UNANSWERED = 3  # requests in a row that no service answered
MAX_NAME_BYTES = 200  # of a source's name in a file's name
SHORTENED = 40  # characters that are kept of a longer name
SAME_SOURCE_ARCSEC = 1.0  # a pinned image within this distance is of the same source


@dataclass
class FirstCutouts:
    """Downloads FIRST cutouts and keeps them.

    Attributes
    ----------
    settings
        The mirror, tried first: ``first/<name>.fits`` in it, or a pinned image of MiraBest's.
    folder
        The cache.
    services
        RA, Dec in degrees (J2000) -> URLs of services, in order.
    pause
        Seconds between two requests to a service.
    """

    settings: DownloadSettings
    folder: Path = field(default_factory=lambda: cache_folder() / "first")
    services: Callable[[float, float], tuple[str, ...]] = service_urls
    pause: float = PAUSE
    _last: float = -np.inf
    _unanswered: int = 0

    def read(self, requests: Iterable[CutoutRequest | Failure]) -> Iterator[RadioSource | Failure]:
        """Fetch and read one cutout a request; a failure does not stop the others."""
        taken: set[str] = set()
        for request in requests:
            if isinstance(request, Failure):
                yield request
                continue
            origin = f"FIRST {request.ra_deg:.5f} {request.dec_deg:+.5f}"
            if request.name in taken:
                yield Failure(
                    origin,
                    f"{origin}: the name {request.name} was used already; give each source its own",
                )
                continue
            taken.add(request.name)
            try:
                path = self.fetch(request)
                yield replace(read_image(path, request.name), origin=origin)
            except RadiogazeError as error:
                yield Failure(origin, f"{origin}: {error}")

    def fetch(self, request: CutoutRequest) -> Path:
        """Return the file of a requested cutout, from the cache if it is there.

        Raises
        ------
        RadiogazeError
            If no source has it, or no service answered several requests in a row.
        """
        safe = re.sub(r"[^\w.+-]", "_", request.name)
        if len(safe.encode()) > MAX_NAME_BYTES:
            safe = safe[:SHORTENED]  # the coordinates, which follow, keep two such names apart
        path = self.folder / f"{safe}_{request.ra_deg:.5f}{request.dec_deg:+.5f}.fits"
        if self._unanswered >= MAX_UNANSWERED and not path.is_file():
            raise RadiogazeError(
                f"not requested: {MAX_UNANSWERED} requests in a row got no answer; check the"
                " network, then run again: what was fetched is kept"
            )
        spec = DownloadSpec(
            name=path.name,
            urls=(f"mirror:first/{safe}.fits", *self._pinned(request), *self._asked(request)),
            limit=LIMIT,
            expected="300 × 300 pixels of FIRST around these coordinates, with data",
            check=lambda file: self._check(file, request),
        )
        if not path.is_file():
            self._wait()
        try:
            served = fetch_pinned(spec, path, self.settings, _silent)
        except RadiogazeError:
            self._unanswered += 1
            self._last = time.monotonic()
            raise
        self._unanswered = 0
        if served is not None and served.startswith("http"):
            self._last = time.monotonic()
        return path

    def _check(self, path: Path, request: CutoutRequest) -> None:
        """Record that a service answered, then verify the answer."""
        self._unanswered = -1  # also where the survey has no data at these coordinates
        _verify(path, request)

    def _wait(self) -> None:
        """Wait until `pause` seconds have passed since the last request."""
        time.sleep(max(0.0, self._last + self.pause - time.monotonic()))

    @cached_property
    def _pins(self) -> list[ImagePin]:
        return list(load_images(packaged_table("first_images.csv")).values())

    def _asked(self, request: CutoutRequest) -> tuple[str, ...]:
        return self.services(request.ra_deg, request.dec_deg)

    def _pinned(self, request: CutoutRequest) -> tuple[str, ...]:
        """Return the mirror's copies of a pinned image of the same source."""
        for pin in self._pins:
            across = (pin.ra_deg - request.ra_deg) * np.cos(np.radians(request.dec_deg))
            separation = np.hypot(across, pin.dec_deg - request.dec_deg) * 3600
            if separation <= SAME_SOURCE_ARCSEC:
                return tuple(url for url in pin.urls if "mirror:" in url)
        return ()


def _silent(_: str) -> None:
    """Print nothing when a source fails: the next may serve, and a failure names them all."""


def _verify(path: Path, request: CutoutRequest) -> None:
    """Check that a file is the requested cutout.

    Raises
    ------
    FaultError
        If it is not, or has no data.
    """
    try:
        image = read_fits(path)
    except RadiogazeError as error:
        raise FaultError(str(error)) from None
    verify_geometry(image, request.ra_deg, request.dec_deg)
    if not np.isfinite(image.pixels).any() or np.ptp(image.pixels[np.isfinite(image.pixels)]) == 0:
        raise FaultError(
            "expected data of FIRST, found none; the survey does not cover this position"
        )
