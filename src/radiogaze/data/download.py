"""HTTP downloads that back off, resume, and cannot be made to fill the disk."""

import re
import time
from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter
from tqdm import tqdm
from urllib3.util.retry import Retry

from radiogaze import __version__
from radiogaze.data.part import Part
from radiogaze.files.broken_bytes import FaultError, one_line

CHUNK = 1 << 16
TIMEOUT = (10, 30)  # seconds to connect, and between two pieces of an answer
RETRY_AFTER_MAX = 60  # seconds; a server may ask for more, but is not waited for
BREAKS = 5  # broken bodies in a row of one file
PACE = (1024, 60)  # the fewest bytes a second that a body may come with, over so many seconds
OK, PARTIAL, NOT_SATISFIABLE = 200, 206, 416

# A user name that is no Latin-1, or a host that is no name, is a ValueError.
_NETWORK = (requests.RequestException, urllib3.exceptions.HTTPError, ValueError)


class _Session(requests.Session):
    """A session that never follows a redirect from https to http, where anyone may answer."""

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Return where an answer points to, if it may."""
        target = super().get_redirect_target(resp)
        if target and resp.url.lower().startswith("https:"):
            place = urlsplit(urljoin(resp.url, target))
            if place.scheme != "https":  # what else the address holds may be a secret
                raise FaultError(
                    f"expected https to the end, found a redirect to {place.scheme}://"
                    f"{place.hostname or ''}"
                )
        return target


class _BrokenBodyError(Exception):
    """An answer that ended early or had the wrong range; asking again may help."""


def make_session() -> requests.Session:
    """Return a session that backs off on 429 and 5xx, honours Retry-After, and gives up in time.

    Without a network each address fails within about two seconds; a connection that is neither
    refused nor answered takes three connect timeouts.
    """
    retry = Retry(
        total=None,
        connect=2,
        read=2,
        status=3,
        other=2,
        backoff_factor=0.5,
        status_forcelist=(429, 500, 502, 503, 504),
        raise_on_status=False,
        retry_after_max=RETRY_AFTER_MAX,
    )
    session = _Session()
    for scheme in ("http://", "https://"):
        session.mount(scheme, HTTPAdapter(max_retries=retry))
    session.max_redirects = 5
    # stored bytes are what was pinned: no encoding on the way
    session.headers.update(
        {"User-Agent": f"radiogaze/{__version__}", "Accept-Encoding": "identity"}
    )
    return session


def download(session: requests.Session, url: str, part: Part, limit: int) -> bool:
    """Complete ``part`` from an address, from where it stands if the server can.

    Parameters
    ----------
    session
        From `make_session`.
    url
        An http(s) address.
    part
        Where the bytes go; what it holds already is taken for the file's beginning.
    limit
        The most bytes that the file may have.

    Returns
    -------
    bool
        Whether the part was joined from several answers, so that wrong bytes may be the fault
        of the joint and a fresh start worth a try.

    Raises
    ------
    FaultError
        If the server cannot be reached, refuses, or sends too much, or breaks off too often.
        Bytes that may serve a later resume stay in the part.
    RadiogazeError
        If the disk is full or the part cannot be written.
    """
    resumed, etag = False, None
    for breaks in range(BREAKS):
        time.sleep(breaks and 0.25 * 2**breaks)
        start = part.size
        try:
            with _ask(session, url, start, etag) as response:
                etag = response.headers.get("ETag")
                if not _complete(response, part):
                    resumed |= part.size > 0
                    _receive(response, part, limit)
        except _BrokenBodyError as error:
            broken = error
        except _NETWORK as error:
            raise FaultError(_reason(error)) from None
        else:
            return resumed or start > 0
    raise FaultError(f"{broken}, {BREAKS} times")


def fetch_text(session: requests.Session, url: str, limit: int) -> str:
    """Return the text of a small answer.

    Raises
    ------
    FaultError
        If the server cannot be reached, refuses, or sends more than ``limit`` bytes.
    """
    try:
        with _ask(session, url, 0, None) as response:
            _expect(response, OK)
            text = b""
            for chunk in _chunks(response, decode=True):
                text += chunk
                if len(text) > limit:
                    raise FaultError(f"expected at most {limit} bytes, found more")
    except _BrokenBodyError as error:
        raise FaultError(str(error)) from None
    except _NETWORK as error:
        raise FaultError(_reason(error)) from None
    return text.decode(errors="replace")


def _ask(session: requests.Session, url: str, start: int, etag: str | None) -> requests.Response:
    """Request a file from byte ``start``; If-Range makes a changed file come whole."""
    headers = {}
    if start:
        headers["Range"] = f"bytes={start}-"
        if etag and not etag.startswith("W/"):
            headers["If-Range"] = etag
    return session.get(url, headers=headers, stream=True, timeout=TIMEOUT)


def _expect(response: requests.Response, *allowed: int) -> None:
    """Refuse an answer of another status."""
    if response.status_code not in allowed:
        raise FaultError(f"HTTP {response.status_code} {response.reason or ''}".rstrip())


def _complete(response: requests.Response, part: Part) -> bool:
    """Check that an answer continues the part, or empty the part; tell if nothing is missing."""
    _expect(response, OK, PARTIAL, *([NOT_SATISFIABLE] if part.size else []))
    content_range = response.headers.get("Content-Range", "")
    if response.status_code == OK:
        part.restart()
    elif response.status_code == NOT_SATISFIABLE:
        if content_range == f"bytes */{part.size}":
            return True
        found = f"found none after byte {part.size}"
        part.restart()
        raise _BrokenBodyError(f"expected more bytes, {found}")
    elif not re.match(rf"bytes {part.size}-\d+/", content_range):
        start = part.size
        part.restart()
        raise _BrokenBodyError(f"expected a range from byte {start}, found {content_range!r:.60}")
    return False


def _receive(response: requests.Response, part: Part, limit: int) -> None:
    """Append an answer's body to the part, with a progress bar in bytes."""
    declared = response.headers.get("Content-Length", "")
    total = part.size + int(declared) if declared.isdecimal() else None
    if total is not None and total > limit:
        part.restart()
        raise FaultError(f"expected at most {limit} bytes, found {total}")
    with tqdm(
        desc=part.destination.name,
        total=total,
        initial=part.size,
        unit="B",
        unit_scale=True,
        unit_divisor=1024,
        disable=None,
    ) as bar:
        for chunk in _chunks(response):
            if part.size + len(chunk) > limit:
                part.restart()
                raise FaultError(f"expected at most {limit} bytes, found more")
            part.append(chunk)
            bar.update(len(chunk))
    if total is not None and part.size < total:
        raise _BrokenBodyError(f"expected {total} bytes, found {part.size}")


def _chunks(response: requests.Response, decode: bool = False) -> Iterator[bytes]:
    """Yield the body as it comes; one that breaks off, or comes by drops, is broken.

    The timeout of a connection starts anew with every byte, so it ends no trickle.
    """
    slowest, seconds = PACE
    since, came = time.monotonic(), 0
    try:
        while chunk := response.raw.read1(CHUNK, decode_content=decode):
            yield chunk
            came += len(chunk)
            passed = time.monotonic() - since
            if passed > seconds:
                if came < slowest * passed:
                    raise _BrokenBodyError(
                        f"expected at least {slowest} bytes a second, found {came / passed:.0f}"
                    )
                since, came = time.monotonic(), 0
    except urllib3.exceptions.HTTPError as error:
        raise _BrokenBodyError(_reason(error)) from None


def _reason(error: BaseException) -> str:
    """Dig out of nested network errors what happened in the end."""
    while True:
        inner = getattr(error, "reason", None)
        if not isinstance(inner, BaseException):
            inner = error.args[0] if error.args else None
        if not isinstance(inner, BaseException):
            inner = error.__cause__
        if inner is None:
            break
        error = inner
    return getattr(error, "strerror", None) or one_line(error)
