"""FIRST cutouts of coordinates: downloaded once, at a limited rate, and cached."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from radiogaze.classify.images.coordinates import CutoutRequest
from radiogaze.classify.images.fits_images import read_image
from radiogaze.classify.radio_source import Failure, RadioSource, file_name
from radiogaze.classify.weights import cache_folder
from radiogaze.data.fetch import DownloadSettings, DownloadSpec, fetch_pinned
from radiogaze.data.first_images import LIMIT, service_urls, verify_geometry
from radiogaze.data.manifest import ImagePin, load_images
from radiogaze.data.preprocess import read_fits
from radiogaze.errors import RadiogazeError
from radiogaze.files.broken_bytes import FaultError
from radiogaze.files.packaged import packaged_table

PAUSE = 1.0  # seconds between two requests to a service
MAX_UNANSWERED = 3  # requests in a row that no service answered
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
        for request in requests:
            if isinstance(request, Failure):
                yield request
                continue
            origin = f"FIRST {request.ra_deg:.5f} {request.dec_deg:+.5f}"
            try:
                yield replace(read_image(self.fetch(request), request.name), origin=origin)
            except RadiogazeError as error:
                yield Failure(f"{origin}: {error}")

    def fetch(self, request: CutoutRequest) -> Path:
        """Return the file of a requested cutout, from the cache if it is there.

        Raises
        ------
        RadiogazeError
            If no URL has it, or no service answered several requests in a row.
        """
        name = file_name(request.name)
        path = self.folder / f"{name}_{request.ra_deg:.5f}{request.dec_deg:+.5f}.fits"
        if not path.is_file():
            if self._unanswered >= MAX_UNANSWERED:
                raise RadiogazeError(
                    f"not requested: {MAX_UNANSWERED} requests in a row got no answer; check the"
                    " network, then run again: what was fetched is kept"
                )
            time.sleep(max(0.0, self._last + self.pause - time.monotonic()))
        services = self.services(request.ra_deg, request.dec_deg)
        spec = DownloadSpec(
            name=path.name,
            urls=(f"mirror:first/{name}.fits", *self._pinned(request), *services),
            limit=LIMIT,
            expected="300 × 300 pixels of FIRST around these coordinates, with data",
            check=lambda file: self._check(file, request),
        )
        served: str | None = "http"  # where no service answered
        self._unanswered += 1
        try:
            # an error names every URL: no warning for each
            served = fetch_pinned(spec, path, self.settings, lambda _: None)
            self._unanswered = 0
        finally:
            if served is not None and served.startswith("http"):
                self._last = time.monotonic()
        return path

    @cached_property
    def _pins(self) -> list[ImagePin]:
        return list(load_images(packaged_table("first_images.csv")).values())

    def _pinned(self, request: CutoutRequest) -> tuple[str, ...]:
        """Return the mirror's copies of a pinned image of the same source."""
        for pin in self._pins:
            across = (pin.ra_deg - request.ra_deg) * np.cos(np.radians(request.dec_deg))
            separation = np.hypot(across, pin.dec_deg - request.dec_deg) * 3600
            if separation <= SAME_SOURCE_ARCSEC:
                return tuple(url for url in pin.urls if "mirror:" in url)
        return ()

    def _check(self, path: Path, request: CutoutRequest) -> None:
        """Record that a service answered, and check that the file is the requested cutout.

        Raises
        ------
        FaultError
            If it is not, or has no data.
        """
        self._unanswered = 0  # also where the survey has no data at these coordinates
        try:
            image = read_fits(path)
        except RadiogazeError as error:
            raise FaultError(str(error)) from None
        verify_geometry(image, request.ra_deg, request.dec_deg)
        finite = image.pixels[np.isfinite(image.pixels)]
        if not finite.size or np.ptp(finite) == 0:
            raise FaultError(
                "expected data of FIRST, found none; the survey does not cover this position"
            )
