"""What can be wrong with foreign bytes, before it is known which file and what to do."""

import re

from radiogaze.errors import printable

# User and password of an address, with what a careless user left unquoted in them: an @, a slash.
_SECRET = re.compile(
    r"(https?://)(?:[^/\s]*@|[^/\s:]*:(?!\d{1,5}(?:[/?#\s]|$))\S*@)", re.IGNORECASE
)
# Where in its C code wcslib, of astropy, found a fault.
_WCSLIB = re.compile(r"ERROR \d+ in \w+\(\) at line \d+ of file \S+:\s")


# What bytes of no form can provoke in any reader, of ours or of a library, that trusts its input.
# A reader adds the errors of its own format.
BROKEN_BYTES = (
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    AttributeError,
    EOFError,
    RuntimeError,
    MemoryError,
)


class FaultError(Exception):
    """A source or an archive that is not what was pinned, in one line.

    The caller adds the file's name and what to do, or tries the next source. As text, a fault is
    printable and holds no password.
    """

    def __str__(self) -> str:
        return printable(redacted(super().__str__()))


def redacted(text: str) -> str:
    """Return a text without the user names and passwords of the addresses in it."""
    return _SECRET.sub(r"\1", text)


def brief(digest: str) -> str:
    """Shorten a digest for a one-line message."""
    return f"{digest[:16]}…"


def one_line(error: BaseException) -> str:
    """Put an error of a library into one line that is not too long, without places in its code."""
    if isinstance(error, KeyError) and len(str(error).split()) == 1:
        return f"no {error!s:.200}"
    return " ".join(_WCSLIB.sub("", str(error)).split())[:200] or type(error).__name__
