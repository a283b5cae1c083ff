"""What can be wrong with bytes from elsewhere, before it is known which file and what to do."""


class FaultError(Exception):
    """A source or an archive that is not what was pinned, in one line.

    The caller adds the file's name and what to do, or tries the next source.
    """


def brief(digest: str) -> str:
    """Shorten a digest for a one-line message."""
    return f"{digest[:16]}…"


def one_line(error: BaseException) -> str:
    """Put an error of a library into one line that is not too long."""
    return " ".join(str(error).split())[:200] or type(error).__name__
