"""FIRST cutouts of positions: fetched politely, once, and kept."""

import re
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from radiogaze.classify.images.cache import cache_folder, project_file
from radiogaze.classify.images.fits_images import read_image
from radiogaze.classify.images.positions import Position
from radiogaze.classify.images.source import Failure, Reading, Source
from radiogaze.data.fetch import Places, Wanted, fetch_pinned
from radiogaze.data.first_images import (
    LIMIT,
    ImagePin,
    load_images,
    service_sources,
    verify_geometry,
)
from radiogaze.data.preprocess import read_fits
from radiogaze.errors import RadiogazeError
from radiogaze.files.broken_bytes import FaultError

PINS = "workflow/reference/first_images.csv"
PAUSE = 1.0  # seconds between two questions to a service
GIVE_UP = 3  # positions in a row that no service answered for
LONGEST, SHORT = 200, 40  # of a source's name in that of a file: bytes; letters of a longer one
NEAR = 1.0  # arcsec; a pinned image as near as this is of the same source


@dataclass
class FirstImages:
    """Where cutouts come from and are kept.

    Attributes
    ----------
    places
        The mirror, tried first: ``first/<name>.fits`` in it, or a pinned image of MiraBest's.
    folder
        The cache.
    services
        RA, Dec in degrees (J2000) -> addresses of services, in order.
    pause
        Seconds between two questions to a service.
    """

    places: Places
    folder: Path = field(default_factory=lambda: cache_folder() / "first")
    services: Callable[[float, float], tuple[str, ...]] = service_sources
    pause: float = PAUSE
    _last: float = -np.inf
    _unanswered: int = 0

    def read(self, positions: Iterable[Position | Failure]) -> Iterator[Source | Failure]:
        """Fetch and read one cutout a position; a bad one is told and the rest go on."""
        taken: set[str] = set()
        for position in positions:
            if isinstance(position, Failure):
                yield position
                continue
            origin = f"FIRST {position.ra_deg:.5f} {position.dec_deg:+.5f}"
            if position.name in taken:
                yield Failure(
                    origin,
                    f"{origin}: the name {position.name} was taken already; give each source its"
                    " own",
                )
                continue
            taken.add(position.name)
            try:
                path = self.fetch(position)
                yield replace(read_image(path, position.name, Reading()), origin=origin)
            except RadiogazeError as error:
                yield Failure(origin, f"{origin}: {error}")

    def fetch(self, position: Position) -> Path:
        """Return the file of a position's cutout, from the cache if it is there.

        Raises
        ------
        RadiogazeError
            If no source has it, or the services did not answer several times in a row.
        """
        safe = re.sub(r"[^\w.+-]", "_", position.name)
        if len(safe.encode()) > LONGEST:
            safe = safe[:SHORT]  # the place, which follows, tells two of one name apart
        path = self.folder / f"{safe}_{position.ra_deg:.5f}{position.dec_deg:+.5f}.fits"
        if self._unanswered >= GIVE_UP and not path.is_file():
            raise RadiogazeError(
                f"not asked for: no source had {GIVE_UP} positions in a row; check the network,"
                " then run again: what was fetched is kept"
            )
        wanted = Wanted(
            name=path.name,
            sources=(f"mirror:first/{safe}.fits", *self._pinned(position), *self._asked(position)),
            limit=LIMIT,
            expected="300 × 300 pixels of FIRST about this place, with data",
            check=lambda file: self._check(file, position),
        )
        if not path.is_file():
            self._wait()
        try:
            served = fetch_pinned(wanted, path, self.places, _silent)
        except RadiogazeError:
            self._unanswered += 1
            self._last = time.monotonic()
            raise
        self._unanswered = 0
        if served is not None and served.startswith("http"):
            self._last = time.monotonic()
        return path

    def _check(self, path: Path, position: Position) -> None:
        """Note that something came, then look at it."""
        self._unanswered = -1  # a place that the survey does not cover is no silence
        _verify(path, position)

    def _wait(self) -> None:
        """Leave a service in peace between two questions."""
        time.sleep(max(0.0, self._last + self.pause - time.monotonic()))

    @cached_property
    def _pins(self) -> list[ImagePin]:
        return list(load_images(project_file(PINS)).values())

    def _asked(self, position: Position) -> tuple[str, ...]:
        return self.services(position.ra_deg, position.dec_deg)

    def _pinned(self, position: Position) -> tuple[str, ...]:
        """Return the mirror's copies of a pinned image of this very place."""
        for pin in self._pins:
            across = (pin.ra_deg - position.ra_deg) * np.cos(np.radians(position.dec_deg))
            if np.hypot(across, pin.dec_deg - position.dec_deg) * 3600 <= NEAR:
                return tuple(source for source in pin.sources if "mirror:" in source)
        return ()


def _silent(_: str) -> None:
    """Say nothing of a source that fails: the next may serve, and a failure names them all."""


def _verify(path: Path, position: Position) -> None:
    """Check that a file is the cutout of a position.

    Raises
    ------
    FaultError
        If it is not, or has no data.
    """
    try:
        image = read_fits(path)
    except RadiogazeError as error:
        raise FaultError(str(error)) from None
    verify_geometry(image, position.ra_deg, position.dec_deg)
    if not np.isfinite(image.pixels).any() or np.ptp(image.pixels[np.isfinite(image.pixels)]) == 0:
        raise FaultError("expected data of FIRST, found none; the survey does not cover this place")
