"""One file by HTTP: pooch's downloader, bounded in size, time, redirects and attempts."""

import sys
import time
from functools import partial
from typing import IO, Any
from urllib.parse import urljoin, urlsplit

import requests
import urllib3
from pooch import HTTPDownloader

from radiogaze import __version__
from radiogaze.files.broken_bytes import FaultError, one_line

ATTEMPTS = 3
# seconds before the second attempt, twice as many before the third: no service is asked more often
# than once a second
PAUSE = 1.0
BUSY = (429, 500, 502, 503, 504)  # statuses after which the same request may succeed
TIMEOUT = (10, 30)  # seconds to connect, and between two pieces of an answer
DEADLINE = 600  # seconds for a whole body; looked at with every KiB
# The bytes as they are pinned: no compression on the way.
HEADERS = {"User-Agent": f"radiogaze/{__version__}", "Accept-Encoding": "identity"}

# A user name that is not Latin-1, or a malformed host, is a ValueError.
_NETWORK = (requests.RequestException, urllib3.exceptions.HTTPError, ValueError)
_TRANSIENT = (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError)


def download(url: str, file: IO[bytes], limit: int) -> None:
    """Write the bytes behind an address to an empty file, with a progress bar on a terminal.

    Parameters
    ----------
    url
        An http(s) address.
    file
        Open for writing; it holds part of the body after an error.
    limit
        The most bytes that the body may have.

    Raises
    ------
    FaultError
        If the server cannot be reached, refuses, breaks off, or sends too much or too slowly.
    OSError
        If the file cannot be written.
    """
    for attempt in range(1, ATTEMPTS + 1):
        file.seek(0)
        file.truncate()
        fetch = HTTPDownloader(
            progressbar=sys.stderr.isatty(),
            timeout=TIMEOUT,
            headers=HEADERS,
            hooks={"response": partial(check_answer, limit=limit)},
        )
        try:
            fetch(url, _Bounded(file, limit), None)
        except _NETWORK as error:
            if attempt == ATTEMPTS or not _may_pass(error):
                raise FaultError(_reason(error)) from None
        except OSError as error:
            if error.errno is not None:
                raise
            # of requests, about the file of certificates that the environment names
            raise FaultError(_reason(error)) from None
        else:
            return
        time.sleep(PAUSE * attempt)


def check_answer(response: requests.Response, limit: int, **_: Any) -> None:
    """Check an answer's headers before it is followed or read.

    Raises
    ------
    FaultError
        If it redirects to anything but http or https, or from https to http, where anyone may
        answer; or if it announces more bytes than allowed.
    """
    if response.is_redirect:
        target = urlsplit(urljoin(response.url, response.headers["Location"]))
        secure = response.url.lower().startswith("https:")
        if target.scheme not in (("https",) if secure else ("http", "https")):
            raise FaultError(  # what else the address holds may be a secret
                f"expected {'https' if secure else 'http(s)'} to the end, found a redirect to"
                f" {target.scheme}://{target.hostname or ''}"
            )
        response.close()  # unread: requests would keep the whole body in memory
    declared = response.headers.get("Content-Length", "")
    if declared.isdecimal() and int(declared) > limit:
        raise FaultError(f"expected at most {limit} bytes, found {declared}")


class _Bounded:
    """A file that takes no more than ``limit`` bytes, and none after the deadline."""

    def __init__(self, file: IO[bytes], limit: int) -> None:
        self._file, self._limit, self._size = file, limit, 0
        self._end = time.monotonic() + DEADLINE

    def write(self, data: bytes) -> None:
        self._size += len(data)
        if self._size > self._limit:
            raise FaultError(f"expected at most {self._limit} bytes, found more")
        if time.monotonic() > self._end:
            raise FaultError(f"expected all bytes within {DEADLINE} s, found {self._size} so far")
        self._file.write(data)

    def flush(self) -> None:
        """Leave it to the file."""


def _may_pass(error: BaseException) -> bool:
    """Return whether the same request may succeed in a moment."""
    if isinstance(error, requests.HTTPError):
        return error.response.status_code in BUSY
    return isinstance(error, _TRANSIENT)


def _reason(error: BaseException) -> str:
    """Return what happened in the end, below the layers of network libraries."""
    if isinstance(error, requests.HTTPError):
        return f"HTTP {error.response.status_code} {error.response.reason or ''}".rstrip()
    while inner := error.__cause__ or error.__context__:
        error = inner
    return getattr(error, "strerror", None) or one_line(error)
