"""Limits of time and of memory, and what a refusal may look like."""

import resource
import signal
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from radiogaze.errors import RadiogazeError
from radiogaze.files.broken_bytes import FaultError


@contextmanager
def within(seconds: int) -> Iterator[None]:
    """Fail if the block takes longer; Python code and most libraries are interrupted."""

    def stop(*_: object) -> None:
        raise AssertionError(f"still at work after {seconds} s")

    before = signal.signal(signal.SIGALRM, stop)
    # again and again: a library may swallow the first
    signal.setitimer(signal.ITIMER_REAL, seconds, 1)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@contextmanager
def with_memory(mebibytes: int) -> Iterator[None]:
    """Let the block's process grow by no more than this; beyond, an allocation fails."""
    with open("/proc/self/statm") as file:  # noqa: PTH123 - a file of the kernel
        now = int(file.read().split()[0]) * resource.getpagesize()
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (now + (mebibytes << 20), before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


def one_line(error: Exception) -> str:
    """Check that an error is one printable line that a person can read."""
    message = str(error)
    assert message.isprintable()
    assert 0 < len(message) <= 4000
    return message


def outcome(read: Callable[..., Any], *arguments: Any) -> Any:
    """What reading gives, or None where it is refused in one line; anything else is a hole."""
    try:
        with within(20), warnings.catch_warnings(action="ignore"):
            return read(*arguments)
    except (RadiogazeError, FaultError) as error:
        one_line(error)
        return None
